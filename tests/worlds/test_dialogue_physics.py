"""The rules of the debtor one by one: what is written down in docs/dialogue.md holds."""

from collections.abc import Sequence

import numpy as np
import pytest

from hamlet.worlds.dialogue.acts import ACTS, INTENTS, SIGNALS
from hamlet.worlds.dialogue.dialogue import Call, Dialogue
from hamlet.worlds.dialogue.policies import OraclePolicy
from hamlet.worlds.dialogue.profiles import FIELDS, draw
from hamlet.worlds.dialogue.settings import DialogueSettings, Shares
from hamlet.worlds.dialogue.sitting import sit
from tests.worlds.calls import NOBODY_FOR_A_SPECIALIST, calls, only, play_again, settings

ACT = {name: number for number, name in enumerate(ACTS)}
N = 600
PERSONA, AGREEABLE, STABLE, ASSERTIVE, OPEN, DEBT, AFFORDABLE, SAVINGS, REASON, INSTALMENT = (
    0,
    1,
    2,
    3,
    4,
    5,
    8,
    9,
    12,
    13,
)


def say(world: Dialogue, *acts: str) -> None:
    for act in acts:
        world.step(np.full(world.n, ACT[act]))


def begun(of: DialogueSettings, n: int = N) -> Dialogue:
    world = Dialogue(of, n)
    world.reset(11)
    return world


def moods(of: DialogueSettings, *acts: str, profile: tuple[int, float] | None = None) -> tuple[float, float]:
    """Mean sentiment and cooperation after ``acts``, which end hardly a call, with a ``profile`` column set."""
    world = begun(of)
    if profile:
        world.hidden.profile[:, profile[0]] = profile[1]
    say(world, *acts)
    going_on = world.hidden.memory[:, 0] == len(acts)
    assert going_on.mean() > 0.9, "hardly anybody hung up"
    sentiment, cooperation = world.hidden.mood[going_on].mean(axis=0)
    return float(sentiment), float(cooperation)


def ready(of: DialogueSettings, *, answers: int, sentiment: float = 0.9, cooperation: float = 0.95) -> Dialogue:
    """Calls in which all is said and the mood is right."""
    world = begun(of)
    world.hidden.memory[:, 1], world.hidden.memory[:, 6] = 1.0, answers
    world.hidden.mood[:] = sentiment, cooperation
    return world


def outcomes(world: Dialogue, act: str) -> Sequence[str]:
    """How the calls end that end by ``act``; "" for those that go on."""
    step = world.step(np.full(world.n, ACT[act]))
    return [world.episode(i).outcome if step.terminated[i] else "" for i in range(world.n)]


def test_who_does_not_say_who_calls_gets_nowhere() -> None:
    listened = moods(only("sad"), "empathetic_listening", "empathetic_listening")
    said_first = moods(only("sad"), "identify_and_disclose", "empathetic_listening")
    assert listened[0] < said_first[0] - 0.3 and listened[1] < said_first[1] - 0.1


@pytest.mark.parametrize("persona", ["cooperative", "avoidant"])
def test_pressure_moves_with_rapport_and_backfires_before_it(persona: str) -> None:
    def pressed(sentiment: float, cooperation: float) -> float:
        world = ready(only(persona), answers=1, sentiment=sentiment, cooperation=cooperation)
        say(world, "gentle_urgency")
        return float(world.hidden.mood[:, 1].mean()) - cooperation

    assert pressed(0.3, 0.6) > 0.05
    assert pressed(-0.2, 0.6) < -0.05 and pressed(0.3, 0.3) < -0.05


def test_a_repeated_act_wears_off() -> None:
    def gain(*acts: str) -> float:
        return moods(only("angry"), *acts)[0] - moods(only("angry"), *acts[:-1])[0]

    first = gain("identify_and_disclose", "empathetic_listening")
    again = gain("identify_and_disclose", "empathetic_listening", "empathetic_listening")
    assert first > 0.2 and again < 0.6 * first


def test_acknowledging_helps_where_there_is_something_to_acknowledge() -> None:
    def effect(intent: str) -> float:
        world = ready(only("angry"), answers=0, sentiment=-0.3, cooperation=0.3)
        world.hidden.memory[:, 19] = INTENTS.index(intent)
        say(world, "acknowledge_and_redirect")
        return float(world.hidden.mood[:, 1].mean()) - 0.3

    assert effect("complain") > 3 * effect("greet") > 0


