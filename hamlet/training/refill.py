"""Arrays filled again from a saved state: all of them, and only with what fits; and the part of a state that is one
object's."""

from collections.abc import Mapping
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from hamlet.training.device import Live, host

__all__ = ["part", "refill"]


def refill(arrays: Mapping[str, Live], state: Mapping[str, NDArray[Any]]) -> None:
    """Copy ``state[name]`` into all of ``arrays``, in place. Raises ``KeyError`` or ``ValueError``,
    before anything is changed, when one is missing or of another shape or type (numpy alone would broadcast it)."""
    for name, array in arrays.items():
        found, there = state[name], host(array)
        if found.shape != there.shape or found.dtype != there.dtype:
            raise ValueError(f"{name}: expected {there.dtype} {there.shape}, found {found.dtype} {found.shape}")
    for name, array in arrays.items():
        if isinstance(array, Tensor):
            array.copy_(torch.from_numpy(state[name]))
        else:
            array[...] = state[name]


def part(arrays: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    """The arrays whose names begin with ``prefix``, without it."""
    return {name[len(prefix) :]: array for name, array in arrays.items() if name.startswith(prefix)}
