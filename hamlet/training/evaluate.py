"""The exam: how long does a policy live, from held-out starts, at full difficulty?"""

from collections import Counter

import numpy as np

from hamlet.events.types import ExamResult
from hamlet.worlds.random_policy import RandomPolicy
from hamlet.worlds.town.policies import ExpertPolicy, StandStillPolicy
from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.town.town import Town
from hamlet.worlds.world import Policy

__all__ = ["EXAM_SEED", "Examiner", "exam"]

# Training seeds episodes from the run's own seed; the exam's starts come from here.
EXAM_SEED = 0x5EED_0F_E8A3


def exam(policy: Policy, world: Town, first_seed: int = EXAM_SEED) -> ExamResult:
    """Each of the world's agents lives one life by ``policy``. ``world``: built with
    ``exam=True``, its layout set, at its last stage."""
    step = world.reset_to([first_seed + i for i in range(world.n)])
    lived = np.zeros(world.n, np.int64)
    causes: Counter[str] = Counter()
    running = np.ones(world.n, np.bool_)
    while running.any():
        step = world.step(policy.act(step.observation, step.mask))
        for agent in np.flatnonzero(running & (step.terminated | step.truncated)):
            episode = world.episode(int(agent))
            lived[agent] = episode.survival_time
            causes[episode.cause] += 1
            running[agent] = False
    return ExamResult(
        mean=float(lived.mean()),
        worst=float(lived.min()),
        share_at_cap=causes["cap"] / world.n,
        causes=dict(sorted(causes.items())),
    )


class Examiner:
    """Exams of one town, each beside random, stand-still and the scripted expert.

    ``episodes`` starts from ``first_seed`` on, lives cut off at ``cap`` (the town's own without).
    The baselines depend on the layout alone and are computed once for each.
    """

    def __init__(
        self, town: TownSettings, episodes: int = 200, cap: int | None = None, first_seed: int = EXAM_SEED
    ) -> None:
        self._world = Town(town, episodes, exam=True, cap=cap)
        self._first_seed = first_seed
        self._baselines: tuple[dict[str, int], dict[str, ExamResult]] = ({}, {})

    def compare(self, agent: Policy, layout: dict[str, int]) -> dict[str, ExamResult]:
        """Policy name → result, the agent's last."""
        if layout:
            self._world.set_layout(layout)
        if not self._baselines[1] or self._baselines[0] != layout:
            policies: dict[str, Policy] = {
                "random": RandomPolicy(np.random.default_rng(self._first_seed)),
                "stand_still": StandStillPolicy(self._world),
                "expert": ExpertPolicy(self._world),
            }
            results = {name: exam(policy, self._world, self._first_seed) for name, policy in policies.items()}
            self._baselines = (layout, results)
        return self._baselines[1] | {"agent": exam(agent, self._world, self._first_seed)}
