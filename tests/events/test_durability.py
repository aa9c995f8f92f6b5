"""What is acknowledged is there: after kill -9, and with an fsync behind every COMMIT."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hamlet.clock import ManualClock
from hamlet.events.log import EventLog, verify

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
