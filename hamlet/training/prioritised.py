"""Prioritised replay, the proportional variant (Schaul et al. 2016): what surprised is seen more often.

A transition is drawn with probability p / Σ p, p = (|error| + ``floor``)^α; the weights (N · P)^−β take
back in the update what the drawing distorts. The sum tree's nodes are always exactly the sum of
their two children, so that a tree built anew from its leaves equals one that has grown.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamlet.training.refill import refill
from hamlet.training.reserve import reserved
from hamlet.training.settings import PrioritisedSettings
from hamlet.worlds.compiled import compiled

__all__ = ["Priorities"]

Rows = NDArray[np.int64]


class Priorities:
    """Of the ``capacity`` places of a replay buffer; a place never filled has priority 0."""

    def __init__(self, settings: PrioritisedSettings, capacity: int) -> None:
        self._settings = settings
        self._first = 1 << (capacity - 1).bit_length()  # where the leaves begin; the root is node 1
        self._tree = reserved(2 * self._first, np.float64)
        self._leaves = self._tree[self._first : self._first + capacity]
        self._largest = np.ones(1)
        self._draws = np.zeros(1, np.int64)

    @property
    def beta(self) -> float:
        """Rises in a straight line of updates, to 1."""
        settings = self._settings
        return min(1.0, settings.beta_start + (1.0 - settings.beta_start) * int(self._draws[0]) / settings.beta_steps)

    def add(self, rows: Rows) -> None:
        """New transitions came to ``rows``: they count as much as the most surprising one ever."""
        _set(self._tree, self._first, rows, np.full(len(rows), self._largest[0]))

    def draw(self, count: int, rng: np.random.Generator) -> tuple[Rows, NDArray[np.float32]]:
        """``count`` rows, one from each of as many equal parts of Σ p, and their weights: 1 for the least
        likely of them, less for the others."""
        rows = np.empty(count, np.int64)
        _find(self._tree, self._first, (np.arange(count) + rng.random(count)) * (self._tree[1] / count), rows)
        drawn = self._leaves[rows]
        weights = ((drawn.min() / drawn) ** self.beta).astype(np.float32)  # N and Σ p cancel out
        self._draws += 1
        return rows, weights

    def learned(self, rows: Rows, errors: NDArray[np.float32]) -> None:
        """The update found ``errors`` at ``rows``."""
        new = (np.abs(errors.astype(np.float64)) + self._settings.floor) ** self._settings.alpha
        self._largest[0] = max(self._largest[0], new.max())
        _set(self._tree, self._first, rows, new)

    def keep(self, rows: Rows) -> None:
        """The buffer forgot all but ``rows``, which are its first places now, in this order."""
        kept = self._leaves[rows]
        self._leaves[:] = 0.0
        self._leaves[: len(kept)] = kept
        _sum(self._tree, self._first)

    def state(self, size: int) -> dict[str, NDArray[Any]]:
        """What decides the future, live; ``size``: how many places are filled."""
        return {"leaves": self._leaves[:size], "largest": self._largest, "draws": self._draws}

    def restore(self, state: Mapping[str, NDArray[Any]], size: int) -> None:
        self._leaves[:] = 0.0
        refill(self.state(size), state)
        _sum(self._tree, self._first)


@compiled
def _set(tree: Any, first: int, rows: Any, values: Any) -> None:
    for i in range(rows.size):
        node = first + rows[i]
        tree[node] = values[i]
        while node > 1:
            node //= 2
            tree[node] = tree[2 * node] + tree[2 * node + 1]


@compiled
def _sum(tree: Any, first: int) -> None:
    for node in range(first - 1, 0, -1):
        tree[node] = tree[2 * node] + tree[2 * node + 1]


@compiled
def _find(tree: Any, first: int, places: Any, rows: Any) -> None:
    """The leaf at each place in [0, Σ p); where rounding would lead beyond the last leaf, the last."""
    for i in range(places.size):
        node, place = 1, places[i]
        while node < first:
            node *= 2
            if place >= tree[node] and tree[node + 1] > 0.0:
                place -= tree[node]
                node += 1
        rows[i] = node - first
