"""A Q-network with a memory: linear + ReLU → LSTM → linear, and what a life remembers with it.

Sources: Hochreiter and Schmidhuber 1997 (LSTM), Gers et al. 2000 (forget gate, here begun open),
Hausknecht and Stone 2015 (in the place of DQN's last hidden layer). All parameters lie in one flat
vector and the backward pass is by hand, as in ``training.networks``: held against autograd in
``tests/training/test_recurrent.py``, against its time in ``benchmarks/bench_sequences.py``.
"""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hamlet.training.device import HOST, host, lent
from hamlet.worlds.world import Actions, Floats, Mask

__all__ = ["NONE", "Columns", "Recollection", "RecurrentNetwork", "RecurrentPolicy"]

Columns = NDArray[np.int64]  # of an observation
NONE: Columns = np.zeros(0, np.int64)


class RecurrentNetwork:
    """``inputs`` numbers → ``hidden`` → ``memory`` cells → ``outputs`` values. Normal weights of
    deviation √(1 / fan-in) (√2 of it before the ReLU) from ``rng``, last layer scaled by
    ``last_gain``; all zeros without ``rng``."""

    def __init__(
        self,
        inputs: int,
        hidden: int,
        memory: int,
        outputs: int,
        rng: np.random.Generator | None = None,
        last_gain: float = 1.0,
        device: torch.device = HOST,
    ) -> None:
        self.sizes = inputs, hidden, memory, outputs
        # Gates stand side by side in the order output, input, forget (sigmoid), candidate (tanh).
        self._shapes = (
            (inputs, hidden),
            (hidden,),
            (hidden, 4 * memory),
            (memory, 4 * memory),
            (4 * memory,),
            (memory, hidden),
            (hidden, hidden),
            (hidden,),
            (hidden, outputs),
            (outputs,),
        )
        count = sum(math.prod(shape) for shape in self._shapes)
        self.flat, self.gradient = torch.zeros(count, device=device), torch.zeros(count, device=device)
        (
            self._enter,
            self._enter_bias,
            self._in,
            self._back,
            self._gate_bias,
            self._recall,
            self._skip,
            self._last_bias,
            self._out,
            self._out_bias,
        ) = self.parts()
        self._gradients = self._views(self.gradient)
        self._buffers: dict[tuple[int, int], dict[str, Tensor]] = {}
        self._kept: dict[str, Tensor] = {}
        if rng is not None:
            gains = (
                (self._enter, math.sqrt(2.0)),
                (self._in, 1.0),
                (self._back, 1.0),
                (self._recall, 1.0),  # two sums meet in one ReLU
                (self._skip, 1.0),
                (self._out, last_gain),
            )
            for weight, gain in gains:
                values = rng.standard_normal(tuple(weight.shape), dtype=np.float32)
                weight.copy_(torch.from_numpy(values) * (gain / math.sqrt(weight.shape[0])))
            self._gate_bias[2 * memory : 3 * memory] = 1.0

    def parts(self) -> list[Tensor]:
        """Views of ``flat``: the layer before the memory and its bias; into the gates, from the memory back into
        them, their bias; the values' layer and its bias. Weights are [from, to]."""
        return self._views(self.flat)

    def _views(self, flat: Tensor) -> list[Tensor]:
        parts = flat.split_with_sizes([math.prod(shape) for shape in self._shapes])
        return [part.view(shape) for part, shape in zip(parts, self._shapes, strict=True)]

    def unroll(self, x: Tensor, memory: Tensor, carry: Tensor) -> Tensor:
        """Q-values [L, B, A] along B windows of L steps, ``x`` [L, B, inputs]. ``memory``
        [2, B, cells]: what is remembered at the first step, output and cells; afterwards, what is
        remembered after the last. ``carry`` [L, B, 1]: 1, or 0 where a step begins with nothing
        remembered. The result is overwritten by the next call with this L and B."""
        kept = self._kept = self._buffers_for(x, memory, carry)
        length, b, _ = x.shape
        cells = self.sizes[2]
        torch.addmm(self._enter_bias, x.view(length * b, -1), self._enter, out=kept["entered"]).clamp_(min=0.0)
        torch.addmm(self._gate_bias, kept["entered"], self._in, out=kept["gates"].view(length * b, -1))
        output, state = memory[0], memory[1]
        for t in range(length):
            gates, before, output_before = kept["gates"][t], kept["before"][t], kept["output_before"][t]
            torch.mul(output, carry[t], out=output_before)
            torch.mul(state, carry[t], out=before)
            gates.addmm_(output_before, self._back)
            gates[:, : 3 * cells].sigmoid_()
            gates[:, 3 * cells :].tanh_()
            opened, taken, held, candidate = gates.chunk(4, 1)
            state = torch.mul(before, held, out=kept["state"][t]).addcmul_(taken, candidate)
            shown = torch.tanh(state, out=kept["shown"][t])
            output = torch.mul(opened, shown, out=kept["output"][t])
        memory[0], memory[1] = output, state
        both = torch.addmm(self._last_bias, kept["output"].view(length * b, -1), self._recall, out=kept["both"])
        both.addmm_(kept["entered"], self._skip).clamp_(min=0.0)
        torch.addmm(self._out_bias, both, self._out, out=kept["q"].view(length * b, -1))
        return kept["q"]

    def _buffers_for(self, x: Tensor, memory: Tensor, carry: Tensor) -> dict[str, Tensor]:
        length, b, _ = x.shape
        _, hidden, cells, outputs = self.sizes
        if (length, b) not in self._buffers:
            names = "before", "output_before", "state", "shown", "output"
            buffers = {name: x.new_empty(length, b, cells) for name in names}
            buffers["entered"] = x.new_empty(length * b, hidden)
            buffers["gates"] = x.new_empty(length, b, 4 * cells)
            buffers["both"] = x.new_empty(length * b, hidden)
            buffers["q"] = x.new_empty(length, b, outputs)
            self._buffers[length, b] = buffers
        return self._buffers[length, b] | {"x": x, "carry": carry}

    def backward(self, gradient: Tensor, first: int) -> Tensor:
        """From d loss / d q of S steps of the last ``unroll``, from its step ``first`` on,
        [S, B, A], to d loss / d ``flat``, in ``self.gradient`` (overwritten). Truncated: nothing
        flows into the steps before ``first``."""
        kept, cells = self._kept, self.sizes[2]
        count, b, _ = gradient.shape
        own = {name: kept[name][first : first + count] for name in ("gates", "before", "output_before", "shown")}
        output, x = (kept[name][first : first + count].view(count * b, -1) for name in ("output", "x"))
        entered, both = (kept[name][first * b : (first + count) * b] for name in ("entered", "both"))
        carry = kept["carry"][first : first + count]
        opened, taken, held, candidate = own["gates"].chunk(4, 2)
        to_q = gradient.view(count * b, -1)
        to_both = torch.mm(to_q, self._out.t()).mul_(both.sign())
        to_output = torch.mm(to_both, self._recall.t()).view(count, b, cells)
        # d gate's input / d (output, then three times cell state), and d cell state / d output
        slopes = gradient.new_empty(count, b, 4, cells)
        torch.mul(own["shown"], opened * (1.0 - opened), out=slopes[:, :, 0])
        torch.mul(candidate, taken * (1.0 - taken), out=slopes[:, :, 1])
        torch.mul(own["before"], held * (1.0 - held), out=slopes[:, :, 2])
        torch.mul(taken, 1.0 - candidate.square(), out=slopes[:, :, 3])
        through = opened * (1.0 - own["shown"].square())
        held_on = held * carry
        to_gates, to_state, back = slopes, gradient.new_zeros(b, cells), self._back.t()
        for t in range(count - 1, -1, -1):
            to_state.addcmul_(to_output[t], through[t])
            to_gates[t, :, 0] *= to_output[t]
            to_gates[t, :, 1:] *= to_state[:, None]
            to_state *= held_on[t]
            if t:
                to_output[t - 1].addcmul_(torch.mm(to_gates[t].view(b, -1), back), carry[t])
        flat_gates = to_gates.view(count * b, -1)
        enter, enter_bias, into, again, gate_bias, recall, skip, last_bias, out, out_bias = self._gradients
        torch.mm(both.t(), to_q, out=out)
        torch.sum(to_q, 0, out=out_bias)
        torch.mm(output.t(), to_both, out=recall)
        torch.mm(entered.t(), to_both, out=skip)
        torch.sum(to_both, 0, out=last_bias)
        torch.mm(own["output_before"].view(count * b, -1).t(), flat_gates, out=again)
        torch.mm(entered.t(), flat_gates, out=into)
        torch.sum(flat_gates, 0, out=gate_bias)
        to_entered = torch.mm(flat_gates, self._in.t()).addmm_(to_both, self._skip.t()).mul_(entered.sign())
        torch.mm(x.t(), to_entered, out=enter)
        torch.sum(to_entered, 0, out=enter_bias)
        return self.gradient

    def shift_output(self, by: float) -> None:
        """Add ``by`` to every output."""
        self._out_bias += by

    def average_towards(self, other: "RecurrentNetwork", share: float) -> None:
        """Polyak averaging: self ← (1 − share) · self + share · other."""
        self.flat.lerp_(other.flat, share)


