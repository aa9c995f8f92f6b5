"""Talks by voice, for the web: a ``web.voice.VoiceRoom`` around the talks and the voice sessions of this process."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import anyio
import anyio.abc
import anyio.to_thread
import structlog

from hamlet.clock import Clock
from hamlet.conversation.session import Turn
from hamlet.errors import NoSuchTalk, UsageError
from hamlet.talks.room import Asked, Talks
from hamlet.voice.conversation import Talk
from hamlet.voice.engines import listener, recogniser, settings_of, speaker
from hamlet.voice.livekit import LiveKit, joined, livekit_of, token
from hamlet.voice.playback import Heard
from hamlet.voice.sessions import UNUSED, Engines, Sessions
from hamlet.voice.websocket import Receive, Send
from hamlet.web.wire.talks import TalkAsked
from hamlet.web.wire.voice import VoiceAsked, VoiceLatency, VoiceOpened, VoiceState

__all__ = ["VoiceShown"]


_log = structlog.get_logger("voice")


class VoiceShown:
    """``environment``: what is set about voice. Wrong settings are told to whoever opens a session. A
    ``supervisor.Service``: while it runs, the collector can be in rooms of LiveKit."""

    name = "voice"

    def __init__(
        self, talks: Talks, environment: Mapping[str, str], clock: Clock, engines: Engines | None = None
    ) -> None:
        self._talks, self._environment, self._clock, self._engines = talks, environment, clock, engines
        self._sessions: Sessions | None = None
        self._rooms: anyio.abc.TaskGroup | None = None

    async def run(self, ready: Callable[[], None], stopping: anyio.Event) -> None:
        """Be in the rooms that are opened, until ``stopping``."""
        async with anyio.create_task_group() as self._rooms:
            ready()
            await stopping.wait()
            self._rooms.cancel_scope.cancel()
        self._rooms = None

    async def open(self, asked: VoiceAsked) -> VoiceOpened:
        server = None if asked.transport == "websocket" else await anyio.to_thread.run_sync(self._server)
        if asked.transport == "livekit" and server is None:
            raise UsageError(
                "LiveKit is not set up here: set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET"
                " (docs/voice.md), or say websocket"
            )
        sessions = await self._made()
        sessions.require_room()
        if asked.talk is not None:
            link, view = asked.talk, self._talks.view(asked.talk)
        else:
            wanted = asked.asked or TalkAsked(play="debtor")
            link, view = await self._talks.begin(
                Asked(
                    play=wanted.play,
                    persona=wanted.persona,
                    seed=wanted.seed,
                    collector=wanted.collector,
                    episode=wanted.episode,
                    keep=wanted.keep,
                )
            )
        if view.play != "debtor":
            raise UsageError("only the debtor can be played by voice: begin a talk with play debtor")
        if view.ending:
            raise UsageError(f"this talk has ended: {view.ending}")
        talk = _Joined(self._talks, link)
        if server is not None:
            return self._opened_room(server, sessions, talk, link)
        name = sessions.open(talk, "websocket")
        url = f"/api/voice/sessions/{name}/ws"
        return VoiceOpened(name=name, talk=link, transport="websocket", url=url, token="")

    def _server(self) -> LiveKit | None:
        return livekit_of(self._environment) if self._rooms is not None else None

    def _opened_room(self, server: LiveKit, sessions: Sessions, talk: Talk, link: str) -> VoiceOpened:
        assert self._rooms is not None
        name = sessions.open(talk, "livekit")
        room = f"hamlet-{secrets.token_hex(8)}"
        pass_ = token(server, room, "you", "person")
        self._rooms.start_soon(self._in_room, server, room, sessions, name, name="room of a voice session")
        return VoiceOpened(name=name, talk=link, transport="livekit", url=server.url, token=pass_)

    async def _in_room(self, server: LiveKit, room: str, sessions: Sessions, name: str) -> None:
        try:
            async with joined(server, room) as line:
                if await line.somebody(UNUSED):
                    await sessions.converse(name, line)
                else:
                    sessions.close(name)
        except* NoSuchTalk:
            pass  # it was ended before anybody came
        except* UsageError as found:
            _log.warning("a room could not be joined", error=str(found.exceptions[0]))
            sessions.discard(name)

    def state(self, name: str) -> VoiceState:
        session = self._required().session(name)
        half, most = session.percentiles()
        return VoiceState(
            state=session.now,
            transport=session.line,
            latencies=[
                VoiceLatency(
                    end_of_turn=one.end_of_turn,
                    recognised=one.recognised,
                    answered=one.answered,
                    first_sound=one.first_sound,
                    whole=one.whole,
                )
                for one in session.latencies
            ],
            p50=half,
            p95=most,
        )

    async def close(self, name: str) -> None:
        self._required().close(name)

    async def attach(self, name: str, receive: Receive, send: Send) -> None:
        await self._required().attach(name, receive, send)

    def _required(self) -> Sessions:
        if self._sessions is None:
            raise NoSuchTalk("no voice session has this name: none was opened yet")
        return self._sessions

    async def _made(self) -> Sessions:
        if self._sessions is None:
            settings = await anyio.to_thread.run_sync(settings_of, self._environment)
            engines = self._engines or Engines(
                vad=listener, recogniser=partial(recogniser, settings), speaker=partial(speaker, settings)
            )
            self._sessions = Sessions(engines, settings, self._clock)
        return self._sessions


class _Joined:
    """A talk of the server, as the voice sees it."""

    def __init__(self, talks: Talks, link: str) -> None:
        self._talks, self._link = talks, link

    async def begin(self) -> Sequence[Turn]:
        """The last that the collector said: the talk may go on for a while already."""
        said = [turn for turn in self._talks.view(self._link).turns if turn.who == "collector"]
        return said[-1:]

    async def say(self, text: str, *, clear: bool) -> Sequence[Turn]:
        return await self._talks.say(self._link, text, clear=clear)

    async def interrupted(self, heard: Heard) -> None:
        await self._talks.interrupted(self._link, heard.share)
