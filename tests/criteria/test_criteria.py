"""Runs judged by facts made by hand: each verdict is given, and for the stated reason."""

from typing import Any

import msgspec
import numpy as np
import pytest

from hamlet.criteria.criterion import MET, NOT_MEASURABLE, NOT_MET, Criterion
from hamlet.criteria.facts import ExamMeans, Facts
from hamlet.criteria.gathering import Walk
from hamlet.criteria.judging import judge
from hamlet.events.types import Event, Recorded, RunDiverged, RunFinished, RunResumed
from hamlet.projections.rows import RecoveryRow
from tests.projections.support import lived, started

EXAM = ExamMeans(episode=10_000, cap=500, random=113.0, stand_still=195.3, expert=500.0, agent=495.0)
BACK = RecoveryRow(
    episode=5_000,
    vector_step=36_000,
    level_before=490.0,
    share_before=0.98,
    level_after=120.0,
    recovered_episode=5_080,
    recovered_vector_step=38_000,
    episodes=80,
    env_steps=128_000,
)
AWAY = msgspec.structs.replace(BACK, recovered_episode=None, recovered_vector_step=None, episodes=None, env_steps=None)
GOOD = Facts(
    finished=True,
    goal=10_000,
    hours=50.0,
    unbroken_hours=50.0,
    restarts=0,
    relived=0,
    failures=[],
    divergences=0,
    log_problems=[],
    episodes=10_000,
    weights=(1.0, 0.02),
    highest_stage=5,
    stage=5,
    stages=5,
    exam=EXAM,
    long_exam=msgspec.structs.replace(EXAM, cap=2000, expert=2000.0, agent=1950.0),
    shift_at=5_000,
    recoveries=[BACK],
    captured=(10_000, 6_400, 61_000),
    exported=10_000,
    screenshots=200,
    gifs=100,
)
NAMES = {
    "original": "runtime, episodes, intrinsic weight, survival, curriculum, recovery, stability, memory, data captured,"
    " export, pictures",
    "ours": "exam, long exam, recovery, at the end, survival",
}


def verdicts(facts: Facts) -> dict[str, Criterion]:
    return {f"{one.owner} {one.name}": one for one in judge(facts)}


def test_a_run_as_it_should_be_meets_all_that_can_be_measured() -> None:
    found = judge(GOOD)
    for owner, names in NAMES.items():
        assert [one.name for one in found if one.owner == owner] == names.split(", ")
    missed = [one for one in found if one.verdict != MET]
    assert [(one.name, one.verdict) for one in missed] == [("memory", NOT_MEASURABLE)]
    assert {one.name for one in found if one.stretch} == {"episodes", "recovery"}
    assert all(one.goal and one.source for one in found)


