"""Double DQN on batches: the targets, the loss, the update.

Sources: Mnih et al. 2015 (replay, target network), van Hasselt et al. 2016 (the online network
chooses the next action, the target network values it), Lillicrap et al. 2016 (Polyak averaging
of the target). Actions that the next situation forbids are left out of the choice.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from hamlet.training.networks import Adam, Mlp
from hamlet.training.replay import Batch

__all__ = ["Report", "loss", "targets", "update"]


class Report(NamedTuple):
    """What one update tells: the mean loss, the gradient's norm, the Q-values it looked at [B, A]."""

    loss: float
    gradient_norm: float
    q: Tensor


def targets(batch: Batch, online: Mlp, target: Mlp, novelty_weight: float) -> Tensor:
    """[B] r + w · novelty + discount · Q_target(s', argmax over allowed a of Q_online(s', a))."""
    choice = online.forward(batch.next_observation).masked_fill(~batch.next_mask, -torch.inf).argmax(1, keepdim=True)
    future = target.forward(batch.next_observation).gather(1, choice).squeeze(1)
    return batch.reward + novelty_weight * batch.novelty + batch.discount * future


def loss(q: Tensor, action: Tensor, wanted: Tensor) -> Tensor:
    """Mean Huber loss (δ = 1) of the taken actions' values against what they should be."""
    return torch.nn.functional.smooth_l1_loss(q.gather(1, action[:, None]).squeeze(1), wanted)


def update(batch: Batch, online: Mlp, target: Mlp, adam: Adam, *, novelty_weight: float, tau: float) -> Report:
    """One step of Adam on ``loss`` and one of the averaging; gradients by hand, as autograd gives."""
    wanted = targets(batch, online, target, novelty_weight)
    q = online.forward(batch.observation)
    taken = batch.action[:, None]
    error = q.gather(1, taken).squeeze(1) - wanted
    slope = error.clamp(-1.0, 1.0)
    mean = float((slope * (error - 0.5 * slope)).mean())
    gradient = torch.zeros_like(q).scatter_(1, taken, (slope / len(error))[:, None])
    online.backward(gradient)
    norm = adam.step()
    target.average_towards(online, tau)
    return Report(mean, norm, q)
