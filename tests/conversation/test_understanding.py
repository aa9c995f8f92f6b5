"""What is understood of a text: measured on sentences by another hand, and in its rules."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.understanding import Measured, measure
from hamlet.conversation import lexicon as module
from hamlet.conversation.lexicon import known_lexicon, read_data, training_phrases
from hamlet.conversation.sentiment import valence
from hamlet.conversation.tokens import tokenise
from hamlet.conversation.understanding import Understanding, understanding
from hamlet.conversation.wording import TemplateWording, known_templates
from hamlet.errors import ConfigError
from hamlet.worlds.dialogue.acts import INTENTS, PERSONAS, SIGNALS
from hamlet.worlds.dialogue.perception import Heard
from tests.conversation.sentences import held_out, negations, plain
from tests.conversation.support import debtor


@pytest.fixture(scope="module")
def measured() -> Measured:
    return measure()


def test_held_out_sentences_are_understood(measured: Measured) -> None:
    assert measured.accuracy >= 0.89  # measured .901; a sentence is .003
    for name in INTENTS:
        assert measured.right[name] / measured.sentences[name] >= 0.75, name


def test_negations_are_understood(measured: Measured) -> None:
    assert measured.negations >= 0.84  # measured .850; the goal is .95 and is not met


def test_signals_are_seen(measured: Measured) -> None:
    for name, (rightly, lit, due) in measured.signals.items():
        assert rightly / lit >= 0.8, name
        assert rightly / due >= (0.55 if name == "vulnerable" else 0.7), name


def test_it_is_fitted_while_one_waits(measured: Measured) -> None:
    assert measured.fit_seconds < 4.0  # about 0.8 on a core of its own
    assert measured.milliseconds < 20.0


def test_no_test_sentence_is_a_training_phrase() -> None:
    trained = {plain(text) for text, _ in training_phrases()}
    assert not trained & {plain(sentence.text) for sentence in [*held_out(), *negations()]}


def test_every_intent_has_phrases_enough_and_none_twice() -> None:
    phrases = training_phrases()
    assert min(sum(label == at for _, label in phrases) for at in range(len(INTENTS))) >= 25
    texts = [plain(text) for text, _ in phrases]
    assert len(set(texts)) == len(texts)


def test_the_same_phrases_give_the_same_understanding_and_leave_global_randomness_alone() -> None:
    before = np.random.get_state()
    again = Understanding(known_lexicon(), training_phrases())
    after = np.random.get_state()
    assert str(before) == str(after)
    for sentence in held_out()[::10]:
        assert again.understand(sentence.text) == understanding().understand(sentence.text)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("I agree with this", "agree"),
        ("I do not agree with this", "refuse"),
        ("I don't disagree with this", "agree"),
        ("i dont agree with this", "refuse"),
        ("It's not that I don't want to, there is just no money", "hardship"),
        ("I have no objections at all to a plan like that", "agree"),
        ("don't think for a second that I accept", "refuse"),
    ],
)
def test_negation_turns_the_meaning(text: str, intent: str) -> None:
    assert understanding().understand(text).intent == intent


@pytest.mark.parametrize(
    ("text", "turns"),
    [
        ("I am happy", 0),
        ("I'm not happy", 1),
        ("I am unhappy", 1),
        ("I'm not unhappy", 2),
        ("i cant say im unhappy", 2),
        ("I never sleep, I am happy", 0),
        ("no, I am happy", 0),
        ("I’m not happy", 1),
    ],
)
def test_a_word_knows_how_often_it_is_turned_round(text: str, turns: int) -> None:
    [happy] = [token for token in tokenise(text, known_lexicon()) if token.word == "happy"]
    assert happy.turns == turns


def sounds(text: str) -> float:
    found = valence(tokenise(text, known_lexicon()), known_lexicon())
    assert found is not None
    return found


def test_sentiment_knows_negation_intensifiers_and_softeners() -> None:
    assert sounds("that is good") > sounds("that is not bad") > 0 > sounds("that is not good")
    assert sounds("very good") > sounds("good") > sounds("slightly good") > 0
    assert 0 < sounds("I'm not unhappy") < sounds("I'm happy")
    assert sounds("it was nice but now I hate it") < 0
    assert valence(tokenise("the table", known_lexicon()), known_lexicon()) is None


def test_a_sign_that_is_denied_is_none() -> None:
    def signals(text: str) -> tuple[str, ...]:
        return understanding().understand(text).signals

    assert "dispute" in signals("I dispute this")
    assert "dispute" not in signals("I do not dispute this")
    assert "vulnerable" in signals("I have depression, it has been hard")
    assert "vulnerable" not in signals("I do not have depression")
    assert "stop" in signals("please stop calling me")


@pytest.mark.parametrize("text", ["", "   ", "?!…", "\x00\n", "qpwo ksjd fhg"])
def test_what_cannot_be_understood_is_asked_again(text: str) -> None:
    found = understanding().understand(text)
    assert found.intent == "other" and found.asks_again


@given(st.text(max_size=200))
def test_any_text_gives_numbers_in_range(text: str) -> None:
    heard, confidence, asks_again = understanding().understand(text)
    assert 0 <= heard.intent < len(INTENTS) and len(heard.signals) == len(SIGNALS)
    assert -1 <= heard.sentiment <= 1 and -1 <= heard.cooperation <= 1 and 0 <= confidence <= 1
    assert asks_again == (INTENTS[heard.intent] == "other")


def test_a_very_long_text_is_cut() -> None:
    assert understanding().understand("I agree. " * 100_000).intent == "agree"


def test_simulated_debtors_are_understood() -> None:
    wording, wrong, said = TemplateWording(known_templates()), 0, 0
    for persona in PERSONAS:
        for at, name in enumerate(INTENTS):
            for seed in range(12 * (name != "other")):
                heard = Heard(at, 0.0, (False,) * len(SIGNALS), 0.0)
                text = wording.debtor(heard, debtor(persona=persona), seed, seed % 3).text
                wrong += understanding().understand(text).intent != name
                said += 1
    assert wrong / said <= 0.04  # measured .031: "I lost my job" as an answer is heard as hardship


def test_a_file_that_does_not_fit_the_acts_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    phrases, lexicon = read_data("phrases.yaml"), read_data("lexicon.yaml")
    monkeypatch.setattr(module, "read_data", lambda name: phrases if name == "phrases.yaml" else lexicon)
    del phrases["stall"], lexicon["signals"]["stop"]
    with pytest.raises(ConfigError, match=r"phrases\.yaml: expected greet, inform"):
        training_phrases()
    with pytest.raises(ConfigError, match="signals: expected vulnerable, hardship, dispute, stop, found"):
        known_lexicon.__wrapped__()
