"""A study while it runs: bars on a terminal, lines of the process log otherwise."""

from types import TracebackType
from typing import Protocol, Self

import structlog
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from hamlet.lab.execution import Outcome, TrialProgress
from hamlet.lab.trials import Trial

__all__ = ["ProgressBars", "ProgressDisplay", "ProgressLines"]

_log = structlog.get_logger("study")


class ProgressDisplay(Protocol):
    """What is told of a study's course."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...

    def began(self, trial: Trial) -> None: ...

    def advanced(self, trial: Trial, reached: TrialProgress) -> None:
        """How far a trial has come; called now and then."""

    def ended(self, outcome: Outcome, done: int, of: int) -> None:
        """``done`` of the study's trials have ended."""


class ProgressBars:
    """A bar for all trials together, and one for each that runs."""

    def __init__(self, console: Console, trials: int) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.completed:,.0f} of {task.total:,.0f} {task.fields[unit]}"),
            TimeElapsedColumn(),
            console=console,
        )
        self._all = self._progress.add_task("study", total=trials, unit="trials")
        self._bars: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._progress.stop()

    def began(self, trial: Trial) -> None:
        self._bars[trial.name] = self._progress.add_task(trial.name, total=trial.goal, unit="episodes")

    def advanced(self, trial: Trial, reached: TrialProgress) -> None:
        self._progress.update(self._bars[trial.name], completed=min(reached.episode, trial.goal))

    def ended(self, outcome: Outcome, done: int, of: int) -> None:
        self._progress.remove_task(self._bars.pop(outcome.trial.name))
        self._progress.update(self._all, completed=done, total=of)
        if outcome.status != "stopped":
            self._progress.print(f"{outcome.trial.name} {outcome.status} {outcome.reason}".rstrip(), markup=False)


class ProgressLines:
    """A line when a trial begins and ends, and one for each tenth of its way."""

    def __init__(self) -> None:
        self._tenths: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pass

    def began(self, trial: Trial) -> None:
        _log.info("trial began", trial=trial.name)

    def advanced(self, trial: Trial, reached: TrialProgress) -> None:
        tenth = 10 * reached.episode // trial.goal
        if self._tenths.get(trial.name, 0) < tenth < 10:
            _log.info("trial runs", trial=trial.name, episode=reached.episode, of=trial.goal)
        self._tenths[trial.name] = tenth

    def ended(self, outcome: Outcome, done: int, of: int) -> None:
        say = _log.error if outcome.status == "failed" else _log.info
        why = {"reason": outcome.reason} if outcome.reason else {}
        say(f"trial {outcome.status}", trial=outcome.trial.name, **why, done=done, of=of)
