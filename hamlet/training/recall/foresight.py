"""Values of errands: each lived through in the model, and then what a network thinks of what is so after it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamlet.training.networks import Mlp
from hamlet.training.recall.atlas import Places
from hamlet.training.recall.errands import Model, consider, outcomes, weigh
from hamlet.worlds.world import Actions, Floats

__all__ = ["Foresight"]

_ROWS = 256  # a network keeps room for every number of rows it was given: full blocks are few


class Foresight:
    """For ``n`` lives of up to ``kinds`` kinds of things, described by ``size`` numbers."""

    def __init__(self, n: int, kinds: int, size: int, gamma: float) -> None:
        shape = (n, outcomes(kinds))
        self._gamma = gamma
        self._after = np.zeros((*shape, size), np.float32)
        self._reward, self._discount, self._chance, self._worth = (np.zeros(shape) for _ in range(4))
        self._values = np.zeros((n, kinds + 2))
        self._all = np.arange(n)
        self._input = np.zeros((-(-shape[0] * shape[1] // _ROWS) * _ROWS, size), np.float32)

    def __call__(
        self,
        network: Mlp,
        model: Model,
        places: Places,
        cells: Actions,
        meters: Floats | NDArray[Any],
        begun: Actions | None = None,
    ) -> NDArray[np.float64]:
        """[n, K + 2], −∞ where an errand cannot be begun; overwritten by the next call. Where one is ``begun`` [n]
        (−1: none), nothing is thought of: it is 0, all others are −∞."""
        now = np.asarray(meters, np.float64)
        parts = self._after, self._reward, self._discount, self._chance
        lives = self._all if begun is None else np.flatnonzero(begun < 0)
        consider(model, self._gamma, lives, *places, cells, now, *parts)
        possible = np.flatnonzero(self._chance)
        rows = -(-len(possible) // _ROWS) * _ROWS
        self._input[: len(possible)] = self._after.reshape(-1, self._after.shape[2])[possible]
        self._worth.ravel()[possible] = network.values(self._input[:rows])[: len(possible), 0]
        weigh(self._reward, self._discount, self._chance, self._worth, self._values)
        if begun is not None:
            going = np.flatnonzero(begun >= 0)
            self._values[going, begun[going]] = 0.0
        return self._values
