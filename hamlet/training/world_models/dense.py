"""The body without a memory: M multilayer perceptrons of the last moment, side by side in batched products."""

import math
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from hamlet.training.world_models.flat import Flat, fill_normal
from hamlet.training.world_models.settings import WorldModelSettings

__all__ = ["Dense"]


class Dense(Flat):
    """``members`` networks of ``inputs`` → ``layers`` × ``hidden`` (SiLU) → ``outputs``, each with first weights
    of its own from ``rng``; the last layer begins at 1 % of its usual size: at first, nothing changes."""

    window = 1

    def __init__(
        self, inputs: int, outputs: int, members: int, settings: WorldModelSettings, rng: np.random.Generator
    ) -> None:
        sizes = [inputs, *(settings.hidden for _ in range(settings.layers)), outputs]
        super().__init__([shape for a, b in pairwise(sizes) for shape in ((members, a, b), (members, 1, b))])
        self.members = members
        *layers, last = self.parts()[::2]
        for weight in layers:
            fill_normal(weight, math.sqrt(2.0 / weight.shape[1]), rng)
        fill_normal(last, 0.01 / math.sqrt(last.shape[1]), rng)

    def forward(self, flat: Tensor, inputs: Tensor) -> Tensor:
        """[M, B, T, inputs] → [M, B, T, outputs]: each moment by itself."""
        m, b, t, _ = inputs.shape
        x, parts = inputs.reshape(m, b * t, -1), self.parts(flat)
        for layer in range(0, len(parts), 2):
            x = torch.baddbmm(parts[layer + 1], x if layer == 0 else torch.nn.functional.silu(x), parts[layer])
        return x.view(m, b, t, -1)
