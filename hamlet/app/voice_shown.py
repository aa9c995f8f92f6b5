"""Talks by voice, for the web: a ``web.voice.VoiceRoom`` around the talks and the voice sessions of this process."""

from collections.abc import Mapping, Sequence
from functools import partial

import anyio.to_thread

from hamlet.clock import Clock
from hamlet.conversation.session import Turn
from hamlet.errors import NoSuchTalk, UsageError
from hamlet.talks.room import Asked, Talks
from hamlet.voice.conversation import Heard
from hamlet.voice.engines import listener, recogniser, settings_of, speaker
from hamlet.voice.sessions import Engines, Sessions
from hamlet.voice.websocket import Receive, Send
from hamlet.web.wire_of_talks import TalkAsked
from hamlet.web.wire_of_voice import VoiceAsked, VoiceLatency, VoiceOpened, VoiceState

__all__ = ["VoiceShown"]


class VoiceShown:
    """``environment``: what is set about voice. Wrong settings are told to whoever opens a session."""

    def __init__(
        self, talks: Talks, environment: Mapping[str, str], clock: Clock, engines: Engines | None = None
    ) -> None:
        self._talks, self._environment, self._clock, self._engines = talks, environment, clock, engines
        self._sessions: Sessions | None = None

    async def open(self, asked: VoiceAsked) -> VoiceOpened:
        if asked.transport == "livekit":
            raise UsageError("LiveKit is not set up here: leave transport out, or say websocket")
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
        name = sessions.open(_Joined(self._talks, link), "websocket")
        url = f"/api/voice/sessions/{name}/ws"
        return VoiceOpened(name=name, talk=link, transport="websocket", url=url, token="")

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
