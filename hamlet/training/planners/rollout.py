"""Rollouts: every first action is tried in imagined episodes, and the best on average is taken.

Source: Tesauro and Galperin 1996 (Monte-Carlo search over a base policy), there in the true world. Here in a learned
one, so episodes are cut at a horizon and what lies behind it is q's word.
"""

import numpy as np

from hamlet.training.planners.imagining import Imagination, TrajectoriesByAction, plan_of
from hamlet.training.planners.planner import Plan, QFunction
from hamlet.training.planners.settings import RolloutSettings
from hamlet.training.planners.windows import Windows
from hamlet.training.policy import explore
from hamlet.training.world_models.model import History, WorldModel
from hamlet.worlds.world import Actions, Floats, Mask, Spec

__all__ = ["RolloutPlanner"]


class RolloutPlanner:
    """See ``planner.Planner``. A plan's value of an action is the mean of its rollouts, the future shown the one
    nearest to it."""

    kind = "rollout"

    def __init__(self, settings: RolloutSettings, spec: Spec, gamma: float, rng: np.random.Generator) -> None:
        self._settings = settings
        self._spec = spec
        self._gamma = gamma
        self._rng = rng
        self._epsilon = {"random": 1.0, "epsilon_greedy": settings.epsilon, "greedy": 0.0}[settings.policy]

    def plan(self, history: History, mask: Mask, model: WorldModel, q: QFunction) -> Plan:
        settings = self._settings
        agents, count = mask.shape
        rows = np.repeat(np.arange(agents), count * settings.rollouts)
        first = np.tile(np.repeat(np.arange(count), settings.rollouts), agents)

        def choose(step: int, observation: Floats, allowed: Mask) -> Actions:
            if step == 0:
                return first
            greedy = first  # at ε = 1 never taken, so q is not asked
            if self._epsilon < 1.0:
                greedy = np.where(allowed, q(observation), -np.inf).argmax(1)
            return explore(greedy, allowed, self._epsilon, self._rng) if self._epsilon else greedy

        imagination = Imagination(self._spec, model, q, self._gamma, self._rng)
        windows = Windows.of(history, model.window).take(rows)
        trajectories = imagination.lives(windows, mask[rows], choose, settings.horizon)
        tried = trajectories.values.reshape(agents, count, settings.rollouts)
        mean = tried.mean(2)
        nearest = np.abs(tried - mean[..., None]).argmin(2)
        shown = np.arange(agents * count).reshape(agents, count) * settings.rollouts + nearest
        return plan_of(
            np.where(mask, mean, -np.inf),
            TrajectoriesByAction(*(array[shown] for array in trajectories)),
            settings.shown,
        )
