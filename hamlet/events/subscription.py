"""Following the log: what is there already, then what is committed, with no gap and no duplicate.

A subscriber always reads from the file, in batches, as fast as it likes; a commit only wakes it up.
So there is no queue per subscriber that could fill, and a slow one costs the writer nothing.
"""

from collections.abc import AsyncGenerator
from pathlib import Path

import anyio

from hamlet.events.reading import Reader
from hamlet.events.types import Recorded

__all__ = ["Head", "follow"]


class Head:
    """The highest committed position, and a way to wait until it moves."""

    def __init__(self, position: int) -> None:
        self.position = position
        self._closed = False
        self._moved = anyio.Event()

    def advance(self, position: int) -> None:
        """Everything up to ``position`` is committed; wakes all who wait."""
        self.position = position
        self._wake()

    def close(self) -> None:
        """Nothing will be committed any more; wakes all who wait."""
        self._closed = True
        self._wake()

    async def beyond(self, position: int) -> bool:
        """Wait until the head is beyond ``position``; false when that will never be."""
        while self.position <= position:
            if self._closed:
                return False
            await self._moved.wait()
        return True

    def _wake(self) -> None:
        moved, self._moved = self._moved, anyio.Event()
        moved.set()


async def follow(path: Path, head: Head, after: int, batch: int) -> AsyncGenerator[list[Recorded], None]:
    """Lists of up to ``batch`` events at positions > ``after``; ends when ``head`` closes.

    Reads in a thread of its own. Use ``contextlib.aclosing`` when leaving early.
    """
    limiter = anyio.CapacityLimiter(1)
    with anyio.CancelScope(shield=True):  # a reader whose opening is cancelled would never be closed
        reader = await anyio.to_thread.run_sync(Reader, path, limiter=limiter)
    try:
        while await head.beyond(after):
            events = await anyio.to_thread.run_sync(reader.read, after, head.position, batch, limiter=limiter)
            after = events[-1].position
            yield events
    finally:
        reader.close()
