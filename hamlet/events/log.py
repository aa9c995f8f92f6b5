"""The event log: one append-only SQLite file, one writer, acknowledgement after COMMIT.

``EventLog.run`` is the writer task: it takes what was appended from a bounded queue, writes it in
groups, one durable transaction each, and acknowledges afterwards. A full disk makes everybody wait;
any other error makes the log unusable (``storage`` says why).
"""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio
import msgspec

from hamlet.clock import Clock
from hamlet.errors import HamletError, LogUnusable, VersionConflict
from hamlet.events.reading import checksum
from hamlet.events.storage import Row, Storage
from hamlet.events.subscription import Head, follow
from hamlet.events.types import Event, Recorded, encode, tag_of

__all__ = ["QUEUE", "Appended", "EventLog"]

QUEUE = 256  # appends waiting for the writer; full: append and submit wait
GROUP = 512  # events in one transaction, unless one append alone has more
LINGER = 0.02  # seconds to wait for more while nobody waits for the acknowledgement
STOP = 2.0  # seconds for what is queued when the writer is told to stop
RETRY_FIRST, RETRY_LAST = 0.05, 2.0  # seconds between attempts while stalled; doubles


class Appended(msgspec.Struct, frozen=True):
    """Where events are: the positions of the first and the last, and the last one's version."""

    first: int
    last: int
    version: int


class _Pending:
    """An append on its way. ``waits``: somebody awaits ``done``; without events: a flush."""

    def __init__(self, run: str, events: Sequence[Event], expected: int | None, *, waits: bool) -> None:
        if events and not (run and run.isprintable()):  # here, in the caller's task, not in the writer
            raise ValueError(f"run: expected a printable name, found {run!r}")
        self.run = run
        self.events = [(tag_of(event), encode(event)) for event in events]
        self.expected = expected
        self.waits = waits
        self.done = anyio.Event()
        self.result = Appended(0, 0, 0)
        self.error: HamletError | None = None

    def finish(self, outcome: Appended | HamletError) -> None:
        if isinstance(outcome, HamletError):
            self.error = outcome
        else:
            self.result = outcome
        self.done.set()


class _Transaction:
    """What one COMMIT will make durable, and who is told afterwards."""

    def __init__(self, head: int, recorded_at: float) -> None:
        self.head = head
        self.recorded_at = recorded_at
        self.rows: list[Row] = []
        self.versions: dict[str, int] = {}
        self.results: list[tuple[_Pending, Appended]] = []

    def add(self, run: str, version: int, tag: str, payload: bytes) -> None:
        self.head += 1
        check = checksum(self.head, run, version, tag, self.recorded_at, payload)
        self.rows.append((self.head, run, version, tag, self.recorded_at, payload.decode(), check))
        self.versions[run] = version


