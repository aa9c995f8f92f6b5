"""Double DQN on batches: the targets, the loss, the update.

Sources: Mnih et al. 2015 (replay, target network), van Hasselt et al. 2016 (the online network
chooses the next action, the target network values it), Lillicrap et al. 2016 (Polyak averaging
of the target), Bellemare et al. 2016 (advantage learning). Actions that a situation forbids are
left out of every choice.
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


def targets(
    batch: Batch, online: Mlp, target: Mlp, novelty_weight: float, *, double: bool = True, gap: float = 0.0
) -> Tensor:
    """[B] r + w · novelty + discount · Q_target(s', argmax over allowed a of Q_online(s', a)); not ``double``:
    the target network chooses too, which is its highest value. With a ``gap`` α in [0, 1) less
    α · (max over allowed a of Q_target(s, a) − Q_target(s, taken)): values of the best actions stay what
    they are, the others fall 1 / (1 − α) times as far below them, further than errors reach."""
    values = target.forward(batch.next_observation)
    judge = online.forward(batch.next_observation) if double else values
    choice = judge.masked_fill(~batch.next_mask, -torch.inf).argmax(1, keepdim=True)
    wanted = batch.reward + novelty_weight * batch.novelty + batch.discount * values.gather(1, choice).squeeze(1)
    if gap:
        now = target.forward(batch.observation)
        best = now.masked_fill(~batch.mask, -torch.inf).max(1).values
        wanted -= gap * (best - now.gather(1, batch.action[:, None]).squeeze(1))
    return wanted


def loss(q: Tensor, action: Tensor, wanted: Tensor) -> Tensor:
    """Mean Huber loss (δ = 1) of the taken actions' values against what they should be."""
    return torch.nn.functional.smooth_l1_loss(q.gather(1, action[:, None]).squeeze(1), wanted)


def update(
    batch: Batch,
    online: Mlp,
    target: Mlp,
    adam: Adam,
    *,
    novelty_weight: float,
    tau: float,
    double: bool = True,
    gap: float = 0.0,
    weights: Tensor | None = None,
) -> tuple[Report, Tensor]:
    """One step of Adam on ``loss``, each transition's part times its weight [B] where there are ``weights``,
    and one of the averaging; gradients by hand, as autograd gives. Second: the errors Q − target [B]."""
    wanted = targets(batch, online, target, novelty_weight, double=double, gap=gap)
    q = online.forward(batch.observation)
    taken = batch.action[:, None]
    error = q.gather(1, taken).squeeze(1) - wanted
    slope = error.clamp(-1.0, 1.0)
    losses = slope * (error - 0.5 * slope)
    if weights is not None:
        losses, slope = losses * weights, slope * weights
    gradient = torch.zeros_like(q).scatter_(1, taken, (slope / len(error))[:, None])
    online.backward(gradient)
    norm = adam.step()
    target.average_towards(online, tau)
    return Report(float(losses.mean()), norm, q), error
