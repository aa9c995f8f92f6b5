"""What is known of places: where moves lead, and what was found where.

Nothing here is told by the world. Moves are learned from moves that were made; a place is known once something
was done there, and no longer when nothing is there any more.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamlet.worlds.compiled import compiled
from hamlet.worlds.world import Actions, Mask

__all__ = ["Atlas", "Places", "remember"]


class Places(NamedTuple):
    """R memories. ``where`` [R, K]: the cell at which each kind of thing was found last, −1 where that is not
    known; ``tried`` [R, cells]: something was tried there since the memory proved wrong last."""

    where: NDArray[np.int64]
    tried: NDArray[np.bool_]

    @classmethod
    def unknown(cls, rows: int, kinds: int, cells: int) -> "Places":
        return cls(np.full((rows, kinds), -1), np.zeros((rows, cells), np.bool_))

    def copies(self, rows: int) -> "Places":
        """``rows`` memories like the first."""
        return Places(np.repeat(self.where[:1], rows, 0), np.repeat(self.tried[:1], rows, 0))


class Atlas:
    """``way`` [cells, moves]: where each move leads, the same cell until it was made; ``steps`` [cells, cells]
    along the ways that are known, ``cells`` where there is none."""

    def __init__(self, cells: int, moves: int) -> None:
        self.way = np.repeat(np.arange(cells)[:, None], moves, 1)
        self.steps = np.zeros((cells, cells), np.int64)
        self.survey()

    def learn(self, before: Actions, actions: Actions, after: Actions) -> None:
        """``actions`` [N], of which those below ``moves`` are moves, led from ``before`` to ``after``."""
        made = actions < self.way.shape[1]
        cells, moves, led = before[made], actions[made], after[made]
        if (self.way[cells, moves] != led).any():
            self.way[cells, moves] = led
            self.survey()

    def survey(self) -> None:
        """Count all steps anew."""
        _survey(self.way, self.steps)


@compiled
def _survey(way: Any, steps: Any) -> None:
    """From each cell on, the nearest first."""
    cells, moves = way.shape
    queue = np.empty(cells, np.int64)
    for start in range(cells):
        steps[start, :] = cells
        steps[start, start] = 0
        queue[0] = start
        first, last = 0, 1
        while first < last:
            cell = queue[first]
            first += 1
            for move in range(moves):
                there = way[cell, move]
                if steps[start, there] == cells:
                    steps[start, there] = steps[start, cell] + 1
                    queue[last] = there
                    last += 1


@compiled
def remember(where: Any, tried: Any, cells: Actions, acted: Mask, found: Actions) -> bool:
    """Row i tried something at ``cells[i]``, if it ``acted``, and ``found[i]``: a kind, or −1 for nothing. A
    single memory is told by all rows in their order. Where it was wrong, what had been tried counts no more:
    everything may be elsewhere. Says whether any was."""
    memories, kinds = where.shape
    surprised = False
    for i in range(cells.size):
        if not acted[i]:
            continue
        r, cell, kind, wrong = i % memories, cells[i], found[i], False
        for k in range(kinds):
            if where[r, k] == cell and k != kind:
                where[r, k] = -1
                wrong = True
        if kind >= 0:
            wrong |= where[r, kind] >= 0 and where[r, kind] != cell
            where[r, kind] = cell
        tried[r, cell] = True
        if wrong or tried[r].all():
            tried[r, :] = False
            tried[r, cell] = True
            for k in range(kinds):
                if where[r, k] >= 0:
                    tried[r, where[r, k]] = True
        surprised |= wrong
    return surprised
