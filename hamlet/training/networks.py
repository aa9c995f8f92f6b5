"""Small networks whose parameters live in one flat vector, with forward and backward by hand.

A flat vector makes the rest one operation each: Adam, Polyak averaging, the gradient's norm, a
checkpoint. The backward pass is plain linear algebra (``tests/training/test_networks.py`` holds
it against autograd); without autograd's graph an update takes about half the time.
"""

import itertools
import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from torch import Tensor
from torch.optim.adam import adam

from hamlet.training.device import HOST, Live, host, live
from hamlet.worlds.world import Floats

__all__ = ["Adam", "Mlp", "Parameters", "kept", "one_thread"]


def one_thread() -> None:
    """torch at one thread and in full float32, for this process: what is learned must not depend
    on how many cores there are, and small products gain nothing from more of them."""
    torch.set_num_threads(1)
    torch.set_float32_matmul_precision("highest")


class Mlp:
    """Linear layers of ``sizes`` with ReLU between them; He initialisation from ``rng``
    (He et al. 2015), last layer scaled by ``last_gain``; all zeros without ``rng``."""

    def __init__(
        self,
        sizes: Sequence[int],
        rng: np.random.Generator | None = None,
        last_gain: float = 1.0,
        device: torch.device = HOST,
    ) -> None:
        self.sizes = tuple(sizes)
        count = sum(a * b + b for a, b in itertools.pairwise(sizes))
        self.flat = torch.zeros(count, device=device)
        self.gradient = torch.zeros(count, device=device)
        self._weights, self._biases = self._views(self.flat)
        self._weight_gradients, self._bias_gradients = self._views(self.gradient)
        self._buffers: dict[int, list[Tensor]] = {}
        self._kept: list[Tensor] = []
        if rng is not None:
            for layer, weight in enumerate(self._weights):
                gain = last_gain if layer == len(self._weights) - 1 else math.sqrt(2.0)
                values = rng.standard_normal(tuple(weight.shape), dtype=np.float32)
                weight.copy_(torch.from_numpy(values) * (gain / math.sqrt(weight.shape[0])))

    def _views(self, flat: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        weights, biases, start = [], [], 0
        for a, b in zip(self.sizes, self.sizes[1:], strict=False):
            weights.append(flat[start : start + a * b].view(a, b))
            biases.append(flat[start + a * b : start + a * b + b])
            start += a * b + b
        return weights, biases

    def forward(self, x: Tensor) -> Tensor:
        """[B, sizes[0]] → [B, sizes[−1]]; the result is overwritten by the next call with this B."""
        buffers = self._buffers.get(len(x))
        if buffers is None:
            buffers = self._buffers[len(x)] = [x.new_empty(len(x), size) for size in self.sizes[1:]]
        self._kept = [x, *buffers]
        last = len(buffers) - 1
        for layer, buffer in enumerate(buffers):
            torch.addmm(self._biases[layer], x, self._weights[layer], out=buffer)
            x = buffer if layer == last else buffer.clamp_(min=0.0)
        return x

    def values(self, rows: Floats) -> Floats:
        """``forward`` from the host to the host; overwritten by the next call with as many rows."""
        # A copy into memory that torch owns: results may differ in the last bit between
        # alignments, and a resumed run must repeat a run bit for bit.
        return host(self.forward(torch.from_numpy(rows).to(self.flat.device, copy=True)))

    def backward(self, gradient: Tensor) -> Tensor:
        """From d loss / d output of the last ``forward`` [B, sizes[−1]] to d loss / d ``flat``,
        in ``self.gradient`` (overwritten)."""
        for layer in range(len(self._weights) - 1, -1, -1):
            below = self._kept[layer]
            torch.mm(below.t(), gradient, out=self._weight_gradients[layer])
            torch.sum(gradient, 0, out=self._bias_gradients[layer])
            if layer:
                # ReLU's slope is the sign of what it let through (a mask of bools takes 7 times as long).
                gradient = torch.mm(gradient, self._weights[layer].t()).mul_(below.sign())
        return self.gradient

    def shift_output(self, by: float) -> None:
        """Add ``by`` to every output."""
        self._biases[-1] += by

    def copy_from(self, other: "Mlp") -> None:
        self.flat.copy_(other.flat)

    def average_towards(self, other: "Mlp", share: float) -> None:
        """Polyak averaging: self ← (1 − share) · self + share · other."""
        self.flat.lerp_(other.flat, share)


class Parameters(Protocol):
    """A network as its optimizer sees it: all its numbers in one vector, and d loss / d each."""

    flat: Tensor
    gradient: Tensor


def kept(online: Parameters, target: Parameters, averaged: Parameters, adam: "Adam") -> dict[str, Live]:
    """What a checkpoint keeps of a learner's networks and their optimizer."""
    tensors = {"online": online.flat, "target": target.flat, "averaged": averaged.flat}
    moments = {f"adam.{name}": tensor for name, tensor in adam.state().items()}
    return {name: live(tensor) for name, tensor in (tensors | moments).items()}


class Adam:
    """Adam (Kingma and Ba 2015) on one flat vector, the gradient's norm clipped first."""

    def __init__(self, network: Parameters, learning_rate: float, max_norm: float) -> None:
        self._network = network
        self._max_norm = max_norm
        self.learning_rate = learning_rate
        self._state = {
            "step": torch.zeros((), dtype=torch.float32, device=network.flat.device),
            "exp_avg": torch.zeros_like(network.flat),
            "exp_avg_sq": torch.zeros_like(network.flat),
        }

    def step(self) -> float:
        """Apply ``network.gradient``; returns its norm before clipping."""
        network, state = self._network, self._state
        norm = float(torch.linalg.vector_norm(network.gradient))
        if norm > self._max_norm:
            network.gradient.mul_(self._max_norm / norm)
        # The functional form: the optimizer object takes as long again around the same kernel.
        adam(
            [network.flat],
            [network.gradient],
            [state["exp_avg"]],
            [state["exp_avg_sq"]],
            [],
            [state["step"]],
            fused=True,
            amsgrad=False,
            beta1=0.9,
            beta2=0.999,
            lr=self.learning_rate,
            weight_decay=0.0,
            eps=1e-8,
            maximize=False,
        )
        return norm

    def forget(self) -> None:
        """As if no step had been taken."""
        for tensor in self._state.values():
            tensor.zero_()

    def state(self) -> dict[str, Tensor]:
        """The optimizer's tensors by name: live, not copies."""
        return dict(self._state)
