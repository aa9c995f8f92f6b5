"""What a planning collector foretells of the turn it is about to take, for those who watch.

Asked of the run's own world model, as it is at the moment or was kept with the policy: what the debtor would answer to
each act, and where the acts of most promise lead when q goes on from there. It changes nothing: the act is q's.
"""

from typing import Self

import msgspec
import numpy as np

from hamlet.training.live import LivePolicy
from hamlet.training.planners.planner import Future
from hamlet.training.planners.rollout import RolloutPlanner
from hamlet.training.planners.settings import RolloutSettings
from hamlet.training.planners.values import q_of
from hamlet.training.planners.windows import Windows
from hamlet.training.policy import ValuePolicy
from hamlet.training.refill import refill
from hamlet.training.settings import TrainingSettings
from hamlet.training.world_models.levels import levels_of
from hamlet.training.world_models.making import make_model
from hamlet.training.world_models.model import History, Prediction, WorldModel
from hamlet.worlds.dialogue.acts import ACTS, INTENTS
from hamlet.worlds.world import Floats, Mask, Spec

__all__ = ["Foresight", "Foretold", "Reply"]

_ROLLOUTS, _HORIZON = 12, 8  # of each act; 144 rows in a model call, a few milliseconds each
_SHOWN = 3  # acts of most promise


class Reply(msgspec.Struct, frozen=True):
    """An answer of the debtor, by its place in ``INTENTS``, and how likely it is."""

    intent: int
    chance: float


class Foretold(msgspec.Struct, frozen=True):
    """What would follow ``act``: its ``value`` (mean return of the imagined futures, q behind their horizon), the
    probability that the call ``ends`` with it, the ``replies``, the likeliest first, and how the debtor will have
    sounded in the running means (``sentiment``, ``cooperation``). ``way``: of the imagined future nearest to that
    mean, act and the intent answered, turn by turn, and whether it ``ended`` "well" or "badly" ("": it goes on);
    empty for an act that is not among the ``_SHOWN`` best."""

    act: int
    value: float
    ends: float
    replies: tuple[Reply, ...]
    sentiment: float
    cooperation: float
    way: tuple[tuple[int, int], ...] = ()
    ended: str = ""

    def chance_of(self, intent: int) -> float:
        """How likely ``intent`` was held to be."""
        return next(reply.chance for reply in self.replies if reply.intent == intent)


class Foresight:
    """Looks ahead in one call, by ``model``, which has learned something, and the q of ``policy``; ``rng`` draws the
    futures."""

    @classmethod
    def of(
        cls,
        newest: LivePolicy,
        spec: Spec,
        training: TrainingSettings,
        policy: ValuePolicy,
        rng: np.random.Generator,
    ) -> Self | None:
        """With the model that came with ``newest``; ``None`` where nothing plans, the model has learned nothing yet,
        or an earlier version kept it in another shape."""
        dyna = training.dyna
        if not newest.model or dyna is None:
            return None
        model = make_model(dyna.model.kind, spec, dyna.model, np.random.default_rng(0))
        live = model.networks()
        try:
            refill({name: live[name] for name in model.predicts_by}, newest.model)
        except (KeyError, ValueError):
            return None
        return cls(spec, training.gamma, model, policy, rng)

    def __init__(
        self,
        spec: Spec,
        gamma: float,
        model: WorldModel,
        policy: ValuePolicy,
        rng: np.random.Generator,
    ) -> None:
        self._model = model
        self._q = q_of(policy, len(spec.actions))
        settings = RolloutSettings(horizon=_HORIZON, rollouts=_ROLLOUTS, policy="greedy", shown=_SHOWN)
        self._planner = RolloutPlanner(settings, spec, gamma, rng)
        self._levels = levels_of(spec)
        self._intent = int(np.flatnonzero(self._levels.columns == spec.where("last_intent").start)[0])
        self._mood = spec.where("sentiment").start, spec.where("cooperation").start
        self._windows = Windows(1, self._model.window, spec.observation_size)

    def see(self, observation: Floats) -> None:
        """The call has come to ``observation`` [1, D]."""
        self._windows.see(observation)

    def acted(self, act: int) -> None:
        """What was done from there."""
        self._windows.acting(np.array([act]))

    def look(self, mask: Mask) -> tuple[Foretold, ...]:
        """Of every act that ``mask`` [1, A] allows, the most promising first."""
        plan = self._planner.plan(self._windows.acting(np.zeros(1, np.int64)), mask, self._model, self._q)
        count = len(ACTS)
        each = self._windows.take(np.zeros(count, np.int64)).acting(np.arange(count))
        told = self._model.predict(History(*each))
        futures = {int(future.actions[0]): future for future in plan.futures[0]}
        order = [int(act) for act in np.argsort(-plan.values[0], kind="stable") if mask[0, act]]
        return tuple(self._foretold(act, float(plan.values[0, act]), told, futures.get(act)) for act in order)

    def _foretold(self, act: int, value: float, told: Prediction, future: Future | None) -> Foretold:
        chances = told.levels[act, self._intent, : len(INTENTS)].astype(float)
        chances /= max(chances.sum(), 1e-12)
        likeliest = np.argsort(-chances, kind="stable")
        sentiment, cooperation = (float(told.observation[act, column]) for column in self._mood)
        replies = tuple(Reply(int(intent), float(chances[intent])) for intent in likeliest)
        way = self._way(future) if future else ()
        ended = ""
        if future and len(way) < _HORIZON:
            ended = "well" if future.rewards.sum() > 0 else "badly"
        return Foretold(act, value, float(told.done[act]), replies, sentiment, cooperation, way, ended)

    def _way(self, future: Future) -> tuple[tuple[int, int], ...]:
        intents = np.minimum(self._levels.which(future.observations)[:, self._intent], len(INTENTS) - 1)
        return tuple(zip(future.actions.tolist(), intents.tolist(), strict=True))
