"""Prioritised replay: the sum tree against plain sums, drawing against Schaul et al.'s formulas."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamlet.training.prioritised import Priorities
from hamlet.training.settings import PrioritisedSettings

SETTINGS = PrioritisedSettings(alpha=0.5, beta_start=0.4, beta_steps=10, floor=0.01)


def rows(*numbers: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(numbers, np.int64)


def floats(*numbers: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.array(numbers, np.float32)


def with_errors(errors: list[float], capacity: int) -> Priorities:
    made = Priorities(SETTINGS, capacity)
    places = np.arange(len(errors))
    made.add(places)
    made.learned(places, np.array(errors, np.float32))
    return made


def test_what_is_drawn_follows_the_priorities() -> None:
    errors = [0.0, 0.3, -0.3, 1.0, 4.0, 0.05, 2.0]
    made, rng = with_errors(errors, 11), np.random.default_rng(0)
    drawn = np.concatenate([made.draw(64, rng)[0] for _ in range(2000)])
    priorities = (np.abs(np.float32(errors)).astype(float) + 0.01) ** 0.5
    expected = len(drawn) * priorities / priorities.sum()
    counts = np.bincount(drawn, minlength=11)
    assert counts[7:].sum() == 0, "what was never filled is never drawn"
    # χ² with 6 degrees of freedom is above 22.5 once in a thousand; equal parts make it smaller yet.
    assert (np.square(counts[:7] - expected) / expected).sum() < 22.5
    assert abs(counts[0] / counts[4] - (0.01 / 4.01) ** 0.5) < 0.01


def test_one_row_is_drawn_from_each_equal_part() -> None:
    made = with_errors([1.0] * 8, 8)
    for seed in range(20):
        assert made.draw(8, np.random.default_rng(seed))[0].tolist() == list(range(8))


def test_the_weights_are_those_of_the_paper() -> None:
    made = with_errors([0.99, 3.99, 15.99], 3)  # priorities 1, 2, 4; N = 3, Σ = 7
    rng = np.random.default_rng(1)
    for beta in (0.4, 0.46, 0.52):
        assert made.beta == pytest.approx(beta)
        places, weights = made.draw(50, rng)
        assert set(places) == {0, 1, 2}
        by_row = np.array([(3 * priority / 7) ** -beta for priority in (1, 2, 4)])
        assert weights == pytest.approx((by_row / by_row.max())[places], rel=1e-5)
    for _ in range(10):
        made.draw(1, rng)
    assert made.beta == 1.0


def test_new_transitions_count_as_much_as_the_most_surprising_one_ever() -> None:
    made = with_errors([8.99], 4)
    made.learned(rows(0), floats(0.0))
    made.add(rows(1, 2))
    assert made.state(4)["leaves"] == pytest.approx([0.1, 3.0, 3.0, 0.0], rel=1e-5)


def test_a_row_drawn_twice_keeps_one_priority() -> None:
    made = with_errors([1.0, 1.0], 2)
    made.learned(rows(1, 1), floats(0.24, 0.24))
    assert made.state(2)["leaves"] == pytest.approx([1.01**0.5, 0.5], rel=1e-5)
    assert made._tree[1] == made._tree[2] + made._tree[3]


Change = st.tuples(st.lists(st.integers(0, 12), min_size=1, max_size=8), st.floats(0, 1e6, width=32))


@given(capacity=st.integers(1, 13), changes=st.lists(Change, min_size=1, max_size=12), seed=st.integers(0, 99))
def test_the_tree_is_always_the_sums_of_its_leaves(
    capacity: int, changes: list[tuple[list[int], float]], seed: int
) -> None:
    made = Priorities(SETTINGS, capacity)
    expected, largest = np.zeros(capacity), 1.0
    for number, (numbers, error) in enumerate(changes):
        places = np.array(numbers, np.int64) % capacity
        if number % 2 == 0:
            made.add(places)
            expected[places] = largest
        else:
            made.learned(places, np.full(len(places), error, np.float32))
            expected[places] = (error + 0.01) ** 0.5
            largest = max(largest, (error + 0.01) ** 0.5)
    tree, first = made._tree, made._first
    assert tree[first : first + capacity] == pytest.approx(expected)
    assert all(tree[node] == tree[2 * node] + tree[2 * node + 1] for node in range(1, first))
    drawn, weights = made.draw(32, np.random.default_rng(seed))
    assert (expected[drawn] > 0).all() and (weights > 0).all() and weights.max() == 1.0
    assert (np.diff(drawn) >= 0).all(), "equal parts are met in order"


@pytest.mark.parametrize("size", [5, 8])
def test_it_goes_on_from_its_state(size: int) -> None:
    rng = np.random.default_rng(2)
    one, other = (Priorities(SETTINGS, 8) for _ in range(2))
    other.add(np.arange(8))
    one.add(np.arange(size))
    for _ in range(6):
        places, _ = one.draw(4, rng)
        one.learned(places, rng.random(4, np.float32) * 9)
    other.restore({name: array.copy() for name, array in one.state(size).items()}, size)
    assert np.array_equal(one._tree, other._tree)
    for seed in range(6):
        mine, theirs = (made.draw(4, np.random.default_rng(seed)) for made in (one, other))
        assert np.array_equal(mine[0], theirs[0]) and np.array_equal(mine[1], theirs[1])
        for made in (one, other):
            made.learned(mine[0], floats(1, 2, 3, 4))
            made.add(rows(seed))


def test_what_is_kept_keeps_its_priority() -> None:
    made = with_errors([0.0, 0.03, 0.08, 0.15, 0.24], 6)
    made.keep(rows(3, 4, 0))
    assert made.state(6)["leaves"] == pytest.approx([0.4, 0.5, 0.1, 0, 0, 0], rel=1e-5)
    assert made._tree[1] == pytest.approx(1.0, rel=1e-5)