class Recollection:
    """What N lives remember: ``memory`` [2, N, cells] of the network, ``previous`` [N] action
    (A: none yet). ``inputs`` [N, D + A] is what the network is shown: the observation, and the
    previous action one-hot (with it a life can reckon where it is). The ``predicted`` columns of the observation
    it is not shown: zeros stand there."""

    def __init__(self, n: int, size: int, actions: int, cells: int, predicted: Columns = NONE) -> None:
        self.memory = torch.zeros(2, n, cells)
        self.previous = np.full(n, actions, np.int64)
        self._size = size
        self._none = actions
        self._one_hot = one_hot(actions)
        self._predicted = predicted
        self._inputs = torch.zeros(1, n, size + actions)
        self._carry = torch.ones(1, n, 1)

    def values(self, network: RecurrentNetwork, observation: Floats) -> Floats:
        """Q-values [N, A] of the situation, which is remembered; overwritten by the next call."""
        inputs = self._inputs[0].numpy()
        inputs[:, : self._size] = observation
        inputs[:, self._predicted] = 0.0
        inputs[:, self._size :] = self._one_hot[self.previous]
        shown, memory, carry = lent((self._inputs, self.memory, self._carry), network.flat.device)
        values = host(network.unroll(shown, memory, carry)[0])
        self.memory.copy_(memory)
        return values[:, : self._none]

    def forget(self, lives: Mask) -> None:
        """Nothing is remembered where ``lives`` [N] holds: another life begins there."""
        self.memory.numpy()[:, lives] = 0.0
        self.previous[lives] = self._none


