"""A room of LiveKit as a line: the collector is one of its participants, and answers who speaks.

Imported only where it is asked for: the packages ``livekit`` and ``livekit-api`` are an extra.
"""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import anyio
import anyio.abc
import msgspec
import numpy as np

from hamlet.errors import UsageError
from hamlet.voice.audio import BYTES, RATE, as_samples, seconds
from hamlet.voice.transport import News

if TYPE_CHECKING:
    from livekit import rtc

__all__ = ["Floor", "LiveKit", "LiveKitTransport", "joined", "livekit_of", "origins", "token"]

_VARIABLES = ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET")
_HOST = re.compile(r"[\w.\-\[\]:]+")
_TTL = timedelta(minutes=10)  # to join; who is in a room stays
_TOPIC = "hamlet"
_PIECE = BYTES // 10
_AHEAD = 2_000  # ms that may wait to be played: what is on its way cannot be called back
_WAITING = 100  # pieces of 20 ms that may wait to be heard; full: the newest are lost, for old sound is useless
_JOIN = 15.0  # seconds to connect
_LOUD = 250.0  # root mean square of somebody who speaks
_KEEPS = 1.0  # seconds of silence after which another may have the floor


class LiveKit(msgspec.Struct, frozen=True):
    """A server: its address, and the key by which tokens for it are signed."""

    url: str
    key: str
    secret: str

    def __repr__(self) -> str:
        return f"LiveKit({self.url})"


def livekit_of(environment: Mapping[str, str]) -> LiveKit | None:
    """The server that is set up, ``None`` where none is. Raises ``UsageError`` where some of it is missing."""
    found = [environment.get(name, "") for name in _VARIABLES]
    if not any(found):
        return None
    if missing := [name for name, value in zip(_VARIABLES, found, strict=True) if not value]:
        raise UsageError(f"LiveKit needs {', '.join(_VARIABLES)}; {' and '.join(missing)} is not set")
    if not found[0].startswith(("ws://", "wss://", "http://", "https://")):
        raise UsageError(f"LIVEKIT_URL: expected ws://… or wss://…, found {found[0]!r}")
    if not (find_spec("livekit") and find_spec("livekit.api") and find_spec("livekit.rtc")):
        raise UsageError("found no livekit, which LIVEKIT_URL asks for; install it with: pip install -e '.[livekit]'")
    return LiveKit(*found)


def origins(environment: Mapping[str, str]) -> list[str]:
    """What a page has to connect to for the server that is set up, as a Content-Security-Policy names it."""
    host = urlsplit(environment.get("LIVEKIT_URL", "")).netloc
    if not _HOST.fullmatch(host):
        return []
    return [f"{scheme}://{host}" for scheme in ("ws", "wss", "http", "https")]


def token(server: LiveKit, room: str, identity: str, kind: Literal["person", "agent"]) -> str:
    """A pass for ten minutes to one room, to speak and to hear there and for nothing else. Only the collector may
    send data; the person only a microphone."""
    from livekit import api

    grants = api.VideoGrants(
        room_join=True,
        room=room,
        can_publish=True,
        can_subscribe=True,
        can_publish_data=kind == "agent",
        can_publish_sources=["microphone"],
        can_update_own_metadata=False,
    )
    made = api.AccessToken(server.key, server.secret).with_identity(identity).with_ttl(_TTL).with_grants(grants)
    return made.with_kind("agent" if kind == "agent" else "standard").to_jwt()


class Floor:
    """Of several people in a room the one is heard who speaks, until they have been silent for a moment."""

    def __init__(self) -> None:
        self._holder = ""
        self._silent = 0.0  # seconds that the holder has been

    def take(self, who: str, pcm: bytes) -> bool:
        """Whether this piece of ``who`` is heard."""
        loud = bool(len(pcm)) and float(np.sqrt(np.mean(as_samples(pcm).astype(np.float64) ** 2))) >= _LOUD
        if who == self._holder:
            self._silent = 0.0 if loud else self._silent + seconds(pcm)
            return True
        if not self._holder or (loud and self._silent >= _KEEPS):
            self._holder, self._silent = who, 0.0
            return True
        return False

    def leave(self, who: str) -> None:
        """They are gone."""
        if who == self._holder:
            self._holder = ""


