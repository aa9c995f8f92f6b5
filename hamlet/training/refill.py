"""Arrays filled again from a saved state: all of them, and only with what fits."""

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

__all__ = ["refill"]


def refill(arrays: Mapping[str, NDArray[Any]], state: Mapping[str, NDArray[Any]]) -> None:
    """Copy ``state[name]`` into every array of ``arrays``, in place. Raises ``KeyError`` or ``ValueError``,
    before anything is changed, when one is missing or of another shape or type (numpy alone would broadcast it)."""
    for name, array in arrays.items():
        found = state[name]
        if found.shape != array.shape or found.dtype != array.dtype:
            raise ValueError(f"{name}: expected {array.dtype} {array.shape}, found {found.dtype} {found.shape}")
    for name, array in arrays.items():
        array[...] = state[name]
