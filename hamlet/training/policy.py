"""Policies over a Q-network: greedy for exams and the stage, ε-greedy for training.

Without masks (an ablation) they choose among all actions; one that is not allowed is a wait in the
town, and costs its step.
"""

from typing import Protocol

import numpy as np

from hamlet.training.networks import Mlp
from hamlet.worlds.world import Actions, Floats, Mask, Policy

__all__ = ["EpsilonGreedy", "GreedyPolicy", "ValuePolicy", "explore"]


class ValuePolicy(Policy, Protocol):
    """A policy that can say what it thinks of the actions while it chooses."""

    def decide(self, observation: Floats, mask: Mask) -> tuple[Floats, Actions]:
        """Q-values [N, A], overwritten by the next call, and actions [N]; takes the place of ``act``
        in a step."""
        ...


class GreedyPolicy:
    """The allowed action of highest Q; of all actions where ``masked`` is off."""

    def __init__(self, network: Mlp, *, masked: bool = True) -> None:
        self._network = network
        self._masked = masked

    def decide(self, observation: Floats, mask: Mask) -> tuple[Floats, Actions]:
        values = self._network.values(observation)
        action: Actions = (np.where(mask, values, -np.inf) if self._masked else values).argmax(1)
        return values, action

    def act(self, observation: Floats, mask: Mask) -> Actions:
        return self.decide(observation, mask)[1]


class EpsilonGreedy:
    """With probability ε an allowed action drawn evenly, else the greedy one. ``tried`` [N]: which of the
    last actions are not greedy."""

    def __init__(self, network: Mlp, rng: np.random.Generator, *, masked: bool = True) -> None:
        self._greedy = GreedyPolicy(network, masked=masked)
        self._rng = rng
        self._masked = masked

    def act(self, observation: Floats, mask: Mask, epsilon: float) -> Actions:
        choice = mask if self._masked else np.ones_like(mask)
        greedy = self._greedy.act(observation, mask)
        actions = explore(greedy, choice, epsilon, self._rng)
        self.tried: Mask = actions != greedy
        return actions


def explore(greedy: Actions, mask: Mask, epsilon: float, rng: np.random.Generator) -> Actions:
    """``greedy`` [N], but with probability ε an allowed action drawn evenly."""
    n, _ = mask.shape
    random = rng.random((n, 1)) * mask.sum(1, keepdims=True)
    drawn = (np.cumsum(mask, axis=1) > random).argmax(1)
    return np.where(rng.random(n) < epsilon, drawn, greedy)
