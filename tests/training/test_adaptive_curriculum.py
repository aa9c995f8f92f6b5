"""The curriculum of kinds of tasks: when a kind joins, when it leaves, and what comes how often."""

import msgspec
import pytest

from hamlet.training.curriculum.adaptive import AdaptiveCurriculum
from hamlet.training.curriculum.curriculum import Curriculum, Ended
from hamlet.training.curriculum.settings import AdaptiveSettings, StageRule

KINDS = ("cooperative", "sad", "avoidant", "angry")


def curriculum(**changes: object) -> AdaptiveCurriculum:
    return AdaptiveCurriculum(msgspec.structs.replace(AdaptiveSettings(), **changes), KINDS)


def play(made: Curriculum, successes: str, group: str = "cooperative", stage: int = 0) -> list[str]:
    """Episodes of the stage in force that succeed ("+") or fail; what is said of each."""
    return [made.completed(Ended(stage or made.stage, 5, one == "+", 0.0, group)) for one in successes]


def test_the_stages_are_those_of_the_specification() -> None:
    stages = [(rule.episodes, rule.success) for rule in AdaptiveSettings().stages]
    assert stages == [(30, 0.7), (50, 0.6), (75, 0.55), (100, 0.5)]


def test_a_kind_joins_after_enough_episodes_and_enough_success() -> None:
    made = curriculum()
    assert not any(play(made, "+" * 29)), "29 episodes are fewer than 30"
    assert play(made, "+") == ["100% of the last 20 succeeded: sad joins"] and made.stage == 2
    assert set(made.weights) == {"cooperative", "sad"}
    late = curriculum()
    assert not any(play(late, "++-+-" * 20)), "60 % are fewer than 70 %"
    assert any(play(late, "+" * 20)) and late.stage == 2


def test_all_stages_are_passed_in_as_many_episodes_as_they_ask_for() -> None:
    made, at = curriculum(), []
    for episode in range(1, 300):
        if play(made, "+")[0]:
            at.append(episode)
    assert at == [30, 80, 155] and made.stage == 4 and made.state.passed


def test_below_a_third_it_goes_back() -> None:
    made = curriculum()
    play(made, "+" * 30)
    assert not any(play(made, "-" * 19)), "the window is not full"
    assert play(made, "-") == ["0% of the last 20 succeeded: without sad again"] and made.stage == 1
    assert not any(play(made, "-" * 100)) and made.stage == 1, "there is nothing before the first stage"
    held = curriculum()
    play(held, "+" * 30)
    assert not any(play(held, "+--" * 60)) and held.stage == 2, "a third is enough to stay"


def test_episodes_of_another_stage_tell_nothing() -> None:
    made = curriculum()
    assert not any(play(made, "+" * 100, stage=2))
    assert made.state == curriculum().state


def test_what_fails_comes_more_often_and_nothing_disappears() -> None:
    made = curriculum(retreat=0.0, stages=(StageRule(1, 0.0), *AdaptiveSettings().stages[1:]))
    play(made, "+" * 20)
    assert made.stage == 2
    assert made.weights == pytest.approx({"cooperative": 0.25, "sad": 0.75}), "cooperative never fails"
    play(made, "-" * 10, "sad")
    play(made, "-+" * 10, "cooperative")
    assert made.weights == pytest.approx({"cooperative": 0.25 + 0.5 / 3, "sad": 0.25 + 1 / 3})
    assert sum(made.weights.values()) == pytest.approx(1.0)
    assert curriculum(adapt=0.0).weights == {"cooperative": 1.0}


def test_in_the_end_every_kind_comes_alike() -> None:
    made = curriculum(stages=(StageRule(1, 0.0),) * 3 + (StageRule(20, 0.5),))
    for _ in range(3):
        play(made, "+" * 20, "sad")
    assert made.stage == 4 and made.weights["angry"] > made.weights["sad"]
    play(made, "+" * 20)
    assert made.state.passed and made.weights == dict.fromkeys(KINDS, 0.25)
    play(made, "-" * 20)
    assert made.stage == 3 and not made.state.passed


def test_a_collapse_leads_back_to_the_first_kind() -> None:
    made = curriculum()
    assert made.start_again() == ""
    play(made, "+" * 80)
    assert made.stage == 3 and "anew" in made.start_again() and made.stage == 1
    assert curriculum(enabled=False).start_again() == ""


def test_switched_off_it_is_the_last_stage_evenly() -> None:
    made = curriculum(enabled=False)
    assert not any(play(made, "-" * 200)) and made.stage == 4
    assert made.weights == dict.fromkeys(KINDS, 0.25)


def test_it_goes_on_from_its_state() -> None:
    one, other = curriculum(), curriculum()
    play(one, "+" * 40 + "-+" * 13)
    other.restore(msgspec.json.decode(msgspec.json.encode(one.state)))
    assert play(one, "-" * 60, "sad") == play(other, "-" * 60, "sad")
    assert one.weights == other.weights and one.state == other.state


def test_another_number_of_stages_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one for each of cooperative, sad, avoidant, angry, found 1"):
        curriculum(stages=(StageRule(1, 0.5),))
