"""The voice sessions of this process: who may talk, for how long, by which line."""

import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Literal

import anyio
import anyio.to_thread
import msgspec
import numpy as np
import structlog

from hamlet.clock import Clock
from hamlet.errors import NoSuchTalk, TalksFull, UsageError
from hamlet.voice.conversation import Conversation, Talk
from hamlet.voice.hearing import Recogniser
from hamlet.voice.settings import VoiceSettings
from hamlet.voice.speech import Speaker
from hamlet.voice.transport import AudioTransport, Latency, Noted
from hamlet.voice.vad import Vad
from hamlet.voice.websocket import Receive, Send, WebSocketTransport

__all__ = ["UNUSED", "Engines", "Line", "Session", "Sessions"]

_log = structlog.get_logger("voice")

Line = Literal["websocket", "livekit"]
UNUSED = 60.0
"""Seconds within which somebody must come to a session that was opened."""


class Engines(msgspec.Struct, frozen=True):
    """What hears, recognises and speaks; each call gives one for a new session. They block, and may raise
    ``UsageError`` with the command that gets what is missing."""

    vad: Callable[[], Vad]
    recogniser: Callable[[], Recogniser]
    speaker: Callable[[], Speaker | None]


class Session(msgspec.Struct):
    """``opened``: the clock then. ``state``: "waiting" before anybody came, "loading", "talking", "over"."""

    talk: Talk
    line: Line
    opened: float
    state: str = "waiting"
    conversation: Conversation | None = None
    end: anyio.Event = msgspec.field(default_factory=anyio.Event)

    @property
    def now(self) -> str:
        return self.conversation.state.value if self.conversation and self.state == "talking" else self.state

    @property
    def latencies(self) -> Sequence[Latency]:
        return self.conversation.latencies if self.conversation else ()

    def percentiles(self) -> tuple[float, float]:
        """Of voice to voice, in ms: half and 95 of 100 turns took no longer. 0 without a turn."""
        if not self.latencies:
            return 0.0, 0.0
        half, most = np.percentile([latency.whole for latency in self.latencies], [50, 95])
        return float(half), float(most)


class Sessions:
    """Each session has a name nobody can guess, which is the only key to it."""

    def __init__(self, engines: Engines, settings: VoiceSettings, clock: Clock) -> None:
        self._engines, self._settings, self._clock = engines, settings, clock
        self._held: dict[str, Session] = {}

    def require_room(self) -> None:
        """Raises ``TalksFull``."""
        late = self._clock.monotonic() - UNUSED
        for name, session in list(self._held.items()):
            if session.state == "over" or (session.state == "waiting" and session.opened < late):
                del self._held[name]
        if len(self._held) >= self._settings.sessions:
            raise TalksFull(
                f"{self._settings.sessions} people talk by voice, as many as may; try again in some minutes"
            )

    def open(self, talk: Talk, line: Line) -> str:
        """A session for somebody who comes within a minute; its name. Raises ``TalksFull``."""
        self.require_room()
        name = secrets.token_urlsafe(18)
        self._held[name] = Session(talk, line, self._clock.monotonic())
        return name

    def session(self, name: str) -> Session:
        """Raises ``NoSuchTalk``."""
        if (found := self._held.get(name)) is None:
            raise NoSuchTalk("no voice session has this name; it was mistyped, or is over")
        return found

    def close(self, name: str) -> None:
        """End it; raises ``NoSuchTalk``."""
        self.session(name).end.set()
        self._held.pop(name, None)

    def discard(self, name: str) -> None:
        """Forget one in which nobody can talk."""
        self._held.pop(name, None)

    async def attach(self, name: str, receive: Receive, send: Send) -> None:
        """Talk over a websocket until the end; raises ``NoSuchTalk``, and ``UsageError`` where somebody is there."""
        await self.converse(name, WebSocketTransport(receive, send))

    async def converse(self, name: str, transport: AudioTransport) -> None:
        """Talk over any line until the end. Raises as ``attach``."""
        session = self.session(name)
        if session.state != "waiting":
            raise UsageError("somebody talks in this voice session already")
        session.state = "loading"
        try:
            with anyio.move_on_after(60.0 * self._settings.minutes) as limit:
                async with anyio.create_task_group() as group:
                    group.start_soon(self._ended, session, group.cancel_scope, name="end of a voice session")
                    await self._talk(session, transport)
                    group.cancel_scope.cancel()
            if limit.cancelled_caught:
                await transport.tell(Noted(f"{self._settings.minutes:g} minutes are over, as long as a talk may take."))
        finally:
            session.state = "over"
            self._held.pop(name, None)

    async def _talk(self, session: Session, transport: AudioTransport) -> None:
        engines, problem = self._engines, ""
        try:
            async with _heard_by_nobody(transport):
                recogniser = await anyio.to_thread.run_sync(engines.recogniser)
                speaker = await anyio.to_thread.run_sync(engines.speaker)
                vad = await anyio.to_thread.run_sync(engines.vad)
                await recogniser.start()
        except* UsageError as found:
            problem = str(found.exceptions[0])
            _log.warning("a voice session could not begin", error=problem)
            await transport.tell(Noted(problem))
        if problem:
            return
        try:
            if speaker is None:
                await transport.tell(Noted("Nothing here speaks, so the answers are text only: apt install flite"))
            settings, clock = self._settings.turns, self._clock
            session.conversation = Conversation(session.talk, transport, vad, recogniser, speaker, settings, clock)
            session.state = "talking"
            await session.conversation.run()
        finally:
            with anyio.CancelScope(shield=True):
                await recogniser.close()

    async def _ended(self, session: Session, scope: anyio.CancelScope) -> None:
        await session.end.wait()
        scope.cancel()


@asynccontextmanager
async def _heard_by_nobody(transport: AudioTransport) -> AsyncIterator[None]:
    """What is said meanwhile is let go. A websocket of which nothing is read does not answer pings either, and would
    be closed for it."""

    async def let_go() -> None:
        while await transport.receive() is not None:
            pass

    async with anyio.create_task_group() as group:
        group.start_soon(let_go, name="nobody listens yet")
        yield
        group.cancel_scope.cancel()
