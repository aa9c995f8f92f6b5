"""What the tests of the whole share: Hamlet started as a user starts it, watched, and ended."""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import msgspec
import pytest
import structlog
import yaml

from hamlet import cli
from hamlet.events.migrate import connect_readonly
from hamlet.events.reading import read_events
from hamlet.events.types import AnyEvent, EpisodeCompleted, Recorded
from hamlet.training.recorder import facts

ROOT = Path(__file__).parents[2]
OUTPUT = ROOT / "tests" / "output"  # screenshots
TINY = ROOT / "tests" / "training" / "tiny.yaml"
T = TypeVar("T")
_SMALL = {"episodes": 40, "agents": 4, "warm_up": 40, "capacity": 2000, "exam_episodes": 20, "exam_every": 20}
PATIENCE = 60.0  # seconds for what takes a few on a machine that does nothing else


def config(directory: Path, **training: object) -> Path:
    """The tiny town's config with other values for its training, in a file of its own."""
    text = TINY.read_text()
    for name, value in training.items():
        text, count = re.subn(rf"(?m)^  {name}: .*$", f"  {name}: {value}", text)
        assert count == 1, f"{name} stands {count} times in {TINY}"
    path = directory / "town.yaml"
    path.write_text(text)
    return path


def dialogue(directory: Path, shipped: Path = ROOT / "configs" / "dialogue" / "dqn.yaml", **training: object) -> Path:
    """A shipped dialogue's config with a smaller training, in a file of its own."""
    raw = yaml.safe_load(shipped.read_text())
    raw["training"] |= {**_SMALL, **training}
    path = directory / "dialogue.yaml"
    path.write_text(yaml.safe_dump(raw))
    return path


def environment(**changes: str) -> dict[str, str]:
    """Of a machine without a GPU, and with nothing set but ``changes``."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("HAMLET_")}
    return ours | {"CUDA_VISIBLE_DEVICES": ""} | changes


def hamlet(*arguments: str | Path, timeout: float = PATIENCE, **changes: str) -> subprocess.CompletedProcess[str]:
    """``python main.py …`` to its end; ``changes``: environment variables."""
    return subprocess.run(
        [sys.executable, "main.py", *map(str, arguments)],
        cwd=ROOT,
        env=environment(**changes),
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def inside(*arguments: str | Path) -> int:
    """The same command in this process, for what needs no process of its own; its exit code."""
    before = sys.argv, signal.getsignal(signal.SIGTERM), sys.getswitchinterval()
    sys.argv = ["main.py", *map(str, arguments)]
    try:
        cli.main()
    except SystemExit as end:
        return int(end.code or 0)
    finally:
        sys.argv = before[0]
        signal.signal(signal.SIGTERM, before[1])
        sys.setswitchinterval(before[2])
        structlog.reset_defaults()  # or it goes on writing to what pytest has closed by then
    return 0


class App:
    """Hamlet as a process of its own, its output in files; killed at the end if it still runs."""

    def __init__(self, directory: Path, command: Sequence[str | Path], **changes: str) -> None:
        number = len(list(directory.glob("app-*.out")))
        self._out, self._err = (directory / f"app-{number}.{end}" for end in ("out", "err"))
        with open(self._out, "wb") as out, open(self._err, "wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, *map(str, command)], cwd=ROOT, env=environment(**changes), stdout=out, stderr=err
            )

    @classmethod
    def main(cls, directory: Path, *arguments: str | Path, **changes: str) -> "App":
        return cls(directory, ["main.py", *arguments], **changes)

    @property
    def out(self) -> str:
        return self._out.read_text()

    @property
    def err(self) -> str:
        return self._err.read_text()

    @property
    def port(self) -> int:
        found = self.wait_for(lambda: re.search(r"Viewer: +http://localhost:(\d+)", self.out), "the viewer's address")
        assert found is not None
        return int(found[1])

    def wait_for(self, look: Callable[[], T], what: str, patience: float = PATIENCE) -> T:
        """What ``look`` returns once it is true; fails when the process ends before."""
        until = time.monotonic() + patience
        while not (found := look()):
            assert self.process.poll() is None, f"ended with {self.process.returncode} before {what}:\n{self.err}"
            assert time.monotonic() < until, f"no {what} within {patience:g} s:\n{self.err}"
            time.sleep(0.02)
        return found

    def stop(self, number: signal.Signals = signal.SIGTERM, patience: float = PATIENCE) -> int:
        """Send the signal and wait for the end; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(patience)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()


def events(data: Path) -> list[Recorded]:
    path = data / "events.db"
    return [recorded for batch in read_events(path) for recorded in batch] if path.exists() else []


def episodes(data: Path) -> int:
    """How many episodes the log holds now; many times a second, so they are not decoded."""
    tag = EpisodeCompleted.__struct_config__.tag
    with suppress(sqlite3.Error), closing(connect_readonly(data / "events.db")) as log:  # it may be being made
        return int(log.execute("SELECT count(*) FROM events WHERE type = ?", (tag,)).fetchone()[0])
    return 0


def lives_beyond(data: Path, known: int) -> Callable[[], bool]:
    """Looks whether the log holds more than ``known`` episodes now."""
    return lambda: episodes(data) > known


def facts_of(data: Path, *ignored: type[AnyEvent]) -> list[AnyEvent]:
    """What happened to the one run in the log."""
    return [recorded.event for recorded in facts(events(data)) if not isinstance(recorded.event, ignored)]


def as_text(event: AnyEvent) -> str:
    return msgspec.json.encode(event).decode()[:300]


def assert_same_facts(found: list[AnyEvent], expected: list[AnyEvent]) -> None:
    for mine, theirs in zip(found, expected, strict=False):
        assert mine == theirs, f"{as_text(mine)}\nis not\n{as_text(theirs)}"
    assert len(found) == len(expected)


def assert_whole(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The log is whole, and the views are its fold."""
    assert inside("events", "--verify", "--data", data) == 0, capsys.readouterr().err
    assert inside("replay", "--verify", "--data", data) == 0, capsys.readouterr().out


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def tool(name: str, *elsewhere: str, package: str = "") -> str:
    """Where the program ``name`` is; without it the test is skipped, but not in CI where ``package`` (Debian's)
    is one that tools/get_test_tools.sh installs."""
    found = shutil.which(name) or next((path for path in elsewhere if Path(path).exists()), None)
    if found is None:
        if package and os.environ.get("CI") == "true":
            pytest.fail(f"found no {name} in CI: tools/get_test_tools.sh installs {package}")
        pytest.skip(f"{name} is missing" + (f" (apt install {package})" if package else ""))
    return found
