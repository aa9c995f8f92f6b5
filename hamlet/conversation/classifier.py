"""Which intent a text has: multinomial logistic regression over words, pieces of words and kinds of words.

Fitted when it is first needed, in the space of the training phrases: with the ridge penalty the weights are
a combination of the phrases, so that a fit solves for [phrases, intents] numbers however many features there
are (the representer theorem: Schölkopf, Herbrich & Smola 2001). Nesterov's method, a fixed number of steps:
no randomness, the same numbers every time.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hamlet.conversation.lexicon import Lexicon, Phrase
from hamlet.conversation.tokens import BREAK, Token, tokenise

__all__ = ["Classifier", "features", "find"]

RIDGE = 0.25
STEPS = 150
PIECE = (3, 5)  # lengths of the pieces of words
WEIGHT = {"word": 1.0, "pair": 0.8, "piece": 0.35, "kind": 1.2, "kinds": 0.6, "triple": 0.6}


def find(tokens: Sequence[Token], phrases: frozenset[Phrase]) -> list[tuple[int, int]]:
    """Where phrases stand in ``tokens``: (first, past the last); a phrase whose last word is turned round
    stands there too. A phrase may begin inside another."""
    words = tuple(token.word for token in tokens)
    lengths = sorted({len(phrase) for phrase in phrases})
    return [
        (at, at + length)
        for at in range(len(words))
        for length in lengths
        if at + length <= len(words) and words[at : at + length] in phrases
    ]


def features(text: str, lexicon: Lexicon) -> dict[str, float]:
    """Named features of ``text``, of Euclidean length 1 (none in a text without a word)."""
    tokens = tokenise(text, lexicon)
    found: dict[str, float] = {}
    words = [BREAK, *(token.word for token in tokens), BREAK]
    for token in tokens:
        if token.word == BREAK:
            continue
        sign = "-" if token.negated else "+"
        found[f"word {sign}{token.word}"] = WEIGHT["word"]
        padded = f"<{token.word}>"
        for length in range(PIECE[0], PIECE[1] + 1):
            for at in range(len(padded) - length + 1):
                found[f"piece {sign}{padded[at : at + length]}"] = WEIGHT["piece"]
    for one, two in zip(words, words[1:], strict=False):
        found[f"pair {one} {two}"] = WEIGHT["pair"]
    for three in zip(words, words[1:], words[2:], strict=False):
        found["triple " + " ".join(three)] = WEIGHT["triple"]
    kinds = {
        f"{'-' if tokens[past - 1].turns % 2 == 1 and tokens[past - 1].turns > tokens[at].turns - (at == past - 1) else '+'}{name}"
        for name, phrases in lexicon.concepts.items()
        for at, past in find(tokens, phrases)
    }
    for at, _ in find(tokens, lexicon.questions):
        if at == 0 or tokens[at - 1].word == BREAK or tokens[at - 1].word in lexicon.breaks:
            kinds.add("?")
    for kind in kinds:
        found[f"kind {kind}"] = WEIGHT["kind"]
        for other in kinds:
            if kind < other:
                found[f"kinds {kind} {other}"] = WEIGHT["kinds"]
    length = float(np.sqrt(sum(value * value for value in found.values())))
    return {name: value / length for name, value in found.items()}


class Classifier:
    """Fitted to ``texts`` and their ``labels`` (0 … ``classes`` − 1); ``probabilities`` tells of others."""

    def __init__(self, texts: Sequence[str], labels: Sequence[int], classes: int, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        rows = [features(text, lexicon) for text in texts]
        self._columns: dict[str, int] = {}
        for row in rows:
            for name in row:
                self._columns.setdefault(name, len(self._columns))
        matrix = np.zeros((len(rows), len(self._columns)), np.float32)
        for at, row in enumerate(rows):
            matrix[at, [self._columns[name] for name in row]] = list(row.values())
        self._weights, self._bias = fit(matrix, np.asarray(labels), classes)

    def probabilities(self, text: str) -> NDArray[np.float64]:
        """Of each class; [classes], sums to 1."""
        scores = self._bias.copy()
        for name, value in features(text, self._lexicon).items():
            column = self._columns.get(name)
            if column is not None:
                scores += value * self._weights[column]
        return softmax(scores[None])[0]


def fit(
    matrix: NDArray[np.float32], labels: NDArray[np.int64], classes: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights [features, classes] and bias [classes] for ``matrix`` [texts, features]. Each class weighs the
    same, however many texts it has."""
    gram = (matrix @ matrix.T).astype(np.float64) + 0.1
    target = np.eye(classes)[labels]
    each = (len(labels) / classes / np.maximum(target.sum(axis=0), 1.0))[labels][:, None]
    step = 1.0 / (0.5 * np.linalg.norm(gram, 2) * each.max() + RIDGE)
    dual = np.zeros_like(target)
    ahead = dual
    for at in range(STEPS):
        gradient = each * (softmax(gram @ ahead) - target) + RIDGE * ahead
        moved = ahead - step * gradient
        ahead = moved + at / (at + 3) * (moved - dual)
        dual = moved
    return matrix.T.astype(np.float64) @ dual, 0.1 * dual.sum(axis=0)


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Along the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
