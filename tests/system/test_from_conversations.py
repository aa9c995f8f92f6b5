"""Conversations as experience, as a user meets it: talk, train from the talks, go on; and what can go wrong."""

import io
from pathlib import Path

import pytest

from hamlet.events.types import ConversationEnded, EpisodeCompleted, RunDiverged, RunResumed, RunStarted
from tests.system.support import assert_whole, config, dialogue, events, inside

SECRET = "Rumpelstiltskin"


def test_a_run_learns_from_typed_talks_and_computes_itself_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data, small = tmp_path / "data", dialogue(tmp_path, episodes=12)
    train = ("train", "--from-conversations", "--config", small, "--data", data)

    def complaint(*arguments: str | Path) -> str:
        capsys.readouterr()
        assert inside(*arguments) == 2
        (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("hamlet: ")]
        return line

    town = ("train", "--from-conversations", "--config", config(tmp_path, episodes=60), "--data", data)
    assert "conversations teach the dialogue" in complaint(*town)
    assert f"holds no conversation to learn from; hold one to its end: python main.py talk --data {data}" in complaint(
        *train
    )
    for said in (["yes, speaking", SECRET, "bye"], ["yes, speaking"], ["stop"], []):  # the end of the input leaves
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in said)))
        assert inside("talk", "--seed", "5", "--data", data) == 0
    assert inside("talk", "--as", "watch", "--seed", "3", "--data", data) == 0
    assert inside("conversations", "forget", "--all", "--data", data) == 0, "the acts are not erased, only the words"
    log = [recorded for recorded in events(data) if recorded.run.startswith("talk-")]
    ended = [recorded.event for recorded in log if isinstance(recorded.event, ConversationEnded)]
    assert [one.outcome for one in ended[:4]] == ["hung_up", "left", "hung_up", "left"] and len(ended) == 5
    turns = [one.turns - (one.outcome == "left") for one in ended[:3]]  # to its last nobody answered
    capsys.readouterr()
    assert inside(*train) == 0, capsys.readouterr().err
    said_first = f"Experience: 3 conversations, {sum(turns)} turns (left out: 1 without an answer)\n"
    assert said_first in capsys.readouterr().out
    started = [recorded for recorded in events(data) if isinstance(recorded.event, RunStarted)]
    talks = list(dict.fromkeys(recorded.run for recorded in log))
    assert [recorded.event.talks for recorded in started] == [tuple(talks[:3])]
    run = started[0].run

    # Taken up and extended without saying so again, with no state left: all of it is computed again, from the talks
    # that it began with, and is the same; one held since is for another run.
    monkeypatch.setattr("sys.stdin", io.StringIO("bye\n"))
    assert inside("talk", "--seed", "6", "--data", data) == 0
    for state in (data / "checkpoints").rglob("resume*"):
        state.unlink()
    assert inside("train", "--config", small, "--episodes", "20", "--data", data) == 0, capsys.readouterr().err
    assert "Experience: 3 conversations" in capsys.readouterr().out
    log = [recorded for recorded in events(data) if recorded.run == run]
    assert not any(isinstance(recorded.event, RunDiverged) for recorded in log)
    (resumed,) = [recorded.event for recorded in log if isinstance(recorded.event, RunResumed)]
    lived = [recorded.event.episode for recorded in log if isinstance(recorded.event, EpisodeCompleted)]
    assert resumed.vector_step == 0 and lived == list(range(1, 21))
    assert_whole(data, capsys)
    assert inside("train", "--new-run", "--config", small, "--episodes", "2", "--data", data) == 0
    assert "began without conversations" in complaint(*train)
