"""Talks at the level of text: what is heard, how they end, and that they make the world's own numbers."""

import numpy as np
import pytest

from hamlet.conversation.session import Choice, PersonTalk, PolicyChooser, SimulatedTalk
from hamlet.conversation.understanding import understanding
from hamlet.conversation.wording import TemplateWording, known_templates
from hamlet.worlds.dialogue.acts import ACTS, INTENTS, OUTCOMES, PERSONAS
from hamlet.worlds.dialogue.policies import RulePolicy
from hamlet.worlds.dialogue.replaying import with_debtor
from tests.conversation.support import Scripted, debtor, settings

WORDING = TemplateWording(known_templates())
OPENING = ("identify_and_disclose", "ask_about_situation", "offer_payment_plan")


def talk(*acts: str, cap: int = 15, masked: bool = False) -> PersonTalk:
    of = settings(cap=cap, masked=masked)
    return PersonTalk(Scripted(acts), WORDING, understanding(), debtor(), 3, of)


def test_a_talk_goes_turn_by_turn_and_yes_to_an_offer_ends_it() -> None:
    person = talk(*OPENING)
    first = person.begin()
    assert (first.who, first.act, first.number, first.ending) == ("collector", "identify_and_disclose", 0, "")
    assert first.values == tuple(range(len(ACTS))) and all(first.mask) and "$1,200" in first.text
    said, asks = person.reply("yes speaking")
    assert (said.who, said.intent, said.source, said.text) == ("debtor", "greet", "person", "yes speaking")
    assert (asks.act, asks.number) == ("ask_about_situation", 1)
    said, offers = person.reply("my hours were cut but I still earn about 1600 a month")
    assert said.intent == "inform" and offers.act == "offer_payment_plan"
    (said,) = person.reply("Okay, that sounds fair. Set it up please.")
    assert (said.intent, said.ending) == ("agree", "agreed")
    with pytest.raises(RuntimeError, match="has ended"):
        person.reply("hello?")


def test_yes_to_a_question_agrees_to_nothing() -> None:
    person = talk("identify_and_disclose", "ask_about_situation")
    person.begin()
    assert all(not turn.ending for turn in person.reply("yes I agree"))


def test_yes_to_a_hard_close_counts_while_an_offer_stands() -> None:
    for acts, ending in (((*OPENING, "hard_close"), "agreed"), (("identify_and_disclose", "hard_close"), "")):
        person = talk(*acts)
        person.begin()
        for _ in acts[1:]:
            turns = person.reply("I need to think about it")
        assert turns[-1].act == "hard_close"
        assert person.reply("all right, I agree")[0].ending == ending


@pytest.mark.parametrize(
    ("acts", "answer", "ending"),
    [
        ((*OPENING, "close_call"), "no, I won't do that", "refused"),
        ((*OPENING, "close_call"), "I need to think about it", "closed"),
        (("identify_and_disclose", "close_call"), "hello", "closed"),
        (("identify_and_disclose", "refer_to_specialist"), "that is not my debt", "referred"),
    ],
)
def test_the_collector_can_end_it(acts: tuple[str, ...], answer: str, ending: str) -> None:
    person = talk(*acts)
    person.begin()
    for _ in acts[1:]:
        turns = person.reply(answer)
    assert turns[-1].who == "collector" and turns[-1].ending == ending


@pytest.mark.parametrize("text", ["bye", "Goodbye!", "stop", "Stop.", "I'm hanging up now", "leave me alone, bye"])
def test_the_person_can_hang_up(text: str) -> None:
    person = talk("identify_and_disclose")
    person.begin()
    (turn,) = person.reply(text)
    assert turn.ending == "hung_up" and "stop" in turn.signals


def test_a_request_to_stop_is_heard_and_ends_nothing_by_itself() -> None:
    person = talk("identify_and_disclose", "firm_reminder")
    person.begin()
    said, presses = person.reply("please stop calling me")
    assert said.intent == "stop" and said.ending == ""
    assert "pressed_stop" in presses.violations


