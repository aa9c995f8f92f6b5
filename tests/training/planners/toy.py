"""A corridor whose best way is known: a small prize near, a large one far, and a model that is the truth."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamlet.training.planners.planner import QFunction
from hamlet.training.world_models.model import Episodes, Fit, History, Prediction
from hamlet.worlds.world import Actions, Feature, Floats, Mask, Spec, Step

LEFT, RIGHT, REST = range(3)
CELLS, GAMMA = 7, 0.95
SPEC = Spec(
    world="corridor",
    physics=1,
    features=(Feature("place", CELLS, "onehot"), Feature("share", 1, "unit")),
    actions=("left", "right", "rest"),
    cap=30,
    stages=1,
)
INSIDE = np.arange(1, CELLS - 1)  # where a life can stand; it ends on the first and the last cell


def look(cells: NDArray[np.int64]) -> Floats:
    shares = (cells / (CELLS - 1)).astype(np.float32)
    return np.concatenate([np.eye(CELLS, dtype=np.float32)[cells], shares[:, None]], axis=1)


def place(observations: Floats) -> NDArray[np.int64]:
    return observations[..., :CELLS].argmax(-1)


def allowed(cells: NDArray[np.int64]) -> Mask:
    """To rest is allowed on odd cells."""
    return np.stack([np.ones_like(cells), np.ones_like(cells), cells % 2], axis=1) > 0


def go(cells: NDArray[np.int64], actions: Actions) -> tuple[NDArray[np.int64], Floats, Mask]:
    """Where ``actions`` lead, what they earn, and whether life ends there."""
    after = cells + (actions == RIGHT) - (actions == LEFT)
    after = after.clip(0, CELLS - 1)
    reward = 1.0 * (after == CELLS - 1) + 0.3 * (after == 0) - 0.02
    return after, reward.astype(np.float32), (after == 0) | (after == CELLS - 1)


def standing(cells: NDArray[np.int64]) -> History:
    """Lives that have just begun on ``cells``."""
    count = len(cells)
    return History(look(cells)[:, None], np.zeros((count, 1), np.int64), np.ones(count, np.int64))


def right_q() -> NDArray[np.float32]:
    """Q* [cells, actions], by value iteration."""
    cells, q = np.arange(CELLS), np.zeros((CELLS, 3))
    for _ in range(200):
        best = np.where(allowed(cells), q, -np.inf).max(1)
        for action in range(3):
            after, reward, done = go(cells, np.full(CELLS, action))
            q[:, action] = reward + GAMMA * np.where(done, 0.0, best[after])
    return q.astype(np.float32)


def wrong_q() -> NDArray[np.float32]:
    """A table that leads everyone to the small prize."""
    return np.tile(np.array([0.25, 0.0, 0.1], np.float32), (CELLS, 1))


def as_function(table: NDArray[np.float32]) -> QFunction:
    return lambda observations: table[place(observations)]


class TrueModel:
    """The corridor as it is. ``doubt`` [cells]: disagreement and deviation of a step that ends there; ``risk``: the
    probability that any step ends the life. Refuses histories that nobody can have lived."""

    kind, members = "true", 1
    predicts_by: tuple[str, ...] = ()

    def __init__(self, window: int = 1, doubt: NDArray[np.float32] | None = None, risk: float = 0.0) -> None:
        self.window = window
        self._doubt = np.zeros(CELLS, np.float32) if doubt is None else doubt
        self._risk = risk

    def predict(self, history: History, members: NDArray[np.int64] | None = None) -> Prediction:
        cells, (rows, length) = place(history.observations), history.actions.shape
        assert length <= self.window and history.lengths.min() >= 1 and history.lengths.max() <= length
        for moment in range(length - 1):
            lived = history.lengths > moment + 1
            assert (cells[:, moment + 1] == go(cells[:, moment], history.actions[:, moment])[0])[lived].all()
        last = np.arange(rows), history.lengths - 1
        after, reward, done = go(cells[last], history.actions[last])
        doubt, none = self._doubt[after], np.zeros(rows, np.float32)
        return Prediction(
            observation=look(after),
            deviation=np.repeat(doubt[:, None], SPEC.observation_size, 1) * [*[0] * CELLS, 1e-6],
            reward=reward,
            reward_deviation=none,
            done=np.maximum(done, np.float32(self._risk)),
            mask=allowed(after).astype(np.float32),
            disagreement=doubt,
        )

    def fit(self, episodes: Episodes, updates: int) -> Fit:
        raise NotImplementedError

    def networks(self) -> dict[str, NDArray[Any]]:
        return {}

    def generators(self) -> Mapping[str, np.random.Generator]:
        return {}


class Corridor:
    """As much of a ``World`` as a policy meets: N lives that begin in the middle."""

    spec = SPEC

    def __init__(self, n: int) -> None:
        self.n = n

    def reset(self, seed: int) -> Step:
        self._cells = 1 + (seed + np.arange(self.n)) % (CELLS - 2)
        self._age = np.zeros(self.n, np.int64)
        return self._step(np.zeros(self.n, np.float32), np.zeros(self.n, np.bool_))

    def step(self, actions: Actions) -> Step:
        assert allowed(self._cells)[np.arange(self.n), actions].all(), "an action that was not allowed"
        self._cells, reward, done = go(self._cells, actions)
        self._age += 1
        return self._step(reward, done)

    def _step(self, reward: Floats, done: Mask) -> Step:
        final, cut = self._cells.copy(), ~done & (self._age == SPEC.cap)
        over = done | cut
        self._cells[over], self._age[over] = CELLS // 2, 0
        cells, none = self._cells, np.zeros(self.n, np.float32)
        return Step(look(cells), allowed(cells), reward, none, done, cut, look(final), allowed(final))
