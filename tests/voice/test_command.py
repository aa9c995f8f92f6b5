"""``talk --voice``: from one file into another, as a user would."""

import json
from pathlib import Path

import pytest

from hamlet.conversation.store import Store
from hamlet.voice.audio import read_wav, seconds, write_wav
from tests.system.support import inside
from tests.voice.support import flite, silence

pytestmark = pytest.mark.timeout(300)


def test_a_talk_from_a_file_into_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said, heard, data = tmp_path / "said.wav", tmp_path / "heard.wav", tmp_path / "data"
    words = ("Yes, speaking.", "I lost my job in spring.", "Please stop calling me. Goodbye.")
    write_wav(said, b"".join(silence(0.6) + flite(text, "rms") + silence(1.0) for text in words))
    talk = ("talk", "--voice", said, "--out", heard, "--data", data, "--seed", "5")
    assert inside(*talk) == 0
    shown = capsys.readouterr().out
    assert "you: yes speaking" in shown
    assert "you: i lost my job in spring" in shown
    assert "The call ended: referred." in shown
    assert seconds(read_wav(heard)) > seconds(read_wav(said)) / 2 + 5, "both voices are on the line"

    out = tmp_path / "talks.jsonl"
    assert inside("conversations", "export", "--out", out, "--data", data) == 0
    (row,) = map(json.loads, out.read_text("utf-8").splitlines())
    assert [line["text"] for line in row["lines"] if line["who"] == "debtor"] == [
        "yes speaking",
        "i lost my job in spring",
    ]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--voice", "nothing.wav"), "nothing.wav: cannot be read"),
        (("--out", "heard.wav"), "say with --voice"),
        (("--voice", "said.wav", "--as", "watch"), "leave out --as"),
    ],
)
def test_what_cannot_be_is_one_line(
    arguments: tuple[str, ...], part: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert inside("talk", *arguments, "--data", tmp_path) == 2
    assert part in capsys.readouterr().err


def test_a_talk_that_could_not_be_held_is_not_kept(tmp_path: Path) -> None:
    assert inside("talk", "--voice", "nothing.wav", "--data", tmp_path) == 2
    assert Store(tmp_path / "conversations.db").all() == []
