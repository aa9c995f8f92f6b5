"""A process that only writes the log, to be killed: ``python -m tests.events.bare_writer PATH …``.

``kill PATH COUNT SEED``: COUNT times, fork a writer, kill -9 it after 5–150 ms, and check the file;
prints one JSON line per kill. Forking from a warm parent spares each writer its imports.
``count PATH COMMITS``: that many appends, one after another; prints the last position.
``until-error PATH [COUNT]``: append until it fails, or COUNT times; prints each acknowledged position.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import anyio

from hamlet.clock import SystemClock
from hamlet.errors import LogUnusable, UsageError
from hamlet.events.log import EventLog
from hamlet.events.reading import Verification, verify
from tests.events.support import episode

EVENTS = [episode(number) for number in range(50)]


async def write_for_ever(path: Path, acknowledged: int) -> None:
    """Appends of 1 … 7 events from three tasks; each acknowledged position goes down the pipe, after a
    zero when the log is open."""

    async def appender(log: EventLog, number: int) -> None:
        size = 1 + number * 3
        while True:
            appended = await log.append(f"run-{number}", EVENTS[:size])
            os.write(acknowledged, appended.last.to_bytes(8, "big"))

    async with EventLog.open(path, SystemClock()) as log, anyio.create_task_group() as tasks:
        os.write(acknowledged, bytes(8))
        tasks.start_soon(log.run)
        for number in range(3):
            tasks.start_soon(appender, log, number)


def kill_once(path: Path, delay: float, *, when_open: bool) -> dict[str, object]:
    """One writer's life, ``delay`` seconds from its fork or from when it has opened the log: what it
    acknowledged, and what is in the file."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(out)
        try:
            anyio.run(write_for_ever, path, into)
        finally:
            os._exit(1)
    os.close(into)
    positions = os.read(out, 8) if when_open else b""
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    while chunk := os.read(out, 1 << 16):
        positions += chunk
    os.close(out)
    highest = max((int.from_bytes(positions[at : at + 8], "big") for at in range(0, len(positions), 8)), default=0)
    try:
        found = verify(path)
    except UsageError:  # killed before it had created the table
        found = Verification()
    problems = found.problems
    return {"killed": os.WIFSIGNALED(status), "acknowledged": highest, "stored": found.head, "problems": problems}


async def count(path: Path, commits: int) -> None:
    async with EventLog.open(path, SystemClock()) as log, anyio.create_task_group() as tasks:
        tasks.start_soon(log.run)
        for _ in range(commits):
            appended = await log.append("a", EVENTS[:1])
        print(appended.last)
        tasks.cancel_scope.cancel()


async def until_error(path: Path, count: int) -> None:
    try:
        async with EventLog.open(path, SystemClock()) as log, anyio.create_task_group() as tasks:
            tasks.start_soon(log.run)
            for _ in range(count):
                print((await log.append("a", EVENTS[:1])).last, flush=True)
            tasks.cancel_scope.cancel()
    except* LogUnusable as group:
        print(type(group.exceptions[0]).__name__, str(group.exceptions[0]))
        sys.exit(LogUnusable.exit_code)


def main() -> None:
    mode, path = sys.argv[1], Path(sys.argv[2])
    if mode == "kill":
        rng = random.Random(int(sys.argv[4]))
        for number in range(int(sys.argv[3])):
            each = path.with_name(f"{path.stem}-{number // 10}.db")  # a new file now and then: creation is hit too
            life = kill_once(each, rng.uniform(0.005, 0.150), when_open=number % 2 == 1)
            print(json.dumps(life), flush=True)
    elif mode == "count":
        anyio.run(count, path, int(sys.argv[3]))
    else:
        anyio.run(until_error, path, int(sys.argv[3]) if len(sys.argv) > 3 else sys.maxsize)


if __name__ == "__main__":
    main()
