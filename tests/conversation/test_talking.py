"""``talk`` and ``conversations``, used as a user would."""

import io
import json
import re
from pathlib import Path

import pytest

from tests.system.support import hamlet, inside

SECRET = "Rumpelstiltskin"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> object:
    monkeypatch.setenv("COLUMNS", "400")

    def type_lines(lines: list[str], *arguments: str | Path, code: int = 0) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        capsys.readouterr()
        assert inside(*arguments) == code
        captured = capsys.readouterr()
        assert SECRET not in captured.err
        return captured.out if code == 0 else captured.err

    return type_lines


def files_with(secret: str, directory: Path) -> list[str]:
    return [path.name for path in directory.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]


def test_a_person_plays_the_debtor_and_erases_it(typed, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    lines = ["yes, speaking", f"I work part time at {SECRET} Ltd since my hours were cut", "bye"]
    said = typed(lines, "talk", "--seed", "5", "--persona", "sad", "--data", tmp_path)
    assert "You are the debtor: sad, owes $" in said and "The call ended: hung_up." in said
    assert "heard: greet" in said and "heard: inform" in said and "violation" not in said
    assert f"conversations forget 1 --data {tmp_path}" in said
    assert files_with(SECRET, tmp_path) == ["conversations.db"]
    (listed,) = json.loads(typed([], "conversations", "list", "--json", "--data", tmp_path))
    assert (listed["id"], listed["kind"], listed["ending"], listed["lines"]) == (1, "debtor", "hung_up", 6)
    assert "hung_up" in typed([], "conversations", "list", "--data", tmp_path)
    shown = typed([], "conversations", "show", "1", "--data", tmp_path)
    assert f"{SECRET} Ltd" in shown and "[act: identify_and_disclose]" in shown
    assert json.loads(typed([], "conversations", "show", "1", "--json", "--data", tmp_path))[-1]["text"] == "bye"
    assert "conversation 1 erased" in typed([], "conversations", "forget", "1", "--data", tmp_path)
    assert files_with(SECRET, tmp_path) == []
    assert "no conversation 1" in typed([], "conversations", "show", "1", "--data", tmp_path, code=2)


def test_everything_is_forgotten_at_once_and_nothing_is_kept_on_request(typed, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    typed([SECRET], "talk", "--no-keep", "--data", tmp_path)
    assert list(tmp_path.iterdir()) == []
    for _ in range(2):
        said = typed([SECRET], "talk", "--data", tmp_path)
        assert "The call ended: left." in said, "the end of the input is nobody's decision"
    assert "2 conversations erased" in typed([], "conversations", "forget", "--all", "--data", tmp_path)
    assert files_with(SECRET, tmp_path) == []
    for wrong in ([], ["3", "--all"]):
        assert "by its number, or say --all" in typed([], "conversations", "forget", *wrong, "--data", tmp_path, code=2)


def test_acts_are_chosen_by_hand(typed, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    lines = ["identify_and_disclose", "99", "shout", "", "11"]
    said = typed(lines, "talk", "--as", "collector", "--seed", "4", "--data", tmp_path)
    assert said.count("expected a number 0 … 11 or a name from the list") == 2
    assert "The call ended: closed, no success." in said and "The debtor was:" in said
    assert "You left the call." in typed(["0"], "talk", "--as", "collector", "--seed", "4")
    assert list(tmp_path.iterdir()) == []


def test_a_call_is_watched_and_is_the_same_again(typed) -> None:  # type: ignore[no-untyped-def]
    said = typed([], "talk", "--as", "watch", "--persona", "angry", "--seed", "3", "--show-q")
    assert said == typed([], "talk", "--as", "watch", "--persona", "angry", "--seed", "3", "--show-q")
    assert "The debtor was: angry" in said and "this policy tells no values" in said
    assert re.search(r"The call ended: \w+, (a|no) success\.", said)
    assert said != typed([], "talk", "--as", "watch", "--persona", "angry", "--seed", "2")


def test_a_model_that_cannot_be_reached_is_said_once(typed, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("HAMLET_LLM_URL", "http://127.0.0.1:9/v1")
    said = typed([], "talk", "--as", "watch", "--seed", "3", "--llm", "some-model")
    assert said.count("templates from here on: APIConnectionError") == 1


def test_wrong_words_are_one_line(typed) -> None:  # type: ignore[no-untyped-def]
    assert "cooperative" in typed([], "talk", "--persona", "grumpy", code=2)
    assert "debtor" in typed([], "talk", "--as", "bystander", code=2)


def test_a_talk_through_a_pipe_ends_cleanly() -> None:
    ended = hamlet("talk", "--as", "watch", "--seed", "3")
    assert ended.returncode == 0 and ended.stderr == "" and "The call ended" in ended.stdout
