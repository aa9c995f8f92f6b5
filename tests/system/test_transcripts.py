"""``transcripts`` and ``talk`` with what was trained, as a user calls them."""

import json
from pathlib import Path

import pytest

from tests.system.support import config, dialogue, inside


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("trained")
    assert inside("train", "--config", dialogue(directory, checkpoint_every=20), "--data", directory / "data") == 0
    return directory / "data"


def test_what_exams_kept_can_be_read(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert inside("transcripts", "--data", trained, "--last", "2") == 0
    text = capsys.readouterr().out
    assert text.count("## exam-40-") == 2 and "**1. Collector**" in text and "Hidden from the collector" in text
    out = tmp_path / "calls.jsonl"
    assert inside("transcripts", "--data", trained, "--format", "jsonl", "--out", out) == 0
    found = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(found) == 3
    for call in found:
        assert call["turns"] and all(turn["words"] and turn["reply"] for turn in call["turns"])
        for turn in call["turns"]:
            assert turn["act"] == max(turn["values"], key=turn["values"].get), "the greedy act was done"


def test_a_call_of_the_training_can_be_read(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert inside("transcripts", "--data", trained, "--episode", "7") == 0
    assert capsys.readouterr().out.startswith("## call 7: ")
    assert inside("transcripts", "--data", trained, "--episode", "70000") == 2
    assert "has no episode 70,000" in capsys.readouterr().err


def test_the_learned_collector_talks(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert inside("talk", "--as", "watch", "--seed", "5", "--show-q", "--data", trained) == 0
    text = capsys.readouterr().out
    assert "The collector: as learned by call 40 of dialogue-" in text and "identify_and_disclose" in text


def test_a_town_cannot_talk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    assert inside("train", "--config", config(tmp_path, episodes=8), "--data", data) == 0
    assert inside("transcripts", "--data", data) == 2
    assert "no dialogue run yet" in capsys.readouterr().err
    assert inside("talk", "--as", "watch", "--data", data) == 0
    assert "The collector: a rule" in capsys.readouterr().out
