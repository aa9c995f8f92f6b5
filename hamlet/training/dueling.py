"""The dueling network (Wang et al. 2016): a value of the situation and advantages of the actions."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from hamlet.training.device import HOST
from hamlet.training.networks import Mlp

__all__ = ["Dueling"]


class Dueling(Mlp):
    """Q = V + A − mean A (their equation 9). ``sizes``: as of ``Mlp``, inputs to actions, with at least
    one hidden layer.

    The two halves of the last hidden layer are the two streams: the first feeds the value, the
    second the advantages. The last layer's weights that would cross over are 0, and so are their
    gradients, which keeps the layer one matrix product and the parameters one flat vector."""

    def __init__(
        self,
        sizes: Sequence[int],
        rng: np.random.Generator | None = None,
        last_gain: float = 1.0,
        device: torch.device = HOST,
    ) -> None:
        *below, actions = sizes
        super().__init__((*below, 1 + actions), rng, last_gain, device)
        half = below[-1] // 2
        self._streams = torch.zeros(below[-1], 1 + actions, device=device)
        self._streams[:half, 0] = 1.0
        self._streams[half:, 1:] = 1.0
        self._weights[-1].mul_(self._streams)

    def forward(self, x: Tensor) -> Tensor:
        """[B, D] → Q [B, A]."""
        both = super().forward(x)
        advantage = both[:, 1:]
        return advantage - advantage.mean(1, keepdim=True) + both[:, :1]

    def backward(self, gradient: Tensor) -> Tensor:
        """As ``Mlp.backward``, from d loss / d Q [B, A]."""
        advantage = gradient - gradient.mean(1, keepdim=True)
        super().backward(torch.cat([gradient.sum(1, keepdim=True), advantage], 1))
        self._weight_gradients[-1].mul_(self._streams)
        return self.gradient

    def shift_output(self, by: float) -> None:
        """Add ``by`` to every Q: the value carries it."""
        self._biases[-1][0] += by
