"""Model-predictive control: whole action sequences are tried, and the first action of the best is taken.

Sources: random shooting (Nagabandi et al. 2018); the cross-entropy method over categorical sequences (Rubinstein 1999;
as a planner: Chua et al. 2018); candidates led by the learned policy, and q behind the horizon (Lowrey et al. 2019,
Hansen et al. 2022). What a sequence would do where it is not allowed is drawn again among what is.
"""

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from hamlet.training.planners.imagining import Imagination, Trajectories, TrajectoriesByAction, plan_of
from hamlet.training.planners.planner import Plan, QFunction
from hamlet.training.planners.settings import MpcSettings
from hamlet.training.planners.windows import Windows
from hamlet.training.world_models.model import History, WorldModel
from hamlet.worlds.world import Actions, Floats, Mask, Spec

__all__ = ["MpcPlanner"]

_LEAST = 1e-6  # of a probability, so that a step allows something wherever its mask does


class MpcPlanner:
    """See ``planner.Planner``. A plan's value of an action is that of the best sequence that begins with it."""

    kind = "mpc"

    def __init__(self, settings: MpcSettings, spec: Spec, gamma: float, rng: np.random.Generator) -> None:
        self._settings = settings
        self._spec = spec
        self._gamma = gamma
        self._rng = rng

    def plan(self, history: History, mask: Mask, model: WorldModel, q: QFunction) -> Plan:
        settings = self._settings
        agents, count = mask.shape
        particles = max(1, settings.particles)
        rows = np.repeat(np.arange(agents), settings.candidates * particles)
        start, first_mask = Windows.of(history, model.window), mask[rows]
        imagination = Imagination(self._spec, model, q, self._gamma, self._rng if settings.particles else None)
        chances = np.full((agents, settings.horizon, count), 1.0 / count)
        values, best = np.full((agents, count), -np.inf), None
        for _ in range(settings.rounds if settings.method == "cem" else 1):
            leads = _Leads(settings, chances, q, self._rng)
            trajectories = imagination.lives(start.take(rows), first_mask, leads.choose, settings.horizon)
            scores = trajectories.values.reshape(agents, settings.candidates, particles).mean(2)
            found, ahead = _by_first_action(trajectories, scores, count, particles)
            best = ahead if best is None else _better(best, ahead, found > values)
            values = np.maximum(values, found)
            chances = _refit(chances, trajectories, scores, settings, particles)
        assert best is not None
        return plan_of(values, best, settings.shown)


class _Leads:
    """Chooses the steps of one round's candidates: rows are [agents, candidates, particles], and the particles of one
    candidate share its luck."""

    def __init__(self, settings: MpcSettings, chances: NDArray[np.float64], q: QFunction, rng: np.random.Generator):
        agents, horizon, count = chances.shape
        self._chances = np.maximum(chances, _LEAST)
        self._shape = agents, settings.candidates, max(1, settings.particles)
        self._guided = settings.guided
        self._q = q
        self._luck = rng.random((horizon, agents, settings.candidates, 1))
        self._epsilon = np.full((settings.guided, 1), max(settings.epsilon, 1e-12))
        self._epsilon[:1] = 1e-12
        self._count = count

    def choose(self, step: int, observation: Floats, mask: Mask) -> Actions:
        luck, allowed = np.broadcast_to(self._luck[step], self._shape), mask.reshape(*self._shape, self._count)
        actions = _pick(self._chances[:, step, None, None] * allowed, luck)
        if self._guided:
            led = slice(self._guided)
            seen = observation.reshape(*self._shape, -1)[:, led]
            values = self._q(seen.reshape(-1, observation.shape[1])).reshape(*seen.shape[:3], -1)
            greedy = np.where(allowed[:, led], values, -np.inf).argmax(-1)
            tried = luck[:, led] / self._epsilon
            actions[:, led] = np.where(tried < 1.0, _pick(allowed[:, led], tried), greedy)
        return actions.reshape(-1)


def _pick(weights: NDArray[np.float64] | Mask, luck: NDArray[np.float64]) -> Actions:
    """The index [...] at which the share ``luck`` [...] of ``weights`` [..., A] is passed; never one of weight 0."""
    passed = np.cumsum(weights, axis=-1)
    picked: Actions = (passed > (np.minimum(luck, 1.0 - 1e-9) * passed[..., -1])[..., None]).argmax(-1)
    return picked


def _by_first_action(
    trajectories: Trajectories, scores: NDArray[np.float64], count: int, particles: int
) -> tuple[NDArray[np.float64], TrajectoriesByAction]:
    """The best score for each first action, [B, A] (−inf without one), and the first particle of that candidate."""
    agents, candidates = scores.shape
    first = trajectories.actions[:, 0].reshape(agents, candidates, particles)[:, :, 0]
    of_action = np.where(first[:, None] == np.arange(count)[:, None], scores[:, None], -np.inf)
    which = of_action.argmax(2)
    rows = (np.arange(agents)[:, None] * candidates + which) * particles
    return of_action.max(2), TrajectoriesByAction(*(array[rows] for array in trajectories))


def _better(old: TrajectoriesByAction, new: TrajectoriesByAction, better: Mask) -> TrajectoriesByAction:
    def chosen(before: NDArray[Any], after: NDArray[Any]) -> NDArray[Any]:
        return np.where(better.reshape(*better.shape, *(1 for _ in before.shape[2:])), after, before)

    both = zip(cast(tuple[NDArray[Any], ...], old), cast(tuple[NDArray[Any], ...], new), strict=True)
    return TrajectoriesByAction(*(chosen(before, after) for before, after in both))


def _refit(
    chances: NDArray[np.float64],
    trajectories: Trajectories,
    scores: NDArray[np.float64],
    settings: MpcSettings,
    particles: int,
) -> NDArray[np.float64]:
    """Chances [B, H, A] from what the elite did before its lives ended; unchanged where none came that far."""
    agents, horizon, count = chances.shape
    elite = np.argsort(-scores, axis=1, kind="stable")[:, : settings.elite]
    rows = ((np.arange(agents)[:, None] * settings.candidates + elite)[..., None] * particles) + np.arange(particles)
    rows = rows.reshape(agents, -1)
    lived = np.arange(horizon) < trajectories.lengths[rows][..., None]
    done = (trajectories.actions[rows][..., None] == np.arange(count)) & lived[..., None]
    times = done.sum(1)
    total = times.sum(2, keepdims=True)
    fitted = np.where(total > 0, times / np.maximum(total, 1), chances)
    refitted: NDArray[np.float64] = (1.0 - settings.smoothing) * fitted + settings.smoothing * chances
    return refitted
