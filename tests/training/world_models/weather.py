"""A small world of chance in which everything that a model must tell is known.

Two cards lie open, a sky of four and a lamp; a level rises by work and falls by rest, with noise. ``work`` while the
lamp is off may end the day; the lamp is switched by ``switch``, which is forbidden in a storm (sky 3).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamlet.worlds.world import Actions, Episode, Feature, Floats, Mask, Spec, Step

SPEC = Spec(
    world="weather",
    physics=1,
    features=(Feature("sky", 4, "onehot"), Feature("lamp", 1, "binary"), Feature("level", 2, "unit")),
    actions=("work", "rest", "switch"),
    cap=12,
    stages=1,
)
WORK, REST, SWITCH = range(3)
STORM = 3
ENDS = 0.8  # the chance that work in the dark ends the day


class Weather:
    """``level``: its value, and the change before, which a model that looks back needs not be shown."""

    spec = SPEC

    def __init__(self, n: int) -> None:
        self.n = n
        self._rng = np.random.default_rng(0)
        self._sky, self._lamp = np.zeros(n, int), np.zeros(n, bool)
        self._level, self._before, self._age = np.zeros(n), np.zeros(n), np.zeros(n, int)

    def reset(self, seed: int) -> Step:
        self._rng = np.random.default_rng(seed)
        self._begin(np.ones(self.n, bool))
        nothing = np.zeros(self.n, np.bool_)
        return self._step(np.zeros(self.n, np.float32), nothing, nothing, *self._look())

    def _begin(self, who: Mask) -> None:
        count = int(who.sum())
        self._sky[who], self._lamp[who] = self._rng.integers(0, 4, count), self._rng.random(count) < 0.5
        self._level[who], self._before[who], self._age[who] = self._rng.uniform(-0.5, 0.5, count), 0.0, 0

    def _look(self) -> tuple[Floats, Mask]:
        seen = np.zeros((self.n, SPEC.observation_size), np.float32)
        seen[np.arange(self.n), self._sky] = 1.0
        seen[:, 4], seen[:, 5], seen[:, 6] = self._lamp, self._level, self._before
        mask = np.ones((self.n, 3), np.bool_)
        mask[:, SWITCH] = self._sky != STORM
        return seen, mask

    def step(self, actions: Actions) -> Step:
        dark = (actions == WORK) & ~self._lamp
        change = np.where(actions == WORK, 0.1, np.where(actions == REST, -0.1, 0.0))
        change = change + 0.02 * self._rng.standard_normal(self.n)
        level = np.clip(self._level + change, -1.0, 1.0)
        self._before, self._level = level - self._level, level
        self._lamp ^= (actions == SWITCH) & (self._sky != STORM)
        self._sky = np.where(self._rng.random(self.n) < 0.8, (self._sky + 1) % 4, self._sky)
        self._age += 1
        ended = dark & (self._rng.random(self.n) < ENDS)
        cut = ~ended & (self._age >= SPEC.cap)
        final = self._look()
        self._begin(ended | cut)
        return self._step((actions == WORK).astype(np.float32), ended, cut, *final)

    def _step(self, reward: Floats, ended: Mask, cut: Mask, final: Floats, final_mask: Mask) -> Step:
        seen, mask = self._look()
        return Step(seen, mask, reward, np.zeros(self.n, np.float32), ended, cut, final, final_mask)

    def set_stage(self, stage: int) -> None:
        """There is one."""

    def episode(self, agent: int) -> Episode:
        raise NotImplementedError

    def state(self) -> dict[str, NDArray[Any]]:
        raise NotImplementedError

    def restore(self, state: Mapping[str, NDArray[Any]]) -> Step:
        raise NotImplementedError
