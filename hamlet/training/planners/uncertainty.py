"""Planning in a model that is trusted as far as it trusts itself.

Sources: reward less a penalty for uncertainty (Yu et al. 2020, MOPO), rollouts cut where the members of an ensemble
disagree (Kidambi et al. 2020, MOReL; Pan et al. 2020, M2AC). There a cut ends the episode at a loss; here the step that
is not trusted is worth what q says of it, so that ``stop`` 0 leaves greedy q.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamlet.training.planners.planner import Plan, Planner, QFunction
from hamlet.training.planners.settings import UncertaintySettings
from hamlet.training.world_models.model import Episodes, Fit, History, Prediction, WorldModel
from hamlet.worlds.world import Floats, Mask

__all__ = ["CautiousModel", "UncertaintyPlanner"]


class UncertaintyPlanner:
    """See ``planner.Planner``. ``inner`` plans, in a ``CautiousModel``."""

    kind = "uncertainty"

    def __init__(self, settings: UncertaintySettings, inner: Planner) -> None:
        self._settings = settings
        self._inner = inner

    def plan(self, history: History, mask: Mask, model: WorldModel, q: QFunction) -> Plan:
        return self._inner.plan(history, mask, CautiousModel(model, q, self._settings), q)


class CautiousModel:
    """``model``, but each step's reward is less by ``penalty`` times its uncertainty, and a step of more than ``stop``
    ends the episode with what q says of it as the last reward."""

    def __init__(self, model: WorldModel, q: QFunction, settings: UncertaintySettings) -> None:
        self.kind, self.window, self.members = model.kind, model.window, model.members
        self.predicts_by = model.predicts_by
        self._model = model
        self._q = q
        self._settings = settings

    def predict(self, history: History, members: NDArray[np.int64] | None = None) -> Prediction:
        said, settings = self._model.predict(history, members), self._settings
        judged = said
        if members is not None and settings.measure == "disagreement":
            judged = self._model.predict(history)  # one member alone does not know what the others would say
        unsure = _uncertainty_of(judged, settings.measure)
        reward = said.reward - np.float32(settings.penalty) * unsure
        if settings.stop is None:
            return said._replace(reward=reward)
        cut = unsure >= settings.stop if settings.stop == 0 else unsure > settings.stop
        if not cut.any():
            return said._replace(reward=reward)
        rows, now = np.arange(len(cut)), history.lengths - 1
        worth = self._q(history.observations[rows, now])[rows, history.actions[rows, now]]
        return said._replace(
            reward=np.where(cut, worth, reward),
            reward_deviation=np.where(cut, np.float32(0), said.reward_deviation),
            done=np.where(cut, np.float32(1), said.done),
        )

    def fit(self, episodes: Episodes, updates: int) -> Fit:
        return self._model.fit(episodes, updates)

    def networks(self) -> dict[str, NDArray[Any]]:
        return self._model.networks()

    def generators(self) -> Mapping[str, np.random.Generator]:
        return self._model.generators()


def _uncertainty_of(prediction: Prediction, measure: str) -> Floats:
    """[B] how unsure a model is: its members' disagreement, or the mean over the features of its deviation."""
    if measure == "disagreement":
        return prediction.disagreement
    deviation: Floats = prediction.deviation.mean(1)
    return deviation
