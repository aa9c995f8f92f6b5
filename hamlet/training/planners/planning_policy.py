"""A planner as a policy of the world: for exams, the stage, and talk."""

import numpy as np

from hamlet.training.planners.planner import Plan, Planner, QFunction
from hamlet.training.planners.windows import Windows
from hamlet.training.world_models.model import WorldModel
from hamlet.worlds.world import Actions, Floats, Mask

__all__ = ["PlanningPolicy"]


class PlanningPolicy:
    """Plans each step of N lives, a row each, from as much of what they saw as ``model`` looks at. Tell ``ended``
    which lives are over; without, it is for one life a row. ``last``: the plan of the last step."""

    last: Plan

    def __init__(self, planner: Planner, model: WorldModel, q: QFunction) -> None:
        self._planner = planner
        self._model = model
        self._q = q
        self._windows: Windows | None = None

    def act(self, observation: Floats, mask: Mask) -> Actions:
        """Raises ``ValueError`` when the number of lives is another than at the first call."""
        if self._windows is None:
            self._windows = Windows(len(observation), self._model.window, observation.shape[1])
        self._windows.see(observation)
        nothing = np.zeros(len(observation), np.int64)
        self.last = self._planner.plan(self._windows.acting(nothing), mask, self._model, self._q)
        self._windows.acting(self.last.actions)
        return self.last.actions

    def decide(self, observation: Floats, mask: Mask) -> tuple[Floats, Actions]:
        """See ``policy.ValuePolicy``. An action that was not considered is given the lowest value of its row."""
        actions = self.act(observation, mask)
        values = self.last.values
        considered = np.isfinite(values)
        lowest = np.where(considered, values, np.inf).min(1, keepdims=True)
        return np.where(considered, values, lowest), actions

    def ended(self, rows: Mask) -> None:
        """The lives in ``rows`` [N] bool are over; what they saw is forgotten."""
        if self._windows is not None:
            self._windows.forget(rows)
