"""A study from its file to its tables: lay out, run, merge, count."""

import asyncio
import os
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread
import msgspec

from hamlet.clock import Clock
from hamlet.errors import HamletError, UsageError
from hamlet.lab.execution import Outcome, Runner
from hamlet.lab.merging import merge
from hamlet.lab.progress import ProgressDisplay
from hamlet.lab.report import has_matplotlib
from hamlet.lab.results import Results, TrialResult, results_of, write_results
from hamlet.lab.status import Board
from hamlet.lab.study import Study, read_study
from hamlet.lab.study_report import write_study_report
from hamlet.lab.trials import Trial, digest_of, is_finished, lay_out, selected, values_of
from hamlet.process.lock import data_lock
from hamlet.process.stopping import signals_stop

__all__ = ["Conducted", "Wanted", "conduct"]

_LOOK = 1.0  # seconds between two looks at how far the trials have come


class Wanted(msgspec.Struct, frozen=True):
    """What the user asked for. ``runner``: where trials run; ``only``: variants or trials."""

    file: Path
    data: Path
    runner: Runner
    resume: bool
    only: tuple[str, ...]


class Conducted(msgspec.Struct, frozen=True):
    """``stopped``: the signal that ended it, "" without one; then there are no ``results``."""

    results: Results | None
    failed: list[Outcome]
    stopped: str
    finished: int
    trials: int


async def conduct(wanted: Wanted, show: Callable[[int], ProgressDisplay], clock: Clock) -> Conducted:
    """Run what is not finished, then write the merged log, its views and the results.

    Raises ``UsageError`` and ``ConfigError`` before anything runs, ``AlreadyRunning`` when another
    process conducts a study there, ``LogUnusable`` when the merged log cannot be written, and ``UsageError`` also when
    its directory is deleted meanwhile.
    """
    study = await anyio.to_thread.run_sync(read_study, wanted.file)
    await wanted.runner.prepare()
    try:
        await anyio.Path(wanted.data).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{wanted.data}: cannot be made ({error.strerror}); choose another with --data") from None
    with _kept(wanted.data), data_lock(wanted.data):
        trials = await anyio.to_thread.run_sync(partial(lay_out, study, wanted.data, resume=wanted.resume))
        todo = [trial for trial in selected(trials, wanted.only) if not is_finished(trial)]
        board = Board(wanted.data, study, trials, {trial.name for trial in trials if is_finished(trial)}, clock)
        stopped, failed = await _run(todo, wanted.runner, show(len(todo)), board)
        done = [trial for trial in trials if is_finished(trial)]
        await anyio.to_thread.run_sync(board.write)
        if stopped:
            return Conducted(None, failed, stopped, len(done), len(trials))
        if done:
            await merge(wanted.data, done, clock)
        results = await anyio.to_thread.run_sync(_results, study, trials, done, failed)
        command = _command(wanted)
        await anyio.to_thread.run_sync(write_results, results, wanted.data, command)
        if done and has_matplotlib():
            await anyio.to_thread.run_sync(write_study_report, results, done, wanted.data, command)
        return Conducted(results, failed, "", len(done), len(trials))


@contextmanager
def _kept(data: Path) -> Iterator[None]:
    """Whatever goes wrong in a directory that somebody has deleted meanwhile: that is the one thing to say."""
    try:
        yield
    except (OSError, HamletError, ExceptionGroup):
        if data.is_dir():
            raise
        raise UsageError(f"{data}: was deleted while the study ran in it; begin it again") from None


async def _run(todo: Sequence[Trial], runner: Runner, show: ProgressDisplay, board: Board) -> tuple[str, list[Outcome]]:
    """The signal that ended it, and the trials that failed."""
    loop = asyncio.get_running_loop()
    stopping = anyio.Event()
    running: dict[str, Trial] = {}
    ended: list[Outcome] = []
    signals: list[str] = []

    def on_signal(name: str) -> None:
        signals.append(name)
        loop.call_soon_threadsafe(stopping.set)

    async def told(trial: Trial, outcome: Outcome | None) -> None:
        if outcome is None:
            running[trial.name] = trial
            board.began(trial)
            show.began(trial)
        else:
            running.pop(trial.name, None)
            ended.append(outcome)
            board.ended(outcome)
            show.ended(outcome, len(ended), len(todo))

    async def look() -> None:
        while True:
            await anyio.sleep(_LOOK)
            for trial in list(running.values()):
                reached = await anyio.to_thread.run_sync(runner.progress, trial)
                if reached is not None and trial.name in running:
                    board.advanced(trial, reached)
                    show.advanced(trial, reached)
            await anyio.to_thread.run_sync(board.write)

    with show, signals_stop(on_signal):
        async with anyio.create_task_group() as group:
            group.start_soon(look, name="progress")
            await runner.run(todo, told, stopping)
            group.cancel_scope.cancel()
    return "".join(signals[:1]), [outcome for outcome in ended if outcome.status == "failed"]


def _results(study: Study, trials: Sequence[Trial], done: Sequence[Trial], failed: Sequence[Outcome]) -> Results:
    lost = {outcome.trial.name: outcome.reason for outcome in failed}
    found = []
    for trial in trials:
        if trial in done:
            values, digest = values_of(trial, study.measures), digest_of(trial)
            found.append(TrialResult(trial.variant, trial.seed, "finished", values, digest))
        elif trial.name in lost:
            found.append(TrialResult(trial.variant, trial.seed, "failed", reason=lost[trial.name]))
        else:
            found.append(TrialResult(trial.variant, trial.seed, "not finished"))
    return results_of(study, found)


def _command(wanted: Wanted) -> str:
    only = [word for name in wanted.only for word in ("--only", name)]
    return shlex.join(["python", "main.py", "study", os.fspath(wanted.file), "--data", os.fspath(wanted.data), *only])
