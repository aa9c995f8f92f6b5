"""A body's parameters in one flat vector, as ``training.networks`` keeps them: one array for Adam and checkpoints."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

__all__ = ["Flat", "fill_normal"]


class Flat:
    """Tensors of ``shapes``, one behind another in ``flat``; d loss / d each in ``gradient``."""

    def __init__(self, shapes: Sequence[tuple[int, ...]]) -> None:
        self._shapes = tuple(shapes)
        count = sum(math.prod(shape) for shape in self._shapes)
        self.flat, self.gradient = torch.zeros(count), torch.zeros(count)

    def parts(self, flat: Tensor | None = None) -> list[Tensor]:
        """Views of ``flat`` (the parameters', if none is given), which autograd follows back into it."""
        whole = self.flat if flat is None else flat
        pieces = whole.split_with_sizes([math.prod(shape) for shape in self._shapes])
        return [piece.view(shape) for piece, shape in zip(pieces, self._shapes, strict=True)]


def fill_normal(weight: Tensor, deviation: float, rng: np.random.Generator) -> None:
    """``weight`` filled with normal numbers of ``deviation`` around 0, from a generator of numpy's: torch's own
    initialisers draw from its global one."""
    weight.copy_(torch.from_numpy(rng.standard_normal(tuple(weight.shape), dtype=np.float32)) * deviation)
