"""Observations packed by the kind of their features: a one-hot stretch as its index, a binary one
as bytes, the rest as float32 (a town observation takes 39 bytes instead of 300)."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamlet.training.reserve import reserved
from hamlet.worlds.compiled import compiled
from hamlet.worlds.world import Spec

__all__ = ["Columns", "pack", "unpack"]


class Columns(NamedTuple):
    """Which numbers of an observation are of which kind: [H, 2] start and end, [b], [u]."""

    hot: NDArray[np.int64]
    bits: NDArray[np.int64]
    units: NDArray[np.int64]

    @classmethod
    def of(cls, spec: Spec) -> "Columns":
        kinds = np.concatenate([np.full(f.size, ("onehot", "binary", "unit").index(f.kind)) for f in spec.features])
        starts = np.cumsum([0, *(f.size for f in spec.features)])
        hot = [[starts[i], starts[i + 1]] for i, f in enumerate(spec.features) if f.kind == "onehot"]
        return cls(np.array(hot, np.int64).reshape(-1, 2), np.flatnonzero(kinds == 1), np.flatnonzero(kinds == 2))

    def room(self, *shape: int) -> dict[str, NDArray[Any]]:
        """Empty arrays for packed observations: "hot" [*shape, H], "bits" [*shape, b], "units" [*shape, u]."""
        return {
            "hot": reserved((*shape, len(self.hot)), np.uint16),
            "bits": reserved((*shape, len(self.bits)), np.uint8),
            "units": reserved((*shape, len(self.units)), np.float32),
        }


@compiled
def pack(values: Any, rows: Any, columns: Any, hots: Any, bytes_: Any, floats: Any) -> None:
    """Row i of ``values`` [n, ≥ D] into place ``rows[i]`` of the packed arrays."""
    hot, bits, units = columns
    for i in range(rows.size):
        row = rows[i]
        for h in range(hot.shape[0]):
            for c in range(hot[h, 0], hot[h, 1]):
                if values[i, c] > 0.5:
                    hots[row, h] = c - hot[h, 0]
        for b in range(bits.size):
            bytes_[row, b] = values[i, bits[b]] > 0.5
        for u in range(units.size):
            floats[row, u] = values[i, units[u]]


@compiled
def unpack(values: Any, rows: Any, columns: Any, hots: Any, bytes_: Any, floats: Any) -> None:
    """Place ``rows[i]`` of the packed arrays into row i of ``values`` [n, ≥ D]."""
    hot, bits, units = columns
    for i in range(rows.size):
        row = rows[i]
        for h in range(hot.shape[0]):
            for c in range(hot[h, 0], hot[h, 1]):
                values[i, c] = 0.0
            values[i, hot[h, 0] + hots[row, h]] = 1.0
        for b in range(bits.size):
            values[i, bits[b]] = bytes_[row, b]
        for u in range(units.size):
            values[i, units[u]] = floats[row, u]
