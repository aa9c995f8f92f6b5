"""A T-maze: a sign in the first cell only, a corridor in which there is one way to go, and a fork
at its end where the sign tells left from right (Bakker 2002). Without a memory: one in two."""

import numpy as np
from numpy.typing import NDArray

from hamlet.worlds.world import Actions, Feature, Spec, Step

__all__ = ["TMaze"]

LEFT, RIGHT, ON = 0, 1, 2


class TMaze:
    """``n`` walkers with ``corridor`` steps between sign and fork; reward 1 for the right turn.
    As much of a ``World`` as a learner meets."""

    def __init__(self, n: int, corridor: int = 6) -> None:
        self.n = n
        self._corridor = corridor
        self.spec = Spec(
            world="t-maze",
            physics=1,
            features=(Feature("sign", 3, "onehot"), Feature("fork", 1, "binary"), Feature("noise", 1, "unit")),
            actions=("left", "right", "on"),
            cap=corridor + 1,
            stages=1,
        )

    def reset(self, seed: int) -> Step:
        self._rng = np.random.default_rng(seed)
        self._sign = self._rng.integers(0, 2, self.n)
        self._at = np.zeros(self.n, np.int64)
        none = np.zeros(self.n, np.bool_)
        observation, mask = self._see()
        return Step(observation, mask, *np.zeros((2, self.n), np.float32), none, none, observation, mask)

    def step(self, actions: Actions) -> Step:
        ended = self._at == self._corridor
        reward = (ended & (actions == self._sign)).astype(np.float32)
        self._at += 1
        final = self._see()
        self._at[ended] = 0
        self._sign = np.where(ended, self._rng.integers(0, 2, self.n), self._sign)
        return Step(*self._see(), reward, np.zeros(self.n, np.float32), ended, np.zeros(self.n, np.bool_), *final)

    def _see(self) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        observation, fork = np.zeros((self.n, 5), np.float32), self._at >= self._corridor
        observation[np.arange(self.n), np.where(self._at == 0, self._sign, 2)] = 1.0
        observation[:, 3] = fork
        observation[:, 4] = self._rng.random(self.n, np.float32)
        # In the corridor only onwards: else the action before could be used as a memory.
        mask = np.stack([fork, fork, ~fork], 1)
        return observation, mask
