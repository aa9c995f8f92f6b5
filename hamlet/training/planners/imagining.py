"""Imagined steps and imagined lives: what all planners do with a world model."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamlet.training.planners.planner import Future, Plan, QFunction
from hamlet.training.planners.windows import Windows
from hamlet.training.world_models.model import History, WorldModel
from hamlet.training.world_models.sampling import assign, drawn, likeliest
from hamlet.worlds.world import Actions, Floats, Mask, Spec

__all__ = ["Imagination", "Imagined", "Trajectories", "TrajectoriesByAction", "best_of", "plan_of"]

NEGLIGIBLE = 0.01
"""A life that is still going on with less than this probability is over."""

Choose = Callable[[int, Floats, Mask], Actions]  # step, observation [N, D], mask [N, A] → actions [N]


class Imagined(NamedTuple):
    """One imagined step of N lives. ``going`` [N]: the probability that the life goes on (0 or 1 where the step was
    drawn); ``mask`` [N, A] allows something in every row."""

    observation: Floats
    mask: Mask
    reward: Floats
    going: Floats


class Trajectories(NamedTuple):
    """N imagined trajectories of up to H steps. ``actions`` [N, H]; ``observations`` [N, H, D] after each; ``rewards``
    [N, H], each times the probability that the life lasted until then; ``lengths`` [N] steps; ``values`` [N]: the
    discounted sum of the rewards and of the highest q where it ends alive."""

    actions: Actions
    observations: Floats
    rewards: NDArray[np.float64]
    lengths: NDArray[np.int64]
    values: NDArray[np.float64]


class TrajectoriesByAction(NamedTuple):
    """One for each first action of B agents: ``Trajectories`` with [B, A] in the place of [N]."""

    actions: Actions
    observations: Floats
    rewards: NDArray[np.float64]
    lengths: NDArray[np.int64]
    values: NDArray[np.float64]


class Imagination:
    """Steps in ``model`` from the world of ``spec``: drawn with ``rng``, or the most likely ones without. ``gamma``:
    the discount."""

    def __init__(self, spec: Spec, model: WorldModel, q: QFunction, gamma: float, rng: np.random.Generator | None):
        self.q = q
        self._spec = spec
        self._model = model
        self._members: NDArray[np.int64] | None = None
        self._gamma = gamma
        self._rng = rng

    def step(self, history: History) -> Imagined:
        """What comes of the last actions of ``history``. Without a generator the mean reward, and ``going`` is what the
        model says: an end that is likely some day must not look like none."""
        if self._rng is None:
            prediction = self._model.predict(history, self._members)
            outcome = likeliest(prediction, self._spec)
            reward, going = prediction.reward, 1.0 - prediction.done
        else:
            outcome = drawn(self._model, history, self._members, self._spec, self._rng)
            reward, going = outcome.reward, (~outcome.done).astype(np.float32)
        return Imagined(outcome.observation, outcome.mask, reward, going)

    def lives(self, windows: Windows, mask: Mask, choose: Choose, horizon: int) -> Trajectories:
        """N lives from the last moment of ``windows`` (which is led on) by ``choose``, until they end. Where steps are
        drawn, each life follows one member of an ensemble."""
        observation = windows.last
        self._members = assign(self._model, len(observation), self._rng) if self._rng is not None else None
        n, size = observation.shape
        actions, lengths = np.zeros((n, horizon), np.int64), np.zeros(n, np.int64)
        observations, rewards = np.zeros((n, horizon, size), np.float32), np.zeros((n, horizon))
        values, alive = np.zeros(n), np.ones(n)
        for step in range(horizon):
            lengths[alive > 0] = step + 1
            actions[:, step] = choose(step, observation, mask)
            observation, mask, reward, going = self.step(windows.acting(actions[:, step]))
            observations[:, step] = observation
            rewards[:, step] = alive * reward
            values += self._gamma**step * rewards[:, step]
            alive = alive * going
            alive[alive < NEGLIGIBLE] = 0.0
            if not alive.any():
                return Trajectories(actions, observations, rewards, lengths, values)
            windows.see(observation)
        values += self._gamma**horizon * alive * best_of(self.q(observation), mask)
        return Trajectories(actions, observations, rewards, lengths, values)


def best_of(values: Floats, mask: Mask) -> Floats:
    """The highest of the allowed, [N]; ``mask`` allows something in every row."""
    best: Floats = np.where(mask, values, -np.inf).max(1)
    return best


def plan_of(values: NDArray[np.float64], ahead: TrajectoriesByAction, shown: int) -> Plan:
    """The first action of highest value [B, A], and the trajectories of the ``shown`` best, best first."""
    order = np.argsort(-values, axis=1, kind="stable")
    futures = tuple(
        tuple(_future(ahead, b, int(a)) for a in order[b, :shown] if values[b, a] > -np.inf) for b in range(len(values))
    )
    return Plan(order[:, 0], values.astype(np.float32), futures)


def _future(ahead: TrajectoriesByAction, b: int, a: int) -> Future:
    steps = slice(ahead.lengths[b, a])
    return Future(
        actions=ahead.actions[b, a, steps].copy(),
        observations=ahead.observations[b, a, steps].copy(),
        rewards=ahead.rewards[b, a, steps].astype(np.float32),
        value=float(ahead.values[b, a]),
    )
