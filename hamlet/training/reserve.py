"""Room for what fills up over hours, taken at once, and for what was needed for a moment, given back."""

import ctypes
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from hamlet.errors import ConfigError

__all__ = ["give_back", "reserved"]

_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's; other C libraries do without


def reserved(shape: int | tuple[int, ...], kind: DTypeLike) -> NDArray[Any]:
    """Zeros whose every page is there. Those of ``np.zeros`` come one by one as they are first written: what a run
    remembers then grew for an hour, and a machine with too little memory said so at night. Raises ``ConfigError``
    where there is not even the address space."""
    try:
        array: NDArray[Any] = np.empty(shape, kind)
    except MemoryError as error:
        problem = f"what is to be remembered does not fit into this machine's memory ({error})"
        raise ConfigError("training", problem, "make capacity smaller") from None
    array.fill(0)
    return array


def give_back() -> None:
    """Hand free memory of the C library's heap back to the system. glibc keeps it in pieces between what is in use, and
    a process of days grows by what it once needed for a moment. Takes some milliseconds."""
    if _trim is not None:
        _trim(0)
