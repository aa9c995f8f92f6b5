"""Commands in the docs are commands that there are; those that take no time are run."""

import json
import re
import shlex
from pathlib import Path

import pytest
import typer

from hamlet.cli import app
from tests.docs.support import NAMES, ROOT, blocks
from tests.system.support import hamlet, inside

OURS = re.compile(r"(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?python main\.py (.+)")
MAKE = re.compile(r"(?m)^(?:sudo )?make ([a-z-]+)")
TARGETS = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))


def commands(name: str) -> list[list[str]]:
    """The arguments of each ``python main.py …`` in the blocks of a page, up to a pipe."""
    lines = [line for block in blocks(ROOT / name) for line in block.replace("\\\n", " ").splitlines()]
    found = [match[1] for line in lines if (match := OURS.match(line.strip()))]
    return [shlex.split(re.split(r" [|&>]", text)[0], comments=True) for text in found]


@pytest.mark.parametrize("name", NAMES)
def test_commands_are_understood(name: str) -> None:
    group = typer.main.get_command(app)
    for arguments in commands(name):
        if "COMMAND" in arguments:
            continue
        command, rest = group.commands.get(arguments[0]), arguments[1:]  # type: ignore[attr-defined]
        if hasattr(command, "commands"):
            command, rest = command.commands.get(rest[0]), rest[1:]
        assert command is not None, f"{name}: no command {arguments[0]}"
        if "--help" not in rest:
            command.make_context(arguments[0], list(rest))  # raises for what the command does not take
    for block in blocks(ROOT / name):
        for target in MAKE.findall(block):
            assert target in TARGETS, f"{name}: make {target}"


def test_each_row_of_the_promises_names_tests_that_there_are() -> None:
    """So that a row's figure can be had again by its command: pytest's words after ``-k`` are parts of names."""
    rows = [line.split(" | ") for line in (ROOT / "docs" / "reliability.md").read_text().splitlines()]
    asked = [cells[3].strip("`") for cells in rows if len(cells) == 5 and "tests/" in cells[3]]
    assert len(asked) >= 24
    for command in asked:
        files, _, chosen = command.partition(" -k ")
        names = re.findall(
            r"def (test_\w+)|^(Test\w+)", "".join((ROOT / file).read_text() for file in files.split()), re.M
        )
        for word in chosen.strip('"').split(" or ") if chosen else []:
            assert any(word in name for pair in names for name in pair), f"{command}: no test has {word!r} in its name"


def test_there_are_commands_to_check() -> None:
    assert sum(len(commands(name)) for name in NAMES) >= 30


# From the README's list, on a run that is there; the others train, talk or open a browser.
QUICK = ("criteria", "events", "replay", "runs", "evaluate")


def test_what_the_readme_says_to_try_works(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tried = [arguments for arguments in commands("README.md") if arguments[0] in QUICK]
    assert len(tried) >= 3
    for arguments in tried:
        code = inside(*arguments, "--data", finished)
        said = capsys.readouterr()
        assert code in ((0, 1) if arguments[0] == "criteria" else (0,)), f"{arguments}: {said.err}"


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_tutorial_from_beginning_to_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All but setting up, the page and the demo; the talk is one that needs nobody."""
    steps = [arguments for arguments in commands("docs/tutorial.md") if arguments[0] not in ("doctor", "serve")]
    steps = [arguments for arguments in steps if arguments[0] != "talk" or "watch" in arguments]
    assert [arguments[0] for arguments in steps] == ["train", "evaluate", "talk", "events", "replay"]
    for arguments in steps:
        moved = [str(tmp_path / "tutorial") if each == "tutorial" else each for each in arguments]
        assert inside(*moved) == 0, capsys.readouterr().err
    found = hamlet("evaluate", "--data", tmp_path / "tutorial", "--json", timeout=300)
    assert json.loads(found.stdout)["agent"] > 0.8
