"""Policies over a Q-network: greedy for exams and the stage, ε-greedy for training."""

import numpy as np
import torch

from hamlet.training.networks import Mlp
from hamlet.worlds.world import Actions, Floats, Mask

__all__ = ["EpsilonGreedy", "GreedyPolicy", "explore"]


class GreedyPolicy:
    """The allowed action of highest Q."""

    def __init__(self, network: Mlp) -> None:
        self._network = network

    def q_values(self, observation: Floats) -> Floats:
        """[N, D] → [N, A]; overwritten by the next call."""
        # A copy into memory that torch owns: results may differ in the last bit between
        # alignments, and a resumed run must repeat a run bit for bit.
        values: Floats = self._network.forward(torch.from_numpy(observation).clone()).numpy()
        return values

    def act(self, observation: Floats, mask: Mask) -> Actions:
        action: Actions = np.where(mask, self.q_values(observation), -np.inf).argmax(1)
        return action


class EpsilonGreedy:
    """With probability ε an allowed action drawn evenly, else the greedy one."""

    def __init__(self, network: Mlp, rng: np.random.Generator) -> None:
        self._greedy = GreedyPolicy(network)
        self._rng = rng

    def act(self, observation: Floats, mask: Mask, epsilon: float) -> Actions:
        return explore(self._greedy.act(observation, mask), mask, epsilon, self._rng)


def explore(greedy: Actions, mask: Mask, epsilon: float, rng: np.random.Generator) -> Actions:
    """``greedy`` [N], but with probability ε an allowed action drawn evenly."""
    n, _ = mask.shape
    random = rng.random((n, 1)) * mask.sum(1, keepdims=True)
    drawn = (np.cumsum(mask, axis=1) > random).argmax(1)
    return np.where(rng.random(n) < epsilon, drawn, greedy)