class EventLog:
    """The log, owned by this process. ``stalled`` says why nothing is written now ("" when it is)."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self.path = storage.path
        self.stalled = ""
        self._beats = 0
        self._storage = storage
        self._clock = clock
        self._head = Head(storage.head)
        self._recorded_at = storage.recorded_at
        self._versions = storage.versions
        self._send, self._receive = anyio.create_memory_object_stream[_Pending](QUEUE)
        self._group: list[_Pending] = []
        self._refused: HamletError | None = None  # of a submit that nobody waited for
        self._failure: HamletError | None = None

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, clock: Clock) -> AsyncIterator["EventLog"]:
        """Create or migrate the log at ``path`` and open it; nothing is appended until ``run`` runs.

        Raises ``SchemaTooNew`` or ``LogUnusable`` with the file unchanged when it is newer or not
        ours, ``UsageError`` when it cannot be opened.
        """
        with anyio.CancelScope(shield=True):
            storage = await Storage.open(path)
        log = cls(storage, clock)
        try:
            yield log
        finally:
            log._refuse_the_rest()
            log._send.close()
            with anyio.CancelScope(shield=True):
                await storage.close(failed=log._failure is not None)

    @property
    def head(self) -> int:
        """The highest committed position; 0 for an empty log."""
        return self._head.position

    @property
    def queued(self) -> int:
        """Appends that wait for the writer."""
        return self._send.statistics().current_buffer_used

    def beat(self) -> int | None:
        """How often the writer has written, or tried to; ``None`` while it has nothing to write."""
        return self._beats if self._group or self.queued else None

    async def version(self, run: str) -> int:
        """The committed version of ``run``; 0 for an unknown one."""
        return self._versions.get(run, 0)

    async def append(self, run: str, events: Sequence[Event], *, expected: int | None = None) -> Appended:
        """Append one or more events, all or none; returns after COMMIT.

        ``expected`` is the version of the run before them. When the log is ahead of it, events that
        it holds already are compared, not written again. Raises ``VersionConflict`` when they differ
        or ``expected`` is ahead of the log, ``LogUnusable`` when the log failed or was closed, and
        ``ValueError`` for an event that would not come back equal.
        """
        if not events:
            raise ValueError("append: expected one event at least, found none")
        return await self._request(_Pending(run, events, expected, waits=True))

    async def submit(self, run: str, events: Sequence[Event], *, expected: int | None = None) -> None:
        """Queue events as ``append`` does, without waiting for COMMIT; waits while the queue is full.

        An error surfaces at the next ``submit`` or ``flush``.
        """
        self._raise_refused()
        if events:
            await self._enqueue(_Pending(run, events, expected, waits=False))

    async def flush(self) -> int:
        """Wait until everything submitted before is committed; returns the head position."""
        await self._request(_Pending("", (), None, waits=True))
        self._raise_refused()
        return self.head

    def subscribe(self, after: int = 0, *, batch: int = 1000) -> AsyncGenerator[list[Recorded], None]:
        """Everything after ``after``, then what is committed, in lists of up to ``batch``; ends when
        the log closes. See ``subscription.follow``."""
        return follow(self.path, self._head, after, batch)

    async def run(self) -> None:
        """The writer task. Cancelled, it writes what was submitted before and stops.

        Raises ``LogUnusable``, after failing all who wait, when the log cannot be written any more.
        """
        try:
            await self._serve()
        except LogUnusable as error:
            self._failure = error
            with anyio.CancelScope(shield=True):
                await self._storage.close(failed=True)
            raise
        finally:
            self._refuse_the_rest()

    async def _serve(self) -> None:
        try:
            while True:
                await self._gather()
                await self._write_group()
        except anyio.get_cancelled_exc_class():
            with anyio.move_on_after(STOP, shield=True):
                self._take_queued()
                await self._write_group()
            raise

    async def _request(self, pending: _Pending) -> Appended:
        await self._enqueue(pending)
        await pending.done.wait()
        if pending.error:
            raise _again(pending.error)
        return pending.result

    async def _enqueue(self, pending: _Pending) -> None:
        try:
            await self._send.send(pending)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            raise _again(self._why_closed()) from None

    def _raise_refused(self) -> None:
        refused, self._refused = self._refused, None
        if refused:
            raise _again(refused)

    def _why_closed(self) -> HamletError:
        waiting = f" while it waited ({self.stalled})" if self.stalled else ""
        return self._failure or LogUnusable(f"{self.path}: the log was closed{waiting}; nothing can be appended")

    async def _gather(self) -> None:
        """Fill the group: at once what is queued; while nobody waits, what comes within LINGER too."""
        self._group.append(await self._receive.receive())
        with anyio.move_on_after(LINGER):
            while sum(len(pending.events) for pending in self._group) < GROUP:
                try:
                    self._group.append(self._receive.receive_nowait())
                except anyio.WouldBlock:
                    if any(pending.waits for pending in self._group):
                        return
                    self._group.append(await self._receive.receive())

    def _take_queued(self) -> None:
        with suppress(anyio.WouldBlock, anyio.ClosedResourceError):
            while True:
                self._group.append(self._receive.receive_nowait())

    async def _write_group(self) -> None:
        transaction = self._begin()
        for pending in self._group:
            if pending.done.is_set():  # written before the stop interrupted the rest of the group
                continue
            version = transaction.versions.get(pending.run, self._versions.get(pending.run, 0))
            expected = version if pending.expected is None else pending.expected
            if expected < version and transaction.rows:  # to be compared with what is stored: store it
                await self._commit(transaction)
                transaction = self._begin()
            try:
                positions = await self._stored_already(pending, expected, version)
            except VersionConflict as error:
                self._refuse(pending, error)
                continue
            first = positions[0] if positions else transaction.head + 1
            for number, (tag, payload) in enumerate(pending.events[len(positions) :], start=len(positions) + 1):
                transaction.add(pending.run, expected + number, tag, payload)
            last = transaction.head if len(positions) < len(pending.events) else max(positions, default=0)
            transaction.results.append((pending, Appended(first, last, expected + len(pending.events))))
        await self._commit(transaction)
        self._group.clear()
        await self._storage.checkpoint_when_due()

    def _begin(self) -> _Transaction:
        self._recorded_at = max(self._recorded_at, self._clock.now())
        return _Transaction(self.head, self._recorded_at)

    async def _stored_already(self, pending: _Pending, expected: int, version: int) -> list[int]:
        """The positions of those of ``pending``'s events that the log holds already, compared."""
        where = f"{self.path}: run {pending.run}"
        if not 0 <= expected <= version:
            raise VersionConflict(f"{where}: expected version {expected}, found {version}")
        if expected == version:
            return []
        stored = await self._storage.stored(pending.run, expected, len(pending.events))
        for (_, at, payload), (tag, ours) in zip(stored, pending.events, strict=False):
            if payload != ours.decode():
                raise VersionConflict(f"{where}, version {at}: this {tag} differs from the event that is there already")
        return [position for position, _, _ in stored]

    async def _commit(self, transaction: _Transaction) -> None:
        """Make it durable, then acknowledge; waits while the disk is full."""
        delay = RETRY_FIRST
        while transaction.rows:
            self._beats += 1
            self.stalled = await self._storage.write(transaction.rows)
            if not self.stalled:
                self._head.advance(transaction.head)
                break
            await anyio.sleep(delay)
            delay = min(2 * delay, RETRY_LAST)
        self._versions.update(transaction.versions)
        for pending, result in transaction.results:
            pending.finish(result)

    def _refuse(self, pending: _Pending, error: HamletError) -> None:
        pending.finish(error)
        if not pending.waits:
            self._refused = self._refused or error

    def _refuse_the_rest(self) -> None:
        self._take_queued()
        self._receive.close()
        for pending in self._group:
            if not pending.done.is_set():
                self._refuse(pending, self._why_closed())
        self._group.clear()
        self._head.close()


def _again(error: HamletError) -> HamletError:
    """The same error for another task: one exception raised twice mixes its tracebacks."""
    return type(error)(*error.args)
