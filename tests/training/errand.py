"""An errand: a target somewhere up to ``reach`` steps away in both directions, reached by walking, with slips and a
way that can end in a ditch. Rarely reached by chance; where a step leads is easily foretold."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamlet.worlds.world import Actions, Feature, Floats, Mask, Spec, Step

__all__ = ["CAP", "Errand", "Straight"]

MOVES = np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])
REACH, CAP = 5, 12


class Errand:
    """``n`` walkers; reward 1 at the target; one step in ten slips to the side of another, one in ten that does
    not come nearer ends in the ditch. As much of a ``World`` as a learner meets."""

    def __init__(self, n: int, cap: int = CAP) -> None:
        self.n = n
        features = (Feature("far", 1, "binary"), Feature("to the target", 2, "unit"), Feature("time", 1, "unit"))
        self.spec = Spec(world="errand", physics=1, features=features, actions=("e", "w", "n", "s"), cap=cap, stages=1)

    def set_stage(self, stage: int) -> None:
        assert stage == 1

    def reset(self, seed: int) -> Step:
        self.rng = np.random.default_rng(seed)
        self._to, self._time = np.zeros((self.n, 2), np.int64), np.zeros(self.n, np.int64)
        self._begin(np.ones(self.n, np.bool_))
        return self.now()

    def _begin(self, which: Mask) -> None:
        signs = self.rng.integers(0, 2, (self.n, 2)) * 2 - 1
        self._to = np.where(which[:, None], self.rng.integers(2, REACH, (self.n, 2)) * signs, self._to)
        self._time = np.where(which, 0, self._time)

    def now(self) -> Step:
        observation, mask = self._see()
        none, never = np.zeros(self.n, np.float32), np.zeros(self.n, np.bool_)
        return Step(observation, mask, none, none, never, never, observation, mask)

    def step(self, actions: Actions) -> Step:
        slips, way = self.rng.random(self.n) < 0.1, self.rng.integers(0, 4, self.n)
        before = np.abs(self._to).sum(1)
        self._to = np.clip(self._to - MOVES[np.where(slips, way, actions)], -REACH, REACH)
        self._time = self._time + 1
        far = np.abs(self._to).sum(1)
        arrived = far == 0
        terminated = arrived | ((far >= before) & (self.rng.random(self.n) < 0.1))
        truncated = ~terminated & (self._time == self.spec.cap)
        final = self._see()
        self._begin(terminated | truncated)
        none = np.zeros(self.n, np.float32)
        return Step(*self._see(), arrived.astype(np.float32), none, terminated, truncated, *final)

    def _see(self) -> tuple[Floats, Mask]:
        far = np.abs(self._to).sum(1, keepdims=True) > REACH
        parts = (far, self._to / REACH, self._time[:, None] / self.spec.cap)
        return np.concatenate(parts, axis=1).astype(np.float32), np.ones((self.n, 4), np.bool_)

    def state(self) -> dict[str, NDArray[Any]]:
        return {"to": self._to.copy(), "time": self._time.copy()}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> Step:
        self._to, self._time = state["to"].copy(), state["time"].copy()
        return self.now()


class Straight:
    """Always towards the target, first east or west."""

    def act(self, observation: Floats, mask: Mask) -> Actions:
        east, north = observation[:, 1], observation[:, 2]
        return np.where(east > 0, 0, np.where(east < 0, 1, np.where(north > 0, 2, 3)))