@pytest.mark.parametrize("offer", ["offer_payment_plan", "validate_then_offer", "propose_settlement"])
def test_an_offer_counts_only_once_the_situation_is_known(offer: str) -> None:
    payers = only("cooperative", debtors=NOBODY_FOR_A_SPECIALIST)
    early = ready(payers, answers=0)
    assert set(outcomes(early, offer)) == {""}
    assert (early.hidden.mood[:, 0] < 0.9).all(), "and it annoys"
    assert ("settlement" if "settle" in offer else "promise_kept") in outcomes(ready(payers, answers=1), offer)


def test_an_unaffordable_plan_is_promised_and_broken_one_made_to_measure_is_kept() -> None:
    tight = only("cooperative", debtors=Shares(cannot_pay=0, disputes=0, wrong_party=0, vulnerable=0, tight=1.0))
    world = ready(tight, answers=2)
    assert (world.hidden.profile[:, AFFORDABLE] < world.hidden.profile[:, INSTALMENT]).all()
    assert set(outcomes(world, "offer_payment_plan")) == {"promise_broken"}
    assert set(outcomes(ready(tight, answers=2), "validate_then_offer")) == {"promise_kept"}
    guessed = outcomes(ready(tight, answers=1), "validate_then_offer")
    assert set(guessed) == {"promise_kept", "promise_broken"}, "one answer is not enough to measure by"


def test_a_settlement_needs_savings() -> None:
    world = ready(only("cooperative", debtors=NOBODY_FOR_A_SPECIALIST), answers=1)
    enough = world.hidden.profile[:, SAVINGS] >= 0.6 * world.hidden.profile[:, DEBT]
    settled = np.array(outcomes(world, "propose_settlement")) == "settlement"
    assert np.array_equal(settled, enough) and 0.3 < enough.mean() < 0.9


def test_a_hard_close_works_late_with_rapport_and_on_an_offer() -> None:
    def closed(turn: float, offers: float, sentiment: float) -> set[str]:
        world = ready(
            only("avoidant", debtors=NOBODY_FOR_A_SPECIALIST), answers=1, sentiment=sentiment, cooperation=0.66
        )
        world.hidden.memory[:, 0], world.hidden.memory[:, 15] = turn, offers
        return set(outcomes(world, "hard_close")) - {"promise_broken"}

    assert "promise_kept" in closed(9, 1, 0.7)
    assert "promise_kept" not in closed(2, 1, 0.7) | closed(9, 0, 0.7) | closed(9, 1, 0.0)


@pytest.mark.parametrize("reason", ["cannot_pay", "disputes", "wrong_party", "vulnerable"])
def test_a_referral_is_right_for_those_who_should_not_pay_once_they_said_why(reason: str) -> None:
    shares = dict.fromkeys(("cannot_pay", "disputes", "wrong_party", "vulnerable", "tight"), 0.0) | {reason: 1.0}
    of = only("cooperative", debtors=Shares(**shares))
    unheard = begun(of)
    unheard.hidden.memory[:, 1] = 1.0
    assert set(outcomes(unheard, "refer_to_specialist")) == {"referral_wrong"}
    heard = begun(of)
    heard.hidden.memory[:, 1] = 1.0
    signal = {"cannot_pay": "hardship", "vulnerable": "vulnerable"}.get(reason, "dispute")
    heard.hidden.memory[:, 8 + SIGNALS.index(signal)] = 1.0
    assert set(outcomes(heard, "refer_to_specialist")) == {"referral_correct"}
    for offer in ("offer_payment_plan", "validate_then_offer"):
        assert "promise_kept" not in outcomes(ready(of, answers=2), offer)


def test_a_referral_of_somebody_who_can_pay_is_wrong() -> None:
    world = ready(only("sad", debtors=NOBODY_FOR_A_SPECIALIST), answers=2)
    world.hidden.memory[:, 8:12] = 1.0
    assert set(outcomes(world, "refer_to_specialist")) == {"referral_wrong"}


def test_a_bad_mood_hangs_up_or_asks_to_stop_and_who_ignores_that_is_cut_off() -> None:
    world = ready(only("angry"), answers=0, sentiment=-0.95, cooperation=0.1)
    assert 0.3 < np.mean(np.array(outcomes(world, "firm_reminder")) == "hung_up") < 1.0
    world = ready(only("angry"), answers=0, sentiment=-0.5, cooperation=0.1)
    say(world, "gentle_urgency")
    stopped = world.hidden.memory[:, 8 + SIGNALS.index("stop")] > 0
    assert 0.2 < stopped.mean() < 0.8
    world = ready(only("cooperative"), answers=1)
    world.hidden.memory[:, 8 + SIGNALS.index("stop")] = 1.0
    assert 0.3 < np.mean(np.array(outcomes(world, "offer_payment_plan")) == "hung_up") < 0.7


