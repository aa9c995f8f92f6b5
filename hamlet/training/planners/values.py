"""The q that planners ask: a policy's values, for any number of situations."""

import numpy as np

from hamlet.training.planners.planner import QFunction
from hamlet.training.policy import ValuePolicy
from hamlet.worlds.world import Floats

__all__ = ["q_of"]


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
