"""A lock with a combination: at each of ``dials`` places one of four turns leads on, any other back to the
beginning, or breaks the key. Found by chance once in hundreds of tries; single turns are easily foretold."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamlet.worlds.world import Actions, Feature, Floats, Mask, Spec, Step

__all__ = ["Lock", "LockRule", "lock_spec"]

COMBINATION = (2, 0, 3, 1, 1, 2)
TURNS = 4


def lock_spec(dials: int = 4, cap: int = 12) -> Spec:
    features = (Feature("dial", dials + 1, "onehot"), Feature("turned back", 1, "binary"), Feature("time", 1, "unit"))
    return Spec(world="lock", physics=1, features=features, actions=("a", "b", "c", "d"), cap=cap, stages=1)


class Lock:
    """``n`` locks; reward 1 for an open one; as much of a ``World`` as a learner meets."""

    def __init__(self, n: int, dials: int = 4, cap: int = 12, breaks: float = 0.1) -> None:
        self.n = n
        self.spec = lock_spec(dials, cap)
        self._dials, self._breaks = dials, breaks
        self._state: dict[str, NDArray[Any]] = {}

    def set_stage(self, stage: int) -> None:
        assert stage == 1

    def reset(self, seed: int) -> Step:
        self._rng = np.random.default_rng(seed)
        self._state = {name: np.zeros(self.n, np.int64) for name in ("dial", "back", "time")}
        return self.now()

    def now(self) -> Step:
        observation, mask = self._see()
        none, never = np.zeros(self.n, np.float32), np.zeros(self.n, np.bool_)
        return Step(observation, mask, none, none, never, never, observation, mask)

    def step(self, actions: Actions) -> Step:
        state = self._state
        right = np.array(COMBINATION)[state["dial"] % len(COMBINATION)] == actions
        broken = ~right & (self._rng.random(self.n) < self._breaks)
        state["dial"] = np.where(right, state["dial"] + 1, 0)
        state["back"], state["time"] = (~right).astype(np.int64), state["time"] + 1
        opened = state["dial"] == self._dials
        terminated = opened | broken
        truncated = ~terminated & (state["time"] == self.spec.cap)
        final = self._see()
        for array in state.values():
            array[terminated | truncated] = 0
        none = np.zeros(self.n, np.float32)
        return Step(*self._see(), opened.astype(np.float32), none, terminated, truncated, *final)

    def _see(self) -> tuple[Floats, Mask]:
        state, rows = self._state, np.arange(self.n)
        observation = np.zeros((self.n, self.spec.observation_size), np.float32)
        observation[rows, state["dial"]] = 1.0
        observation[:, -2], observation[:, -1] = state["back"], state["time"] / self.spec.cap
        return observation, np.ones((self.n, TURNS), np.bool_)

    def state(self) -> dict[str, NDArray[Any]]:
        return {name: array.copy() for name, array in self._state.items()}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> Step:
        self._state = {name: array.copy() for name, array in state.items()}
        return self.now()


class LockRule:
    """Knows the first ``known`` dials, and turns ``a`` at the others."""

    def __init__(self, known: int) -> None:
        self._known = known

    def act(self, observation: Floats, mask: Mask) -> Actions:
        dial = observation[:, :-2].argmax(1)
        return np.where(dial < self._known, np.array(COMBINATION)[dial % len(COMBINATION)], 0)
