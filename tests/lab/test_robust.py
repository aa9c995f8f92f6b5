"""Statistics of few runs against answers that are known."""

import numpy as np
import pytest

from hamlet.lab.robust import (
    Reached,
    bootstrap,
    improvement,
    iqm,
    median_time,
    probability_of_improvement,
    ratio,
)


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def test_the_interquartile_mean_leaves_a_quarter_out_at_each_end() -> None:
    assert iqm([100.0, 3, 1, 2, 4, -50, 5, 6]) == pytest.approx((2 + 3 + 4 + 5) / 4)
    assert iqm([1.0, 2, 9]) == 4, "of three nothing can be cut off: int(.75) is 0, as in scipy's trim_mean"
    assert iqm([9.0, 1, 2, 3, -7]) == 2
    with pytest.raises(ValueError, match="at least one"):
        iqm([])


def test_the_probability_of_improvement_counts_pairs_and_halves_ties() -> None:
    assert improvement([1.0, 2], [1.0, 0]) == (1 + 1 + 1 + 0.5) / 4
    assert improvement([5.0], [1.0, 9]) == 0.5
    alike = probability_of_improvement([0.1, 0.5, 0.9, 0.3], [0.1, 0.5, 0.9, 0.3], rng())
    assert alike.value == 0.5 and alike.low is not None and alike.low < 0.5 < (alike.high or 0)
    alone = probability_of_improvement([1.0], [0.0], rng())
    assert (alone.value, alone.low, alone.high) == (1.0, None, None), "one run gives no interval"


def test_the_bootstrap_finds_the_error_of_a_mean() -> None:
    """Of many values it is the normal interval: ± 1.96 standard errors."""
    values = rng().normal(3.0, 2.0, 400)
    found = bootstrap(values.tolist(), lambda row: float(row.mean()), rng())
    error = 1.96 * values.std(ddof=1) / 20
    assert found.value == pytest.approx(values.mean()) and found.low is not None and found.high is not None
    assert found.low == pytest.approx(values.mean() - error, abs=0.03)
    assert found.high == pytest.approx(values.mean() + error, abs=0.03)
    assert bootstrap([1.0], iqm, rng()).low is None


def test_what_was_not_reached_is_censored_and_not_left_out() -> None:
    """Kaplan and Meier by hand: 6 at risk; 100 (5/6), 200 (4/6), censored 250, 300 of 3 left (4/9): the median."""
    times = [Reached(100, 900), Reached(200, 900), Reached(None, 250), Reached(300, 900), Reached(None, 900), Reached(None, 900)]  # fmt: skip  # noqa: E501
    found = median_time(times, rng())
    assert found.value == 300 and found.low is not None and found.low <= 200 and found.high is None
    never = [Reached(None, 900)] * 3 + [Reached(10, 900)]
    assert median_time(never, rng()).value is None
    assert median_time([Reached(40, 900)], rng()).value == 40
    everyone = [Reached(at, 900) for at in (1.0, 2, 3, 4, 5)]
    assert median_time(everyone, rng()).value == 3


def test_how_many_times_sooner_is_paired_and_not_guessed() -> None:
    slow = {seed: Reached(100.0 * (seed + 1), 2000) for seed in range(8)}
    fast = {seed: Reached(at.at / 4, 2000) for seed, at in slow.items() if at.at}
    found = ratio(slow, fast, rng())
    assert found is not None and found.value == 4
    assert (found.low, found.high) == (4, 4), "of pairs whose ratio is the same there is nothing to doubt"
    assert ratio(slow, dict.fromkeys(slow, Reached(None, 2000)), rng()) is None, "most never got there: cannot be said"
    assert ratio(slow, {99: Reached(1, 2000)}, rng()) is None, "no seed in common"
