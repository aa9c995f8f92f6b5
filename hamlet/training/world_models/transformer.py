"""The body that attends: a small causal transformer over the window of moments (Vaswani et al. 2017)."""

import math

import numpy as np
from torch import Tensor
from torch.nn.functional import gelu, layer_norm, linear, scaled_dot_product_attention

from hamlet.training.world_models.flat import Flat, fill_normal
from hamlet.training.world_models.settings import WorldModelSettings

__all__ = ["Transformer"]

_PARTS = 12  # tensors of a block


class Transformer(Flat):
    """``layers`` blocks of ``heads``-headed attention and a layer of 2 · ``hidden`` (GELU), each behind a layer norm
    (Xiong et al. 2020: no warm-up of the learning rate is needed then). Every moment has a learned embedding of its
    place in the window and sees itself and those before it."""

    members = 1

    def __init__(self, inputs: int, outputs: int, settings: WorldModelSettings, rng: np.random.Generator) -> None:
        h, self._heads, self._layers, self.window = settings.hidden, settings.heads, settings.layers, settings.window
        block: list[tuple[int, ...]] = [(h,), (h,), (3 * h, h), (3 * h,), (h, h), (h,)]  # norm, attention
        block += [(h,), (h,), (2 * h, h), (2 * h,), (h, 2 * h), (h,)]  # norm, two linear layers
        ends: list[tuple[int, ...]] = [(h,), (h,), (outputs, h), (outputs,)]
        super().__init__([(h, inputs), (h,), (self.window, h), *(block * self._layers), *ends])
        parts = self.parts()
        for weight in parts[3:]:
            if weight.ndim == 2:
                fill_normal(weight, 1.0 / math.sqrt(weight.shape[1]), rng)
        fill_normal(parts[0], 1.0 / math.sqrt(inputs), rng)
        fill_normal(parts[2], 0.1, rng)
        fill_normal(parts[-2], 0.01 / math.sqrt(h), rng)
        for start in range(3, len(parts) - 4, _PARTS):
            for norm in (parts[start], parts[start + 6]):
                norm.fill_(1.0)
            for into in (parts[start + 4], parts[start + 10]):  # what is added to the stream: together no more than one
                into.mul_(1.0 / math.sqrt(2.0 * self._layers))
        parts[-4].fill_(1.0)

    def forward(self, flat: Tensor, inputs: Tensor) -> Tensor:
        """[1, B, T, inputs] → [1, B, T, outputs]."""
        enter, enter_bias, places, *rest = self.parts(flat)
        _, b, t, _ = inputs.shape
        h = places.shape[1]
        x = linear(inputs[0], enter, enter_bias) + places[:t]
        for start in range(0, _PARTS * self._layers, _PARTS):
            scale, shift, asks, asks_bias, out, out_bias, scale2, shift2, up, up_bias, down, down_bias = rest[
                start : start + _PARTS
            ]
            normed = linear(layer_norm(x, (h,), scale, shift), asks, asks_bias)
            query, key, value = normed.view(b, t, 3, self._heads, -1).permute(2, 0, 3, 1, 4)
            seen = scaled_dot_product_attention(query, key, value, is_causal=True)
            x = x + linear(seen.transpose(1, 2).reshape(b, t, h), out, out_bias)
            x = x + linear(gelu(linear(layer_norm(x, (h,), scale2, shift2), up, up_bias)), down, down_bias)
        scale, shift, last, last_bias = rest[-4:]
        return linear(layer_norm(x, (h,), scale, shift), last, last_bias)[None]
