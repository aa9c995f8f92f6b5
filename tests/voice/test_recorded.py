"""A talk by voice in a real log: what happened in it, an interruption among it, without a word of what was said."""

import json
from collections.abc import Sequence
from pathlib import Path

import anyio
import anyio.to_thread

from hamlet.app.voice_shown import VoiceShown
from hamlet.clock import SystemClock
from hamlet.conversation.store import Store
from hamlet.events.log import EventLog
from hamlet.events.reading import read_events, verify
from hamlet.events.types import CollectorInterrupted, Event, TurnTaken
from hamlet.talks.room import Talks, name_of
from hamlet.voice.sessions import Engines
from hamlet.voice.vad import LoudnessVad
from hamlet.web.wire.voice import VoiceAsked
from tests.talks.support import Scripts
from tests.voice.support import FakeRecogniser, FakeSpeaker, Line, silence, tone


class Page:
    """The other end of a session's websocket: sound to and fro in virtual time, and how much was played."""

    def __init__(self) -> None:
        self.line, self.state = Line(), ""
        self._tell = False

    async def receive(self) -> bytes | str | None:
        self._tell = not self._tell
        return json.dumps({"played": self.line.played}) if self._tell else await self.line.receive()

    async def send(self, data: bytes | str) -> None:
        if isinstance(data, bytes):
            return await self.line.play(data)
        news = json.loads(data)
        self.state = news.get("state", self.state)
        if news["type"] == "flush":
            await self.line.flush()


async def test_an_interruption_is_in_the_log(tmp_path: Path) -> None:
    events, clock = tmp_path / "events.db", SystemClock()
    async with EventLog.open(events, clock) as log, anyio.create_task_group() as group:
        group.start_soon(log.run, name="log writer")

        async def append(stream: str, new: Sequence[Event], version: int) -> None:
            await log.append(stream, new, expected=version)

        talks = Talks(Scripts(), Store(tmp_path / "conversations.db"), append, clock)
        engines = Engines(
            vad=LoudnessVad, recogniser=lambda: FakeRecogniser("I earn two thousand"), speaker=FakeSpeaker
        )
        voice = VoiceShown(talks, {}, clock, engines)
        opened = await voice.open(VoiceAsked(transport="websocket"))
        page = Page()
        page.line.until(lambda: page.state == "speaking")
        page.line.say(silence(0.3) + tone(0.8) + silence(0.8))
        page.line.until(lambda: len(talks.view(opened.talk).turns) >= 3)
        await voice.attach(opened.name, page.receive, page.send)
        group.cancel_scope.cancel()

    await anyio.to_thread.run_sync(look, events, name_of(opened.talk))


def look(events: Path, name: str) -> None:
    found = [recorded.event for batch in read_events(events, run=name) for recorded in batch]
    (interrupted,) = [event for event in found if isinstance(event, CollectorInterrupted)]
    assert (interrupted.conversation, interrupted.turn) == (name, 1)
    assert 0.0 < interrupted.heard < 1.0
    (taken,) = [event for event in found if isinstance(event, TurnTaken)]
    assert taken.intent == "inform"
    assert found.index(interrupted) < found.index(taken), "it happened before it was answered"
    assert b"thousand" not in events.read_bytes(), "what was said is not in the log"
    assert verify(events).problems == []
