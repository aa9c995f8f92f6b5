"""Numbers as words and back, and the language model that is made of what people say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamlet.voice.ngrams import arpa
from hamlet.voice.spoken import number_words, spoken, written


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I take home $1,250 a month.", "i take home one thousand two hundred fifty dollars a month"),
        ("The 15th, in 1985!", "the fifteenth in nineteen eighty five"),
        ("I can't — 20% off, $3.50?", "i can't twenty percent off three dollars and fifty cents"),
    ],
)
def test_text_as_it_is_spoken(text: str, words: str) -> None:
    assert " ".join(spoken(text)) == words


@given(st.integers(0, 999_999_999), st.booleans())
def test_a_number_comes_back(value: int, with_and: bool) -> None:
    words = number_words(value, with_and=with_and)
    assert written([*words, "dollars"]) == f"${value:,}"


def test_what_is_no_number_stays() -> None:
    assert written(["this", "one", "and", "no", "one", "else"]) == "this one and no one else"
    assert written(["about", "five", "hundred", "dollars", "and", "twenty", "five"]) == "about $500 and 25"


def test_the_probabilities_of_what_may_follow_are_one() -> None:
    model = arpa([["a", "b"], ["a", "c"], ["b"]])
    unigrams, bigrams = (
        [line.split() for line in model.split(f"\\{size}-grams:\n")[1].split("\n\n")[0].splitlines()] for size in (1, 2)
    )
    assert sum(10 ** float(gram[0]) for gram in unigrams) == pytest.approx(1.0, abs=1e-3)
    after = {tuple(gram[1:3]): 10 ** float(gram[0]) for gram in bigrams}
    assert after["<s>", "a"] > after["<s>", "b"]
