"""How the kernels of worlds are compiled."""

from typing import Any

import numba

__all__ = ["compiled"]


def compiled(function: Any) -> Any:
    """By numba, when first called: it runs without the interpreter's lock, is kept on disk, and divides as numpy does
    (0 / 0 is NaN, where Python raises)."""
    return numba.njit(function, nogil=True, cache=True, error_model="numpy")
