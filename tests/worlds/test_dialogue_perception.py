"""What a collector perceives: the kernel and a talk turn by turn make the same numbers; nothing hidden is in them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from hamlet.worlds.dialogue.acts import ACTS, INTENTS, PERSONAS, SIGNALS
from hamlet.worlds.dialogue.dialogue import Dialogue
from hamlet.worlds.dialogue.perception import OBSERVED, Heard, Perception, features
from hamlet.worlds.random_policy import RandomPolicy
from tests.worlds.calls import settings

ACT = {name: number for number, name in enumerate(ACTS)}
NOTHING = (False,) * len(SIGNALS)


def said(intent: str, sentiment: float = 0.0, cooperation: float = 0.0, *signals: str) -> Heard:
    return Heard(INTENTS.index(intent), sentiment, tuple(name in signals for name in SIGNALS), cooperation)


@pytest.mark.parametrize("masked", [False, True])
def test_a_talk_makes_the_numbers_that_the_world_makes(masked: bool) -> None:
    world, policy = Dialogue(settings(masked=masked), 32), RandomPolicy(np.random.default_rng(1))
    step, seen = world.reset(4), 0
    shown: list[list[tuple[np.ndarray, np.ndarray, float]]] = [[] for _ in range(32)]  # type: ignore[type-arg]
    for _ in range(150):
        step = world.step(policy.act(step.observation, step.mask))
        for agent in range(32):
            now = step.final_observation[agent].copy(), step.final_mask[agent].copy(), float(step.cost[agent])
            shown[agent].append(now)
            if step.terminated[agent] or step.truncated[agent]:
                call, perception = world.episode(agent), Perception(masked=masked)
                state = perception.begin()
                for turn, (observation, mask, cost) in enumerate(shown[agent]):
                    violations = perception.acted(state, int(call.actions[turn]))
                    perception.heard(state, call.heard(turn))
                    assert np.array_equal(perception.observe(state), observation)
                    assert np.array_equal(perception.mask(state), mask)
                    assert len(violations) == cost
                shown[agent], seen = [], seen + 1
    assert seen > 300


heards = st.builds(
    Heard,
    st.integers(0, len(INTENTS) - 1),
    st.floats(-1, 1),
    st.tuples(*[st.booleans()] * len(SIGNALS)),
    st.floats(-1, 1),
)


@budget(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(ACTS) - 1), heards), max_size=40))
def test_whatever_is_typed_the_numbers_stay_in_range(talk: list[tuple[int, Heard]]) -> None:
    free, bound = Perception(), Perception(masked=True)
    state = free.begin()
    for act, heard in talk:
        could = bound.mask(state)[act]
        assert bool(free.acted(state, act)) != could, "masked is what would violate, and nothing else"
        free.heard(state, heard)
        observation = free.observe(state)
        assert observation.dtype == np.float32 and (abs(observation) <= 1).all()
        for number, value in zip(OBSERVED, observation, strict=True):
            assert number.kind == "unit" or value in (0.0, 1.0), number.name
        assert free.mask(state).all() and bound.mask(state)[[ACT["refer_to_specialist"], ACT["close_call"]]].all()


def test_there_are_twenty_numbers_and_none_is_hidden() -> None:
    names = [number.name for number in OBSERVED]
    assert len(names) == len(set(names)) == 20 == sum(feature.size for feature in features())
    assert not {"persona", *PERSONAS, "affordable", "income", "savings", "reason"} & set(names)


def test_what_the_numbers_say_of_a_talk() -> None:
    perception = Perception()
    state = perception.begin()

    def turn(act: str, heard: Heard) -> dict[str, float]:
        perception.acted(state, ACT[act])
        perception.heard(state, heard)
        return dict(zip((number.name for number in OBSERVED), perception.observe(state).tolist(), strict=True))

    seen = turn("identify_and_disclose", said("complain", -0.5, -0.4))
    assert seen["identified"] == 1 and seen["sentiment"] == -0.5 and seen["complained"] == 1
    seen = turn("empathetic_listening", said("inform", 0.5, 0.6, "hardship"))
    assert seen["sentiment"] == pytest.approx(0.1) and seen["cooperation"] == pytest.approx(0.2)
    assert seen["hardship"] == 1 and seen["budget"] == 0 and seen["answers"] == pytest.approx(1 / 3)
    seen = turn("ask_about_situation", said("hardship", 0.5, 0.6, "hardship"))
    assert seen["budget"] == -0.5 and seen["complained"] == pytest.approx(1 / 3)
    seen = turn("offer_payment_plan", said("stall"))
    assert seen["standing"] == 1 and seen["stalled"] == 0.25
    assert turn("offer_payment_plan", said("refuse"))["standing"] == 0
    assert turn("offer_payment_plan", said("other"))["repeated"] == pytest.approx(2 / 3)


def test_answers_before_the_disclosure_are_not_of_the_debt() -> None:
    perception = Perception()
    state = perception.begin()
    perception.acted(state, ACT["empathetic_listening"])
    perception.heard(state, said("inform"))
    assert perception.observe(state)[6] == 0


@pytest.mark.parametrize(
    ("before", "heard", "act", "violation"),
    [
        ((), None, "ask_about_situation", ("undisclosed",)),
        ((), None, "offer_payment_plan", ("undisclosed",)),
        (("identify_and_disclose",), said("greet"), "offer_payment_plan", ()),
        (("identify_and_disclose",), said("greet"), "hard_close", ("threat",)),
        (("identify_and_disclose", "offer_payment_plan"), said("stall"), "hard_close", ()),
        (("identify_and_disclose",), said("complain", -0.6), "firm_reminder", ("threat",)),
        (("identify_and_disclose",), said("complain", -0.6), "gentle_urgency", ()),
        (("identify_and_disclose", "gentle_urgency", "gentle_urgency"), said("ask"), "gentle_urgency", ("threat",)),
        (("identify_and_disclose",), said("dispute", 0.0, 0.0, "dispute"), "gentle_urgency", ("pressed_dispute",)),
        (("identify_and_disclose",), said("stop", 0.0, 0.0, "stop"), "offer_payment_plan", ("pressed_stop",)),
        (("identify_and_disclose",), said("inform", 0.0, 0.0, "vulnerable"), "firm_reminder", ("pressed_vulnerable",)),
        (("identify_and_disclose",), said("inform", 0.0, 0.0, "vulnerable"), "offer_payment_plan", ()),
    ],
)
def test_what_breaks_a_rule(before: tuple[str, ...], heard: Heard | None, act: str, violation: tuple[str, ...]) -> None:
    perception = Perception()
    state = perception.begin()
    for name in before:
        assert perception.acted(state, ACT[name]) == ()
        perception.heard(state, heard or said("other"))
    assert perception.acted(state, ACT[act]) == violation


def test_what_cannot_have_been_heard_is_refused() -> None:
    perception = Perception()
    state = perception.begin()
    with pytest.raises(ValueError, match=r"acted: expected an act 0 … 11, found 12"):
        perception.acted(state, 12)
    with pytest.raises(ValueError, match="expected an intent"):
        perception.heard(state, Heard(11, 0.0, NOTHING, 0.0))
    with pytest.raises(ValueError, match="4 signals"):
        perception.heard(state, Heard(0, 0.0, (True,), 0.0))
    with pytest.raises(ValueError, match=r"in \[-1, 1\]"):
        perception.heard(state, Heard(0, float("nan"), NOTHING, 0.0))
