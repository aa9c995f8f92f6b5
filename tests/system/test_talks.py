"""Talks beside a training: with the policy that it has kept, every turn in its log, and the log as sound as before."""

import io
import json
import re
import signal
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from hamlet.errors import HamletError
from hamlet.events.types import ConversationEnded, ConversationStarted, RunFinished, RunStarted
from tests.system.support import App, assert_whole, dialogue, events, inside, lives_beyond

SECRET = "Rumpelstiltskin"


def finished(data: Path) -> bool:
    with suppress(HamletError):  # the log may be being made at this moment
        return any(isinstance(recorded.event, RunFinished) for recorded in events(data))
    return False


def test_people_talk_while_it_trains_and_the_log_stays_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data, shown = tmp_path / "data", dialogue(tmp_path)
    with App.main(tmp_path, "all-in-one", "--data", data, "--config", shown, "--port", "0") as app:
        app.wait_for(lambda: finished(data), "the end of the run")
        with httpx.Client(base_url=f"http://localhost:{app.port}/api/talks", timeout=60) as http:
            (kept,) = http.get("/options").json()["collectors"]
            assert kept["episodes"] == [40] and kept["run"].startswith("dialogue-")
            talk = http.post("", json={"play": "debtor", "persona": "sad", "seed": 5}).json()
            assert (talk["state"]["run"], talk["state"]["episode"]) == (kept["run"], 40)
            assert len(talk["state"]["turns"][0]["q_values"]) == 12
            told = http.post(f"/{talk['link']}/say", json={"text": f"this is {SECRET}, I lost my job"}).json()
            assert told["turns"][1]["text"].startswith(f"this is {SECRET}")
            watched = http.post("", json={"play": "watch", "collector": "rule", "seed": 7}).json()
            state = watched["state"]
            while not state["ending"]:
                state = http.post(f"/{watched['link']}/act", json={}).json()
        monkeypatch.setattr("sys.stdin", io.StringIO("bye\n"))
        assert inside("talk", "--data", data) == 0
        assert "the log belongs to the process that trains" in capsys.readouterr().out
        assert app.stop() == 0, app.err
    assert inside("talk", "--as", "watch", "--seed", "3", "--data", data) == 0
    assert "Its turns are events: python main.py events --run talk-" in capsys.readouterr().out

    log = events(data)
    begun = [recorded.event for recorded in log if isinstance(recorded.event, ConversationStarted)]
    talks = [event for event in begun if event.collector]
    assert [event.partner for event in talks] == ["person", "simulated", "simulated"]
    ends = {recorded.run: recorded.event.outcome for recorded in log if isinstance(recorded.event, ConversationEnded)}
    assert ends[talk["state"]["name"]] == "left" and ends[watched["state"]["name"]] == state["ending"]
    assert SECRET.encode() not in (data / "events.db").read_bytes()
    assert_whole(data, capsys)
    capsys.readouterr()
    assert inside("events", "--verify", "--data", data) == 0
    assert "events in 1 run and 3 talks, all whole" in capsys.readouterr().out
    assert inside("runs", "--json", "--data", data) == 0
    assert len(json.loads(capsys.readouterr().out)) == 1
    assert inside("events", "--run", talk["state"]["name"], "--json", "--data", data) == 0
    assert [json.loads(line)["version"] for line in capsys.readouterr().out.splitlines()] == [1, 2, 3, 4]

    # A run that is taken up after talks goes on as if there had been none, and is the newest still.
    assert inside("train", "--config", shown, "--episodes", "60", "--data", data) == 0, capsys.readouterr().err
    assert [type(r.event) for r in events(data) if isinstance(r.event, RunStarted)] == [RunStarted]
    assert inside("transcripts", "--last", "1", "--data", data) == 0
    assert inside("evaluate", "--episodes", "20", "--json", "--data", data) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["run"] == kept["run"]
    assert_whole(data, capsys)


def test_a_talk_that_the_process_did_not_survive_is_in_the_log_as_far_as_it_went(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, shown = tmp_path / "data", dialogue(tmp_path, episodes=100_000)
    with App.main(tmp_path, "all-in-one", "--data", data, "--config", shown, "--port", "0") as app:
        app.wait_for(lives_beyond(data, 0), "a call")
        with httpx.Client(base_url=f"http://localhost:{app.port}/api/talks", timeout=60) as http:
            talk = http.post("", json={"play": "debtor", "collector": "rule"}).json()
            assert http.post(f"/{talk['link']}/say", json={"text": "yes, speaking"}).status_code == 200
        app.stop(signal.SIGKILL)
    told = [recorded.event for recorded in events(data) if recorded.run == talk["state"]["name"]]
    assert isinstance(told[0], ConversationStarted) and len(told) == 2
    with App.main(tmp_path, "all-in-one", "--data", data, "--config", shown, "--port", "0") as app:
        app.wait_for(lambda: bool(app.port), "a viewer")
        talks = f"http://localhost:{app.port}/api/talks"
        token = re.search(r"token=(\S+)", app.out)
        assert token is not None
        operator = {"Authorization": f"Bearer {token[1]}"}
        named = httpx.get(f"{talks}/named/{talk['state']['name']}", headers=operator)
        for gone in (httpx.get(f"{talks}/{talk['link']}"), named):
            assert gone.status_code == 404
            assert re.search(r"was cut off .* events --run " + talk["state"]["name"], gone.json()["detail"])
        assert httpx.get(f"{talks}/guessed").json()["detail"].startswith("no conversation has this link")
        assert httpx.post(talks, json={"play": "watch"}).status_code == 201
        assert app.stop() == 0, app.err
    assert_whole(data, capsys)
