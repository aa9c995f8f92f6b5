"""A pair of WAV files as a line: for scripts and tests. Time passes as quickly as the file can be read."""

import anyio

from hamlet.voice.audio import BYTES
from hamlet.voice.transport import News

__all__ = ["FileTransport"]

_PIECE = BYTES // 50  # 20 ms


class FileTransport:
    """The person says ``heard`` (PCM as ``voice.audio`` has it), then is silent for ``silence`` seconds, then hangs up.
    While the collector thinks or speaks their next words wait, as a polite person's do. ``line``: all that was to be
    heard on the line, both voices one after the other as they spoke."""

    def __init__(self, heard: bytes, *, silence: float = 3.0) -> None:
        self._heard = heard + bytes(int(silence * BYTES) // 2 * 2)
        self._at = 0
        self._queue = bytearray()
        self._played = 0
        self._busy = False
        self._changed = anyio.Event()  # something of these
        self.line = bytearray()
        self.news: list[News] = []

    async def receive(self) -> bytes | None:
        await anyio.lowlevel.checkpoint()
        if self._queue:  # what the collector says is heard first: 20 ms at a time
            piece = bytes(self._queue[:_PIECE])
            del self._queue[:_PIECE]
            self._played += len(piece)
            self.line += piece
            self._tell()
            return bytes(len(piece))
        if self._busy:
            await self._changed.wait()
            return b""
        if self._at >= len(self._heard):
            return None
        piece = self._heard[self._at : self._at + _PIECE]
        self._at += len(piece)
        self.line += piece
        return piece

    async def play(self, pcm: bytes) -> None:
        self._queue += pcm
        self._tell()

    async def flush(self) -> None:
        self._queue.clear()
        self._tell()

    @property
    def played(self) -> float:
        return self._played / BYTES

    async def all_played(self) -> None:
        while self._queue:
            await self._changed.wait()

    async def tell(self, news: News) -> None:
        self.news.append(news)
        self._busy = getattr(news, "state", None) in ("processing", "speaking") or (
            self._busy and not hasattr(news, "state")
        )
        self._tell()

    def _tell(self) -> None:
        """Wake who waits for a change."""
        self._changed.set()
        self._changed = anyio.Event()
