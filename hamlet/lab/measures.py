"""What a trial is judged by: figures read from the events of its log.

A figure is ``None`` where the question does not arise (nothing moved; no such exam), infinite where
something was not reached. Exams are greedy, on held-out starts; *expert* is the scripted one, in
the same exam on the same layout.
"""

import math
from collections.abc import Callable, Iterable, Sequence

import msgspec

from hamlet.events.types import (
    AffordancesRandomized,
    CallFigures,
    EpisodeCompleted,
    EvaluationCompleted,
    ExamResult,
    Recorded,
    RunResumed,
    RunStarted,
)
from hamlet.training.planners.settings import PRESETS
from hamlet.training.recorder import facts

__all__ = ["LONG", "MEASURES", "PLANS", "Facts", "LongExam", "Measure", "facts_of", "measured"]

LONG = "long_share"
PLANS = "plan_"  # what the names of those begin with that need planners compared
NEAR = 0.95  # of the expert; of the level before a move
HIGH_ENOUGH = 0.8  # of the expert: from less than that there is nothing to come back to
WINDOW = 100  # episodes


class Exam(msgspec.Struct, frozen=True):
    """``seconds``: wall time spent on training until then."""

    episode: int
    vector_step: int
    seconds: float
    results: dict[str, ExamResult]

    @property
    def mean(self) -> float:
        return self.results["agent"].mean

    @property
    def share(self) -> float:
        return self.results["agent"].mean / self.results["expert"].mean


class LongExam(msgspec.Struct, frozen=True):
    """Mean survival of both in the exam with the later cap: what ``evaluate --json`` prints first."""

    agent: float
    expert: float


class Facts(msgspec.Struct, frozen=True):
    """What the measures need of one trial. ``exams``: in order; those from ``moves[0]`` on were
    sat after the first move, and so on. ``lives``: the newest ``WINDOW``. ``long``: the long exam,
    where one was sat; ``gains``: planner → mean return over that of greedy q, where they were compared."""

    agents: int
    exams: list[Exam]
    moves: list[int]
    moved_at: list[tuple[int, int]]
    lives: list[EpisodeCompleted]
    seconds: float
    long: LongExam | None
    gains: dict[str, float]

    @property
    def before(self) -> list[Exam]:
        """The exams before the first move (all, where nothing moved)."""
        return self.exams[: self.moves[0]] if self.moves else self.exams

    @property
    def after(self) -> list[Exam]:
        """The exams between the first move and the next."""
        first, *later = self.moves
        return self.exams[first : later[0] if later else None]


class Measure(msgspec.Struct, frozen=True):
    """``text``: what it is, with its unit; ``digits``: as it is printed; ``world``: the one of which it can be asked
    ("": of any)."""

    text: str
    digits: int
    more_is_better: bool
    of: Callable[[Facts], float | None]
    world: str = ""


def facts_of(history: Sequence[Recorded], long: LongExam | None, gains: dict[str, float] | None = None) -> Facts:
    """From all events of one run, in order. Raises ``ValueError`` when they are not a run's."""
    started = history[0].event if history else None
    if not isinstance(started, RunStarted):
        raise ValueError("expected a run that begins with run_started")
    spent = _seconds(history)
    exams: list[Exam] = []
    moves: list[int] = []
    moved_at: list[tuple[int, int]] = []
    lives: list[EpisodeCompleted] = []
    for recorded in facts(history):
        event = recorded.event
        if isinstance(event, EvaluationCompleted):
            exams.append(Exam(event.episode, event.vector_step, spent[recorded.version], event.results))
        elif isinstance(event, AffordancesRandomized):
            moves.append(len(exams))
            moved_at.append((event.episode, event.vector_step))
        elif isinstance(event, EpisodeCompleted):
            lives.append(event)
    return Facts(
        agents=int(started.config["training"]["agents"]),
        exams=exams,
        moves=moves,
        moved_at=moved_at,
        lives=lives[-WINDOW:],
        seconds=spent[history[-1].version],
        long=long,
        gains=gains or {},
    )


def measured(found: Facts, names: Iterable[str]) -> dict[str, float | None]:
    """Name → figure, of one trial."""
    return {name: MEASURES[name].of(found) for name in names}


def _seconds(history: Sequence[Recorded]) -> dict[int, float]:
    """Version → wall seconds until then, without the pauses before the run was taken up again."""
    spent, total = {}, 0.0
    for before, recorded in zip([history[0], *history], history, strict=False):
        if not isinstance(recorded.event, RunResumed):
            total += recorded.recorded_at - before.recorded_at
        spent[recorded.version] = total
    return spent


def _last(found: Facts, figure: Callable[[Exam], float]) -> float | None:
    return figure(found.exams[-1]) if found.exams else None


def _before_share(found: Facts) -> float | None:
    return found.before[-1].share if found.moves and found.before else None


def _to_expert(found: Facts, figure: Callable[[Exam], float]) -> float | None:
    if not found.before:
        return None
    return next((figure(exam) for exam in found.before if exam.share >= NEAR), math.inf)


