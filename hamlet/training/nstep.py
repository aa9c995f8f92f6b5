"""Multi-step transitions (Sutton 1988; in DQN: Hessel et al. 2018): n rewards, then the estimate.

A window of the last n vector steps; when a step is n old it leaves as one transition per agent,
its rewards summed with discount up to the end of its episode or of the window.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamlet.training.refill import refill
from hamlet.worlds.world import Actions, Floats, Mask, Step

__all__ = ["NStep", "Transitions"]


class Transitions(NamedTuple):
    """One transition an agent, rows [N, …]; ``discount`` is what the value of ``next_observation``
    counts: γ to the number of rewards summed, 0 where the life ended."""

    observation: Floats
    action: Actions
    reward: Floats
    novelty: Floats
    discount: Floats
    next_observation: Floats
    next_mask: Mask


class NStep:
    """For ``n`` steps, ``agents`` rows, observations of ``size`` and ``actions`` actions."""

    def __init__(self, n: int, gamma: float, agents: int, size: int, actions: int) -> None:
        self._gamma = np.float32(gamma)
        self._count = 0
        self._window: dict[str, NDArray[Any]] = {
            "observation": np.zeros((n, agents, size), np.float32),
            "action": np.zeros((n, agents), np.int64),
            "reward": np.zeros((n, agents), np.float32),
            "novelty": np.zeros((n, agents), np.float32),
            "terminated": np.zeros((n, agents), np.bool_),
            "ended": np.zeros((n, agents), np.bool_),
            "next_observation": np.zeros((n, agents, size), np.float32),
            "next_mask": np.zeros((n, agents, actions), np.bool_),
        }

    def add(self, observation: Floats, action: Actions, novelty: Floats, step: Step) -> Transitions | None:
        """Take in one vector step: ``observation`` and ``action`` before it, ``step`` its outcome.
        Returns the transitions that are complete now, if any."""
        window = self._window
        n = len(window["action"])
        row = self._count % n
        window["observation"][row] = observation
        window["action"][row] = action
        window["reward"][row] = step.reward
        window["novelty"][row] = novelty
        window["terminated"][row] = step.terminated
        window["ended"][row] = step.terminated | step.truncated
        window["next_observation"][row] = step.final_observation
        window["next_mask"][row] = step.final_mask
        self._count += 1
        return self._oldest() if self._count >= n else None

    def _oldest(self) -> Transitions:
        window = self._window
        n, agents = window["action"].shape
        order = [(self._count + j) % n for j in range(n)]
        running = np.ones(agents, np.float32)
        discount = np.ones(agents, np.float32)
        reward = np.zeros(agents, np.float32)
        novelty = np.zeros(agents, np.float32)
        last = np.zeros(agents, np.int64)
        for row in order:
            reward += running * discount * window["reward"][row]
            novelty += running * discount * window["novelty"][row]
            last = np.where(running > 0, row, last)
            discount = np.where(running > 0, discount * self._gamma, discount)
            running *= ~window["ended"][row]
        everyone = np.arange(agents)
        return Transitions(
            observation=window["observation"][order[0]],
            action=window["action"][order[0]],
            reward=reward,
            novelty=novelty,
            discount=np.where(window["terminated"][last, everyone], np.float32(0), discount),
            next_observation=window["next_observation"][last, everyone],
            next_mask=window["next_mask"][last, everyone],
        )

    def state(self) -> dict[str, NDArray[Any]]:
        return self._window | {"count": np.array([self._count])}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        count = np.zeros(1, np.int64)
        refill(self._window | {"count": count}, state)
        self._count = int(count[0])
