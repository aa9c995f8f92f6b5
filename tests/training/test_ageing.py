"""The buffer of imagined transitions forgets by age and by room, and goes on from its state."""

import numpy as np
import pytest

from hamlet.training.ageing import AgeingBuffer
from hamlet.training.nstep import Transitions
from hamlet.worlds.world import Feature, Spec

SPEC = Spec(world="toy", physics=1, features=(Feature("x", 1, "unit"),), actions=("a", "b"), cap=9, stages=1)


def transitions(count: int, reward: float) -> Transitions:
    rows, allowed = np.zeros((count, 1), np.float32), np.ones((count, 2), np.bool_)
    zeros = np.zeros(count, np.float32)
    return Transitions(
        rows, allowed, np.zeros(count, np.int64), zeros + np.float32(reward), zeros, zeros, rows, allowed
    )


def rewards(buffer: AgeingBuffer) -> set[float]:
    batch = buffer.sample(np.random.default_rng(0))
    return set(batch.reward.tolist())


def test_what_is_too_old_is_not_drawn_any_more() -> None:
    buffer = AgeingBuffer(SPEC, capacity=10, batch=200, max_age=3)
    for now in range(4):
        buffer.add(transitions(2, now), now)
    assert buffer.size == 8 and rewards(buffer) == {0, 1, 2, 3}
    buffer.age(4)
    assert buffer.size == 6 and rewards(buffer) == {1, 2, 3}
    buffer.add(transitions(2, 6), 6)
    assert buffer.size == 4 and rewards(buffer) == {3, 6}
    buffer.age(50)
    assert buffer.size == 0


def test_room_is_for_the_newest() -> None:
    buffer = AgeingBuffer(SPEC, capacity=10, batch=200, max_age=100)
    for now in range(7):
        buffer.add(transitions(3, now), now)
    assert buffer.size == 10 and rewards(buffer) == {3, 4, 5, 6}
    buffer.add(transitions(25, 9), 9)
    assert buffer.size == 10 and rewards(buffer) == {9}
    buffer.add(transitions(0, 10), 10)
    assert rewards(buffer) == {9}
    buffer.forget()
    assert buffer.size == 0


@pytest.mark.parametrize("rounds", [0, 2, 9])
def test_it_goes_on_from_its_state(rounds: int) -> None:
    one, other = (AgeingBuffer(SPEC, capacity=10, batch=50, max_age=2) for _ in range(2))
    for now in range(rounds):
        one.add(transitions(3, now), now)
    other.restore({name: array.copy() for name, array in one.state().items()})
    for buffer in (one, other):
        buffer.add(transitions(1, 77), rounds)
    assert one.size == other.size and rewards(one) == rewards(other)
    with pytest.raises(ValueError, match="born"):
        other.restore(one.state() | {"born": np.zeros(11, np.int64)})
