"""One update of the network that remembers beside the same passes by autograd:
``python -m benchmarks --only sequences``.

64 windows of 8 steps of burn-in, 16 learned and 3 beyond, 400 numbers an observation and 5
actions, 128 hidden and 128 cells: the online and the target network forward over all 27 steps, the
online one back through 16. *cells* are written out in torch, one step after the other, as a memory
that ends within a window needs it; *nn.LSTM* takes a window at once and cannot forget in one. Before
the clock starts, all must agree on the gradient. Times are CPU time of the one thread.
"""

import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.row import Row
from hamlet.training.networks import one_thread
from hamlet.training.recurrent import RecurrentNetwork

__all__ = ["rows"]

REPEATS, STEPS = 5, 8
BATCH, BURN_IN, LEARNED, BEYOND = 64, 8, 16, 3
SIZES = INPUTS, HIDDEN, CELLS, ACTIONS = 405, 128, 128, 5
LENGTH = BURN_IN + LEARNED + BEYOND


class Ours:
    """By hand, on one flat vector."""

    def __init__(self, x: Tensor, gradient: Tensor) -> None:
        self.online, self.target = (RecurrentNetwork(*SIZES, np.random.default_rng(1)) for _ in range(2))
        self._x, self._gradient, self._carry = x, gradient, torch.ones(LENGTH, BATCH, 1)

    def step(self) -> float:
        self.target.unroll(self._x, torch.zeros(2, BATCH, CELLS), self._carry)
        self.online.unroll(self._x, torch.zeros(2, BATCH, CELLS), self._carry)
        return float(self.online.backward(self._gradient, BURN_IN).norm())


class Peer:
    """``nn`` modules and autograd; the LSTM whole (``by_cell`` False) or a cell at a time."""

    def __init__(self, x: Tensor, gradient: Tensor, *, by_cell: bool) -> None:
        self._x, self._gradient, self._by_cell = x, gradient, by_cell
        self._enter, self._lstm, self._both, self._out = (
            nn.Linear(INPUTS, HIDDEN),
            nn.LSTM(HIDDEN, CELLS),
            nn.Linear(CELLS + HIDDEN, HIDDEN),
            nn.Linear(HIDDEN, ACTIONS),
        )
        like = Ours(x, gradient).online
        enter, enter_bias, into, back, bias, recall, skip, last_bias, out, out_bias = like.parts()
        order = torch.arange(4 * CELLS).view(4, CELLS)[[1, 2, 3, 0]].flatten()  # ours begins with the output gate
        values = [enter.t(), enter_bias, into[:, order].t(), back[:, order].t(), bias[order]]
        values += [torch.zeros(4 * CELLS), torch.cat([recall, skip]).t(), last_bias, out.t(), out_bias]
        layers = self._enter, self._lstm, self._both, self._out
        self._parameters = [parameter for layer in layers for parameter in layer.parameters()]
        with torch.no_grad():
            for parameter, value in zip(self._parameters, values, strict=True):
                parameter.copy_(value)

    def step(self) -> float:
        with torch.no_grad():
            self._forward(self._x, self._nothing())
            memory = self._forward(self._x[:BURN_IN], self._nothing())[1]
        for parameter in self._parameters:
            parameter.grad = None
        values, memory = self._forward(self._x[BURN_IN : BURN_IN + LEARNED], memory)
        values.backward(self._gradient)  # type: ignore[no-untyped-call]
        with torch.no_grad():
            self._forward(self._x[BURN_IN + LEARNED :], memory)
        # The LSTM has two biases where one is enough.
        norms = [p.grad.norm() for i, p in enumerate(self._parameters) if i != 5 and p.grad is not None]
        return float(torch.stack(norms).norm())

    @staticmethod
    def _nothing() -> tuple[Tensor, Tensor]:
        return torch.zeros(1, BATCH, CELLS), torch.zeros(1, BATCH, CELLS)

    def _forward(self, x: Tensor, memory: tuple[Tensor, Tensor]) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        entered = torch.relu(self._enter(x))
        if not self._by_cell:
            remembered, memory = self._lstm(entered, memory)
            return self._valued(remembered, entered), memory
        output, state, outputs = memory[0][0], memory[1][0], []
        weights = list(self._lstm.parameters())
        for step in entered:
            output, state = torch.lstm_cell(step, (output, state), *weights)
            outputs.append(output)
        return self._valued(torch.stack(outputs), entered), (output[None], state[None])

    def _valued(self, remembered: Tensor, entered: Tensor) -> Tensor:
        values: Tensor = self._out(torch.relu(self._both(torch.cat([remembered, entered], 2))))
        return values


def rows() -> list[Row]:
    """Milliseconds of CPU an update, medians of interleaved repeats."""
    one_thread()
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(LENGTH, BATCH, INPUTS, generator=generator)
    gradient = torch.randn(LEARNED, BATCH, ACTIONS, generator=generator) / (BATCH * LEARNED)
    running: dict[str, Ours | Peer] = {
        "ours": Ours(x, gradient),
        "cells": Peer(x, gradient, by_cell=True),
        "nn.LSTM": Peer(x, gradient, by_cell=False),
    }
    norms = [contestant.step() for contestant in running.values()]
    assert max(norms) - min(norms) < 1e-4 * norms[0], f"the contestants do not compute the same gradient: {norms}"
    times: dict[str, list[float]] = {name: [] for name in running}
    for _ in range(REPEATS):
        for name, contestant in running.items():
            times[name].append(_cpu(contestant.step))
    medians = {name: statistics.median(found) for name, found in times.items()}
    return [
        Row(
            name=f"sequence updates / {peer}",
            ours=1000 / medians["ours"],
            peer=1000 / medians[peer],
            ratio=medians[peer] / medians["ours"],
            unit="updates/s",
            note=f"{medians['ours']:.1f} ms CPU",
        )
        for peer in ("cells", "nn.LSTM")
    ]


def _cpu(step: Callable[[], float]) -> float:
    begin = time.thread_time()
    for _ in range(STEPS):
        step()
    return (time.thread_time() - begin) / STEPS * 1e3
