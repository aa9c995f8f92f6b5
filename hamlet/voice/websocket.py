"""A websocket as a line: binary messages are sound, text messages are JSON.

To the page: sound to be played; the news; ``{"type": "flush"}``. From the page: sound of the microphone;
``{"played": seconds}``, how much of all that it was given it has played so far.
"""

from collections.abc import Awaitable, Callable

import anyio
import msgspec

from hamlet.voice.audio import BYTES, seconds
from hamlet.voice.transport import News

__all__ = ["Receive", "Send", "WebSocketTransport"]

Receive = Callable[[], Awaitable[bytes | str | None]]
Send = Callable[[bytes | str], Awaitable[None]]

_PIECE = BYTES // 10
_AHEAD = 2.0  # seconds that the page may have waiting: what is on its way cannot be called back
_LITTLE = 0.01  # seconds that nobody hears
_LONGEST = 65_536  # bytes of one message


class _Played(msgspec.Struct):
    played: float


class WebSocketTransport:
    """``receive`` gives the next message, ``None`` at the end; ``send`` sends one."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._sent = 0.0
        self._played = 0.0
        self._moved = anyio.Event()  # one of these

    async def receive(self) -> bytes | None:
        while (message := await self._receive()) is not None:
            if isinstance(message, bytes):
                return message[:_LONGEST]
            self._acknowledged(message)
        return None

    async def play(self, pcm: bytes) -> None:
        for begin in range(0, len(pcm), _PIECE):
            await self._waiting(_AHEAD)
            piece = pcm[begin : begin + _PIECE]
            self._sent += seconds(piece)
            await self._send(piece)

    async def flush(self) -> None:
        self._sent = self._played
        self._tell()
        await self._send('{"type":"flush"}')

    @property
    def played(self) -> float:
        return self._played

    async def all_played(self) -> None:
        await self._waiting(_LITTLE)

    async def tell(self, news: News) -> None:
        await self._send(msgspec.json.encode(news).decode())

    def _acknowledged(self, message: str) -> None:
        try:
            played = msgspec.json.decode(message, type=_Played).played
        except msgspec.DecodeError:
            return
        self._played = max(self._played, min(played, self._sent))
        self._tell()

    async def _waiting(self, most: float) -> None:
        """Return when so many seconds wait to be played, or fewer."""
        while self._sent - self._played > most:
            await self._moved.wait()

    def _tell(self) -> None:
        """Wake who waits."""
        self._moved.set()
        self._moved = anyio.Event()
