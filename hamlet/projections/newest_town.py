"""The newest town run in a stream of events: which episodes count, and which no longer do.

Three tables show one run only, the newest of the town. ``follow`` reduces a batch to what it
does to them: a new run clears them, a divergence drops episodes, and those that remain are added.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from hamlet.events.types import EpisodeCompleted, Recorded, RunDiverged, RunStarted, TownEpisode
from hamlet.projections.configs import grid_of
from hamlet.projections.projection import Folded, Row, Write

__all__ = ["Change", "CompletedEpisode", "Following", "fold_table", "follow"]


class CompletedEpisode(NamedTuple):
    """An episode, its detail, and when it was recorded (UTC seconds)."""

    recorded_at: float
    event: EpisodeCompleted
    detail: TownEpisode


class Following(msgspec.Struct, frozen=True):
    """Between batches: the run ("" before any), its grid in cells, the newest ``episode`` that
    counts, and ``swept``: a window of the newest episodes holds none up to this one."""

    run: str = ""
    width: int = 0
    height: int = 0
    episode: int = 0
    swept: int = 0


class Change(NamedTuple):
    """What a batch does. Rows of earlier batches go first: all of them if ``cleared``, else those
    of episodes ≥ ``cut``, and from a window those ≤ ``swept``. ``episodes`` are then added, to a
    window ``window``."""

    following: Following
    cleared: bool
    cut: int | None
    swept: int
    episodes: list[CompletedEpisode]
    window: list[CompletedEpisode]


def follow(events: Sequence[Recorded], before: Following, length: int) -> Change:
    """The change that ``events`` make after ``before``; the window is ``length`` episodes long.

    The outcome does not depend on how a log is cut into batches. In particular, an episode that
    left the window before a divergence is not brought back by it: the window is shorter for a while.
    """
    run, width, height, swept = before.run, before.width, before.height, before.swept
    newest = before.episode
    cleared, cut, most_swept = False, None, before.swept
    kept: list[CompletedEpisode] = []
    window: list[CompletedEpisode] = []
    for recorded in events:
        event = recorded.event
        if type(event) is EpisodeCompleted:
            if recorded.run == run and isinstance(event.detail, TownEpisode):
                kept.append(CompletedEpisode(recorded.recorded_at, event, event.detail))
                window.append(kept[-1])
                newest = event.episode
                swept = max(swept, newest - length)
        elif type(event) is RunStarted and event.world == "town":
            run = recorded.run
            width, height = grid_of(event.config)
            cleared, cut, newest, swept = True, None, 0, 0
            kept, window = [], []
        elif type(event) is RunDiverged and recorded.run == run:
            first = event.from_episode
            most_swept = max(most_swept, swept)
            kept = [episode for episode in kept if episode.event.episode < first]
            window = [episode for episode in window if swept < episode.event.episode < first]
            cut = first if cut is None else min(cut, first)
            newest = min(newest, first - 1)
            swept = min(swept, max(0, newest - length))
    window = [episode for episode in window if episode.event.episode > swept]
    following = Following(run=run, width=width, height=height, episode=newest, swept=swept)
    return Change(following, cleared, cut, max(most_swept, swept), kept, window)


def fold_table(
    table: str, rows_of: Callable[[Change], list[Row]], events: Sequence[Recorded], memory: str, window: int = 0
) -> Folded:
    """Fold ``events`` into ``table``, which has ``episode_id`` and shows the newest town run: all of its episodes, or
    the newest ``window``. ``rows_of`` a change: what is inserted, each a whole row. ``memory``: of the fold before."""
    before = msgspec.json.decode(memory, type=Following) if memory else Following()
    change = follow(events, before, window)
    writes = []
    if change.cleared:
        writes.append(Write(f"DELETE FROM {table}"))
    else:
        if change.cut is not None:
            writes.append(Write(f"DELETE FROM {table} WHERE episode_id >= ?", [(change.cut,)]))
        if window and change.swept > before.swept:
            writes.append(Write(f"DELETE FROM {table} WHERE episode_id <= ?", [(change.swept,)]))
    if rows := rows_of(change):
        writes.append(Write(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows))
    return Folded(writes, msgspec.json.encode(change.following).decode())
