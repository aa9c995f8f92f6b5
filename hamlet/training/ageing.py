"""The buffer of imagined transitions: they age, for the model that imagined them was worse than it is now."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamlet.training.nstep import Transitions
from hamlet.training.refill import refill
from hamlet.training.replay import Batch, ReplayBuffer
from hamlet.training.reserve import reserved
from hamlet.worlds.world import Spec

__all__ = ["AgeingBuffer"]


class AgeingBuffer:
    """The newest ``capacity`` transitions, less those older than ``max_age``. Time is what the caller counts
    in, and never goes back."""

    def __init__(self, spec: Spec, capacity: int, batch: int, max_age: int) -> None:
        self._replay = ReplayBuffer(spec, capacity, batch)
        self._batch = batch
        self._max_age = max_age
        self._born = reserved(capacity, np.int64)
        self._newest = 0  # the place filled last
        self.size = 0

    def add(self, new: Transitions, now: int) -> None:
        """Keep N transitions imagined ``now``; of more than the capacity the last ones."""
        capacity = self._replay.capacity
        if not len(new.action):
            return
        rows = self._replay.add(Transitions._make(array[-capacity:] for array in new))
        self._born[rows] = now
        self._newest = int(rows[-1])
        self.size = min(self.size + len(rows), capacity)
        self.age(now)

    def age(self, now: int) -> None:
        """Let go of what is too old."""
        capacity = self._replay.capacity
        places = (self._newest - np.arange(self.size)) % capacity  # newest first: ages rise along it
        self.size = int(np.searchsorted(-self._born[places], self._max_age - now, side="right"))

    def sample(self, rng: np.random.Generator) -> Batch:
        """A batch drawn evenly with replacement from what is left (``size`` > 0); overwritten by the next call."""
        back = rng.integers(0, self.size, self._batch)
        return self._replay.take((self._newest - back) % self._replay.capacity)

    def forget(self) -> None:
        """Let go of everything."""
        self.size = 0

    def state(self) -> dict[str, NDArray[Any]]:
        filled = self._born[: self._replay.size]
        return self._replay.state() | {"born": filled, "young": np.array([self._newest, self.size], np.int64)}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        self._replay.restore(state)
        young = np.zeros(2, np.int64)
        refill({"born": self._born[: self._replay.size], "young": young}, state)
        self._newest, self.size = (int(value) for value in young)
