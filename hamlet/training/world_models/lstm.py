"""The body that remembers: LSTM layers over the window of moments (Hochreiter and Schmidhuber 1997)."""

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import linear, silu

from hamlet.training.world_models.flat import Flat, fill_normal
from hamlet.training.world_models.settings import WorldModelSettings

__all__ = ["Lstm"]


class Lstm(Flat):
    """A layer of ``hidden`` (SiLU) for the moment; over it ``layers`` × ``hidden`` cells, whose state is carried from
    the window's first moment to its last; and a layer of ``hidden`` that reads both: what a moment shows by itself
    need not pass through the cells. Forget gates begin open (Gers et al. 2000)."""

    members = 1

    def __init__(self, inputs: int, outputs: int, settings: WorldModelSettings, rng: np.random.Generator) -> None:
        hidden, layers = settings.hidden, settings.layers
        shapes: list[tuple[int, ...]] = []
        gates = 4 * hidden
        for _ in range(layers):
            shapes += [(gates, hidden), (gates, hidden), (gates,), (gates,)]
        first: list[tuple[int, ...]] = [(hidden, inputs), (hidden,)]
        ends: list[tuple[int, ...]] = [(hidden, 2 * hidden), (hidden,), (outputs, hidden), (outputs,)]
        super().__init__([*first, *shapes, *ends])
        self.window, self._layers, self._hidden = settings.window, layers, hidden
        enter, _, *cells, both, _, last, _ = self.parts()
        fill_normal(enter, math.sqrt(2.0 / inputs), rng)
        fill_normal(both, 1.0 / math.sqrt(hidden), rng)
        for layer in range(layers):
            into, back, bias, _ = cells[4 * layer : 4 * layer + 4]
            fill_normal(into, 1.0 / math.sqrt(hidden), rng)
            fill_normal(back, 1.0 / math.sqrt(hidden), rng)
            bias[hidden : 2 * hidden] = 1.0  # torch's order: input, forget, candidate, output
        fill_normal(last, 0.01 / math.sqrt(hidden), rng)

    def forward(self, flat: Tensor, inputs: Tensor) -> Tensor:
        """[1, B, T, inputs] → [1, B, T, outputs]."""
        enter, enter_bias, *cells, both, both_bias, last, last_bias = self.parts(flat)
        moment = silu(linear(inputs[0], enter, enter_bias))
        empty = torch.zeros(self._layers, len(moment), self._hidden)
        told = torch.lstm(moment, (empty, empty), cells, True, self._layers, 0.0, False, False, True)[0]
        return linear(silu(linear(torch.cat([told, moment], -1), both, both_bias)), last, last_bias)[None]
