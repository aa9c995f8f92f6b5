"""Where imagined episodes are played: a world model, started from what really occurred, or the world itself."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from hamlet.training.world_models.histories import acting, go_on, history_at
from hamlet.training.world_models.model import Episodes, WorldModel
from hamlet.training.world_models.sampling import assign, drawn
from hamlet.worlds.world import Actions, Floats, Mask, Spec, Step, World

__all__ = ["ModelSimulator", "Simulator", "WorldSimulator"]


class Simulator(Protocol):
    """Plays many episodes at once."""

    def begin(self, count: int) -> tuple[Floats, Mask]:
        """Observations [count, D] and masks [count, A] of as many beginnings."""
        ...

    def step(self, actions: Actions) -> Step:
        """All act, [count]; what follows an episode's end means nothing."""
        ...


class ModelSimulator:
    """A world model's episodes. They begin as those of ``real``, asked anew each time, did, or, ``anywhere``, in
    any of their situations, of which the model is told what came before. Each follows one member of an
    ensemble from beginning to end (Thompson sampling)."""

    def __init__(
        self,
        model: WorldModel,
        real: Callable[[], Episodes],
        spec: Spec,
        rng: np.random.Generator,
        *,
        anywhere: bool = False,
    ) -> None:
        self._model, self._real, self._spec, self._rng, self._anywhere = model, real, spec, rng, anywhere

    def begin(self, count: int) -> tuple[Floats, Mask]:
        episodes, rng = self._real(), self._rng
        if self._anywhere:
            ends = np.cumsum(episodes.lengths)
            drawn = rng.integers(0, ends[-1], count)
            rows = np.searchsorted(ends, drawn, side="right")
            at = episodes.lengths[rows] - (ends[rows] - drawn)
        else:
            rows, at = rng.integers(0, len(episodes.lengths), count), np.zeros(count, np.int64)
        self._history = history_at(episodes, rows, at, self._model.window)
        self._members = assign(self._model, count, rng)
        return episodes.observations[rows, at], episodes.masks[rows, at]

    def step(self, actions: Actions) -> Step:
        history = acting(self._history, actions)
        next_ = drawn(self._model, history, self._members, self._spec, self._rng)
        self._history = go_on(history, next_.observation)
        none = np.zeros(len(actions), np.float32)
        cut = np.zeros(len(actions), np.bool_)
        seen, mask = next_.observation, next_.mask
        return Step(seen, mask, next_.reward, none, next_.done, cut, seen, mask)


class WorldSimulator:
    """The world itself, made by ``make`` for a number of agents, at its last stage: nothing is imagined."""

    def __init__(self, make: Callable[[int], World], rng: np.random.Generator) -> None:
        self._make = make
        self._rng = rng
        self._worlds: dict[int, World] = {}

    def begin(self, count: int) -> tuple[Floats, Mask]:
        if count not in self._worlds:
            self._worlds[count] = self._make(count)
            self._worlds[count].set_stage(self._worlds[count].spec.stages)
        self._world = self._worlds[count]
        step = self._world.reset(int(self._rng.integers(2**53)))
        return step.observation.copy(), step.mask.copy()

    def step(self, actions: Actions) -> Step:
        return self._world.step(actions)
