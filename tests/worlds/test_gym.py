"""The Gymnasium adapters pass Gymnasium's own checks and follow its conventions."""

import importlib
import sys
from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from hamlet.errors import UsageError
from hamlet.worlds.gym import GymEnv, GymVectorEnv
from hamlet.worlds.town.town import Town
from hamlet.worlds.world import Actions, Step
from tests.worlds.towns import settings

TOWN = settings({"meters.money.start": 0.1})


class Last(Town):
    """Agent ``number`` of a crowd, as a town of one. Asked for seed s + ``number``, which is what
    ``SyncVectorEnv`` asks of its environment of that number, it lives as that agent does under s."""

    def __init__(self, number: int, cap: int | None) -> None:
        self.crowd = Town(TOWN, number + 1, cap=cap)
        super().__init__(TOWN, 1, cap=cap)

    def reset(self, seed: int) -> Step:
        return self._alone(self.crowd.reset(seed - self.crowd.n + 1 if seed else 0))

    def step(self, actions: Actions) -> Step:
        return self._alone(self.crowd.step(np.full(self.crowd.n, actions[0])))

    def _alone(self, step: Step) -> Step:
        return Step(**{name: getattr(step, name)[-1:] for name in step.__struct_fields__})


def test_the_environment_passes_gymnasiums_checker() -> None:
    gymnasium.register("hamlet/Town-v0", entry_point=lambda: GymEnv(lambda: Town(TOWN)))
    try:
        check_env(gymnasium.make("hamlet/Town-v0").unwrapped)
    finally:
        gymnasium.registry.pop("hamlet/Town-v0")


def same(one: object, other: object, where: str = "info") -> None:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        assert one.keys() == other.keys(), where
        for key in one:
            same(one[key], other[key], f"{where}.{key}")
        return
    left, right = np.asarray(one), np.asarray(other)
    assert left.dtype == right.dtype and left.shape == right.shape, where
    if left.dtype == object:
        assert all(np.array_equal(a, b) for a, b in zip(left, right, strict=True)), where
    else:
        assert np.array_equal(left, right), where


@pytest.mark.parametrize("cap", [None, 40])
def test_the_vector_environment_equals_gymnasiums_own(cap: int | None) -> None:
    def alone(number: int) -> Any:
        return lambda: GymEnv(lambda: Last(number, cap))

    ours = GymVectorEnv(lambda: Town(TOWN, 4, cap=cap))
    theirs = SyncVectorEnv([alone(number) for number in range(4)], autoreset_mode=AutoresetMode.SAME_STEP)
    assert ours.metadata["autoreset_mode"] == theirs.metadata["autoreset_mode"]
    assert ours.observation_space == theirs.observation_space and ours.action_space == theirs.action_space
    for one, other in zip(ours.reset(seed=11), theirs.reset(seed=11), strict=True):
        same(one, other)
    ends = 0
    rng = np.random.default_rng(1)
    for _ in range(400):
        actions = rng.integers(0, 5, 4)
        left, right = ours.step(actions), theirs.step(actions)
        for part, (one, other) in enumerate(zip(left, right, strict=True)):
            same(one, other, f"part {part}")
        ends += int((left[2] | left[3]).sum())
        assert left[0] in ours.observation_space
    assert ends > 4


def test_arrays_are_the_callers_to_keep() -> None:
    vector = GymVectorEnv(lambda: Town(TOWN, 3))
    first, info = vector.reset(seed=1)
    kept, mask = first.copy(), info["action_mask"].copy()
    vector.step(np.array([1, 2, 4]))
    assert np.array_equal(first, kept) and np.array_equal(info["action_mask"], mask)


def test_a_step_needs_a_reset_before_it_and_after_an_end() -> None:
    env = GymEnv(lambda: Town(TOWN, cap=3))
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(np.int64(0))
    env.reset(seed=1)
    ended = [env.step(np.int64(0))[2:4] for _ in range(3)]
    assert ended == [(False, False), (False, False), (False, True)]
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(np.int64(0))
    begun = env.world.situation(0)[0]
    after = env.reset()[0]
    assert after.argmax() == begun, "the episode that the world began by itself"
    assert env.step(np.int64(4))[3] is False


def test_wrong_use_says_what_to_do() -> None:
    with pytest.raises(UsageError, match="expected a world of 1 agent, found 2"):
        GymEnv(lambda: Town(TOWN, 2))
    with pytest.raises(UsageError, match="leave reset_mask out"):
        GymVectorEnv(lambda: Town(TOWN, 2)).reset(options={"reset_mask": np.array([True, False])})


def test_without_gymnasium_the_import_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gymnasium", None)
    monkeypatch.delitem(sys.modules, "hamlet.worlds.gym")
    with pytest.raises(ImportError, match=r"pip install -e \.\[gym\]") as caught:
        importlib.import_module("hamlet.worlds.gym")
    assert isinstance(caught.value, UsageError)