def one_hot(actions: int) -> NDArray[np.float32]:
    """[A + 1, A]: a row an action, and zeros for none."""
    return np.eye(actions + 1, actions, dtype=np.float32)


class RecurrentPolicy:
    """The allowed action of highest Q, for one life per row: what is remembered begins with the
    first call and is never lost."""

    def __init__(self, network: RecurrentNetwork, predicted: Columns = NONE) -> None:
        self._network, self._predicted = network, predicted
        self._lives: Recollection | None = None

    def decide(self, observation: Floats, mask: Mask) -> tuple[Floats, Actions]:
        """See ``policy.ValuePolicy``. Raises ``ValueError`` when the number of lives changes."""
        if self._lives is None:
            _, _, cells, outputs = self._network.sizes
            actions = outputs - len(self._predicted)
            n, size = observation.shape
            self._lives = Recollection(n, size, actions, cells, self._predicted)
        lives = self._lives
        if len(observation) != len(lives.previous):
            raise ValueError(f"expected {len(lives.previous)} lives, as in the first call, found {len(observation)}")
        values = lives.values(self._network, observation)
        lives.previous = np.where(mask, values, -np.inf).argmax(1)
        return values, lives.previous.copy()

    def act(self, observation: Floats, mask: Mask) -> Actions:
        """One step of every life, [N]."""
        return self.decide(observation, mask)[1]
