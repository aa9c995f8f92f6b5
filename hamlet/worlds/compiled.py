"""How kernels are compiled, those of worlds and of the training."""

import pickle
from typing import Any

import numba
from numba.core.caching import FunctionCache

__all__ = ["compiled"]


class _Cache(FunctionCache):
    """Compiles anew what it cannot read. Numba unpickles its index before it asks whether the source has changed:
    where an upgrade moved a type that a kernel takes, or a power cut left half a file, that fails
    (``tests/worlds/test_compiled.py``)."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        except (ImportError, AttributeError, EOFError, ValueError, TypeError, pickle.UnpicklingError):
            self.flush()  # type: ignore[no-untyped-call]
            return None


def compiled(function: Any) -> Any:
    """By numba, when first called: it runs without the interpreter's lock, is kept on disk, and divides as numpy does
    (0 / 0 is NaN, where Python raises)."""
    kernel = numba.njit(function, nogil=True, error_model="numpy")
    kernel._cache = _Cache(function)  # type: ignore[no-untyped-call]  # what ``cache=True`` does, with ours
    return kernel
