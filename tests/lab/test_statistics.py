"""Intervals by published quantiles and by hand, and why they are Student's and not a bootstrap's."""

import math
import statistics

import numpy as np
import pytest

from hamlet.lab.statistics import difference, summary, t_quantile


@pytest.mark.parametrize(
    ("freedom", "published"),
    [(1, 12.7062047), (2, 4.3026527), (3, 3.1824463), (4, 2.7764451), (5, 2.5705818), (9, 2.2621572), (30, 2.0422725)],
)
def test_quantiles_are_those_of_the_published_tables(freedom: int, published: float) -> None:
    assert t_quantile(0.975, freedom) == pytest.approx(published, abs=1e-7)


def test_other_quantiles() -> None:
    assert t_quantile(0.5, 3) == pytest.approx(0.0, abs=1e-12)
    assert t_quantile(0.95, 1) == pytest.approx(math.tan(0.45 * math.pi))
    assert t_quantile(0.975, 100_000) == pytest.approx(statistics.NormalDist().inv_cdf(0.975), abs=1e-4)


def test_a_summary_by_hand() -> None:
    found = summary({7: 1.0, 8: 2.0, 9: 6.0}, more_is_better=True)
    assert found is not None
    # mean 3, deviation √7, standard error √(7/3), t(.975, 2) = 4.3026527
    half = 4.3026527 * math.sqrt(7 / 3)
    assert (found.mean, found.median, found.worst, found.worst_seed, found.never) == (3.0, 2.0, 1.0, 7, 0)
    assert (found.low, found.high) == (pytest.approx(3 - half), pytest.approx(3 + half))
    less = summary({7: 1.0, 8: 2.0, 9: 6.0}, more_is_better=False)
    assert less is not None and (less.worst, less.worst_seed) == (6.0, 9)


def test_what_was_never_reached_counts_as_worst_and_leaves_no_mean() -> None:
    found = summary({0: 10.0, 1: math.inf, 2: 30.0}, more_is_better=False)
    assert found is not None
    assert (found.n, found.never, found.mean, found.low, found.high) == (3, 1, None, None, None)
    assert (found.median, found.worst, found.worst_seed) == (30.0, math.inf, 1)
    most = summary({0: 10.0, 1: math.inf, 2: math.inf}, more_is_better=False)
    assert most is not None and most.median == math.inf


def test_few_seeds() -> None:
    assert summary({}, more_is_better=True) is None
    one = summary({4: 2.5}, more_is_better=True)
    assert one is not None and (one.n, one.mean, one.low, one.high) == (1, 2.5, None, None)


def test_differences_are_paired_by_seed() -> None:
    found = difference({0: 11.0, 1: 22.0, 2: math.inf, 5: 9.0}, {1: 20.0, 0: 10.0, 2: 30.0, 6: 1.0})
    assert found is not None
    # 1 and 2: mean 1.5, standard error .5, t(.975, 1) = 12.7062047
    assert (found.n, found.mean) == (2, 1.5)
    assert (found.low, found.high) == (pytest.approx(1.5 - 6.35310235), pytest.approx(1.5 + 6.35310235))
    assert difference({0: 1.0}, {1: 1.0}) is None


def test_students_interval_holds_the_mean_as_often_as_it_says_and_a_bootstrap_does_not() -> None:
    """Five normal values, 2,000 times; run with ``-s`` to see both shares."""
    rng = np.random.default_rng(0)
    samples = rng.normal(size=(2000, 5))
    drawn = rng.integers(0, 5, (2000, 400, 5))
    means = np.take_along_axis(samples[:, None, :], drawn, axis=2).mean(axis=2)
    low, high = np.quantile(means, [0.025, 0.975], axis=1)
    bootstrap = np.mean((low < 0) & (high > 0))
    ours = [summary(dict(enumerate(map(float, sample))), more_is_better=True) for sample in samples]
    student = np.mean([s.low < 0 < s.high for s in ours if s and s.low is not None and s.high is not None])
    print(f"\nof five normal values: Student {student:.3f}, bootstrap {bootstrap:.3f}")
    assert 0.935 < student < 0.965
    assert bootstrap < 0.88
