"""What the classifier sees of a text: words with their negation, pairs, pieces of words, kinds of words."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from hamlet.conversation.lexicon import Lexicon, Phrases
from hamlet.conversation.tokens import BREAK, Token

__all__ = ["Features", "find"]

PIECE = (3, 5)  # lengths of the pieces of words
UNKNOWN = "unknown"
WEIGHT = {"word": 1.0, "pair": 0.8, "triple": 0.4, "piece": 0.25, "kind": 2.5, "kinds": 1.4, UNKNOWN: 3.0}
"""Tried by cross-validation on the training phrases."""


def find(tokens: Sequence[Token], phrases: Phrases) -> list[tuple[int, int, str]]:
    """Where phrases stand in ``tokens``: (first, past the last, what the phrase stands for)."""
    words = [token.word for token in tokens]
    return [
        (at, at + len(phrase), name)
        for at, word in enumerate(words)
        for phrase, name in phrases.get(word, ())
        if tuple(words[at : at + len(phrase)]) == phrase
    ]


class Features:
    """Named features of tokenised texts, in a space that ``texts`` span: of what these do not hold, only how much is
    unknown counts."""

    def __init__(self, texts: Iterable[Sequence[Token]], lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._heard: Counter[str] = Counter()
        for tokens in texts:
            self._heard.update({token.word for token in tokens})
        self._small = {word for word, count in self._heard.items() if count >= 12}  # "the", "is", "you"

    def of(self, tokens: Sequence[Token], *, trained: bool = False) -> dict[str, float]:
        """Of Euclidean length 1 (nothing for a text without a word). ``trained``: the text is one of those
        that the space was made of, and what it alone holds is unknown, as it would be in any other."""
        kinds = self._kinds(tokens)
        found = {f"kind {kind}": WEIGHT["kind"] for kind in kinds}
        found |= {f"kinds {one} {other}": WEIGHT["kinds"] for one in kinds for other in kinds if one < other}
        words = [BREAK, *(token.word for token in tokens), BREAK]
        found |= {f"pair {one} {two}": WEIGHT["pair"] for one, two in pairwise(words)}
        found |= {
            f"triple {one} {two} {three}": WEIGHT["triple"]
            for one, two, three in zip(words, words[1:], words[2:], strict=False)
        }
        cancelled = self._lexicon.negators if any(turns > 1 for _, turns in tokens) else frozenset[str]()
        large = 0
        unknown = 0
        for word, turns in tokens:
            if word == BREAK or word in cancelled:
                continue
            sign = "-" if turns % 2 else "+"
            found[f"word {sign}{word}"] = WEIGHT["word"]
            padded = f"<{word}>"
            for length in range(PIECE[0], PIECE[1] + 1):
                for at in range(len(padded) - length + 1):
                    found[f"piece {sign}{padded[at : at + length]}"] = WEIGHT["piece"]
            if word not in self._small:
                large += 1
                unknown += self._heard[word] <= trained and word not in self._lexicon.valence
        if not large and not found:
            return {}
        found[UNKNOWN] = WEIGHT[UNKNOWN] * unknown / max(large, 1)
        length_ = float(np.sqrt(sum(value * value for value in found.values())))
        return {name: value / length_ for name, value in found.items()}

    def _kinds(self, tokens: Sequence[Token]) -> set[str]:
        """Which kinds of words stand there, turned round ("-") or not; "?" where a clause begins as a question."""
        kinds = set()
        for at, _, name in find(tokens, self._lexicon.concepts):
            kinds.add(f"{'-' if tokens[at].negated else '+'}{name}")
            if tokens[at].turns > 1:
                kinds.add(f"{tokens[at].turns % 2}{name}")
        for at, _, _ in find(tokens, self._lexicon.questions):
            if at == 0 or tokens[at - 1].word == BREAK or tokens[at - 1].word in self._lexicon.breaks:
                kinds.add("?")
        return kinds
