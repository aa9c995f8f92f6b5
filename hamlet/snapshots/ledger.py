"""What was made, as events: in the log where this process owns it, else in a file that the owner takes into the log.

The log has one writer, the owner of the data directory. A process beside it that makes snapshots
writes the very same events, one a line, to ``snapshots/ledger.jsonl``; the owner appends them to
the log when it starts, and both read both.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import anyio
import anyio.to_thread
import msgspec

from hamlet.events.log import EventLog
from hamlet.events.reading import read_events
from hamlet.events.types import Event, RunDiverged, RunStarted, SnapshotsPruned, SnapshotTaken, decode, encode, tag_of

__all__ = ["FileLedger", "Ledger", "LogLedger", "Reached", "directory_of", "ledger_path", "reached", "stream", "taken"]

_KINDS = (SnapshotTaken, SnapshotsPruned)


class Ledger(Protocol):
    """Where ``SnapshotTaken`` and ``SnapshotsPruned`` are written."""

    async def begin(self) -> None:
        """What is to be done before the first is made."""

    async def record(self, run: str, event: SnapshotTaken | SnapshotsPruned) -> None: ...


class Reached(msgspec.Struct, frozen=True):
    """GIFs are made up to episode ``done``, which ends at ``position`` of the log; ``diverged`` as in ``GifOrder``."""

    done: int
    position: int
    diverged: tuple[tuple[int, int], ...] = ()


def stream(run: str) -> str:
    """The stream of a run's snapshots: the run's own holds only what is computed again when it is taken up."""
    return f"{run}.snapshots"


def ledger_path(snapshots: Path) -> Path:
    """Where a process that does not own the log writes what it made."""
    return snapshots / "ledger.jsonl"


class LogLedger:
    """The owner's."""

    def __init__(self, log: EventLog, snapshots: Path) -> None:
        self._log = log
        self._snapshots = snapshots

    async def begin(self) -> None:
        await self.adopt()

    async def record(self, run: str, event: SnapshotTaken | SnapshotsPruned) -> None:
        await self._log.append(stream(run), [event])

    async def adopt(self) -> int:
        """Take what a process beside an earlier owner wrote down into the log, once; how many there were."""
        path = ledger_path(self._snapshots)
        noted = await anyio.to_thread.run_sync(lambda: list(_noted(path)))
        known = set(await anyio.to_thread.run_sync(lambda: list(map(encode, _logged(self._log.path)))))
        new = [event for event in noted if encode(event) not in known]
        for event in new:
            await self.record(event.run, event)
        await anyio.to_thread.run_sync(lambda: path.unlink(missing_ok=True))
        return len(new)


class FileLedger:
    """The one of a process that owns nothing; used by one process at a time."""

    def __init__(self, snapshots: Path) -> None:
        self._path = ledger_path(snapshots)

    async def begin(self) -> None:
        pass

    async def record(self, run: str, event: SnapshotTaken | SnapshotsPruned) -> None:
        await anyio.to_thread.run_sync(self._write, event)

    def _write(self, event: Event) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with open(self._path, "ab") as file:
            file.write(encode(event) + b"\n")
            file.flush()
            os.fsync(file.fileno())


def taken(run: str, kind: str, name: str, path: Path, first: int, last: int, position: int) -> SnapshotTaken:
    """The event of the file at ``path``, called ``name``. Raises ``OSError`` when it is gone."""
    data = path.read_bytes()
    return SnapshotTaken(
        run=run,
        kind=kind,
        file=name,
        first=first,
        last=last,
        position=position,
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )


def reached(events: Path, snapshots: Path, run: str) -> Reached:
    """From where GIFs of ``run`` go on: after the last one that shows lives which a divergence did not take back."""
    made = [
        event
        for source in (_logged(events, stream(run)), _noted(ledger_path(snapshots)))
        for event in source
        if isinstance(event, SnapshotTaken) and event.run == run and event.kind == "gif"
    ]
    diverged = tuple(
        (recorded.position, recorded.event.from_episode)
        for batch in read_events(events, run=run, types=[tag_of(RunDiverged)])
        for recorded in batch
        if isinstance(recorded.event, RunDiverged)
    )
    hold = [gif for gif in made if not any(gif.position < at and gif.last >= episode for at, episode in diverged)]
    last = max(hold, key=lambda gif: gif.last, default=None)
    return Reached(last.last, last.position, diverged) if last else Reached(0, 0, diverged)


def directory_of(events: Path, snapshots: Path, run: str) -> Path:
    """The first town of a log has the snapshot directory to itself; later ones have a folder each in it, so that
    no run's pictures replace another's."""
    for batch in read_events(events, types=[tag_of(RunStarted)]):
        for recorded in batch:
            if isinstance(recorded.event, RunStarted) and recorded.event.world == "town":
                return snapshots if recorded.run == run else snapshots / run
    return snapshots / run


def _logged(events: Path, run: str | None = None) -> Iterator[SnapshotTaken | SnapshotsPruned]:
    for batch in read_events(events, run=run, types=[tag_of(kind) for kind in _KINDS]):
        for recorded in batch:
            if isinstance(recorded.event, _KINDS):
                yield recorded.event


def _noted(path: Path) -> Iterator[SnapshotTaken | SnapshotsPruned]:
    """A line that was being written when the process was killed is none."""
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        try:
            event = decode(line)
        except msgspec.MsgspecError:
            continue
        if isinstance(event, _KINDS):
            yield event
