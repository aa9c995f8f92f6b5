"""Planners side by side: what they earn in the true world, how far they follow q, and what a decision costs."""

import math
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from hamlet.training.planners.planner import Planner, QFunction
from hamlet.training.planners.planning_policy import PlanningPolicy
from hamlet.training.planners.windows import Windows
from hamlet.training.world_models.model import Episodes, Fit, History, Imagines, Outcome, Prediction, WorldModel
from hamlet.worlds.world import Actions, Episode, Floats, Mask, Policy, World

__all__ = ["BATCH", "Compared", "GreedyQ", "compare"]

BATCH = 64
"""Agents that the second time of a decision is measured with."""
_REPEATS = {1: 15, BATCH: 3}


class Compared(msgspec.Struct, frozen=True):
    """One policy over the same starts as the others. ``mean_return`` (undiscounted) with half its 95 % interval, and
    the mean of the paired differences to greedy q with half of its own (by the normal distribution: take 30 lives or
    more); ``success``: share of lives; ``steps``: mean length; ``agreement``: share of decisions that are greedy q's;
    ``milliseconds`` of CPU for one decision alone, and each of ``BATCH`` together; ``calls`` of the model for a
    decision alone, and the imagined ``rows`` in them."""

    name: str
    mean_return: float
    return_interval: float
    gain: float
    gain_interval: float
    success: float
    steps: float
    agreement: float
    milliseconds: float
    milliseconds_batched: float
    calls: float
    rows: float


class GreedyQ:
    """The allowed action of highest q: the policy that planners are to be better than."""

    def __init__(self, q: QFunction) -> None:
        self._q = q

    def act(self, observation: Floats, mask: Mask) -> Actions:
        actions: Actions = np.where(mask, self._q(observation), -np.inf).argmax(1)
        return actions


class _Played(NamedTuple):
    returns: NDArray[np.float64]
    steps: NDArray[np.int64]
    successes: Mask
    agreement: float


class _Question(NamedTuple):
    """What was asked in the middle of lives: times are measured on it."""

    history: History
    mask: Mask


def compare(
    world: World,
    seed: int,
    planners: Mapping[str, Planner],
    model: WorldModel,
    q: QFunction,
    succeeded: Callable[[Episode], bool],
    tell: Callable[[str], None] = lambda _: None,
) -> list[Compared]:
    """Greedy q first, then each of ``planners``, through one life of each of the world's agents from ``reset(seed)``
    on. ``succeeded`` judges an ended episode."""
    tell("greedy q")
    greedy, question = _play(world, seed, GreedyQ(q), q, succeeded), _question(world, seed, model.window, q)
    table = [_compared("greedy", greedy, greedy, lambda rows: _ask_q(question, q, rows), _counted(model))]
    for name, planner in planners.items():
        tell(name)
        played = _play(world, seed, PlanningPolicy(planner, model, q), q, succeeded)
        counted = _counted(model)

        def ask(rows: NDArray[np.int64], planner: Planner = planner, counted: _Counted = counted) -> None:
            seen, done, lengths = question.history
            planner.plan(History(seen[rows], done[rows], lengths[rows]), question.mask[rows], counted, q)

        table.append(_compared(name, played, greedy, ask, counted))
    return table


def _play(world: World, seed: int, policy: Policy, q: QFunction, succeeded: Callable[[Episode], bool]) -> _Played:
    """One life an agent; what the world does with agents whose life is over counts nowhere."""
    step, greedy = world.reset(seed), GreedyQ(q)
    running, returns, steps = np.ones(world.n, np.bool_), np.zeros(world.n), np.zeros(world.n, np.int64)
    successes, agreed = np.zeros(world.n, np.bool_), 0
    while running.any():
        actions = policy.act(step.observation, step.mask)
        agreed += int((actions == greedy.act(step.observation, step.mask))[running].sum())
        step = world.step(actions)
        returns += running * step.reward
        steps += running
        ended = step.terminated | step.truncated
        for agent in np.flatnonzero(running & ended):
            successes[agent] = succeeded(world.episode(int(agent)))
        running &= ~ended
        if isinstance(policy, PlanningPolicy):
            policy.ended(ended)
    return _Played(returns, steps, successes, agreed / int(steps.sum()))


