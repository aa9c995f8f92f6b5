"""Trials as processes of their own on this machine, a few side by side, and what any place to run them offers:
trials in, outcomes out as they come.
"""

import asyncio
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Literal, Protocol

import anyio
import anyio.to_thread
import msgspec

from hamlet.atomic import write_atomic
from hamlet.errors import AlreadyRunning
from hamlet.lab.trials import Trial, is_finished, newest_row
from hamlet.process.leash import leashed
from hamlet.process.lock import data_lock
from hamlet.settings import ROOT

__all__ = ["THREADS", "LocalRunner", "OnTrial", "Outcome", "Runner", "TrialProgress", "last_line"]

THREADS = {f"{name}_NUMTHREADS": "1" for name in ("OMP", "MKL", "OPENBLAS", "NUMBA")}
_STOP = 15.0  # seconds: a training ends itself within 10
_RELEASE = 15.0  # seconds for the trainings of a study that was killed to end


class Outcome(msgspec.Struct, frozen=True):
    """How a trial's processes ended; ``reason`` when it failed."""

    trial: Trial
    status: Literal["finished", "failed", "stopped"]
    reason: str = ""


OnTrial = Callable[[Trial, Outcome | None], Awaitable[None]]
"""Told that a trial begins (``None``) and how it ended."""


class TrialProgress(msgspec.Struct, frozen=True):
    """How far a running trial has come. ``where``: on which machine, "" for this one; ``attempts``: how often it was
    begun."""

    episode: int
    where: str = ""
    attempts: int = 1


class Runner(Protocol):
    """Where trials run."""

    async def prepare(self) -> None:
        """Once, before anything is written. Raises ``UsageError`` where nothing can be run there."""
        ...

    async def run(self, trials: Sequence[Trial], told: OnTrial, stopping: anyio.Event) -> None:
        """Run all ``trials`` until done or ``stopping`` is set: then those that run are asked to stop. A failed trial
        ends no other. Each ends with one outcome, and its directory holds all of it."""
        ...

    def progress(self, trial: Trial) -> TrialProgress | None:
        """Of a trial that runs; ``None`` before its first episode. Called from a thread."""
        ...


class LocalRunner:
    """On this machine, ``slots`` at a time; a trial that is stopped is left with a state to go on from."""

    def __init__(self, slots: int) -> None:
        self._slots = slots

    async def prepare(self) -> None:
        """This machine is always there."""

    async def run(self, trials: Sequence[Trial], told: OnTrial, stopping: anyio.Event) -> None:
        waiting = deque(trials)

        async def slot() -> None:
            while waiting and not stopping.is_set():
                trial = waiting.popleft()
                await told(trial, None)
                await told(trial, await _run(trial, stopping))

        async with anyio.create_task_group() as group:
            for number in range(min(self._slots, len(trials))):
                group.start_soon(slot, name=f"slot {number}")

    def progress(self, trial: Trial) -> TrialProgress | None:
        row = newest_row(trial)
        return TrialProgress(row.episode) if row is not None else None


async def _run(trial: Trial, stopping: anyio.Event) -> Outcome:
    if owner := await anyio.to_thread.run_sync(_owner, trial):
        return Outcome(trial, "failed", owner)
    main = [sys.executable, str(ROOT / "main.py")]
    data = ["--data", str(trial.directory)]
    train = [*main, "train", *data, "--config", str(trial.config), "--seed", str(trial.seed), "--label", trial.name]
    outcome, _ = await _process(trial, train, stopping)
    for file, asked in trial.sittings:
        if outcome.status == "finished" and not await anyio.Path(file).exists():
            outcome, printed = await _process(trial, [*main, *asked, *data], stopping)
            if outcome.status == "finished":
                await anyio.to_thread.run_sync(write_atomic, file, printed)
    if outcome.status == "finished" and not await anyio.to_thread.run_sync(is_finished, trial):
        return Outcome(trial, "stopped")  # by a signal of somebody else's: it ended in order before its goal
    return outcome


async def _process(trial: Trial, command: list[str], stopping: anyio.Event) -> tuple[Outcome, bytes]:
    """One process to its end, and what it printed; its standard error goes to the trial's file."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HAMLET_")}
    with await anyio.to_thread.run_sync(open, trial.output, "ab") as errors:
        begin = errors.tell()
        process = await asyncio.create_subprocess_exec(
            *leashed(command),
            cwd=ROOT,
            env=environment | THREADS,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=errors,
            start_new_session=True,  # Ctrl-C on the terminal is for the study, which asks them once
        )
        async with anyio.create_task_group() as group:
            group.start_soon(_stop, process, stopping, name=f"end of {trial.name}")
            printed, _ = await process.communicate()
            group.cancel_scope.cancel()
    if stopping.is_set():
        return Outcome(trial, "stopped"), b""
    if process.returncode == 0:
        return Outcome(trial, "finished"), printed
    said = await anyio.to_thread.run_sync(last_line, trial.output, begin)
    return Outcome(trial, "failed", f"{said} (exit {process.returncode}; all of it: {trial.output})"), b""


async def _stop(process: asyncio.subprocess.Process, stopping: anyio.Event) -> None:
    await stopping.wait()
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
    await anyio.sleep(_STOP)
    if process.returncode is None:
        process.kill()


def _owner(trial: Trial) -> str:
    """Who trains there; "" when nobody does, or soon nobody did any more."""
    trial.directory.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + _RELEASE
    while True:
        try:
            with data_lock(trial.directory):
                return ""
        except AlreadyRunning as error:
            if time.monotonic() > until:
                return str(error)
        time.sleep(0.2)


def last_line(output: Path, begin: int = 0) -> str:
    """What a process complained of: its own last word after ``begin`` bytes, without what it logged."""
    text = output.read_bytes()[begin:].decode(errors="replace")
    lines = [line for line in text.splitlines() if line.strip()]
    named = [line.removeprefix("hamlet: ") for line in lines if line.startswith("hamlet: ")]
    return (named or lines or ["it said nothing"])[-1]
