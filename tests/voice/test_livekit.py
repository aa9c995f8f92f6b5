"""LiveKit as a line: passes, settings, and a whole room of the real SDK around a small server of our own.

With ``HAMLET_TEST_LIVEKIT=1`` and ``LIVEKIT_URL``, ``LIVEKIT_API_KEY`` and ``LIVEKIT_API_SECRET`` set, the same talk is
held on a real server.
"""

import json
import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import jwt
import pytest
from livekit import rtc

from hamlet.app.voice_shown import VoiceShown
from hamlet.clock import SystemClock
from hamlet.errors import NoSuchTalk, UsageError
from hamlet.voice.audio import RATE, as_samples
from hamlet.voice.livekit import Floor, livekit_of, origins, token
from hamlet.voice.sessions import Engines
from hamlet.voice.vad import LoudnessVad
from hamlet.web.wire.voice import VoiceAsked, VoiceOpened
from tests.talks.support import Room
from tests.voice.sfu import KEY, SECRET, serving
from tests.voice.support import FakeRecogniser, FakeSpeaker, silence, tone

pytestmark = pytest.mark.timeout(120)


def variables(url: str = "ws://localhost:7880") -> dict[str, str]:
    return {"LIVEKIT_URL": url, "LIVEKIT_API_KEY": KEY, "LIVEKIT_API_SECRET": SECRET}


def test_a_pass_is_for_one_room_and_ten_minutes() -> None:
    server = livekit_of(variables())
    assert server is not None
    assert SECRET not in repr(server)
    claims = jwt.decode(token(server, "room-1", "you", "person"), SECRET, algorithms=["HS256"])
    assert (claims["sub"], claims["iss"], claims["kind"]) == ("you", KEY, "standard")
    assert 590 <= claims["exp"] - time.time() <= 601
    assert claims["video"] == {
        "roomJoin": True,
        "room": "room-1",
        "canPublish": True,
        "canSubscribe": True,
        "canPublishData": False,
        "canPublishSources": ["microphone"],
        "canUpdateOwnMetadata": False,
    }
    agent = jwt.decode(token(server, "room-1", "hamlet", "agent"), SECRET, algorithms=["HS256"])
    assert (agent["kind"], agent["video"]["canPublishData"]) == ("agent", True)


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert livekit_of({}) is None
    some = variables()
    del some["LIVEKIT_API_SECRET"]
    with pytest.raises(UsageError, match="LIVEKIT_API_SECRET is not set"):
        livekit_of(some)
    with pytest.raises(UsageError, match="expected ws://"):
        livekit_of(variables("localhost:7880"))
    monkeypatch.setattr("hamlet.voice.livekit.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install -e '\.\[livekit\]'"):
        livekit_of(variables())


def test_a_page_may_reach_the_server_that_is_set_up_and_no_other() -> None:
    assert origins({}) == []
    assert "wss://rooms.example.org" in origins({"LIVEKIT_URL": "wss://rooms.example.org/"})
    assert origins({"LIVEKIT_URL": "wss://a; script-src *"}) == []


def test_who_speaks_has_the_floor_until_they_are_silent() -> None:
    floor = Floor()
    assert floor.take("ann", tone(0.02))
    assert not floor.take("ben", tone(0.02)), "ann speaks"
    assert floor.take("ann", silence(1.0))
    assert not floor.take("ben", silence(0.02)), "ben does not"
    assert floor.take("ben", tone(0.02))
    assert not floor.take("ann", tone(0.02))
    floor.leave("ben")
    assert floor.take("ann", silence(0.02))


@asynccontextmanager
async def voice(room: Room, environment: Mapping[str, str], *texts: str) -> AsyncIterator[VoiceShown]:
    """The app's voice, with fakes that hear and speak."""
    engines = Engines(vad=LoudnessVad, recogniser=lambda: FakeRecogniser(*texts), speaker=FakeSpeaker)
    shown, stopping = VoiceShown(room.talks, environment, SystemClock(), engines), anyio.Event()
    async with anyio.create_task_group() as group:
        await group.start(_run, shown, stopping)
        yield shown
        stopping.set()


