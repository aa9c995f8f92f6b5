"""What a run has to show, gathered from its log, its views, its exports and an exam sat now."""

import csv
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import takewhile
from pathlib import Path

import msgspec

from hamlet.criteria.facts import ExamMeans, Facts
from hamlet.errors import UsageError
from hamlet.events.reading import read_events, verify
from hamlet.events.types import (
    EpisodeCompleted,
    EvaluationCompleted,
    ExamResult,
    Recorded,
    RunDiverged,
    RunExtended,
    RunFinished,
    RunResumed,
    RunStarted,
    SnapshotTaken,
    StageChanged,
    TrainingFailed,
    tag_of,
)
from hamlet.projections.captured import captured
from hamlet.projections.views import Views
from hamlet.runs.choosing import newest_run, run_history, run_milestones
from hamlet.runs.examining import CAPS, Examined, examine
from hamlet.settings import Paths, from_record
from hamlet.snapshots.ledger import stream
from hamlet.training.recorder import facts as holding
from hamlet.worlds.town.settings import TownSettings

__all__ = ["Walk", "gather"]


class Walk(msgspec.Struct):
    """One walk through all events of a run; times in UTC seconds."""

    began: float = 0.0
    ended: float = 0.0
    unbroken_since: float = 0.0
    unbroken: float = 0.0
    episodes: int = 0
    first_weight: float | None = None
    weight: float = 0.0

    def take(self, recorded: Recorded) -> None:
        event = recorded.event
        if isinstance(event, RunStarted):
            self.began = self.unbroken_since = recorded.recorded_at
        elif isinstance(event, RunResumed):
            self.unbroken_since = recorded.recorded_at  # what lies before it is another process
        elif isinstance(event, EpisodeCompleted):
            self.episodes, self.weight = event.episode, event.intrinsic_weight
            if self.first_weight is None:
                self.first_weight = event.intrinsic_weight
        elif isinstance(event, RunDiverged):
            self.episodes = min(self.episodes, event.from_episode - 1)
        self.ended = recorded.recorded_at
        self.unbroken = max(self.unbroken, self.ended - self.unbroken_since)


def gather(paths: Paths, name: str | None, tell: Callable[[str], None]) -> tuple[str, Facts]:
    """The run's name and its facts, all at the position that the views show.

    ``tell`` is told what is being done. Raises ``UsageError`` when there is no run or no views.
    """
    run = newest_run(paths.events, name)
    if run is None:
        raise UsageError(
            f"{paths.data}: no run of the town yet, which the criteria judge;"
            f" train one with: python main.py train --data {paths.data}"
        )
    tell("reading the log")
    problems = verify(paths.events).problems
    held = captured(paths.views)
    taken = _taken(paths, run)
    walk = Walk()
    for recorded in _until(run_history(paths.events, run, 0), held.position):
        walk.take(recorded)
    milestones = list(_until(run_milestones(paths.events, run), held.position))
    if not milestones:
        raise UsageError(f"{paths.views}: does not show run {run} yet; rebuild it with: python main.py replay")
    started = milestones[0].event
    assert isinstance(started, RunStarted)
    config = from_record(started.config, run)
    if not isinstance(config.world, TownSettings):
        raise UsageError(f"run {run} is a {config.kind}: the criteria are those of the town; see evaluate")
    everything = [recorded.event for recorded in milestones]
    true = [recorded.event for recorded in holding(milestones)]
    resumed = [event for event in everything if isinstance(event, RunResumed)]
    stages = [1, *(event.new_stage for event in true if isinstance(event, StageChanged))]
    goal = max([started.episodes, *(event.episodes for event in everything if isinstance(event, RunExtended))])
    exams = [event for event in true if isinstance(event, EvaluationCompleted) and "agent" in event.results]
    newest = held.run == run
    return run, Facts(
        finished=any(isinstance(event, RunFinished) and event.episode >= goal for event in true),
        goal=goal,
        hours=(walk.ended - walk.began) / 3600,
        unbroken_hours=walk.unbroken / 3600,
        restarts=len(resumed),
        relived=sum(event.catch_up_to > event.episode for event in resumed),
        failures=[event.reason for event in everything if isinstance(event, TrainingFailed)],
        divergences=sum(isinstance(event, RunDiverged) for event in everything),
        log_problems=problems,
        episodes=walk.episodes,
        weights=None if walk.first_weight is None else (walk.first_weight, walk.weight),
        highest_stage=max(stages),
        stage=stages[-1],
        stages=len(config.world.stages),
        exam=_means_of(exams[-1].episode, exams[-1].cap, exams[-1].results) if exams else None,
        long_exam=_long_exam(paths, run, tell),
        shift_at=config.training.shift_at,
        recoveries=Views(paths.views).recoveries(run),
        captured=(held.episodes, held.position_heatmap, held.affordance_visits) if newest else None,
        exported=_rows(paths.exports / "final_metrics.csv"),
        screenshots=taken["screenshot"],
        gifs=taken["gif"],
    )


def _until(events: Iterable[Recorded], position: int) -> Iterable[Recorded]:
    return takewhile(lambda recorded: recorded.position <= position, events)


def _long_exam(paths: Paths, run: str, tell: Callable[[str], None]) -> ExamMeans | str:
    """By the newest checkpoint, or why there is none to sit it."""
    try:
        (found,) = examine(paths, run, caps=CAPS[-1:], tell=tell)
    except UsageError as error:
        return str(error)
    assert isinstance(found, Examined)
    return _means_of(found.episode, found.exams[0].cap, found.exams[0].results)


def _means_of(episode: int, cap: int, results: dict[str, ExamResult]) -> ExamMeans:
    means = {name: results[name].mean for name in ("random", "stand_still", "expert", "agent")}
    return ExamMeans(episode=episode, cap=cap, **means)


def _rows(path: Path) -> int | None:
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return sum(1 for _ in csv.reader(file)) - 1
    except FileNotFoundError:
        return None


def _taken(paths: Paths, run: str) -> Counter[str]:
    """How many different pictures of each kind the log says were made of ``run``."""
    made = {
        (recorded.event.kind, recorded.event.file)
        for batch in read_events(paths.events, run=stream(run), types=[tag_of(SnapshotTaken)])
        for recorded in batch
        if isinstance(recorded.event, SnapshotTaken)
    }
    return Counter(kind for kind, _ in made)
