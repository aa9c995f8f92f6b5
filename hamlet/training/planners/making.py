"""From settings to a planner: the only place that knows which kinds there are."""

import numpy as np

from hamlet.training.planners.mpc import MpcPlanner
from hamlet.training.planners.planner import Planner
from hamlet.training.planners.rollout import RolloutPlanner
from hamlet.training.planners.settings import MpcSettings, PlannerSettings, RolloutSettings, TreeSettings
from hamlet.training.planners.tree import TreePlanner
from hamlet.training.planners.uncertainty import UncertaintyPlanner
from hamlet.worlds.world import Spec

__all__ = ["make_planner"]


def make_planner(settings: PlannerSettings, spec: Spec, gamma: float, rng: np.random.Generator) -> Planner:
    """The planner of ``settings`` for the world of ``spec``; ``gamma``: the discount that q was learned with."""
    match settings:
        case RolloutSettings():
            return RolloutPlanner(settings, spec, gamma, rng)
        case TreeSettings():
            return TreePlanner(settings, spec, gamma)
        case MpcSettings():
            return MpcPlanner(settings, spec, gamma, rng)
        case _:
            return UncertaintyPlanner(settings, make_planner(settings.inner, spec, gamma, rng))
