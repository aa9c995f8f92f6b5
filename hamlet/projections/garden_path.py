"""The table ``affordance_visits``: which affordance was used next after which, in each episode.

Folded from path, actions and layout: an interaction is completed where the last action (interact)
was taken on an affordance's cell, since an action that the mask forbids is never taken.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hamlet.events.packing import unpack_many
from hamlet.events.types import Recorded, TownEpisode
from hamlet.projections.newest_town import Change, fold_table
from hamlet.projections.projection import Folded, Row

__all__ = ["INTERACT", "GardenPathProjection", "transitions"]

INTERACT = 4
"""The town's actions are up, down, left, right, interact."""


class GardenPathProjection:
    """Which thing was used after which, in the lives of the newest town."""

    name = "garden_path"
    version = 1
    tables = ("affordance_visits",)

    def fold(self, events: Sequence[Recorded], memory: str) -> Folded:
        return fold_table("affordance_visits", _rows, events, memory)


def _rows(change: Change) -> list[Row]:
    numbers = [lived.event.episode for lived in change.episodes]
    return transitions(numbers, [lived.detail for lived in change.episodes])


def transitions(numbers: Sequence[int], episodes: Sequence[TownEpisode]) -> list[Row]:
    """(episode, from, to, count) for each pair of affordances used one after the other.

    ``numbers`` [n] are the episodes' numbers; rows come in that order. Raises ``ValueError`` when
    a path is not one cell longer than its actions.
    """
    if not episodes:
        return []
    cells, path_sizes = unpack_many([episode.path for episode in episodes])
    actions, action_sizes = unpack_many([episode.actions for episode in episodes])
    wrong = np.flatnonzero(path_sizes != action_sizes + 1)
    if wrong.size:
        first = int(wrong[0])
        raise ValueError(
            f"episode {numbers[first]}: expected a path one longer than its {action_sizes[first]} actions,"
            f" found {path_sizes[first]} cells"
        )
    step = np.flatnonzero(actions == INTERACT)
    episode = np.searchsorted(np.cumsum(action_sizes), step, side="right")
    names, layouts, layout_of = _layouts(episodes, int(cells.max()) + 1)
    used = layouts[layout_of[episode], cells[step + episode]]
    episode, used = episode[used >= 0], used[used >= 0]
    follows = episode[1:] == episode[:-1]
    kinds = len(names)
    pair = (episode[1:][follows] * kinds + used[:-1][follows]) * kinds + used[1:][follows]
    counts = np.bincount(pair)
    found = np.flatnonzero(counts)
    which, both = np.divmod(found, kinds * kinds)
    source, target = np.divmod(both, kinds)
    named = np.array(names, dtype=object)
    return list(
        zip(
            np.asarray(numbers)[which].tolist(),
            named[source].tolist(),
            named[target].tolist(),
            counts[found].tolist(),
            strict=True,
        )
    )


def _layouts(episodes: Sequence[TownEpisode], cells: int) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
    """Affordance names; [layouts, cells] the affordance on each cell or −1; [n] each episode's layout."""
    numbers: dict[tuple[tuple[str, int], ...], int] = {}
    layout_of = np.empty(len(episodes), np.int64)
    previous: dict[str, int] | None = None
    number = 0
    for index, episode in enumerate(episodes):
        if episode.layout != previous:
            previous = episode.layout
            number = numbers.setdefault(tuple(previous.items()), len(numbers))
        layout_of[index] = number
    names = sorted({name for layout in numbers for name, _ in layout})
    kind = {name: index for index, name in enumerate(names)}
    top = max((cell for layout in numbers for _, cell in layout), default=0)
    places = np.full((len(numbers), max(cells, top + 1)), -1, np.int64)
    for layout, number in numbers.items():
        for name, cell in layout:
            places[number, cell] = kind[name]
    return names, places, layout_of
