"""The views of a town run as they were when an episode ended, for whoever travels back.

What is in the tables is cut off at that episode. Heatmap and garden path are kept of today only, but
they look back over a bounded number of episodes: these are read from the log again and folded by the
functions that the projections use, which costs the same in a run of any length. Equal to
``replay(until_episode=…)`` but for one thing: after a divergence the tables' window of 100 episodes
is shorter for a while, and here it is whole.
"""

from collections import defaultdict
from functools import cached_property
from pathlib import Path

from hamlet.errors import UsageError
from hamlet.events.reading import read_at
from hamlet.events.types import EpisodeCompleted, TownEpisode
from hamlet.projections.garden_path import transitions
from hamlet.projections.heatmap import WINDOW, visits
from hamlet.projections.rows import TransitionRow
from hamlet.projections.views import Views

__all__ = ["Past"]


class Past(Views):
    """As of ``episode`` of ``run``; a few connections' worth of work for each question. Raises ``UsageError``
    for an episode that the run does not have, or that is no life in a town."""

    def __init__(self, views: Path, events: Path, run: str, episode: int) -> None:
        super().__init__(views)
        row = next(iter(self.episodes(run, after=episode - 1, limit=1)), None)
        if row is None or row.episode != episode:
            newest = self.latest_episode(run)
            has = f"it has 1 … {newest.episode}" if newest else "it has none yet"
            raise UsageError(f"run {run} has no episode {episode}; {has}")
        self._events = events
        self._run = run
        self.until_episode, self.until_position = episode, row.position
        _ = self.layout

    def newest_run(self, world: str = "town") -> str | None:
        return self._run if world == "town" else None

    @cached_property
    def layout(self) -> dict[str, int]:
        """Where everything stood in that life: name → cell."""
        return self._lives(1)[0][1].layout

    def heatmap(self) -> list[list[int]]:
        return [[visits for visits, _ in row] for row in self._grid]

    def novelty(self) -> list[list[float]]:
        lives = min(WINDOW, self.until_episode)
        return [[novelty / lives for _, novelty in row] for row in self._grid]

    def transitions(self, last: int = 100) -> list[TransitionRow]:
        lives = self._lives(last)
        totals: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
        for episode, source, target, count in transitions([n for n, _ in lives], [life for _, life in lives]):
            total = totals[source, target]
            total[0] += count
            total[1] += episode * count
        rows = [
            TransitionRow(source=source, target=target, count=count, mean_episode=weighted / count)
            for (source, target), (count, weighted) in totals.items()
        ]
        return sorted(rows, key=lambda row: (-row.count, row.source, row.target))

    @cached_property
    def _grid(self) -> list[list[tuple[int, float]]]:
        """[height][width] of what the last 100 episodes add up to in a cell: visits and novelty."""
        run = self.run(self._run)
        assert run is not None
        lives = self._lives(WINDOW)
        counts, novelties = [0] * (run.width * run.height), [0.0] * (run.width * run.height)
        rows = visits([n for n, _ in lives], [life for _, life in lives], run.width, run.height)
        for _, x, y, count, novelty in rows:
            counts[y * run.width + x] += count
            novelties[y * run.width + x] += novelty
        cells = list(zip(counts, novelties, strict=True))
        return [cells[first : first + run.width] for first in range(0, len(cells), run.width)]

    def _lives(self, last: int) -> list[tuple[int, TownEpisode]]:
        """The ``last`` episodes up to this one, from the log."""
        sql = "SELECT position FROM run_episodes WHERE run = ? AND episode > ? AND episode <= ?"
        rows = self._rows(sql, self._run, self.until_episode - last, self.until_episode)
        found = []
        for recorded in read_at(self._events, [row["position"] for row in rows]):
            event = recorded.event
            if not isinstance(event, EpisodeCompleted) or not isinstance(event.detail, TownEpisode):
                raise UsageError(f"run {self._run} is no run of a town: its past cannot be walked through")
            found.append((event.episode, event.detail))
        return found