CASES: list[tuple[str, dict[str, Any], str, str]] = [
    ("original runtime", {"hours": 60.0, "unbroken_hours": 47.9, "restarts": 1, "finished": False}, NOT_MET, ""),
    ("original runtime", {"hours": 0.1, "unbroken_hours": 0.1}, NOT_MEASURABLE, "was reached before"),
    ("original runtime", {"hours": 0.1, "unbroken_hours": 0.1, "failures": ["NaN"]}, NOT_MET, ""),
    ("original episodes", {"episodes": 4_999}, NOT_MET, ""),
    ("original intrinsic weight", {"weights": (1.0, 0.3)}, NOT_MET, ""),
    ("original intrinsic weight", {"weights": None}, NOT_MEASURABLE, "no episode yet"),
    ("original survival", {"exam": msgspec.structs.replace(EXAM, agent=149.9)}, NOT_MET, ""),
    ("original survival", {"exam": msgspec.structs.replace(EXAM, cap=50)}, NOT_MEASURABLE, "after 50 steps"),
    ("original survival", {"exam": None}, NOT_MEASURABLE, "no exam yet"),
    ("original curriculum", {"highest_stage": 3, "stage": 3}, NOT_MET, ""),
    ("original curriculum", {"highest_stage": 5, "stage": 1}, MET, ""),
    ("original curriculum", {"stages": 3, "highest_stage": 3}, NOT_MEASURABLE, "has 3 stages"),
    ("original recovery", {"recoveries": [msgspec.structs.replace(BACK, episodes=501)]}, NOT_MET, ""),
    ("original recovery", {"recoveries": [AWAY]}, NOT_MET, ""),
    ("original recovery", {"recoveries": [AWAY], "episodes": 5_500}, NOT_MEASURABLE, "500 episodes have been lived"),
    ("original recovery", {"recoveries": []}, NOT_MEASURABLE, "moves at episode 5,000"),
    ("original recovery", {"recoveries": [], "shift_at": 0}, NOT_MEASURABLE, "nothing moved"),
    ("original stability", {"failures": ["loss nan"]}, NOT_MET, "loss nan"),
    ("original stability", {"divergences": 1}, NOT_MET, ""),
    ("original stability", {"log_problems": ["position 9: changed"]}, NOT_MET, "position 9: changed"),
    ("original stability", {"restarts": 3, "relived": 2}, MET, ""),
    ("original data captured", {"captured": (9_999, 6_400, 61_000)}, NOT_MET, ""),
    ("original data captured", {"captured": (10_000, 6_400, 0)}, NOT_MET, ""),
    ("original data captured", {"captured": None}, NOT_MEASURABLE, "newest run only"),
    ("original export", {"exported": None}, NOT_MET, ""),
    ("original export", {"exported": 9_000}, NOT_MET, ""),
    ("original export", {"finished": False}, NOT_MEASURABLE, "reaches its goal"),
    ("original pictures", {"screenshots": 0, "gifs": 0}, NOT_MEASURABLE, "none were made"),
    ("original pictures", {"gifs": 0}, NOT_MET, ""),
    ("ours exam", {"exam": msgspec.structs.replace(EXAM, agent=489.0)}, NOT_MET, ""),
    ("ours exam", {"exam": None}, NOT_MEASURABLE, "no exam yet"),
    ("ours long exam", {"long_exam": msgspec.structs.replace(EXAM, agent=474.0)}, NOT_MET, ""),
    ("ours long exam", {"long_exam": "no checkpoint to load"}, NOT_MEASURABLE, "no checkpoint to load"),
    (
        "ours recovery",
        {"recoveries": [msgspec.structs.replace(BACK, share_before=0.79)]},
        NOT_MET,
        "0.790 of the expert",
    ),
    ("ours recovery", {"recoveries": [AWAY]}, NOT_MET, ""),
    ("ours at the end", {"weights": (1.0, 0.31)}, NOT_MET, ""),
    ("ours at the end", {"stage": 4}, NOT_MET, ""),
    ("ours survival", {"exam": msgspec.structs.replace(EXAM, agent=195.3)}, NOT_MET, ""),
]


@pytest.mark.parametrize(("name", "change", "verdict", "why"), CASES, ids=range(len(CASES)))
def test_what_is_missed_and_what_cannot_be_said(name: str, change: dict[str, Any], verdict: str, why: str) -> None:
    found = verdicts(msgspec.structs.replace(GOOD, **change))[name]
    assert found.verdict == verdict and why in found.why, found
    assert found.why or verdict != NOT_MEASURABLE


def test_the_planned_move_is_judged_not_one_that_was_asked_for() -> None:
    asked = msgspec.structs.replace(AWAY, episode=2_000, level_before=113.0, share_before=0.2)
    found = verdicts(msgspec.structs.replace(GOOD, recoveries=[asked, BACK]))["original recovery"]
    assert found.verdict == MET and "moved at 5,000 (490.0 → 120.0), back at .95 after 80 episodes" in found.measured
    first = verdicts(msgspec.structs.replace(GOOD, recoveries=[asked, BACK], shift_at=0))["original recovery"]
    assert first.verdict == NOT_MET and "moved at 2,000" in first.measured


def test_slower_than_the_stretch() -> None:
    slow = msgspec.structs.replace(BACK, episodes=101)
    found = verdicts(msgspec.structs.replace(GOOD, recoveries=[slow], episodes=9_999))
    assert [found[name].stretch for name in ("ours recovery", "original episodes")] == [False, False]
    assert found["ours recovery"].verdict == MET


def test_the_walk_through_a_run_finds_its_longest_stretch_and_what_still_counts() -> None:
    rng = np.random.default_rng(1)
    resumed = RunResumed(vector_step=20, episode=2, catch_up_to=3, versions={})
    told: list[tuple[float, Event]] = [
        (0.0, started()),
        (10.0, lived(1, rng)),
        (40.0, lived(2, rng)),
        (100.0, resumed),
        (125.0, RunDiverged(from_episode=2, vector_step=20, reason="test")),
        (129.0, lived(2, rng)),
        (130.0, RunFinished(episode=2, vector_step=30)),
    ]
    walk = Walk()
    for number, (at, event) in enumerate(told[:5], start=1):
        walk.take(Recorded(number, "r", number, at, event))  # type: ignore[arg-type]
    assert walk.episodes == 1
    for number, (at, event) in enumerate(told[5:], start=6):
        walk.take(Recorded(number, "r", number, at, event))  # type: ignore[arg-type]
    assert (walk.ended - walk.began, walk.unbroken, walk.episodes) == (130.0, 40.0, 2)
    assert (walk.first_weight, walk.weight) == (0.5, 0.5)
