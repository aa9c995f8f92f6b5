"""Curiosity: the known bores, the new does not, and the running moments are the true ones."""

import numpy as np
import pytest

from hamlet.training.novelty import Novelty
from hamlet.training.refill import refill


def novelty(n: int = 8, seed: int = 0, size: int = 12) -> Novelty:
    return Novelty(size, n, np.random.default_rng(seed), learning_rate=1e-3, gamma=0.9)


@pytest.mark.parametrize("seed", range(3))
def test_known_cells_become_boring_and_unknown_ones_do_not(seed: int) -> None:
    mind, cells = novelty(seed=seed), np.eye(12, dtype=np.float32)
    rng = np.random.default_rng(seed)
    early = []
    for step in range(600):
        raw = mind.observe(cells[rng.integers(0, 6, 8)]) * mind.typical
        if step < 20:
            early.append(raw.mean())
    known, unknown = mind.at(cells[:6]), mind.at(cells[6:])
    assert known.max() < 0.2 * np.mean(early)
    assert unknown.min() > 3 * known.max()


def test_looking_learns_nothing() -> None:
    mind, rows = novelty(), np.random.default_rng(1).random((8, 12), np.float32)
    mind.observe(rows)
    before = {name: np.array(value) for name, value in mind.state().items()}
    assert np.array_equal(mind.at(rows), mind.at(rows))
    assert all(np.array_equal(before[name], value) for name, value in mind.state().items())


def test_the_running_moments_are_those_of_all_that_was_seen() -> None:
    rng = np.random.default_rng(2)
    mind, seen = novelty(), [rng.normal(3.0, 2.0, (8, 12)).astype(np.float32) for _ in range(50)]
    for rows in seen:
        mind.observe(rows)
    whole = np.concatenate(seen).astype(np.float64)
    state = mind.state()
    assert state["count"][0] == pytest.approx(len(whole))
    assert state["mean"] == pytest.approx(whole.mean(0), rel=1e-4)
    assert state["squares"] / state["count"] == pytest.approx(whole.var(0), rel=1e-4)


def test_rewards_have_the_scale_of_the_discounted_sums() -> None:
    rng = np.random.default_rng(3)
    mind, sums, all_sums = novelty(), np.zeros(8), []
    for _ in range(80):
        rows = rng.random((8, 12), np.float32)
        scaled = mind.observe(rows)
        raw = scaled * mind.typical
        sums = 0.9 * sums + raw
        all_sums.append(sums)
    assert mind.typical == pytest.approx(np.concatenate(all_sums).std(), rel=1e-2)


def test_it_goes_on_from_its_state() -> None:
    rng = np.random.default_rng(4)
    one, other = novelty(seed=0), novelty(seed=9)
    for _ in range(20):
        one.observe(rng.random((8, 12), np.float32))
    refill(other.state(), one.state())
    for _ in range(20):
        rows = rng.random((8, 12), np.float32)
        assert np.array_equal(one.observe(rows), other.observe(rows))
