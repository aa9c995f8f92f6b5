"""A device that this machine does not have: tensors that are nowhere near the host's, and compute the same bits.

They say that they are on torch's ``meta`` device, and hold a tensor of the CPU each. What would fail between a GPU
and the host fails here: an operation on tensors of both, and reading one as an array.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

__all__ = ["ELSEWHERE", "Elsewhere"]

ELSEWHERE = torch.device("meta")
_CROSSING = (torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default)


class _Far(Tensor):
    """Holds ``near``, which nobody but the dispatch below may touch."""

    near: Tensor

    @staticmethod
    def __new__(cls, near: Tensor) -> "_Far":
        far: _Far = torch.Tensor._make_wrapper_subclass(
            cls, near.size(), strides=near.stride(), dtype=near.dtype, device=ELSEWHERE
        )
        far.near = near
        return far

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(func, args, kwargs or {})


class Elsewhere(TorchDispatchMode):
    """While it is entered there is the device ``ELSEWHERE``; ``operations`` counts those that ran on it."""

    operations = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = _run(func, args, kwargs or {})
        self.operations += any(isinstance(leaf, _Far) for leaf in tree_flatten(result)[0])
        return result


def _run(func: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    leaves = [leaf for leaf in tree_flatten((args, kwargs))[0] if isinstance(leaf, Tensor)]
    far = any(isinstance(leaf, _Far) for leaf in leaves)
    if far and func not in _CROSSING:
        near = [leaf for leaf in leaves if not isinstance(leaf, _Far) and leaf.dim()]
        assert not near, f"{func}: tensors of the host among those of another device"
    wanted = kwargs.get("device")
    if wanted is not None:
        far = torch.device(wanted) == ELSEWHERE
        kwargs = {**kwargs, "device": torch.device("cpu")}
    result = func(*tree_map(_near, args), **tree_map(_near, kwargs))
    if getattr(func, "_schema", None) is not None and func._schema.is_mutable:
        return _given(func, args, kwargs, result)
    return tree_map(lambda part: _Far(part) if far and isinstance(part, Tensor) else part, result)


def _near(leaf: Any) -> Any:
    return leaf.near if isinstance(leaf, _Far) else leaf


def _given(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any], result: Any) -> Any:
    """An operation that writes into what it was given returns that."""
    known = {id(_near(leaf)): leaf for leaf in tree_flatten((args, kwargs))[0] if isinstance(leaf, Tensor)}
    return tree_map(lambda part: known.get(id(part), part), result)
