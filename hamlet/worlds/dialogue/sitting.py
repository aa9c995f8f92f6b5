"""Calls from given seeds, each to its end: what an exam and a comparison of policies rest on."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamlet.worlds.dialogue.acts import PERSONAS
from hamlet.worlds.dialogue.dialogue import Call, Dialogue
from hamlet.worlds.world import Policy

__all__ = ["EXAM_SEED", "Sitting", "sit"]

# Below ``kernel.HELD_OUT``: no training draws it.
EXAM_SEED = 0x5EED_0F_CA11


class Sitting(NamedTuple):
    """One call of each agent, and what it earned, undiscounted [N]."""

    calls: list[Call]
    returns: NDArray[np.float64]

    @property
    def success(self) -> float:
        """Share of the calls that ended well."""
        return float(np.mean([call.success for call in self.calls]))

    @property
    def violations(self) -> float:
        """In a hundred calls."""
        return 100.0 * float(np.mean([sum(call.violations.values()) for call in self.calls]))

    def by_persona(self) -> dict[str, float]:
        """Success with each persona that called."""
        found = {}
        for persona in PERSONAS:
            of = [call.success for call in self.calls if call.persona == persona]
            if of:
                found[persona] = float(np.mean(of))
        return found


def sit(policy: Policy, world: Dialogue, first_seed: int = EXAM_SEED) -> Sitting:
    """Each agent of ``world`` has one call by ``policy``, of the seeds from ``first_seed`` on."""
    step = world.reset_to([first_seed + i for i in range(world.n)])
    running, returns = np.ones(world.n, np.bool_), np.zeros(world.n)
    calls: list[Call | None] = [None] * world.n
    while running.any():
        step = world.step(policy.act(step.observation, step.mask))
        returns += np.where(running, step.reward, 0.0)
        for agent in np.flatnonzero(running & (step.terminated | step.truncated)):
            calls[agent] = world.episode(int(agent))
            running[agent] = False
    return Sitting([call for call in calls if call is not None], returns)
