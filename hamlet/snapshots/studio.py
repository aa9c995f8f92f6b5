"""What all that makes snapshots shares: where they go, what is kept, who writes down that they were made."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread
import structlog

from hamlet.clock import Clock
from hamlet.crashpoints import crash_point
from hamlet.errors import HamletError
from hamlet.events.types import SnapshotsPruned
from hamlet.projections.rows import RunRow
from hamlet.projections.views import Views
from hamlet.snapshots.ledger import Ledger, taken
from hamlet.snapshots.products import Roots, products, too_old
from hamlet.snapshots.settings import SnapshotSettings
from hamlet.space import Room, Space

__all__ = ["NoRoom", "Studio", "until"]

_log = structlog.get_logger("snapshots")


class NoRoom(HamletError):
    """There is less free disk than snapshots may use."""


@dataclass(frozen=True)
class Studio:
    """``runs``: those whose snapshots are made here, asked in a worker thread."""

    roots: Roots
    events: Path
    views: Views
    settings: SnapshotSettings
    ledger: Ledger
    space: Space
    clock: Clock
    runs: Callable[[], Sequence[RunRow]]

    @property
    def snapshots(self) -> Path:
        return self.roots["snapshots"]

    @property
    def exports(self) -> Path:
        return self.roots["exports"]

    async def current(self, world: str | None = None) -> list[RunRow]:
        """The runs of ``world`` (``None``: of any) as they stand now."""
        rows = await anyio.to_thread.run_sync(self.runs)
        return [row for row in rows if world in (None, row.world)]

    async def room(self, directory: Path) -> None:
        """Makes ``directory``; raises ``NoRoom`` when nothing may be made there now."""

        def look() -> None:
            try:
                directory.mkdir(parents=True, exist_ok=True)
                room = self.space.room()
            except OSError as error:
                raise NoRoom(f"{directory}: cannot be made ({error.strerror})") from None
            if room <= Room.NO_SNAPSHOTS:
                raise NoRoom(f"{directory}: the disk is nearly full: no snapshots until there is room (--disk-floor)")

        await anyio.to_thread.run_sync(look)

    async def made(self, run: str, kind: str, path: Path, first: int, last: int, position: int = 0) -> None:
        """Write down that ``path`` is there, whole."""
        crash_point("snapshot.event")
        event = await anyio.to_thread.run_sync(taken, run, kind, self.name(path), path, first, last, position)
        await self.ledger.record(run, event)
        _log.info("snapshot", file=event.file, bytes=event.bytes)

    async def prune(self, run: str, kind: str, keep: int, folder: str = "") -> None:
        """Delete what is more than ``keep``, the oldest first, and write that down. ``folder``: where in the
        snapshot directory."""
        old = await anyio.to_thread.run_sync(too_old, self.roots, kind, keep, folder)
        if not old:
            return
        for one in old:
            root, _, rest = one.name.partition("/")
            await anyio.to_thread.run_sync(partial((self.roots[root] / rest).unlink, missing_ok=True))
        event = SnapshotsPruned(run=run, kind=kind, files=[one.name for one in old], reason=f"more than {keep}")
        await self.ledger.record(run, event)

    async def newest(self, kind: str) -> float | None:
        """When the newest of ``kind`` was made, in UTC seconds."""
        made = await anyio.to_thread.run_sync(products, self.roots)
        return next((one.modified for one in made if one.kind == kind and "/final_" not in one.name), None)

    async def wait_until_due(self, kind: str, every: float, first: float) -> None:
        """Sleep until the next of ``kind`` is due, ``every`` so many seconds also over restarts; the very first
        after ``first`` seconds."""
        newest, now = await self.newest(kind), self.clock.now()
        await anyio.sleep(first if newest is None else min(every, max(0.0, newest + every - now)))

    def name(self, path: Path) -> str:
        """What the file at ``path`` is called in events and addresses."""
        for root, directory in self.roots.items():
            if path.is_relative_to(directory):
                return f"{root}/{path.relative_to(directory).as_posix()}"
        raise ValueError(f"{path} lies in no directory of snapshots")


async def until(stopping: anyio.Event, work: Callable[[], Awaitable[None]]) -> None:
    """``work``, until it returns or ``stopping`` is set."""
    async with anyio.create_task_group() as group:

        async def end() -> None:
            await stopping.wait()
            group.cancel_scope.cancel()

        group.start_soon(end, name="end of snapshots")
        await work()
        group.cancel_scope.cancel()