@pytest.mark.parametrize(
    ("column", "acts", "which", "higher"),
    [
        (AGREEABLE, ("identify_and_disclose", "ask_about_situation", "empathetic_listening"), 1, True),
        (STABLE, ("gentle_urgency", "gentle_urgency"), 0, True),
    ],
)
def test_temperament_changes_how_a_mood_moves(column: int, acts: tuple[str, ...], which: int, higher: bool) -> None:
    low, high = (moods(only("cooperative"), *acts, profile=(column, value))[which] for value in (0.1, 0.9))
    assert (high > low + 0.03) == higher


@pytest.mark.parametrize("column", [ASSERTIVE, OPEN])
def test_temperament_changes_what_is_agreed_to_and_told(column: int) -> None:
    payers = only("sad", debtors=NOBODY_FOR_A_SPECIALIST)
    found = []
    for value in (0.05, 0.95):
        if column == ASSERTIVE:
            world = ready(payers, answers=1, cooperation=0.66)
            world.hidden.profile[:, column] = value
            found.append(np.mean(np.array(outcomes(world, "offer_payment_plan")) != ""))
        else:
            world = begun(payers)
            world.hidden.profile[:, column] = value
            say(world, "identify_and_disclose", "ask_about_situation")
            found.append(1.0 - (world.hidden.memory[:, 6] > 0).mean())
    assert found[0] > found[1] + 0.1


def test_calls_before_and_days_overdue_change_the_first_mood() -> None:
    world = begun(settings(), 8000)
    profile, mood = world.hidden.profile, world.hidden.mood
    sad = profile[:, PERSONA] == 1
    assert mood[sad & (profile[:, 11] >= 2), 0].mean() < mood[sad & (profile[:, 11] == 0), 0].mean() - 0.05
    assert np.corrcoef(profile[sad, 6], mood[sad, 1])[0, 1] < -0.1


def test_what_is_heard_tells_the_personas_and_the_budgets_apart() -> None:
    def heard(of: DialogueSettings) -> list[Call]:
        world = Dialogue(of, 400, exam=True)
        return sit(OraclePolicy(world), world).calls

    def share(found: list[Call], intent: str) -> float:
        return float(np.mean(np.concatenate([call.intents for call in found]) == INTENTS.index(intent)))

    angry, avoidant, cooperative = (heard(only(name)) for name in ("angry", "avoidant", "cooperative"))
    assert share(angry, "complain") > share(avoidant, "complain") + 0.1 > share(cooperative, "complain")
    assert share(avoidant, "stall") > share(angry, "stall") + 0.1
    first = [np.mean([call.sentiments[0] for call in found]) for found in (angry, avoidant, cooperative)]
    assert first == sorted(first)


def test_a_life_from_its_seed_alone() -> None:
    world = Dialogue(settings(), 16)
    for number, call in enumerate(calls(world, OraclePolicy(world), 40)):
        again = play_again(settings(), call)
        assert again.debtor == call.debtor and again.outcome == call.outcome and number < 200
        assert np.array_equal(again.sentiments, call.sentiments)


def test_a_quarter_of_the_debtors_is_for_a_specialist() -> None:
    rows, weights = np.zeros((8000, FIELDS)), np.ones(4)
    shares = np.array([0.0, 0.12, 0.07, 0.02, 0.04])
    for seed in range(8000):
        draw(seed, weights, shares, 0.35, rows, seed)
    found = np.bincount(rows[:, REASON].astype(int), minlength=5) / 8000
    assert found[1:] == pytest.approx(shares[1:], abs=0.01)
    payers = rows[rows[:, REASON] == 0]
    assert (payers[:, AFFORDABLE] < payers[:, INSTALMENT]).mean() == pytest.approx(0.35, abs=0.03)
    assert (rows[:, 7] > rows[:, AFFORDABLE]).all(), "nobody can afford more than the income"


def test_other_weights_hold_from_the_next_call_on_and_are_part_of_the_state() -> None:
    world, other = Dialogue(settings(), 64), Dialogue(settings(), 64)
    world.set_weights(4, (0, 0, 0, 1))
    other.restore(world.state())
    for one in (world, other):
        say(one, "close_call")
        assert {one.debtor(agent).persona for agent in range(64)} == {"angry"}
    for wrong in ((0, 0, 0, 0), (1, 1, 1), (1, -1, 1, 1), (1, float("nan"), 1, 1)):
        with pytest.raises(ValueError, match="set_weights"):
            world.set_weights(4, wrong)
    with pytest.raises(ValueError, match="expected a stage"):
        world.set_weights(5, (1, 1, 1, 1))
