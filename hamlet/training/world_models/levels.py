"""Numbers that take a few values only (thirds, a scale of acts): foretold as a choice, not as a bell curve.

A mean of such numbers is often one that never occurs; and of the last intent on its scale, a bell curve can say
neither "agrees or puts off" nor which of the two.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamlet.worlds.world import Floats, Spec

__all__ = ["Levels", "levels_of"]


class Levels(NamedTuple):
    """K of an observation's numbers, the places ``columns`` [K], with up to L ``values`` each [K, L]; ``present``
    [K, L]: what is no padding (padding repeats a feature's first value)."""

    columns: NDArray[np.int64]
    values: Floats
    present: NDArray[np.bool_]

    def which(self, observations: Floats) -> NDArray[np.int64]:
        """[…, K] the value nearest to each of the numbers in ``observations`` […, D]."""
        off = np.abs(observations[..., self.columns, None] - self.values)
        off[..., ~self.present] = np.inf
        nearest: NDArray[np.int64] = off.argmin(-1)
        return nearest

    def taken(self, choices: NDArray[np.int64]) -> Floats:
        """[…, K] the values that ``choices`` […, K] name."""
        values: Floats = self.values[np.arange(len(self.columns)), choices]
        return values


@cache
def levels_of(spec: Spec) -> Levels:
    """Of the features of ``spec`` that name their ``levels``."""
    features = [feature for feature in spec.features if feature.levels]
    most = max((len(feature.levels) for feature in features), default=0)
    columns = [spec.where(feature.name).start for feature in features]
    padded = [(*feature.levels, *[feature.levels[0]] * (most - len(feature.levels))) for feature in features]
    present = np.array([[at < len(feature.levels) for at in range(most)] for feature in features], np.bool_)
    shape = (len(features), most)
    values = np.array(padded, np.float32).reshape(shape)
    return Levels(np.array(columns, np.int64), values, present.reshape(shape))
