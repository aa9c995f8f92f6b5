"""Figures of a trial, from a log made by hand."""

import math
from collections.abc import Sequence

import msgspec
import numpy as np
import pytest

from hamlet.events.types import (
    AffordancesRandomized,
    AnyEvent,
    CallFigures,
    EvaluationCompleted,
    ExamResult,
    Recorded,
    RunDiverged,
    RunResumed,
    RunStarted,
)
from hamlet.lab.measures import LONG, MEASURES, LongExam, facts_of, measured
from tests.projections.support import lived

AGENTS = 8


def started() -> RunStarted:
    return RunStarted(
        world="town",
        config_name="x",
        config={"training": {"agents": AGENTS}},
        seed=0,
        episodes=9,
        physics=1,
        versions={},
        device="cpu",
    )


def result(mean: float, worst: float = 1.0) -> ExamResult:
    return ExamResult(mean=mean, worst=worst, share_at_cap=0.0, causes={})


def exam(at: int, agent: float, worst: float = 1.0) -> EvaluationCompleted:
    """At episode ``at``, ten vector steps an episode; the expert lives 200 steps."""
    results = {"agent": result(agent, worst), "expert": result(200.0)}
    return EvaluationCompleted(episode=at, vector_step=10 * at, episodes=1, cap=500, layout={}, results=results)


def move(at: int) -> AffordancesRandomized:
    return AffordancesRandomized(episode=at, vector_step=10 * at, old_positions={}, new_positions={}, reason="x")


def log(events: Sequence[AnyEvent], seconds: float = 1.0) -> list[Recorded]:
    """An event every ``seconds``."""
    return [
        Recorded(position=100 + n, run="r", version=n, recorded_at=1e9 + seconds * n, event=event)
        for n, event in enumerate(events, start=1)
    ]


def figures(*events: AnyEvent) -> dict[str, float | None]:
    """Of the world that the exams are of."""
    of_calls = any(isinstance(event, EvaluationCompleted) and "oracle" in event.results for event in events)
    names = [name for name, measure in MEASURES.items() if not of_calls or measure.world != "town"]
    return measured(facts_of(log([started(), *events]), None), names)


def calls(success: float, violations: float = 0.0, **personas: float) -> ExamResult:
    figures = CallFigures(success=success, returns=0.5, violations=violations, personas=personas)
    return ExamResult(mean=8.0, worst=2.0, share_at_cap=0.0, causes={}, calls=figures)


def call_exam(at: int, agent: ExamResult) -> EvaluationCompleted:
    results = {"agent": agent, "oracle": calls(0.9, sad=1.0)}
    return EvaluationCompleted(episode=at, vector_step=at, episodes=1, cap=15, layout={}, results=results)


def test_what_is_asked_of_calls() -> None:
    last = call_exam(300, calls(0.72, 12.5, sad=0.9, angry=0.4))
    found = figures(call_exam(0, calls(0.0)), call_exam(100, calls(0.44)), call_exam(200, calls(0.45)), last)
    assert found["of_oracle"] == pytest.approx(0.8) and found["worst_persona"] == 0.4
    assert (found["success"], found["violations"], found["returns"]) == (0.72, 12.5, 0.5)
    assert (found["calls_to_half"], found["calls_to_oracle"]) == (200, math.inf)
    town = figures(exam(0, 100))
    assert town["success"] is None and town["calls_to_half"] is None


def test_the_way_to_the_expert() -> None:
    found = figures(exam(0, 100), exam(250, 189), exam(500, 190, worst=33), exam(750, 150, worst=7))
    assert (found["exam_mean"], found["exam_share"], found["worst_life"]) == (150.0, 0.75, 7.0)
    assert (found["episodes_to_expert"], found["steps_to_expert"], found["seconds_to_expert"]) == (500, 40_000, 3.0)
    assert found["seconds"] == 4.0
    nothing = ("before_share", "recovery_episodes", "recovery_steps", LONG, "survival", "weight", "stage")
    assert [found[name] for name in nothing] == [None] * 7


def test_what_was_not_reached_is_infinite() -> None:
    found = figures(exam(0, 100), exam(250, 189.9))
    assert found["episodes_to_expert"] == found["steps_to_expert"] == found["seconds_to_expert"] == math.inf


def test_a_recovery_is_from_the_level_before_and_ends_before_the_next_move() -> None:
    before = [exam(0, 100), exam(500, 180), move(500), exam(500, 60)]
    found = figures(*before, exam(600, 170.9), exam(700, 171), exam(800, 90))
    assert (found["before_share"], found["recovery_episodes"], found["recovery_steps"]) == (0.9, 200, 16_000)
    assert found["episodes_to_expert"] == math.inf, "only exams before the move count"
    twice = figures(*before, move(600), exam(600, 200))
    assert twice["recovery_episodes"] == twice["recovery_steps"] == math.inf
    assert figures(exam(0, 100), exam(500, 159), move(500), exam(500, 159))["recovery_episodes"] is None


def test_a_past_that_was_given_up_does_not_count() -> None:
    lost = RunDiverged(from_episode=250, vector_step=2500, reason="x", from_version=3)
    found = figures(exam(0, 100), exam(250, 200), lost, exam(250, 120))
    assert (found["exam_mean"], found["episodes_to_expert"]) == (120.0, math.inf)


def test_the_pause_before_a_run_is_taken_up_again_is_no_training() -> None:
    resumed = RunResumed(vector_step=0, episode=0, catch_up_to=0, versions={})
    history = log([started(), exam(0, 100), resumed, exam(250, 200)], seconds=10.0)
    assert measured(facts_of(history, None), ["seconds", "seconds_to_expert"]) == {
        "seconds": 20.0,
        "seconds_to_expert": 20.0,
    }


def test_the_end_of_the_training_is_its_last_hundred_lives() -> None:
    rng = np.random.default_rng(0)
    lives = [
        msgspec.structs.replace(lived(n, rng), survival_time=n, curriculum_stage=1 + n // 100, intrinsic_weight=1 / n)
        for n in range(1, 151)
    ]
    found = figures(*lives)
    assert found["survival"] == pytest.approx(sum(range(51, 151)) / 100)
    assert (found["stage"], found["weight"]) == (2, 1 / 150)


def test_the_long_exam_is_held_against_its_own_expert() -> None:
    found = facts_of(log([started()]), LongExam(agent=500.0, expert=2000.0))
    assert measured(found, [LONG]) == {LONG: 0.25}


def test_a_log_that_is_no_runs() -> None:
    with pytest.raises(ValueError, match="run_started"):
        facts_of([], None)