def _recovery(found: Facts, figure: Callable[[Exam, tuple[int, int]], float]) -> float | None:
    if not found.moves or not found.before or found.before[-1].share < HIGH_ENOUGH:
        return None
    level = NEAR * found.before[-1].mean
    return next((figure(exam, found.moved_at[0]) for exam in found.after if exam.mean >= level), math.inf)


def _calls(found: Facts, figure: Callable[[CallFigures, CallFigures], float]) -> float | None:
    """Of the agent's figures in the last exam, with the oracle's beside them; ``None`` in a town."""
    results = found.exams[-1].results if found.exams else {}
    agent, oracle = (results[name].calls if name in results else None for name in ("agent", "oracle"))
    return figure(agent, oracle) if agent and oracle else None


def _calls_to(found: Facts, share: float) -> float | None:
    """Calls to the first exam with ``share`` of the oracle's success."""
    for exam in found.exams:
        agent, oracle = (exam.results[name].calls if name in exam.results else None for name in ("agent", "oracle"))
        if agent is None or oracle is None:
            return None
        if agent.success >= share * oracle.success:
            return exam.episode
    return math.inf


_OF_CALLS = {
    "success": Measure(
        "last exam: share of calls that ended well", 3, True, lambda f: _calls(f, lambda a, _: a.success)
    ),
    "of_oracle": Measure(
        "last exam: success, share of the oracle's", 3, True, lambda f: _calls(f, lambda a, o: a.success / o.success)
    ),
    "worst_persona": Measure(
        "last exam: success with the persona that is won least",
        3,
        True,
        lambda f: _calls(f, lambda a, _: min(a.personas.values())),
    ),
    "returns": Measure("last exam: mean return of a call", 3, True, lambda f: _calls(f, lambda a, _: a.returns)),
    "violations": Measure(
        "last exam: violations per 100 calls", 1, False, lambda f: _calls(f, lambda a, _: a.violations)
    ),
    "calls_to_half": Measure(
        "calls to the first exam with half of the oracle's success", 0, False, lambda f: _calls_to(f, 0.5)
    ),
    "calls_to_oracle": Measure(
        "calls to the first exam with .95 of the oracle's success", 0, False, lambda f: _calls_to(f, NEAR)
    ),
}

_OF_LIVES = {
    "exam_mean": Measure("last exam: mean steps lived", 1, True, lambda f: _last(f, lambda exam: exam.mean)),
    "exam_share": Measure("last exam: share of the expert", 3, True, lambda f: _last(f, lambda exam: exam.share)),
    "worst_life": Measure(
        "last exam: the shortest life, in steps", 0, True, lambda f: _last(f, lambda exam: exam.results["agent"].worst)
    ),
    "before_share": Measure("last exam before the first move: share of the expert", 3, True, _before_share),
    LONG: Measure(
        "newest policy, lives cut off later: share of the expert",
        3,
        True,
        lambda f: f.long.agent / f.long.expert if f.long else None,
    ),
    "episodes_to_expert": Measure(
        "episodes to the first exam with .95 of the expert",
        0,
        False,
        lambda f: _to_expert(f, lambda exam: exam.episode),
    ),
    "steps_to_expert": Measure(
        "env steps to the first exam with .95 of the expert",
        0,
        False,
        lambda f: _to_expert(f, lambda exam: exam.vector_step * f.agents),
    ),
    "seconds_to_expert": Measure(
        "wall seconds to the first exam with .95 of the expert",
        1,
        False,
        lambda f: _to_expert(f, lambda exam: exam.seconds),
    ),
    "recovery_episodes": Measure(
        "episodes from the first move to .95 of the level before",
        0,
        False,
        lambda f: _recovery(f, lambda exam, move: exam.episode - move[0]),
    ),
    "recovery_steps": Measure(
        "env steps from the first move to .95 of the level before",
        0,
        False,
        lambda f: _recovery(f, lambda exam, move: (exam.vector_step - move[1]) * f.agents),
    ),
}

_OF_ANY = {
    "survival": Measure(
        f"the last {WINDOW} lives of the training: mean steps",
        1,
        True,
        lambda f: sum(life.survival_time for life in f.lives) / len(f.lives) if f.lives else None,
    ),
    "weight": Measure(
        "intrinsic weight at the end", 3, False, lambda f: f.lives[-1].intrinsic_weight if f.lives else None
    ),
    "stage": Measure(
        "stage of the life that ended last", 0, True, lambda f: f.lives[-1].curriculum_stage if f.lives else None
    ),
    "seconds": Measure("wall seconds of the training", 1, False, lambda f: f.seconds),
}


def _gain(planner: str) -> Measure:
    text = (
        f"newest policy, looking ahead by {planner.replace('_', ' ')} in a learned model: mean return over greedy q's"
    )
    return Measure(text, 3, True, lambda f: f.gains.get(planner))


_OF_PLANNERS = {f"{PLANS}{planner}": _gain(planner) for planner in PRESETS}

MEASURES = (
    {name: msgspec.structs.replace(measure, world="dialogue") for name, measure in _OF_CALLS.items()}
    | {name: msgspec.structs.replace(measure, world="town") for name, measure in _OF_LIVES.items()}
    | _OF_ANY
    | _OF_PLANNERS
)
"""Name → what can be asked of a trial."""
