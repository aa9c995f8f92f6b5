"""Episodes played where nothing is at stake, as transitions to learn from."""

import msgspec
import numpy as np

from hamlet.training.dreams import Dream
from hamlet.training.nstep import NStep, Transitions
from hamlet.training.policy import EpsilonGreedy
from hamlet.worlds.world import Mask, Spec

__all__ = ["imagine"]


def imagine(
    dream: Dream, count: int, acts: EpsilonGreedy, epsilon: float, *, spec: Spec, steps: int, n_step: int, gamma: float
) -> Transitions:
    """Play ``count`` episodes to their end, ε-greedily, or for ``steps`` steps, after which they are cut off:
    what would have come next still counts. Returns the n-step transitions of all of them."""
    observation, mask = dream.begin(count)
    window = NStep(n_step, gamma, count, spec.observation_size, len(spec.actions))
    none = np.zeros(count, np.float32)
    running = np.ones(count, np.bool_)
    acted: list[Mask] = []  # which episodes were running, at each step
    found: list[Transitions] = []
    while running.any():
        actions = acts.act(observation, mask, epsilon)
        step = dream.step(actions)
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


def _rows(new: Transitions, which: Mask) -> Transitions:
    return Transitions._make(array[which] for array in new)
