"""ε, the intrinsic weight and the stages, driven by made-up lives."""

import msgspec
import numpy as np
import pytest

from hamlet.training.curriculum.adversarial import AdversarialCurriculum
from hamlet.training.curriculum.curriculum import Ended
from hamlet.training.plain_annealing import PlainAnnealing
from hamlet.training.schedules import Annealing
from hamlet.training.settings import AnnealingSettings, CurriculumSettings

CAP = 100
ANNEALING = AnnealingSettings(
    epsilon_start=0.92,
    epsilon_end=0.02,
    epsilon_poor=0.12,
    epsilon_steps=900,
    weight_start=1.0,
    weight_end=0.05,
    weight_decay=0.9,
    window=20,
    collapse_window=5,
    good=0.5,
    unstable=0.1,
    collapse=0.5,
)


def live(annealing: Annealing, lives: list[int]) -> list[bool]:
    return [annealing.completed(survival) for survival in lives]


def test_epsilon_falls_in_a_straight_line_to_its_end() -> None:
    annealing = Annealing(ANNEALING, CAP)
    live(annealing, [60] * 20)
    seen = []
    for _ in range(12):
        annealing.stepped(100)
        seen.append(annealing.epsilon)
    expected = [max(0.02, 0.92 - 0.1 * step) for step in range(1, 13)]
    assert seen == pytest.approx(expected) and seen[-1] == 0.02


def test_while_lives_are_poor_it_goes_on_exploring() -> None:
    annealing = Annealing(ANNEALING, CAP)
    live(annealing, [40] * 20)
    annealing.stepped(5000)
    assert annealing.epsilon == 0.12
    live(annealing, [60] * 20)
    annealing.stepped(1000)
    assert annealing.epsilon == 0.02


def test_a_surprise_wakes_curiosity_and_leaves_what_is_drawn_as_it_was() -> None:
    annealing = Annealing(ANNEALING, CAP)
    live(annealing, [60] * 30)
    annealing.stepped(1000)
    before = annealing.epsilon
    assert annealing.weight < 0.5
    annealing.surprised()
    assert annealing.weight == 1.0 and annealing.epsilon == before


def test_the_weight_falls_with_every_life_that_is_stable_and_good_down_to_its_end() -> None:
    annealing = Annealing(ANNEALING, CAP)
    live(annealing, [60] * 19)
    assert annealing.weight == 1.0, "a window must be full"
    live(annealing, [60] * 3)
    assert annealing.weight == pytest.approx(0.9**3)
    live(annealing, [60] * 100)
    assert annealing.weight == 0.05


@pytest.mark.parametrize(
    "lives",
    [[40] * 60, list(range(20, 100, 2))],
    ids=["stable, but at a level that is not good", "good in the end, but rising all the time"],
)
def test_the_weight_stays_otherwise(lives: list[int]) -> None:
    annealing = Annealing(ANNEALING, CAP)
    live(annealing, lives)
    assert annealing.weight == 1.0


def test_all_begins_anew_when_a_life_that_was_mastered_is_lost() -> None:
    annealing = Annealing(ANNEALING, CAP)
    live(annealing, [80] * 60)
    annealing.stepped(1800)
    assert annealing.weight <= ANNEALING.mastered and annealing.epsilon == ANNEALING.epsilon_end
    collapsed = live(annealing, [30] * 5)
    assert collapsed == [False, False, False, False, True], "below half over the window of five, and only then"
    assert annealing.epsilon == ANNEALING.epsilon_start and annealing.weight == 1.0 and annealing.state.restarts == 1
    annealing.stepped(ANNEALING.epsilon_steps)
    assert annealing.epsilon == ANNEALING.epsilon_poor, "it falls as it fell the first time"
    assert not any(live(annealing, [30] * 40)), "what it lives now is its new level"


def test_one_bad_day_is_no_collapse() -> None:
    """The shipped rule, for 64 lives side by side: each of them dies early, once, and then all is well again."""
    shipped = AnnealingSettings(weight_decay=0.98)
    annealing = Annealing(shipped, CAP)
    live(annealing, [90] * 200)
    assert annealing.weight <= shipped.mastered
    assert not any(live(annealing, [20] * 64 + [90] * 150)) and annealing.state.restarts == 0
    assert live(annealing, [20] * 160).count(True) == 1, "twice is not a day but another town"