class LiveKitTransport:
    """``room`` is not connected yet. ``tasks``: in which its people are listened to."""

    def __init__(self, room: "rtc.Room", tasks: anyio.abc.TaskGroup) -> None:
        from livekit import rtc

        self._room, self._tasks, self._floor = room, tasks, Floor()
        self._source = rtc.AudioSource(RATE, 1, queue_size_ms=_AHEAD)
        self._given = 0.0
        self._send, self._receive = anyio.create_memory_object_stream[bytes](_WAITING)
        self._somebody = anyio.Event()
        room.on("track_subscribed", self._subscribed)
        room.on("participant_connected", lambda _: self._somebody.set())
        room.on("participant_disconnected", self._left)
        room.on("disconnected", lambda *_: self._send.close())

    async def connect(self, url: str, pass_: str) -> None:
        """Raises ``UsageError`` where it cannot be joined."""
        from livekit import rtc
        from livekit.rtc.participant import PublishTrackError

        try:
            with anyio.fail_after(_JOIN):
                await self._room.connect(url, pass_)
                track = rtc.LocalAudioTrack.create_audio_track("voice", self._source)
                options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
                await self._room.local_participant.publish_track(track, options)
        except (rtc.ConnectError, PublishTrackError, TimeoutError) as error:
            told = str(error) or f"no answer within {_JOIN:g} s"
            raise UsageError(f"LIVEKIT_URL: {url} cannot be joined ({told})") from None
        if self._room.remote_participants:
            self._somebody.set()

    async def somebody(self, within: float) -> bool:
        """Whether somebody came within so many seconds."""
        with anyio.move_on_after(within):
            await self._somebody.wait()
        return self._somebody.is_set()

    async def close(self) -> None:
        """Leave the room."""
        self._send.close()
        await self._room.disconnect()
        await self._source.aclose()
        self._receive.close()

    async def receive(self) -> bytes | None:
        try:
            return await self._receive.receive()
        except (anyio.EndOfStream, anyio.ClosedResourceError):
            return None

    async def play(self, pcm: bytes) -> None:
        from livekit import rtc

        for begin in range(0, len(pcm), _PIECE):
            piece = pcm[begin : begin + _PIECE]
            await self._source.capture_frame(rtc.AudioFrame(piece, RATE, 1, len(piece) // 2))
            self._given += seconds(piece)

    async def flush(self) -> None:
        self._given = self.played
        self._source.clear_queue()

    @property
    def played(self) -> float:
        """What has been sent; the room's people hear it a moment later."""
        return max(0.0, self._given - self._source.queued_duration)

    async def all_played(self) -> None:
        await anyio.sleep(self._source.queued_duration)

    async def tell(self, news: News) -> None:
        if self._room.isconnected():
            await self._room.local_participant.publish_data(msgspec.json.encode(news), topic=_TOPIC)

    def _subscribed(self, track: "rtc.Track", _: object, who: "rtc.RemoteParticipant") -> None:
        from livekit import rtc

        if track.kind == rtc.TrackKind.KIND_AUDIO:
            self._tasks.start_soon(self._listen, track, who.identity, name="somebody in a room")

    def _left(self, who: "rtc.RemoteParticipant") -> None:
        self._floor.leave(who.identity)
        if not self._room.remote_participants:
            self._send.close()

    async def _listen(self, track: "rtc.Track", who: str) -> None:
        from livekit import rtc

        stream = rtc.AudioStream(track, sample_rate=RATE, num_channels=1, frame_size_ms=20)
        try:
            async for event in stream:
                pcm = bytes(event.frame.data)
                if self._floor.take(who, pcm):
                    with suppress(anyio.WouldBlock, anyio.ClosedResourceError, anyio.BrokenResourceError):
                        self._send.send_nowait(pcm)
        finally:
            with anyio.CancelScope(shield=True):
                await stream.aclose()


@asynccontextmanager
async def joined(server: LiveKit, room: str) -> AsyncIterator[LiveKitTransport]:
    """Join ``room`` as the collector, and leave it cleanly. Raises ``UsageError`` where that cannot be."""
    from livekit import rtc

    async with anyio.create_task_group() as tasks:
        line = LiveKitTransport(rtc.Room(), tasks)
        try:
            await line.connect(server.url, token(server, room, "hamlet", "agent"))
            yield line
        finally:
            with anyio.CancelScope(shield=True):
                await line.close()
            tasks.cancel_scope.cancel()
