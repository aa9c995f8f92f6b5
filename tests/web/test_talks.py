"""``/api/talks``: what is answered to good and bad requests, who sees what, and the socket that follows a talk."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from hamlet.app.talks_shown import TalksShown
from hamlet.web.wire.talks import TalkBegun, TalkOptions, TalkState, TalkSummary
from tests.talks.support import Room
from tests.web.support import TOKEN, Town, client, served

OPERATOR = {"Authorization": f"Bearer {TOKEN}"}


@asynccontextmanager
async def talking(directory: Path, **room: int) -> AsyncIterator[httpx.AsyncClient]:
    async with client(Town(talks=TalksShown(Room(directory, **room).talks))) as http:
        yield http


async def begin(http: httpx.AsyncClient, **asked: object) -> TalkBegun:
    answer = await http.post("/api/talks", json={"play": "debtor", **asked})
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store"), answer.text
    return msgspec.json.decode(answer.content, type=TalkBegun)


def state_of(answer: httpx.Response) -> TalkState:
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=TalkState)


async def test_a_conversation_from_its_first_word_to_its_end(tmp_path: Path) -> None:
    async with talking(tmp_path) as http:
        options = msgspec.json.decode((await http.get("/api/talks/options")).content, type=TalkOptions)
        assert (len(options.acts), len(options.observed), options.keeps) == (12, 20, True)
        assert [each.run for each in options.collectors] == ["told"]
        begun = await begin(http, persona="sad", seed=5)
        url = f"/api/talks/{begun.link}"
        state = state_of(await http.post(f"{url}/say", json={"text": "yes, speaking"}))
        assert [turn.who for turn in state.turns] == ["collector", "debtor", "collector"]
        assert (state.turns[1].intent, state.turns[2].act) == ("greet", "ask_about_situation")
        assert state.debtor is not None and state.debtor.persona == "sad" and state.next is None
        assert state_of(await http.get(url)) == state
        ended = state_of(await http.post(f"{url}/end"))
        assert (ended.ending, ended.kept, ended.recorded) == ("hung_up", 1, True)
        assert "has ended" in (await http.post(f"{url}/say", json={"text": "hello?"})).json()["detail"]
        assert (await http.delete(url)).status_code == 204
        assert (await http.get(url)).status_code == 404


async def test_acts_by_hand_hide_the_debtor_until_the_end(tmp_path: Path) -> None:
    async with talking(tmp_path) as http:
        begun = await begin(http, play="collector", seed=4)
        assert begun.state.debtor is None and begun.state.next is not None
        url = f"/api/talks/{begun.link}"
        state = state_of(await http.post(f"{url}/act", json={"act": "identify_and_disclose"}))
        assert state.debtor is None and state.turns[0].q_values == []
        state = state_of(await http.post(f"{url}/act", json={}))
        assert (state.turns[2].act, len(state.turns[2].q_values)) == ("ask_about_situation", 12)
        state = state_of(await http.post(f"{url}/act", json={"act": "close_call"}))
        assert state.debtor is not None and state.ending


async def test_a_planner_tells_what_it_foresees_and_what_came_of_it(tmp_path: Path) -> None:
    async with talking(tmp_path) as http:
        begun = await begin(http, collector="planner", seed=5)
        url = f"/api/talks/{begun.link}"
        (first,) = state_of(await http.get(url)).turns
        assert begun.state.foresees and begun.state.turns[0].foretold == []
        told = {one.act: one for one in first.foretold}
        assert 3 <= len(told) <= 4 and 0 in told, "the act that was done, and those of most promise"
        assert all(len(one.replies) == 3 for one in first.foretold)
        state = state_of(await http.post(f"{url}/say", json={"text": "flurb wibble zonk"}))
        assert [turn.chance for turn in state.turns] == [None] * 3, "it asked again: its model was not meant"
        state = state_of(await http.post(f"{url}/say", json={"text": "yes, speaking"}))
        _, _, _, answer, asks = state.turns
        assert answer.chance is not None and 0 <= answer.chance <= 1 and len(asks.foretold) >= 3
        watched = (await begin(http, collector="planner", play="watch")).link
        ahead = state_of(await http.get(f"/api/talks/{watched}")).next
        assert ahead is not None and ahead.foretold
        plain = await begin(http)
        assert not state_of(await http.get(f"/api/talks/{plain.link}")).foresees


BAD = {
    "no play": ({}, 400),
    "another play": ({"play": "judge"}, 400),
    "an unknown field": ({"play": "watch", "cheat": True}, 400),
    "a persona that is none": ({"play": "watch", "persona": "grumpy"}, 400),
    "a run that is none": ({"play": "watch", "collector": "../../etc/passwd"}, 400),
    "a seed below zero": ({"play": "watch", "seed": -1}, 400),
    "a seed that training draws": ({"play": "watch", "seed": 2**52}, 400),
    "an episode that is no number": ({"play": "watch", "episode": "last"}, 400),
}


@pytest.mark.parametrize("case", BAD)
async def test_a_bad_wish_is_refused_with_its_status(case: str, tmp_path: Path) -> None:
    asked, status = BAD[case]
    async with talking(tmp_path) as http:
        answer = await http.post("/api/talks", json=asked)
    assert answer.status_code == status and "Traceback" not in answer.text


async def test_bad_words_and_acts(tmp_path: Path) -> None:
    async with talking(tmp_path) as http:
        person, hand = await begin(http), await begin(http, play="collector")
        for link, path, body, status in (
            (person.link, "say", {"text": "a" * 2001}, 400),
            (person.link, "say", {"text": 5}, 400),
            (person.link, "say", {}, 400),
            (person.link, "say", {"text": "x" * 70_000}, 413),
            (person.link, "act", {"act": "close_call"}, 400),
            (hand.link, "act", {"act": "shout"}, 400),
            (hand.link, "say", {"text": "hello"}, 400),
            ("another-link", "say", {"text": "hello"}, 404),
            ("another-link", "end", None, 404),
            (person.state.name, "say", {"text": "hello"}, 404),  # the name in the log opens nothing
        ):
            answer = await http.post(f"/api/talks/{link}/{path}", json=body)
            assert answer.status_code == status, (path, body, answer.text)
        assert state_of(await http.get(f"/api/talks/{person.link}")).revision == person.state.revision
        assert (await http.delete("/api/talks/another-link")).status_code == 404
        assert (await http.get("/api/talks/..%2f..%2fetc%2fpasswd")).status_code == 404


async def test_a_full_house_says_so(tmp_path: Path) -> None:
    async with talking(tmp_path, most=1) as http:
        await begin(http)
        answer = await http.post("/api/talks", json={"play": "watch"})
    assert answer.status_code == 429 and "try again" in answer.json()["detail"]


async def test_another_pages_script_cannot_talk(tmp_path: Path) -> None:
    async with talking(tmp_path) as http:
        evil = {"Origin": "http://evil.example"}
        assert (await http.post("/api/talks", json={"play": "watch"}, headers=evil)).status_code == 403
        begun = await begin(http)
        assert (await http.delete(f"/api/talks/{begun.link}", headers=evil)).status_code == 403


async def test_only_the_operator_sees_them_all(tmp_path: Path) -> None:
    async with talking(tmp_path) as http:
        begun = await begin(http)
        named = f"/api/talks/named/{begun.state.name}"
        for path in ("/api/talks", named):
            assert (await http.get(path)).status_code == 401
            assert (await http.get(path, headers={"Authorization": "Bearer guessed"})).status_code == 401
        answer = await http.get("/api/talks", headers=OPERATOR)
        (one,) = msgspec.json.decode(answer.content, type=list[TalkSummary])
        assert (one.name, one.turns, begun.link in answer.text) == (begun.state.name, 1, False)
        assert state_of(await http.get(named, headers=OPERATOR)).turns == begun.state.turns
        assert (await http.get("/api/talks/named/talk-0", headers=OPERATOR)).status_code == 404
        await http.get(f"/operator?token={TOKEN}")  # trades the token for a cookie, as a browser does
        assert (await http.get("/api/talks")).status_code == 200


async def test_without_talks_there_is_nothing_below_the_path() -> None:
    async with client(Town()) as http:
        assert (await http.get("/api/talks/options")).status_code == 404


async def test_a_socket_follows_a_talk(tmp_path: Path) -> None:
    room = Room(tmp_path)
    async with (
        served(Town(talks=TalksShown(room.talks))) as town,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{town.port}") as http,
    ):
        begun = await begin(http)
        socket = f"ws://127.0.0.1:{town.port}/api/talks"
        async with connect(f"{socket}/{begun.link}/ws") as viewer:
            first = msgspec.json.decode(await viewer.recv(), type=TalkState)
            assert first.turns == begun.state.turns
            state = state_of(await http.post(f"/api/talks/{begun.link}/say", json={"text": "yes, speaking"}))
            assert msgspec.json.decode(await viewer.recv(), type=TalkState) == state
            assert (await http.delete(f"/api/talks/{begun.link}")).status_code == 204
            assert await closed_with(viewer) == 1008
        async with connect(f"{socket}/guessed/ws") as viewer:
            assert await closed_with(viewer) == 1008


async def closed_with(viewer: ClientConnection) -> int:
    """The code that ``viewer`` is closed with, whatever it is told before."""
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            await viewer.recv()
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code
