"""``status.json``: how far a study is, for whoever looks on. Written whole, at most once a second or two."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from hamlet.atomic import write_atomic
from hamlet.clock import Clock
from hamlet.lab.execution import Outcome, TrialProgress
from hamlet.lab.study import Study
from hamlet.lab.trials import Trial

__all__ = ["Board", "StudyStatus", "TrialStatus"]

_EVERY = 2.0  # seconds between two writings while nothing begins or ends

State = Literal["waiting", "running", "finished", "failed", "stopped"]


class TrialStatus(msgspec.Struct):
    """``where``: the machine it runs on, "" for the study's own; ``attempts``: how often it was begun; ``reason``: why
    it failed."""

    name: str
    variant: str
    seed: int
    goal: int
    state: State = "waiting"
    episode: int = 0
    where: str = ""
    attempts: int = 0
    reason: str = ""


class StudyStatus(msgspec.Struct):
    """The whole file. ``updated_at`` in UTC seconds; ``finished``: every trial is."""

    study: str
    title: str
    question: str
    updated_at: float
    finished: bool
    variants: list[str]
    trials: list[TrialStatus]


class Board:
    """The status of a study in ``data``; trials in ``done`` ended before. Told on the loop, written from a thread."""

    def __init__(self, data: Path, study: Study, trials: Sequence[Trial], done: Collection[str], clock: Clock) -> None:
        self._file, self._clock = data / "status.json", clock
        self._trials = {trial.name: TrialStatus(trial.name, trial.variant, trial.seed, trial.goal) for trial in trials}
        for name in done:
            one = self._trials[name]
            one.state, one.episode = "finished", one.goal
        variants = [variant.name for variant in study.variants]
        self._status = StudyStatus(
            study.path.stem, study.title, study.question, 0.0, False, variants, list(self._trials.values())
        )
        self._written, self._changed = -_EVERY, True

    def began(self, trial: Trial) -> None:
        one = self._trials[trial.name]
        one.state, one.attempts, self._changed = "running", 1, True

    def advanced(self, trial: Trial, reached: TrialProgress) -> None:
        one = self._trials[trial.name]
        one.episode, one.where, one.attempts = reached.episode, reached.where, reached.attempts

    def ended(self, outcome: Outcome) -> None:
        one = self._trials[outcome.trial.name]
        one.state, one.reason, self._changed = outcome.status, outcome.reason, True
        if outcome.status == "finished":
            one.episode = one.goal

    def write(self) -> None:
        """If something began or ended, or it is time."""
        now = self._clock.monotonic()
        if not self._changed and now - self._written < _EVERY:
            return
        self._written, self._changed = now, False
        self._status.updated_at = self._clock.now()
        self._status.finished = all(one.state == "finished" for one in self._trials.values())
        write_atomic(self._file, msgspec.json.encode(self._status))
