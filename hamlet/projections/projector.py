"""Keeps the views at the head of the log: fold a batch, commit, tell.

Order: commit of the events → commit of the views → ``on_applied``; so who is told of an event finds
it in the log and in the views. A crash between the two commits is made good by the next catch-up;
events delivered again are skipped.
"""

import gc
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import anyio
from anyio import CapacityLimiter, to_thread

from hamlet.errors import LogUnusable
from hamlet.events.reading import read_events
from hamlet.events.types import Recorded
from hamlet.projections.calls import CallsProjection
from hamlet.projections.database import DiskFull, ViewsDatabase
from hamlet.projections.episodes import EpisodesProjection
from hamlet.projections.garden_path import GardenPathProjection
from hamlet.projections.heatmap import HeatmapProjection
from hamlet.projections.projection import Projection, Write
from hamlet.projections.runs import RunsProjection
from hamlet.projections.stretches import StretchesProjection

__all__ = ["BATCH", "PROJECTIONS", "Progress", "Projector"]

PROJECTIONS: tuple[Projection, ...] = (
    RunsProjection(),
    StretchesProjection(),  # after the runs: it sums their episodes
    CallsProjection(),
    EpisodesProjection(),
    GardenPathProjection(),
    HeatmapProjection(),
)

BATCH = 8192
"""Events folded and committed together when catching up: the window's rows are written once for each."""

_RETRY = 1.0
"""Seconds between attempts while there is no space."""

Progress = Callable[[int], None]
"""Told the position reached, after each batch."""


@contextmanager
def _collector_paused() -> Iterator[None]:
    """A batch is many small objects and no cycles: going through them again and again for garbage
    took about a quarter of a replay of 20,000 episodes."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class Projector:
    """The one writer of the views at ``path``, folds of the log at ``events_path``.

    ``stalled`` says why it waits, "" while it does not. Errors: those of ``ViewsDatabase`` and
    ``read_events``; ``LogUnusable`` when an event contradicts itself or what came before it.
    """

    def __init__(
        self, path: Path, events_path: Path, *, projections: Sequence[Projection] = PROJECTIONS, bulk: bool = False
    ) -> None:
        self.stalled = ""
        self._path = path
        self._events_path = events_path
        self._projections = projections
        self._bulk = bulk
        self._reached: dict[str, tuple[int, str]] = {}
        self._open()

    @classmethod
    @contextmanager
    def open(
        cls, path: Path, events_path: Path, *, projections: Sequence[Projection] = PROJECTIONS
    ) -> Iterator["Projector"]:
        """Opens or creates the views; those of another version of a projection are emptied, to be
        filled by ``catch_up``."""
        projector = cls(path, events_path, projections=projections)
        try:
            yield projector
        finally:
            projector.close()

    @property
    def position(self) -> int:
        """All projections have folded the events up to here."""
        return min(position for position, _ in self._reached.values())

    def apply(self, events: Sequence[Recorded]) -> None:
        """Fold and commit ``events`` (at least one); those at or below a projection's position are skipped."""
        last = events[-1].position
        writes: list[Write] = []
        reached = dict(self._reached)
        for projection in self._projections:
            position, memory = reached[projection.name]
            new = events if events[0].position > position else [e for e in events if e.position > position]
            if not new:
                continue
            try:
                folded = projection.fold(new, memory)
            except ValueError as error:
                raise LogUnusable(f"{self._events_path}: positions {new[0].position} … {last}: {error}") from error
            reached[projection.name] = (last, folded.memory)
            writes += folded.writes
            row = (last, folded.memory, projection.name)
            writes.append(Write("UPDATE projections SET position = ?, memory = ? WHERE name = ?", [row]))
        if writes:
            self._database.write(writes)
            self._reached = reached

    def take(self, events: Sequence[Recorded]) -> None:
        """``apply``, from the log itself when that is needed: the file of views was deleted meanwhile
        (then it is made anew), or ``events`` do not begin where the views end."""
        if self._database.replaced:
            self._database.close()
            self._open()
        if events[0].position > self.position + 1:
            self.catch_up(until=events[-1].position)
        else:
            self.apply(events)

    def catch_up(self, until: int | None = None, progress: Progress | None = None) -> int:
        """Fold the log up to ``until`` (its end if ``None``); returns the position reached.

        Views that are ahead of the log are those of another log: they are made anew.
        """
        furthest = max(position for position, _ in self._reached.values())
        if furthest and not any(read_events(self._events_path, after=furthest - 1, until=furthest)):
            self._start_over(self._projections)
        with _collector_paused():
            for events in read_events(self._events_path, after=self.position, until=until, batch=BATCH):
                self.apply(events)
                if progress is not None:
                    progress(events[-1].position)
        return self.position

    async def run(
        self, subscription: AsyncIterator[list[Recorded]], on_applied: Callable[[Sequence[Recorded]], None]
    ) -> None:
        """Apply what ``subscription`` yields (from ``position`` on), until it ends.

        SQLite works in one worker thread. While the disk is full the batch at hand is tried again
        every second, and ``stalled`` says so.
        """
        limiter = CapacityLimiter(1)
        async for events in subscription:
            while True:
                try:
                    await to_thread.run_sync(self.take, events, limiter=limiter)
                except DiskFull as error:
                    self.stalled = str(error)
                    await anyio.sleep(_RETRY)
                else:
                    self.stalled = ""
                    break
            on_applied(events)

    def finish_bulk(self) -> None:
        self._database.finish_bulk()

    def close(self) -> None:
        self._database.close()

    def _open(self) -> None:
        self._database = ViewsDatabase(self._path, bulk=self._bulk)
        stored: dict[str, tuple[int, int, str]] = {
            name: (version, position, memory)
            for name, version, position, memory in self._database.rows("SELECT * FROM projections")
        }
        self._reached = {name: (position, memory) for name, (_, position, memory) in stored.items()}
        current = {projection.name: projection.version for projection in self._projections}
        self._start_over([p for p in self._projections if p.name not in stored or stored[p.name][0] != p.version])
        gone = [name for name in stored if name not in current]
        self._database.write([Write("DELETE FROM projections WHERE name = ?", [(name,) for name in gone])])
        for name in gone:
            del self._reached[name]

    def _start_over(self, projections: Sequence[Projection]) -> None:
        """Empty the tables of ``projections`` and set them back to before the first event."""
        writes = [Write(f"DELETE FROM {table}") for projection in projections for table in projection.tables]
        rows = [(projection.name, projection.version) for projection in projections]
        writes.append(Write("INSERT OR REPLACE INTO projections VALUES (?, ?, 0, '')", rows))
        self._database.write(writes)
        for projection in projections:
            self._reached[projection.name] = (0, "")