def test_a_beginners_collapse_means_nothing() -> None:
    annealing = Annealing(ANNEALING, CAP)
    live(annealing, [48] * 40)
    assert annealing.weight == 1.0
    assert not any(live(annealing, [5] * 40)) and annealing.state.restarts == 0


def test_lives_under_other_rules_are_forgotten() -> None:
    annealing = Annealing(ANNEALING, CAP)
    live(annealing, [90] * 40)
    annealing.stage_changed()
    assert not any(live(annealing, [20] * 40))


def test_the_plain_schedule_falls_in_straight_lines_whatever_lives_are_like() -> None:
    plain, other = (PlainAnnealing(msgspec.structs.replace(ANNEALING, weight_steps=1900)) for _ in range(2))
    seen = []
    for step in range(30):
        seen.append((plain.epsilon, plain.weight))
        assert not any(plain.completed(survival) for survival in ([90] * 40 if step < 20 else [3] * 40))
        plain.stepped(100)
        plain.stage_changed()
    expected = [(max(0.02, 0.92 - 0.1 * step), max(0.05, 1.0 - 0.05 * step)) for step in range(30)]
    assert np.array(seen) == pytest.approx(np.array(expected)) and seen[-1] == pytest.approx((0.02, 0.05))
    other.restore(msgspec.to_builtins(plain.state))
    assert (other.epsilon, other.weight) == (plain.epsilon, plain.weight)


CURRICULUM = CurriculumSettings(window=10, steps=30, advance=0.7, retreat=0.3, entropy=0.5)


def curriculum(stage: int = 1, steps: int = 30) -> AdversarialCurriculum:
    made = AdversarialCurriculum(CURRICULUM, 3, CAP)
    made.state.stage = stage
    for _ in range(steps):
        made.stepped()
    return made


def lives(
    made: AdversarialCurriculum, survivals: list[int], *, stage: int | None = None, entropy: float = 0.1
) -> list[str]:
    return [made.completed(Ended(stage or made.stage, survival, False, entropy)) for survival in survivals]


RISING, FALLING = list(range(71, 91, 2)), list(range(91, 71, -2))


def test_it_advances_on_long_lives_that_do_not_decline() -> None:
    made = curriculum()
    said = lives(made, RISING)
    assert made.stage == 2 and said[:-1] == [""] * 9 and said[-1].startswith("survival 80%")
    assert made.state.steps == 0 and made.state.survivals == []
    level = curriculum()
    lives(level, [97] * 10)
    assert level.stage == 2, "near the cap nothing can rise any more"


@pytest.mark.parametrize(
    ("survivals", "steps", "entropy"),
    [
        (RISING[:9], 30, 0.1),
        (RISING, 29, 0.1),
        (RISING, 30, 0.6),
        (FALLING, 30, 0.1),
        ([survival - 20 for survival in RISING], 30, 0.1),
    ],
    ids=["few lives", "few steps", "undecided", "declining", "short lives"],
)
def test_it_does_not_advance_otherwise(survivals: list[int], steps: int, entropy: float) -> None:
    made = curriculum(steps=steps)
    assert set(lives(made, survivals, entropy=entropy)) == {""} and made.stage == 1


def test_it_retreats_when_it_cannot_live() -> None:
    made = curriculum(stage=2)
    assert lives(made, [20] * 10)[-1] == "survival 20% of the cap" and made.stage == 1
    assert set(lives(made, [20] * 40)) == {""}, "below the first stage there is none"


def test_the_last_stage_stays_the_last() -> None:
    made = curriculum(stage=3)
    assert set(lives(made, [99] * 40)) == {""} and made.stage == 3


def test_only_lives_of_the_stage_in_force_count() -> None:
    made = curriculum(stage=2)
    assert set(lives(made, [99] * 40, stage=1)) == {""} and made.stage == 2
    assert made.state.survivals == []


def test_starting_again_leads_to_the_first_stage() -> None:
    made = curriculum(stage=3)
    lives(made, [50] * 4)
    assert "first stage" in made.start_again()
    assert made.stage == 1 and made.state.survivals == [] and made.state.steps == 0
    assert made.start_again() == ""


def test_switched_off_it_stays_at_the_last_stage() -> None:
    made = AdversarialCurriculum(CurriculumSettings(enabled=False, window=10, steps=30), 3, CAP)
    assert made.stage == 3
    for _ in range(40):
        made.stepped()
    assert set(lives(made, [2] * 40)) == {""} and made.start_again() == "" and made.stage == 3
