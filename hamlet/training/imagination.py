"""Episodes played where nothing is at stake, or told by others, as transitions to learn from."""

from typing import Protocol

import msgspec
import numpy as np

from hamlet.training.nstep import NStep, Transitions
from hamlet.training.simulators import Simulator
from hamlet.training.world_models.model import Episodes
from hamlet.worlds.world import Actions, Floats, Mask, Spec, Step

__all__ = ["imagine", "transitions_of"]


class Acting(Protocol):
    """Who acts, as ``policy.EpsilonGreedy``."""

    tried: Mask

    def act(self, observation: Floats, mask: Mask, epsilon: float) -> Actions: ...


def imagine(
    simulator: Simulator, count: int, acts: Acting, epsilon: float, *, spec: Spec, steps: int, n_step: int, gamma: float
) -> Transitions:
    """Play ``count`` episodes to their end, ε-greedily, or for ``steps`` steps, after which they are cut off:
    what would have come next still counts. Returns the n-step transitions of all of them."""
    observation, mask = simulator.begin(count)
    window = NStep(n_step, gamma, count, spec.observation_size, len(spec.actions))
    none = np.zeros(count, np.float32)
    running = np.ones(count, np.bool_)
    acted: list[Mask] = []  # which episodes were running, at each step
    found: list[Transitions] = []
    while running.any():
        actions = acts.act(observation, mask, epsilon)
        step = simulator.step(actions)
        cut = ~step.terminated & (step.truncated | (len(acted) == steps - 1))
        step = msgspec.structs.replace(step, truncated=cut)
        new = window.add(observation, mask, actions, acts.tried, none, step)
        acted.append(running)
        if new is not None:
            found.append(_rows(new, acted[-n_step]))
        observation, mask = step.final_observation.copy(), step.final_mask.copy()
        running = running & ~(step.terminated | cut)
    # All have ended; what is still in the window leaves it with sums that end where the episodes did.
    for behind in range(len(acted) + 1, len(acted) + n_step):
        new = window.add(observation, mask, actions, acts.tried, none, step)
        if new is not None:
            found.append(_rows(new, acted[behind - n_step]))
    return Transitions._make(np.concatenate(parts) for parts in zip(*found, strict=True))


def transitions_of(episodes: Episodes, spec: Spec, n_step: int, gamma: float) -> Transitions:
    """The n-step transitions of whole ``episodes`` of others, none of whose actions counts as tried out."""
    told = _Told(episodes)
    count = len(episodes.lengths)
    return imagine(told, count, told, 0.0, spec=spec, steps=spec.cap, n_step=n_step, gamma=gamma)


class _Told:
    """Both the actor and the world of ``episodes``, again as they were."""

    def __init__(self, episodes: Episodes) -> None:
        self._episodes, self._at = episodes, 0
        self.tried: Mask = np.zeros(len(episodes.lengths), np.bool_)

    def begin(self, count: int) -> tuple[Floats, Mask]:
        return self._episodes.observations[:, 0], self._episodes.masks[:, 0]

    def act(self, observation: Floats, mask: Mask, epsilon: float) -> Actions:
        return self._episodes.actions[:, self._at]

    def step(self, actions: Actions) -> Step:
        told, at = self._episodes, self._at
        self._at += 1
        seen, mask, last = told.observations[:, at + 1], told.masks[:, at + 1], told.lengths == at + 1
        cost = np.zeros(len(actions), np.float32)
        cut = last & ~told.terminated
        return Step(seen, mask, told.rewards[:, at], cost, last & told.terminated, cut, seen, mask)


def _rows(new: Transitions, which: Mask) -> Transitions:
    return Transitions._make(array[which] for array in new)
