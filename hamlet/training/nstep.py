"""Multi-step transitions (Sutton 1988; in DQN: Hessel et al. 2018): n rewards, then the estimate.

A window of the last n vector steps; when a step is n old it leaves as one transition per agent,
its rewards summed with discount up to the end of its episode or of the window. The sum also ends
before the first action after it that was tried out rather than chosen: what a random action led
to is not what the policy is worth (Watkins 1989, in Q(λ)). So sums are short while much is tried,
and grow to n as ε falls.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamlet.training.refill import refill
from hamlet.worlds.compiled import compiled
from hamlet.worlds.world import Actions, Floats, Mask, Step

__all__ = ["NStep", "Transitions"]


class Transitions(NamedTuple):
    """One transition an agent, rows [N, …]; ``discount`` is what the value of ``next_observation``
    counts: γ to the number of rewards summed, 0 where the life ended."""

    observation: Floats
    mask: Mask
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
            "mask": np.zeros((n, agents, actions), np.bool_),
            "action": np.zeros((n, agents), np.int64),
            "tried": np.zeros((n, agents), np.bool_),
            "reward": np.zeros((n, agents), np.float32),
            "novelty": np.zeros((n, agents), np.float32),
            "terminated": np.zeros((n, agents), np.bool_),
            "ended": np.zeros((n, agents), np.bool_),
            "next_observation": np.zeros((n, agents, size), np.float32),
            "next_mask": np.zeros((n, agents, actions), np.bool_),
        }

    def add(
        self, observation: Floats, mask: Mask, action: Actions, tried: Mask, novelty: Floats, step: Step
    ) -> Transitions | None:
        """Take in one vector step: ``observation``, ``mask`` and ``action`` before it, which of the actions
        were ``tried`` out [N], ``step`` its outcome. Returns the transitions that are complete now, if any."""
        window = self._window
        n = len(window["action"])
        row = self._count % n
        window["observation"][row] = observation
        window["mask"][row] = mask
        window["action"][row] = action
        window["tried"][row] = tried
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
        agents = window["action"].shape[1]
        oldest = self._count % len(window["action"])
        sums, last = np.zeros((3, agents), np.float32), np.zeros(agents, np.int64)
        rewards, ends = (window["reward"], window["novelty"]), (window["terminated"], window["ended"])
        _sum(*rewards, *ends, window["tried"], self._gamma, oldest, sums, last)
        everyone = np.arange(agents)
        return Transitions(
            observation=window["observation"][oldest],
            mask=window["mask"][oldest],
            action=window["action"][oldest],
            reward=sums[0],
            novelty=sums[1],
            discount=sums[2],
            next_observation=window["next_observation"][last, everyone],
            next_mask=window["next_mask"][last, everyone],
        )

    def state(self) -> dict[str, NDArray[Any]]:
        return self._window | {"count": np.array([self._count])}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        count = np.zeros(1, np.int64)
        refill(self._window | {"count": count}, state)
        self._count = int(count[0])


@compiled
def _sum(
    rewards: Any,
    novelties: Any,
    terminated: Any,
    ended: Any,
    tried: Any,
    gamma: Any,
    oldest: int,
    sums: Any,
    last: Any,
) -> None:
    """Each agent's window [n, N], from row ``oldest`` to the end of its episode, to a tried action or to the
    newest row: ``sums`` [3, N] of rewards and novelties, and the discount of what follows row ``last`` [N]."""
    n, agents = rewards.shape
    for i in range(agents):
        discount = np.float32(1)
        for j in range(n):
            row = (oldest + j) % n
            if j and tried[row, i]:
                break
            sums[0, i] += discount * rewards[row, i]
            sums[1, i] += discount * novelties[row, i]
            discount *= gamma
            last[i] = row
            if ended[row, i]:
                break
        sums[2, i] = np.float32(0) if terminated[last[i], i] else discount
