"""The test sentences themselves: labels that exist, enough of each, nothing twice."""

from collections import Counter

import pytest

from hamlet.worlds.dialogue.acts import INTENTS, SIGNALS
from tests.conversation.sentences import HeldOut, Negation, held_out, negations, plain

HELD_OUT = held_out()
NEGATIONS = negations()
BOTH: list[HeldOut | Negation] = [*HELD_OUT, *NEGATIONS]


def test_labels_are_words_of_the_dialogue_world() -> None:
    for sentence in BOTH:
        readings = (sentence.intent, *sentence.also)
        assert set(readings) <= set(INTENTS), sentence
        assert len(set(readings)) == len(readings), sentence
    for held in HELD_OUT:
        assert set(held.signals) <= set(SIGNALS), held
        assert len(set(held.signals)) == len(held.signals), held


def test_an_intent_named_like_a_signal_lights_it() -> None:
    for sentence in HELD_OUT:
        if sentence.intent in SIGNALS:
            assert sentence.intent in sentence.signals, sentence


def test_the_wrong_reading_is_an_intent_and_never_a_right_one() -> None:
    for sentence in NEGATIONS:
        assert sentence.wrong in INTENTS, sentence
        assert sentence.wrong not in (sentence.intent, *sentence.also), sentence


def test_no_sentence_twice_in_or_across_the_files() -> None:
    words = Counter(plain(sentence.text) for sentence in BOTH)
    assert "" not in words
    assert [text for text, times in words.items() if times > 1] == []


@pytest.mark.parametrize("intent", INTENTS)
def test_held_out_sentences_suffice_for_each_intent(intent: str) -> None:
    assert sum(sentence.intent == intent for sentence in HELD_OUT) >= 22


@pytest.mark.parametrize("signal", SIGNALS)
def test_held_out_sentences_suffice_for_each_signal(signal: str) -> None:
    assert sum(signal in sentence.signals for sentence in HELD_OUT) >= 15


def test_held_out_sentences_are_many_and_of_every_mood() -> None:
    assert len(HELD_OUT) >= 260
    moods = Counter(sentence.sentiment for sentence in HELD_OUT)
    assert min(moods[mood] for mood in ("negative", "neutral", "positive")) >= 25


def test_a_third_of_the_held_out_sentences_look_spoken() -> None:
    spoken = [sentence for sentence in HELD_OUT if plain(sentence.text) == sentence.text.replace("'", "")]
    assert len(spoken) >= len(HELD_OUT) / 3


def test_negations_are_many_and_no_one_answer_is_right_for_most() -> None:
    assert len(NEGATIONS) >= 80
    readings = Counter(intent for sentence in NEGATIONS for intent in (sentence.intent, *sentence.also))
    assert max(readings.values()) <= len(NEGATIONS) / 2