async def _run(shown: VoiceShown, stopping: anyio.Event, *, task_status: anyio.abc.TaskStatus[None]) -> None:
    await shown.run(task_status.started, stopping)


class Person:
    """Somebody in a room, by the same SDK as a phone or a page."""

    def __init__(self) -> None:
        self.room, self.source = rtc.Room(), rtc.AudioSource(RATE, 1, queue_size_ms=3000)
        self.news: list[dict[str, object]] = []
        self.loud = 0
        self.changed = anyio.Event()

    async def come(self, opened: VoiceOpened, group: anyio.abc.TaskGroup) -> None:
        self.room.on("track_subscribed", lambda track, *_: group.start_soon(self._hear, track))
        self.room.on("data_received", self._told)
        await self.room.connect(opened.url, opened.token)
        track = rtc.LocalAudioTrack.create_audio_track("microphone", self.source)
        await self.room.local_participant.publish_track(
            track, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        )

    async def say(self, pcm: bytes) -> None:
        for at in range(0, len(pcm), 3200):
            piece = pcm[at : at + 3200]
            await self.source.capture_frame(rtc.AudioFrame(piece, RATE, 1, len(piece) // 2))

    async def told(self, **wanted: object) -> dict[str, object]:
        """The first news that holds all of this."""
        while True:
            for one in self.news:
                if wanted.items() <= one.items():
                    return one
            await self.changed.wait()

    async def leave(self) -> None:
        await self.room.disconnect()
        await self.source.aclose()

    def _told(self, packet: rtc.DataPacket) -> None:
        self.news.append(json.loads(packet.data))
        self.changed.set()
        self.changed = anyio.Event()

    async def _hear(self, track: rtc.Track) -> None:
        stream = rtc.AudioStream(track, sample_rate=RATE, num_channels=1)
        try:
            async for event in stream:
                self.loud = max(self.loud, int(abs(as_samples(bytes(event.frame.data))).max()))
        finally:
            with anyio.CancelScope(shield=True):
                await stream.aclose()


async def talk(shown: VoiceShown) -> None:
    """Say one thing in a room, hear the answer, and leave."""
    opened = await shown.open(VoiceAsked(transport="livekit"))
    assert opened.transport == "livekit"
    person = Person()
    async with anyio.create_task_group() as group:
        await person.come(opened, group)
        await person.told(type="state", state="listening")
        await person.say(tone(0.8) + silence(1.2))
        await person.told(type="caption", who="debtor", text="yes speaking", final=True)
        await person.told(type="latency")
        state = shown.state(opened.name)
        assert (state.transport, len(state.latencies)) == ("livekit", 1)
        assert person.loud > 1000, "the collector is heard"
        await person.leave()
        group.cancel_scope.cancel()
    with anyio.fail_after(20.0):
        while True:
            try:
                shown.state(opened.name)
            except NoSuchTalk:
                return
            await anyio.sleep(0.05)


async def test_a_whole_talk_in_a_room(tmp_path: Path) -> None:
    async with serving() as (sfu, url), voice(Room(tmp_path), variables(url), "yes speaking") as shown:
        await talk(shown)
        with anyio.fail_after(20.0):
            await sfu.empty.wait()
        assert sorted(sfu.gone) == ["hamlet", "you"]


async def test_a_server_that_is_not_there_frees_the_session(tmp_path: Path) -> None:
    async with voice(Room(tmp_path), variables("ws://127.0.0.1:9")) as shown:
        opened = await shown.open(VoiceAsked())
        assert opened.transport == "livekit", "null: LiveKit where it is configured"
        with anyio.fail_after(30.0), pytest.raises(NoSuchTalk):
            while True:
                shown.state(opened.name)
                await anyio.sleep(0.05)
        assert (await shown.open(VoiceAsked(transport="websocket"))).token == ""


@pytest.mark.skipif(os.environ.get("HAMLET_TEST_LIVEKIT") != "1", reason="needs a LiveKit server (docs/voice.md)")
async def test_the_same_on_a_real_server(tmp_path: Path) -> None:
    async with voice(Room(tmp_path), os.environ, "yes speaking") as shown:
        await talk(shown)