def _question(world: World, seed: int, moments: int, q: QFunction) -> _Question:
    """Where greedy q has come after as many steps as a model looks back."""
    step, greedy = world.reset(seed), GreedyQ(q)
    windows = Windows(world.n, moments, world.spec.observation_size)
    windows.see(step.observation)
    for _ in range(moments - 1):
        actions = greedy.act(step.observation, step.mask)
        windows.acting(actions)
        step = world.step(actions)
        windows.forget(step.terminated | step.truncated)
        windows.see(step.observation)
    return _Question(windows.acting(np.zeros(world.n, np.int64)), step.mask.copy())


def _ask_q(question: _Question, q: QFunction, rows: NDArray[np.int64]) -> None:
    GreedyQ(q).act(question.history.observations[rows, question.history.lengths[rows] - 1], question.mask[rows])


def _compared(
    name: str, played: _Played, greedy: _Played, ask: Callable[[NDArray[np.int64]], None], counted: "_Counted"
) -> Compared:
    gains = played.returns - greedy.returns
    alone = _milliseconds(ask, 1, len(gains))
    calls, rows = counted.calls / _REPEATS[1], counted.rows / _REPEATS[1]
    return Compared(
        name=name,
        mean_return=float(played.returns.mean()),
        return_interval=_half_interval(played.returns),
        gain=float(gains.mean()),
        gain_interval=_half_interval(gains),
        success=float(played.successes.mean()),
        steps=float(played.steps.mean()),
        agreement=played.agreement,
        milliseconds=alone,
        milliseconds_batched=_milliseconds(ask, BATCH, len(gains)) / BATCH,
        calls=calls,
        rows=rows,
    )


def _milliseconds(ask: Callable[[NDArray[np.int64]], None], batch: int, agents: int) -> float:
    """The median time of CPU that one of several questions of ``batch`` agents takes."""
    times = []
    for repeat in range(_REPEATS[batch]):
        rows = (repeat + np.arange(batch)) % agents
        before = time.thread_time()
        ask(rows)
        times.append(time.thread_time() - before)
    return 1e3 * float(np.median(times))


def _half_interval(values: NDArray[np.float64]) -> float:
    return 1.96 * float(values.std(ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else 0.0


class _Counted:
    """``model``, which counts what it is asked."""

    def __init__(self, model: WorldModel) -> None:
        self.kind, self.window, self.members = model.kind, model.window, model.members
        self.predicts_by = model.predicts_by
        self._model = model
        self.calls = self.rows = 0

    def predict(self, history: History, members: NDArray[np.int64] | None = None) -> Prediction:
        self.calls += 1
        self.rows += len(history.lengths)
        return self._model.predict(history, members)

    def fit(self, episodes: Episodes, updates: int) -> Fit:
        return self._model.fit(episodes, updates)

    def networks(self) -> dict[str, NDArray[Any]]:
        return self._model.networks()

    def generators(self) -> Mapping[str, np.random.Generator]:
        return self._model.generators()


class _CountedImagining(_Counted):
    """The same for a model that draws next steps itself."""

    def __init__(self, model: Imagines) -> None:
        super().__init__(model)
        self._imagining = model

    def imagined(self, history: History, members: NDArray[np.int64] | None, rng: np.random.Generator) -> Outcome:
        self.calls += 1
        self.rows += len(history.lengths)
        return self._imagining.imagined(history, members, rng)


def _counted(model: WorldModel) -> _Counted:
    return _CountedImagining(model) if isinstance(model, Imagines) else _Counted(model)
