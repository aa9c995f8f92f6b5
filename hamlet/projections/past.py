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
from hamlet.projections.views import EpisodeRow, TransitionRow, Views

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
        return [[sum(count for count, _ in cell) for cell in row] for row in self._grid]

    def novelty(self) -> list[list[float]]:
        return [[sum(novelty for _, novelty in cell) / len(cell) for cell in row] for row in self._grid]

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
    def _grid(self) -> list[list[list[tuple[int, float]]]]:
        """[height][width] of what each of the last 100 episodes has to say of a cell: visits and novelty."""
        run = self.run(self._run)
        assert run is not None
        lives = self._lives(WINDOW)
        grid: list[list[list[tuple[int, float]]]] = [[[] for _ in range(run.width)] for _ in range(run.height)]
        for _, x, y, count, novelty in visits(
            [n for n, _ in lives], [life for _, life in lives], run.width, run.height
        ):
            grid[y][x].append((count, novelty))
        return grid

    def _lives(self, last: int) -> list[tuple[int, TownEpisode]]:
        """The ``last`` episodes up to this one, from the log."""
        rows: list[EpisodeRow] = self.episodes(self._run, after=self.until_episode - last, limit=last)
        found = []
        for recorded in read_at(self._events, [row.position for row in rows]):
            event = recorded.event
            if not isinstance(event, EpisodeCompleted) or not isinstance(event.detail, TownEpisode):
                raise UsageError(f"run {self._run} is no run of a town: its past cannot be walked through")
            found.append((event.episode, event.detail))
        return found
