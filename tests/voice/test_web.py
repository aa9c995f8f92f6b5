"""``/api/voice`` on a real socket, with fakes behind it: sessions, their limits, and two at once."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import httpx
import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from hamlet.app.talks_shown import TalksShown
from hamlet.app.voice_shown import VoiceShown
from hamlet.clock import SystemClock
from hamlet.voice.sessions import Engines
from hamlet.voice.vad import LoudnessVad
from hamlet.web.wire.voice import VoiceOpened, VoiceState
from tests.talks.support import Room
from tests.voice.support import PIECE, FakeRecogniser, FakeSpeaker, silence, tone
from tests.web.support import Served, Town, served


@asynccontextmanager
async def hosted(room: Room, *texts: str) -> AsyncIterator[tuple[Served, httpx.AsyncClient]]:
    engines = Engines(vad=LoudnessVad, recogniser=lambda: FakeRecogniser(*texts), speaker=FakeSpeaker)
    voice = VoiceShown(room.talks, {}, SystemClock(), engines)
    async with (
        served(Town(talks=TalksShown(room.talks), voice=voice)) as town,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{town.port}", timeout=60.0) as http,
    ):
        yield town, http


async def opened(http: httpx.AsyncClient, **asked: object) -> VoiceOpened:
    answer = await http.post("/api/voice/sessions", json=asked)
    assert answer.status_code == 201, answer.text
    return msgspec.json.decode(answer.content, type=VoiceOpened)


async def talk(line: ClientConnection, *, turns: int) -> tuple[list[dict[str, object]], int]:
    """Say something each time that it listens; all news, and how many bytes were to be heard."""
    news: list[dict[str, object]] = []
    sound = 0
    async for message in line:
        if isinstance(message, bytes):
            sound += len(message)
            await line.send(json.dumps({"played": sound / 32_000}))
            continue
        news.append(json.loads(message))
        if news[-1] == {"type": "state", "state": "listening", "ending": ""}:
            if not turns:
                break
            turns -= 1
            said = tone(0.7) + silence(0.7)
            for at in range(0, len(said), PIECE):
                await line.send(said[at : at + PIECE])
    return news, sound


async def test_a_talk_by_voice_over_its_websocket(tmp_path: Path) -> None:
    room = Room(tmp_path)
    async with hosted(room, "yes speaking", "I earn two thousand") as (town, http):
        session = await opened(http)
        assert session.url == f"/api/voice/sessions/{session.name}/ws"
        async with connect(f"ws://127.0.0.1:{town.port}{session.url}") as line:
            news, sound = await talk(line, turns=2)
            answer = await http.get(f"/api/voice/sessions/{session.name}")
            state = msgspec.json.decode(answer.content, type=VoiceState)
        assert sound > 0
        captions = [one for one in news if one["type"] == "caption" and one["who"] == "debtor" and one["final"]]
        assert [one["text"] for one in captions] == ["yes speaking", "I earn two thousand"]
        assert (len(state.latencies), state.state) == (2, "listening")
        assert state.p50 <= state.p95
        turns = (await http.get(f"/api/talks/{session.talk}")).json()["turns"]
        assert [turn["intent"] for turn in turns if turn["who"] == "debtor"] == ["greet", "inform"]
    (events,) = room.log.values()
    assert [type(event).__name__ for event in events][:3] == ["ConversationStarted", "TurnTaken", "TurnTaken"]


async def test_the_microphone_joins_a_talk_that_goes_on(tmp_path: Path) -> None:
    async with hosted(Room(tmp_path), "I earn two thousand") as (town, http):
        link = (await http.post("/api/talks", json={"play": "debtor"})).json()["link"]
        await http.post(f"/api/talks/{link}/say", json={"text": "yes, speaking"})
        session = await opened(http, talk=link)
        assert session.talk == link
        async with connect(f"ws://127.0.0.1:{town.port}{session.url}") as line:
            news, _ = await talk(line, turns=1)
        said = [one["text"] for one in news if one["type"] == "caption" and one["who"] == "collector"]
        turns = (await http.get(f"/api/talks/{link}")).json()["turns"]
        assert said == [turn["text"] for turn in turns if turn["who"] == "collector"][1:]


async def test_two_talk_at_once_and_the_third_waits(tmp_path: Path) -> None:
    async with hosted(Room(tmp_path), "yes speaking") as (town, http):
        two = [await opened(http), await opened(http)]
        refused = await http.post("/api/voice/sessions", json={})
        assert refused.status_code == 429
        assert "2 people talk by voice" in refused.json()["detail"]
        heard: list[int] = []

        async def one(session: VoiceOpened) -> None:
            async with connect(f"ws://127.0.0.1:{town.port}{session.url}") as line:
                _, sound = await talk(line, turns=1)
                heard.append(sound)

        async with anyio.create_task_group() as group:
            for session in two:
                group.start_soon(one, session)
        assert len(heard) == 2
        await http.delete(f"/api/voice/sessions/{two[0].name}")
        assert (await http.get(f"/api/voice/sessions/{two[0].name}")).status_code == 404


async def test_what_cannot_be_is_told(tmp_path: Path) -> None:
    async with hosted(Room(tmp_path)) as (town, http):
        watched = (await http.post("/api/talks", json={"play": "watch"})).json()["link"]
        for asked, status, part in (
            ({"talk": "nobody-has-it"}, 404, "no conversation"),
            ({"talk": watched}, 400, "only the debtor"),
            ({"transport": "livekit"}, 400, "LiveKit"),
            ({"transport": "pigeon"}, 400, ""),
            ({"asked": {"play": "debtor", "persona": "jolly"}}, 400, "persona"),
        ):
            answer = await http.post("/api/voice/sessions", json=asked)
            assert answer.status_code == status, (asked, answer.text)
            assert part in answer.json()["detail"]
        async with connect(f"ws://127.0.0.1:{town.port}/api/voice/sessions/nobody/ws") as line:
            try:
                await line.recv()
                raise AssertionError("a session that nobody opened said something")
            except ConnectionClosed as closed:
                assert closed.rcvd is not None and closed.rcvd.code == 1008
        foreign = {"Origin": "http://elsewhere.example"}
        assert (await http.post("/api/voice/sessions", json={}, headers=foreign)).status_code == 403


async def test_a_viewer_of_a_talk_may_still_not_speak(tmp_path: Path) -> None:
    async with hosted(Room(tmp_path)) as (town, http):
        link = (await http.post("/api/talks", json={"play": "debtor"})).json()["link"]
        async with connect(f"ws://127.0.0.1:{town.port}/api/talks/{link}/ws") as viewer:
            await viewer.send(b"sound")
            try:
                while True:
                    await viewer.recv()
            except ConnectionClosed as closed:
                assert closed.rcvd is not None and closed.rcvd.code == 1008