def test_it_is_cut_off_at_the_cap() -> None:
    person = talk(cap=3)
    person.begin()
    endings = [person.reply("I work part time in a shop")[-1].ending for _ in range(3)]
    assert endings == ["", "", "timed_out"]


def test_what_is_not_understood_is_asked_again_once_and_changes_nothing() -> None:
    collector = Scripted(["identify_and_disclose"])
    person = PersonTalk(collector, WORDING, understanding(), debtor(), 3, settings())
    person.begin()
    said, again = person.reply("qpwo ksjd fhg")
    assert (said.intent, again.who, again.act, again.number) == ("other", "collector", "", 0)
    assert again.text in known_templates().asks_again and len(collector.seen) == 1
    said, on = person.reply("qpwo ksjd fhg")
    assert on.act and on.number == 1 and len(collector.seen) == 2
    _, again = person.reply("qpwo ksjd fhg")
    assert again.act == ""


def test_masks_reach_the_collector() -> None:
    first = talk("identify_and_disclose", masked=True).begin()
    assert not first.mask[ACTS.index("hard_close")] and first.mask[ACTS.index("identify_and_disclose")]


@pytest.mark.parametrize("persona", PERSONAS)
def test_a_simulated_talk_is_the_call_that_the_world_makes(persona: str) -> None:
    for seed in range(8):
        seen = Scripted(())
        world = with_debtor(settings(), seed, persona)
        simulated = SimulatedTalk(seen, WORDING, world, seed)
        assert simulated.profile.persona == persona
        rng, heard, ending = np.random.default_rng(seed), [], ""
        while not ending:
            simulated.next_act()
            assert np.array_equal(seen.seen[-1], world.observe()[0][0])
            done, said = simulated.act(Choice(int(rng.integers(len(ACTS)))))
            heard.append((done.act, said.intent, said.sentiment, said.cooperation, len(done.violations)))
            ending = said.ending
        call = world.episode(0)
        assert call.seed == seed and call.outcome == ending and ending in OUTCOMES
        assert [ACTS[act] for act in call.actions] == [one[0] for one in heard]
        assert [INTENTS[at] for at in call.intents] == [one[1] for one in heard]
        assert call.sentiments.tolist() == [one[2] for one in heard]
        assert call.cooperations.tolist() == [one[3] for one in heard]
        assert sum(call.violations.values()) == sum(one[4] for one in heard)
        with pytest.raises(RuntimeError, match="has ended"):
            simulated.act(Choice(0))


def test_a_watched_talk_repeats_itself_word_for_word() -> None:
    def watch() -> list[str]:
        simulated = SimulatedTalk(PolicyChooser(RulePolicy()), WORDING, with_debtor(settings(), 11), 11)
        said: list[str] = []
        while True:
            turns = simulated.act(simulated.next_act())
            said += [turn.text for turn in turns]
            if turns[-1].ending:
                return said

    assert watch() == watch()


def test_a_person_and_the_same_debtor_simulated_make_the_same_numbers() -> None:
    """Heard alike, both talks show the policy the same observation."""
    world, seen = with_debtor(settings(), 4), Scripted(OPENING)
    simulated = SimulatedTalk(seen, WORDING, world, 4)
    person_sees = Scripted(OPENING)

    class Understands:
        def understand(self, text: str) -> object:
            return answers[text]

    answers: dict[str, object] = {}
    person = PersonTalk(person_sees, WORDING, Understands(), simulated.profile, 4, settings())  # type: ignore[arg-type]
    person.begin()
    for turn in range(3):
        said = simulated.act(simulated.next_act())[1]
        if said.ending:
            break
        real = understanding().understand("hello")
        signals = tuple(name in said.signals for name in ("vulnerable", "hardship", "dispute", "stop"))
        heard = real.heard._replace(
            intent=INTENTS.index(said.intent), sentiment=said.sentiment, cooperation=said.cooperation, signals=signals
        )
        answers[str(turn)] = real._replace(heard=heard, asks_again=False)
        person.reply(str(turn))
    assert len(person_sees.seen) >= 3
    for one, other in zip(seen.seen, person_sees.seen, strict=False):
        assert np.array_equal(one, other)
