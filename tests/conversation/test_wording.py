"""Every act and every intent of every persona has words, all filled in, and the same call reads the same."""

import re

import pytest

from hamlet.conversation import wording as module
from hamlet.conversation.lexicon import read_data
from hamlet.conversation.wording import FIELDS, MOODS, TemplateWording, fields, known_templates
from hamlet.errors import ConfigError
from hamlet.worlds.dialogue.acts import ACTS, INTENTS, PERSONAS, SIGNALS
from hamlet.worlds.dialogue.perception import Heard
from hamlet.worlds.dialogue.profiles import LIFE_EVENTS
from tests.conversation.support import debtor

WORDING = TemplateWording(known_templates())
SOUNDS = dict(zip(MOODS, (0.3, -0.7), strict=True))
DARK = (False,) * len(SIGNALS)


def assert_filled(text: str) -> None:
    assert text and not re.search(r"[{}]|None|\s\s", text), text
    assert text[0] == text[0].upper(), text


@pytest.mark.parametrize("mood", MOODS)
@pytest.mark.parametrize("act", ACTS)
def test_every_act_has_three_wordings_and_no_unfilled_field(act: str, mood: str) -> None:
    said = set()
    for seed in range(40):
        found = WORDING.collector(ACTS.index(act), SOUNDS[mood], debtor(life_event="illness"), seed, seed % 15)
        assert_filled(found.text)
        assert (found.source, found.reason) == ("template", "")
        said.add(re.sub(r"the \d+\w\w", "DAY", found.text))
    assert len(said) >= 3


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("intent", INTENTS)
def test_every_intent_of_every_persona_has_three_wordings_in_each_mood(intent: str, persona: str) -> None:
    for mood in MOODS:
        said = set()
        for seed in range(60):
            heard = Heard(INTENTS.index(intent), SOUNDS[mood], DARK, 0.0)
            said.add(WORDING.debtor(heard, debtor(persona=persona), seed, 0).text)
        assert len(said) >= 3
        for text in said:
            assert_filled(text)


@pytest.mark.parametrize("event", LIFE_EVENTS)
def test_amounts_days_and_events_are_the_profiles(event: str) -> None:
    profile = debtor(life_event=event, debt=1234, days_overdue=77)
    said = [
        WORDING.collector(act, sentiment, profile, seed, 3).text
        for act in range(len(ACTS))
        for sentiment in SOUNDS.values()
        for seed in range(12)
    ]
    for text in said:
        assert_filled(text)
        amounts = set(re.findall(r"\$\d+(?:,\d{3})*", text))
        assert amounts <= {f"${one:,}" for one in (1234, profile.instalment, profile.tailored, profile.settlement)}
    assert any("$1,234" in text for text in said) and any("77 days" in text for text in said)
    assert any(known_templates().events_yours[event] in text for text in said)


def test_the_same_seed_and_turn_give_the_same_words_and_others_do_not() -> None:
    def call(seed: int) -> list[str]:
        return [WORDING.collector(act, 0.0, debtor(), seed, turn).text for turn, act in enumerate((0, 2, 1, 6, 8))]

    assert call(7) == call(7)
    assert len({tuple(call(seed)) for seed in range(20)}) > 15
    assert len({WORDING.collector(1, 0.0, debtor(), 7, turn).text for turn in range(15)}) >= 3


def test_signals_are_said_unless_the_intent_says_them() -> None:
    dispute = tuple(name == "dispute" for name in SIGNALS)
    said = {WORDING.debtor(Heard(INTENTS.index("stall"), 0.0, dispute, 0.0), debtor(), s, 1).text for s in range(20)}
    assert all(any(line in text for line in known_templates().signals["dispute"]) for text in said)
    plain = {WORDING.debtor(Heard(INTENTS.index("dispute"), 0.0, dispute, 0.0), debtor(), s, 1).text for s in range(20)}
    assert not any(line in text for line in known_templates().signals["dispute"] for text in plain)


def test_nobody_says_hello_in_the_middle_of_a_call() -> None:
    greets = Heard(INTENTS.index("greet"), 0.0, DARK, 0.0)
    for persona in PERSONAS:
        late = {WORDING.debtor(greets, debtor(persona=persona), seed, 6).text for seed in range(30)}
        assert not any(re.search("hello|hi,", text, re.IGNORECASE) for text in late)


def test_asking_again_is_said_in_several_ways() -> None:
    assert len({WORDING.asks_again(1, turn).text for turn in range(20)}) >= 3


def test_every_field_can_be_filled_in() -> None:
    assert set(fields(debtor(), 1, known_templates())) == set(FIELDS)


def broken(monkeypatch: pytest.MonkeyPatch, change: str) -> str:
    raw = read_data("templates.yaml")
    if change == "too few":
        raw["collector"]["hard_close"]["calm"] = ["Well?", "Now?", "Now?"]
    elif change == "unknown field":
        raw["debtor"]["stall"]["sad"][0] = "Not {now}."
    elif change == "missing":
        del raw["debtor"]["stall"]["sad"]
    elif change == "unknown key":
        raw["farewells"] = ["Bye."]
    monkeypatch.setattr(module, "read_data", lambda _: raw)
    with pytest.raises(ConfigError) as caught:
        known_templates.__wrapped__()
    return str(caught.value)


def test_a_mistake_in_the_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "collector.hard_close.calm: expected 3 different wordings or more, found 2" in broken(monkeypatch, "too few")
    said = broken(monkeypatch, "unknown field")
    assert "debtor.stall.sad" in said and "'now'" in said and "{debt}" in said
    assert "debtor.stall: expected cooperative, sad" in broken(monkeypatch, "missing")
    assert "farewells" in broken(monkeypatch, "unknown key")
