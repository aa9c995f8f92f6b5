"""A lock with a combination: at each dial one of four turns leads on, any other back to the first dial, or breaks
the key. Rarely opened by chance from the first dial; where a single turn leads is easily foretold."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamlet.worlds.world import Actions, Feature, Floats, Mask, Spec, Step

__all__ = ["CAP", "Lock", "LockRule"]

COMBINATION = np.array((2, 0, 3, 1, 1, 2, 0))
DIALS, CAP = 6, 12


class Lock:
    """``n`` locks, found at any dial; reward 1 for an open one; one wrong turn in ten breaks the key. As much of a
    ``World`` as a learner meets."""

    def __init__(self, n: int, cap: int = CAP) -> None:
        self.n = n
        features = (Feature("dial", DIALS + 1, "onehot"), Feature("back", 1, "binary"), Feature("time", 1, "unit"))
        self.spec = Spec(world="lock", physics=1, features=features, actions=("a", "b", "c", "d"), cap=cap, stages=1)

    def set_stage(self, stage: int) -> None:
        assert stage == 1

    def reset(self, seed: int) -> Step:
        self.rng = np.random.default_rng(seed)
        self._dial, self._back, self._time = np.zeros((3, self.n), np.int64)
        self._begin(np.ones(self.n, np.bool_))
        return self.now()

    def _begin(self, which: Mask) -> None:
        self._dial = np.where(which, self.rng.integers(0, DIALS, self.n), self._dial)
        self._back, self._time = np.where(which, 0, self._back), np.where(which, 0, self._time)

    def now(self) -> Step:
        observation, mask = self._see()
        none, never = np.zeros(self.n, np.float32), np.zeros(self.n, np.bool_)
        return Step(observation, mask, none, none, never, never, observation, mask)

    def step(self, actions: Actions) -> Step:
        right = COMBINATION[self._dial] == actions
        broken = ~right & (self.rng.random(self.n) < 0.1)
        self._dial = np.where(right, self._dial + 1, 0)
        self._back, self._time = (~right).astype(np.int64), self._time + 1
        opened = self._dial == DIALS
        terminated = opened | broken
        truncated = ~terminated & (self._time == self.spec.cap)
        final = self._see()
        self._begin(terminated | truncated)
        none = np.zeros(self.n, np.float32)
        return Step(*self._see(), opened.astype(np.float32), none, terminated, truncated, *final)

    def _see(self) -> tuple[Floats, Mask]:
        parts = (np.eye(DIALS + 1)[self._dial], self._back[:, None], self._time[:, None] / self.spec.cap)
        return np.concatenate(parts, axis=1).astype(np.float32), np.ones((self.n, 4), np.bool_)

    def state(self) -> dict[str, NDArray[Any]]:
        return {"dial": self._dial.copy(), "back": self._back.copy(), "time": self._time.copy()}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> Step:
        self._dial, self._back, self._time = (state[name].copy() for name in ("dial", "back", "time"))
        return self.now()


class LockRule:
    """Knows the combination."""

    def act(self, observation: Floats, mask: Mask) -> Actions:
        found: Actions = COMBINATION[observation[:, : DIALS + 1].argmax(1)]
        return found
