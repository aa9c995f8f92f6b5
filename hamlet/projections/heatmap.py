"""The table ``position_heatmap``: visits and novelty of every cell in each of the last 100 episodes.

Older episodes leave the table; their paths stay in the log. A batch writes only what its own end
would not sweep away again.
"""

from collections.abc import Sequence

import numpy as np

from hamlet.events.packing import unpack_many
from hamlet.events.types import Recorded, TownEpisode
from hamlet.projections.newest_town import Change, fold_table
from hamlet.projections.projection import Folded, Row

__all__ = ["WINDOW", "HeatmapProjection", "visits"]

WINDOW = 100
"""Episodes."""


class HeatmapProjection:
    """How often each cell was entered, over the newest ``WINDOW`` episodes of the town."""

    name = "heatmap"
    version = 1
    tables = ("position_heatmap",)

    def fold(self, events: Sequence[Recorded], memory: str) -> Folded:
        return fold_table("position_heatmap", _rows, events, memory, WINDOW)


def _rows(change: Change) -> list[Row]:
    numbers, episodes = [lived.event.episode for lived in change.window], [lived.detail for lived in change.window]
    return visits(numbers, episodes, change.following.width, change.following.height)


def visits(numbers: Sequence[int], episodes: Sequence[TownEpisode], width: int, height: int) -> list[Row]:
    """(episode, x, y, visits, novelty in [0, 1]) for each cell of each episode.

    ``numbers`` [n] are the episodes' numbers. Raises ``ValueError`` when a path leaves the grid of
    ``width`` × ``height`` cells, or novelty is not of its size.
    """
    if not episodes:
        return []
    size = width * height
    cells, path_sizes = unpack_many([episode.path for episode in episodes])
    novelty, novelty_sizes = unpack_many([episode.novelty for episode in episodes])
    if cells.size and int(cells.max()) >= size:
        raise ValueError(f"episodes {numbers[0]} … {numbers[-1]}: cell {cells.max()} is outside {width} × {height}")
    if np.any(novelty_sizes != size):
        raise ValueError(f"episodes {numbers[0]} … {numbers[-1]}: expected a novelty for each of {size} cells")
    row = np.repeat(np.arange(len(episodes)), path_sizes)
    counts = np.bincount(row * size + cells, minlength=len(episodes) * size)
    cell = np.arange(size)
    return list(
        zip(
            np.repeat(numbers, size).tolist(),
            np.tile(cell % width, len(episodes)).tolist(),
            np.tile(cell // width, len(episodes)).tolist(),
            counts.tolist(),
            (novelty / 255.0).tolist(),
            strict=True,
        )
    )
