"""The replay buffer: a ring of transitions, each observation packed by the kind of its features.

A town transition takes 84 bytes instead of 630, which is what a resume state has to write.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hamlet.training.columns import Columns, pack, unpack
from hamlet.training.nstep import Transitions
from hamlet.training.refill import refill
from hamlet.training.reserve import reserved
from hamlet.worlds.world import Spec

__all__ = ["Batch", "ReplayBuffer"]


class Batch(NamedTuple):
    """B transitions. ``reward`` and ``novelty`` are kept apart: the intrinsic weight of *now*
    joins them. ``discount``: what the value of ``next_observation`` counts, 0 where the life ended
    (an episode cut off at the cap has a future)."""

    observation: Tensor  # [B, D]
    mask: Tensor  # [B, A] bool
    action: Tensor  # [B] int64
    reward: Tensor  # [B]
    novelty: Tensor  # [B]
    discount: Tensor  # [B]
    next_observation: Tensor  # [B, D]
    next_mask: Tensor  # [B, A] bool


_PLAIN = ("mask", "action", "reward", "novelty", "discount", "next_mask")  # kept as they are


class ReplayBuffer:
    """The last ``capacity`` transitions of ``spec``'s world; the oldest are overwritten."""

    def __init__(self, spec: Spec, capacity: int, batch: int) -> None:
        self._columns = Columns.of(spec)
        self.capacity = capacity
        self.size = 0
        self._next = 0
        self._actions = len(spec.actions)
        self._store: dict[str, NDArray[Any]] = self._columns.room(2, capacity) | {
            "mask": reserved((capacity, self._actions), np.bool_),
            "next_mask": reserved((capacity, self._actions), np.bool_),
            "action": reserved(capacity, np.uint8),
            "reward": reserved(capacity, np.float32),
            "novelty": reserved(capacity, np.float32),
            "discount": reserved(capacity, np.float32),
        }
        d = spec.observation_size
        self._batch = Batch(
            observation=torch.zeros(batch, d),
            mask=torch.zeros(batch, self._actions, dtype=torch.bool),
            action=torch.zeros(batch, dtype=torch.int64),
            reward=torch.zeros(batch),
            novelty=torch.zeros(batch),
            discount=torch.zeros(batch),
            next_observation=torch.zeros(batch, d),
            next_mask=torch.zeros(batch, self._actions, dtype=torch.bool),
        )
        self._views = {name: tensor.numpy() for name, tensor in self._batch._asdict().items()}

    def add(self, new: Transitions) -> NDArray[np.int64]:
        """Keep N transitions, N at most the capacity; returns their places [N]."""
        count = len(new.action)
        rows = np.arange(self._next, self._next + count) % self.capacity
        store = self._store
        for side, values in enumerate((new.observation, new.next_observation)):
            pack(values, rows, self._columns, store["hot"][side], store["bits"][side], store["units"][side])
        for name in _PLAIN:
            store[name][rows] = getattr(new, name)
        self._next = int((self._next + count) % self.capacity)
        self.size = min(self.size + count, self.capacity)
        return rows

    def sample(self, rng: np.random.Generator) -> Batch:
        """A batch drawn evenly with replacement; overwritten by the next call."""
        return self.take(rng.integers(0, self.size, len(self._batch.action)))

    def take(self, rows: NDArray[np.int64]) -> Batch:
        """The batch at ``rows`` [B]; overwritten by the next call."""
        store, views = self._store, self._views
        for side, name in enumerate(("observation", "next_observation")):
            unpack(views[name], rows, self._columns, store["hot"][side], store["bits"][side], store["units"][side])
        for name in _PLAIN:
            views[name][:] = store[name][rows]
        return self._batch

    def forget(self, keep: int) -> NDArray[np.int64]:
        """Drop all but the newest ``keep``, which move to the first places, oldest first; returns the
        places that they come from."""
        count = min(keep, self.size)
        rows = np.arange(self._next - count, self._next) % self.capacity
        for array in self._store.values():
            by_row = array if array.ndim < 3 else array.swapaxes(0, 1)
            by_row[:count] = by_row[rows]
        self.size, self._next = count, count % self.capacity
        return rows

    def state(self) -> dict[str, NDArray[Any]]:
        """The filled part of the ring, oldest place first as stored, and the place of the next."""
        arrays = {name: _filled(array, self.size, self.capacity) for name, array in self._store.items()}
        return arrays | {"next": np.array([self._next, self.size], np.int64)}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        place = np.zeros(2, np.int64)
        refill({"next": place}, state)
        self._next, self.size = (int(value) for value in place)
        if not (0 <= self._next < self.capacity and 0 <= self.size <= self.capacity):
            raise ValueError(f"next: expected places within {self.capacity}, found {place}")
        refill({name: _filled(array, self.size, self.capacity) for name, array in self._store.items()}, state)


def _filled(array: NDArray[Any], size: int, capacity: int) -> NDArray[Any]:
    return array[:size] if array.shape[0] == capacity and array.ndim < 3 else array[:, :size]
