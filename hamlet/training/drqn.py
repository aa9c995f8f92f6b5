"""Double DQN along sequences: the targets and the update of a network that remembers.

Sources: those of ``training.dqn``; Hausknecht and Stone 2015 (DRQN), Kapturowski et al. 2019
(R2D2: burn-in, n-step targets within a window). Not from there: rewards and values keep their
scale, windows are drawn evenly, the previous action is an input but the previous reward is not.
"""

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from hamlet.training.device import lent
from hamlet.training.dqn import Report
from hamlet.training.networks import Adam
from hamlet.training.recurrent import NONE, Columns, RecurrentNetwork
from hamlet.training.sequences import Windows
from hamlet.worlds.compiled import compiled

__all__ = ["Returns", "returns", "update"]


class Returns(NamedTuple):
    """Of S steps of B windows: the rewards summed, what the value at step ``follows`` counts
    beside them, and 1 where there is anything to learn, else 0. All [S, B]."""

    reward: Tensor
    discount: Tensor
    follows: Tensor  # int64
    known: Tensor


def returns(windows: Windows, first: int, count: int, n: int, gamma: float, novelty_weight: float) -> Returns:
    """n-step sums of the ``count`` steps from ``first`` on; the windows reach n steps beyond them.

    None reaches into another episode. After the end of a life nothing counts. Where an episode was
    cut off, what it would have led to was seen but is not in the window: the sum stops at the last
    situation that is, and of that one alone nothing is known.
    """
    shape = count, windows.action.shape[1]
    made = Returns(torch.zeros(shape), torch.zeros(shape), torch.zeros(shape, dtype=torch.int64), torch.ones(shape))
    reward = windows.reward + novelty_weight * windows.novelty
    arrays = (tensor.numpy() for tensor in (reward, windows.terminated, windows.truncated, *made))
    _sum(first, n, np.float32(gamma), *arrays)
    return made


def update(
    windows: Windows,
    online: RecurrentNetwork,
    target: RecurrentNetwork,
    adam: Adam,
    *,
    burn_in: int,
    n_step: int,
    gamma: float,
    novelty_weight: float,
    tau: float,
    gap: float = 0.0,
    predicted: Columns = NONE,
    predicting: float = 0.0,
) -> Report:
    """One step of Adam on the mean Huber loss (δ = 1) of what is known, and one of the averaging. The
    ``predicted`` columns are hidden from the networks, which have an output for each of them beside those of the
    actions; ``predicting`` is the weight of its squared error."""
    length = len(windows.action)
    count = length - burn_in - n_step
    sums = returns(windows, burn_in, count, n_step, gamma, novelty_weight)
    windows, sums = Windows._make(lent(windows, online.flat.device)), Returns._make(lent(sums, online.flat.device))
    actions = windows.mask.shape[2]
    hidden = windows.inputs[:, :, predicted].clone()
    windows.inputs[:, :, predicted] = 0.0
    valued = target.unroll(windows.inputs, windows.memory.clone(), windows.carry)[:, :, :actions]
    outputs = online.unroll(windows.inputs, windows.memory.clone(), windows.carry)
    q = outputs[:, :, :actions]
    choice = q.masked_fill(~windows.mask, -torch.inf).argmax(2, keepdim=True)
    future = valued.gather(2, choice).squeeze(2)
    wanted = sums.reward + sums.discount * future.gather(0, sums.follows)
    learned = slice(burn_in, burn_in + count)
    if gap:  # advantage learning, as in ``dqn.targets``
        now, allowed = valued[learned], windows.mask[learned]
        best = now.masked_fill(~allowed, -torch.inf).max(2).values
        wanted = wanted - gap * (best - now.gather(2, windows.action[learned, :, None]).squeeze(2))
    taken = windows.action[learned, :, None]
    error = (q[learned].gather(2, taken).squeeze(2) - wanted) * sums.known
    slope = error.clamp(-1.0, 1.0)
    known = sums.known.sum().clamp(min=1.0)
    mean = float((slope * (error - 0.5 * slope)).sum() / known)
    gradient = torch.zeros_like(outputs[learned])
    gradient[:, :, :actions].scatter_(2, taken, (slope / known)[:, :, None])
    off = outputs[learned][:, :, actions:] - hidden[learned]
    gradient[:, :, actions:] = off * (predicting / slope.numel())
    online.backward(gradient, burn_in)
    norm = adam.step()
    target.average_towards(online, tau)
    return Report(mean, norm, q[learned].flatten(0, 1))


@compiled
def _sum(
    first: int,
    n: int,
    gamma: Any,
    rewards: Any,
    terminated: Any,
    truncated: Any,
    sums: Any,
    discounts: Any,
    follows: Any,
    known: Any,
) -> None:
    count, windows = sums.shape
    for s in range(count):
        for b in range(windows):
            discount = np.float32(1)
            t = first + s
            for _ in range(n):
                if truncated[t, b]:
                    break
                sums[s, b] += discount * rewards[t, b]
                discount *= gamma
                if terminated[t, b]:
                    discount = np.float32(0)
                    break
                t += 1
            known[s, b] = not truncated[first + s, b]
            discounts[s, b] = discount
            follows[s, b] = t
