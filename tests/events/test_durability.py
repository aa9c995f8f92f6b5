"""What is acknowledged is there: after kill -9, and with an fsync behind every COMMIT."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import anyio.to_thread
import pytest

from hamlet.clock import ManualClock
from hamlet.events.log import Appended, EventLog
from hamlet.events.reading import Verification, verify
from tests.events.support import episode, running

ROOT = Path(__file__).parents[2]
KILLS, LANES = 200, 4


def writer(*arguments: str | Path, before: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    command = [*before, sys.executable, "-m", "tests.events.bare_writer", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_nothing_acknowledged_is_lost_by_kill_9(tmp_path: Path) -> None:
    lanes = [writer("kill", tmp_path / f"lane{lane}.db", str(KILLS // LANES), str(lane)) for lane in range(LANES)]
    lives = []
    for lane in lanes:
        out, errors = lane.communicate(timeout=100)
        assert lane.returncode == 0, errors
        lives += [json.loads(line) for line in out.splitlines()]
    assert len(lives) == KILLS
    for life in lives:
        assert life["killed"], life
        assert life["problems"] == []
        assert life["acknowledged"] <= life["stored"]
    assert sum(life["acknowledged"] > 0 for life in lives) > KILLS / 4, "writers got to write before they died"


def strace() -> str:
    found = shutil.which("strace")
    if not found:
        if os.environ.get("CI") == "true":
            pytest.fail("strace is missing: install it, durability is not checked without")
        pytest.skip("strace is missing: durability is not checked")
    return found


def test_every_commit_has_its_fsync(tmp_path: Path) -> None:
    trace, commits = tmp_path / "trace", 50
    before = (strace(), "-f", "-qq", "-e", "trace=fdatasync,fsync", "-o", str(trace))
    process = writer("count", tmp_path / "events.db", str(commits), before=before)
    out, errors = process.communicate(timeout=60)
    assert (out.strip(), errors) == (str(commits), "")
    assert len(re.findall(r"\bf(?:data)?sync\(\d+\) += 0", trace.read_text())) >= commits


async def test_the_writer_is_synchronous(tmp_path: Path) -> None:
    async with EventLog.open(tmp_path / "events.db", ManualClock()) as log:
        pragmas = {}
        for name in ("synchronous", "journal_mode", "recursive_triggers", "wal_autocheckpoint"):
            rows = await log._storage._connection.execute_fetchall(f"PRAGMA {name}")
            pragmas[name] = next(iter(rows))[0]
    assert pragmas == {"synchronous": 2, "journal_mode": "wal", "recursive_triggers": 1, "wal_autocheckpoint": 0}


@pytest.mark.parametrize("nth", [12, 30])
def test_a_failed_fsync_ends_it_and_nothing_is_acknowledged_after(tmp_path: Path, nth: int) -> None:
    path = tmp_path / "events.db"
    inject = f"inject=fdatasync,fsync:error=EIO:when={nth}"
    before = (strace(), "-f", "-qq", "-e", "trace=fdatasync,fsync", "-e", inject, "-o", str(tmp_path / "trace"))
    process = writer("until-error", path, before=before)
    out, errors = process.communicate(timeout=60)
    *acknowledged, last = out.splitlines()
    assert process.returncode == 5, errors
    assert last.startswith("LogUnusable"), last
    assert "SQLITE_IOERR_FSYNC" in last
    trace = (tmp_path / "trace").read_text()
    assert trace.count("(INJECTED)") == 1
    assert not re.search(r"INJECTED\)\n(?:.*\n)*.*sync\(", trace), "no fsync is tried again on that handle"
    found = verify(path)
    assert found.problems == []
    assert len(acknowledged) <= found.head <= len(acknowledged) + 1


# The syscall that fails, how, and whether SQLite can go on after it.
FAULTS = [("fdatasync", "EIO"), ("fdatasync", "ENOSPC"), ("pwrite64", "EIO"), ("pwrite64", "ENOSPC")]
APPENDS = 40


@pytest.mark.parametrize(
    "nth",
    [pytest.param((17,), id="short"), pytest.param(tuple(range(9, 39, 2)), id="long", marks=pytest.mark.slow)],
)
@pytest.mark.parametrize(("call", "error"), FAULTS)
async def test_a_fault_of_the_disk_costs_nothing_that_was_acknowledged(
    tmp_path: Path, call: str, error: str, nth: tuple[int, ...]
) -> None:
    """Row 5: the n-th write or sync of the writer fails, at 15 places for each fault in the long form."""
    for number in nth:
        path, trace = tmp_path / f"{number}.db", tmp_path / f"trace-{number}"
        async with EventLog.open(path, ManualClock()):  # made before: it is the writing that is tried
            pass
        inject = ("-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={number}", "-o", str(trace))
        process = writer("until-error", path, str(APPENDS), before=(strace(), "--seccomp-bpf", "-f", "-qq", *inject))
        out, errors = await anyio.to_thread.run_sync(lambda: process.communicate(timeout=60))  # noqa: B023
        said = [line for line in out.splitlines() if not line.isdigit()]
        acknowledged = [int(line) for line in out.splitlines() if line.isdigit()]
        assert "(INJECTED)" in trace.read_text()
        assert acknowledged == list(range(1, len(acknowledged) + 1)), "in order, and none after the fault"
        if (call, error) == ("pwrite64", "ENOSPC"):  # room again at the next try: it goes on by itself
            assert (process.returncode, said, len(acknowledged)) == (0, [], APPENDS), errors
        else:
            assert process.returncode == 5 and said[0].startswith("LogUnusable"), out + errors
        found: Verification = await anyio.to_thread.run_sync(verify, path)
        assert found.problems == []
        assert found.head in (len(acknowledged), len(acknowledged) + 1)
        # Who was not answered asks again: what is there already is not written twice.
        async with running(path) as log:
            again = await log.append("a", [episode(0)], expected=len(acknowledged))
        assert again == Appended(len(acknowledged) + 1, len(acknowledged) + 1, len(acknowledged) + 1)
