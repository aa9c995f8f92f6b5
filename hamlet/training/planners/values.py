"""The q that planners ask, a policy's values for any number of situations; and who explores by it."""

import numpy as np

from hamlet.training.planners.planner import QFunction
from hamlet.training.policy import ValuePolicy, explore
from hamlet.worlds.world import Actions, Floats, Mask

__all__ = ["ExploringPolicy", "q_of"]


def q_of(policy: ValuePolicy, actions: int) -> QFunction:
    """The values of a ``policy`` without a memory, for ``actions`` actions; the result is the caller's.

    A network keeps buffers for each number of rows it was ever asked for, and a tree asks for every number: rows are
    filled up to a power of two."""

    def q(observations: Floats) -> Floats:
        rows = len(observations)
        full = np.zeros((1 << max(rows - 1, 0).bit_length(), observations.shape[1]), np.float32)
        full[:rows] = observations
        return policy.decide(full, np.ones((len(full), actions), np.bool_))[0][:rows].copy()

    return q


class ExploringPolicy:
    """ε-greedy by ``q``, row after row with more ε, from 0 to a half: a world model has to see what a good policy
    does, and what comes of something else."""

    def __init__(self, q: QFunction, rng: np.random.Generator) -> None:
        self._q = q
        self._rng = rng

    def act(self, observation: Floats, mask: Mask) -> Actions:
        greedy = np.where(mask, self._q(observation), -np.inf).argmax(1)
        drawn = explore(greedy, mask, 1.0, self._rng)
        return np.where(self._rng.random(len(mask)) < np.linspace(0.0, 0.5, len(mask)), drawn, greedy)
