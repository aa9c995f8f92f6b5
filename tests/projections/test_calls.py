"""The tables about conversations: what an episode's event says, counted once, and dropped with a divergence."""

from contextlib import closing
from pathlib import Path

import msgspec
import numpy as np
import pytest

from hamlet.events.packing import pack
from hamlet.events.types import (
    AnyEvent,
    CallFigures,
    DialogueEpisode,
    EpisodeCompleted,
    EvaluationCompleted,
    ExamResult,
    Recorded,
    RunDiverged,
    RunStarted,
)
from hamlet.projections.curves import ExamPoint, SuccessPoint
from hamlet.projections.projector import Projector
from hamlet.projections.views import Views

RUN = "dialogue-1"


def call(number: int, persona: str, acts: list[int], cause: str = "promise_kept") -> EpisodeCompleted:
    return EpisodeCompleted(
        episode=number, survival_time=len(acts), total_reward=1.0, extrinsic_reward=0.5 * number, intrinsic_reward=0.0,
        intrinsic_weight=0.0, curriculum_stage=2, epsilon=0.1, cause=cause, agent=0, vector_step=number,
        detail=DialogueEpisode(
            seed=number, physics=1, persona=persona, success=cause == "promise_kept",
            acts=pack(np.array(acts, np.uint8)), violations={"threat": 2} if cause == "cap" else {},
        ),
    )  # fmt: skip


STARTED = RunStarted(
    world="dialogue", config_name="dqn", config={"world": {"kind": "dialogue"}}, seed=0, episodes=10, physics=1,
    versions={}, device="cpu",
)  # fmt: skip
FIGURES = CallFigures(success=0.8, returns=0.6, violations=3.0, personas={"sad": 0.9})
EXAM = EvaluationCompleted(
    episode=3, vector_step=3, episodes=20, cap=15, layout={},
    results={"agent": ExamResult(mean=7.0, worst=2.0, share_at_cap=0.1, causes={"cap": 2}, calls=FIGURES)},
)  # fmt: skip


def views_of(path: Path, events: list[AnyEvent], cut: int) -> Views:
    """``events`` of one run, folded in two batches."""
    recorded = [Recorded(n, RUN, n, 1.7e9 + n, event) for n, event in enumerate(events, start=1)]
    with closing(Projector(path / "demo_state.db", path / "events.db")) as projector:
        projector.apply(recorded[:cut])
        projector.apply(recorded[cut:])
    return Views(path / "demo_state.db")


@pytest.mark.parametrize("cut", [1, 3, 4])
def test_calls_are_counted_by_persona_and_act(tmp_path: Path, cut: int) -> None:
    lived = [call(1, "sad", [0, 1, 1, 6]), call(2, "angry", [0, 9], "hung_up"), call(3, "sad", [2] * 15, "cap")]
    views = views_of(tmp_path, [STARTED, *lived, EXAM], cut)
    assert [(row.episode, row.outcome, row.success) for row in views.calls(RUN)] == [
        (1, "promise_kept", True), (2, "hung_up", False), (3, "timed_out", False),
    ]  # fmt: skip
    angry, sad = views.personas(RUN)
    assert (sad.calls, sad.success, sad.violations, sad.turns) == (2, 0.5, 1.0, 9.5)
    assert sad.acts == {0: 1, 1: 2, 2: 15, 6: 1} and angry.acts == {0: 1, 9: 1}
    assert [row.episode for row in views.calls(RUN, last=2)] == [2, 3]
    assert views.personas(RUN, last=1)[0].calls == 1
    stretches = views.acts_over_time(RUN, stretches=2)
    assert [(row.first, row.last, row.persona, row.calls) for row in stretches] == [
        (1, 2, "angry", 1), (1, 2, "sad", 1), (3, 3, "sad", 1),
    ]  # fmt: skip
    assert stretches[1].acts == {0: 1, 1: 2, 6: 1} and stretches[2].acts == {2: 15}
    exam = views.evaluation(RUN)
    assert exam is not None and exam.policies["agent"].calls is not None
    assert exam.policies["agent"].calls.personas == {"sad": 0.9}
    assert views.newest_run("dialogue") == RUN and views.newest_run() is None


@pytest.mark.parametrize("cut", [2, 4])
def test_what_diverged_is_dropped(tmp_path: Path, cut: int) -> None:
    diverged = RunDiverged(from_episode=2, vector_step=1, reason="another torch")
    lived = [call(1, "sad", [0]), call(2, "sad", [1, 1]), diverged, call(2, "angry", [3])]
    views = views_of(tmp_path, [STARTED, *lived], cut)
    assert [(row.episode, row.persona) for row in views.calls(RUN)] == [(1, "sad"), (2, "angry")]
    assert {row.persona: row.acts for row in views.personas(RUN)} == {"sad": {0: 1}, "angry": {3: 1}}


def test_runs_can_be_compared_by_their_exams_and_by_how_calls_ended(tmp_path: Path) -> None:
    later = msgspec.structs.replace(EXAM, episode=4, results={"agent": msgspec.structs.replace(EXAM.results["agent"])})
    calls = [call(1, "sad", [0]), call(2, "sad", [0], "hung_up"), call(3, "angry", [0]), EXAM, call(4, "sad", [0])]
    views = views_of(tmp_path, [STARTED, *calls, later], 3)
    assert views.exams(RUN) == [ExamPoint(3, {"agent": 0.8}), ExamPoint(4, {"agent": 0.8})]
    assert views.exams(RUN, 1) == [ExamPoint(4, {"agent": 0.8})] and views.exams("town-1") == []
    assert views.success(RUN, 2) == [SuccessPoint(1, 2, 2, 0.5), SuccessPoint(3, 4, 2, 1.0)]
    assert views.success("town-1") == []
