"""Row 12: of two processes on one data directory one lives, the other exits 4 within 2 s."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from hamlet.errors import AlreadyRunning, UsageError
from hamlet.process.lock import data_lock, owned

CONTENDER = """
import sys, time
from pathlib import Path
from hamlet.errors import HamletError
from hamlet.process.lock import data_lock, owned
print("up", flush=True)
sys.stdin.readline()
try:
    with data_lock(Path(sys.argv[1])):
        print("mine", flush=True)
        sys.stdin.readline()
except HamletError as error:
    print(error, flush=True)
    sys.exit(error.exit_code)
"""


def contender(directory: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CONTENDER, str(directory)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_of_two_processes_one_lives_and_the_other_exits_4(tmp_path: Path) -> None:
    for race in range(20):
        directory = tmp_path / str(race % 2)  # half of the races meet a .lock that others left
        directory.mkdir(exist_ok=True)
        with contender(directory) as first, contender(directory) as second:
            both = (first, second)
            for process in both:
                assert process.stdout is not None
                assert process.stdout.readline() == "up\n"
            for process in both:
                assert process.stdin is not None
                process.stdin.write("go\n")
                process.stdin.flush()
            said = [process.stdout.readline() for process in both if process.stdout]
            assert said.count("mine\n") == 1
            winner, loser = both if said[0] == "mine\n" else both[::-1]
            assert loser.wait(timeout=2) == 4
            line = next(text for text in said if text != "mine\n")
            assert f"in use by process {winner.pid}" in line and "--data" in line
            winner.kill() if race % 3 == 0 else winner.communicate("leave\n", timeout=5)


def test_the_lock_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with data_lock(tmp_path), pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"), data_lock(tmp_path):
            raise AssertionError("locked twice")
    assert (tmp_path / ".lock").read_bytes() == b""


def test_a_directory_that_cannot_hold_a_lock_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot be written .*--data"), data_lock(tmp_path / "absent"):
        raise AssertionError("locked nothing")


def test_who_asks_whether_it_is_owned_keeps_nobody_from_owning_it(tmp_path: Path) -> None:
    assert not owned(tmp_path) and not owned(tmp_path / "absent")
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            owned(tmp_path)

    asking = [threading.Thread(target=ask) for _ in range(4)]
    for thread in asking:
        thread.start()
    try:
        for _ in range(50):
            with data_lock(tmp_path):
                assert owned(tmp_path)
    finally:
        done.set()
        for thread in asking:
            thread.join()
    assert not owned(tmp_path)
