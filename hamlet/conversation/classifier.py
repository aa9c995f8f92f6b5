"""Which intent a text has: multinomial logistic regression on sparse features.

Stochastic gradient steps, each feature with a step size of its own that shrinks with what it has been moved
(Duchi, Hazan & Singer 2011, AdaGrad), a ridge penalty on the features of the text at hand, and the mean of
the last half of the weights (Polyak & Juditsky 1992). The order of the texts is drawn from a fixed seed: the
same phrases give the same weights on every start.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hamlet.conversation.features import Features
from hamlet.conversation.lexicon import Lexicon
from hamlet.conversation.tokens import Token, split, tokenise
from hamlet.worlds.compiled import compiled

__all__ = ["Classifier"]

ROUNDS = 12
RATE = 0.5
RIDGE = 2e-4


class Classifier:
    """Fitted to ``texts`` and their ``labels`` (0 … ``classes`` − 1)."""

    def __init__(self, texts: Sequence[str], labels: Sequence[int], classes: int, lexicon: Lexicon) -> None:
        tokenised = [tokenise(text, lexicon) for text in texts]
        self._features = Features(tokenised, lexicon)
        rows = [self._features.of(tokens, trained=True) for tokens in tokenised]
        self._columns: dict[str, int] = {}
        for row in rows:
            for name in row:
                self._columns.setdefault(name, len(self._columns))
        starts = np.cumsum([0, *map(len, rows)])
        columns = np.array([self._columns[name] for row in rows for name in row], np.int64)
        values = np.array([value for row in rows for value in row.values()])
        rng = np.random.default_rng(0)
        order = np.concatenate([rng.permutation(len(rows)) for _ in range(ROUNDS)])
        targets = np.asarray(labels, np.int64)
        each = len(rows) / classes / np.maximum(np.bincount(targets, minlength=classes), 1)
        self._weights = np.zeros((len(self._columns), classes))
        _fit(starts, columns, values, targets, each, order, RATE, RIDGE, self._weights)

    def probabilities(self, tokens: Sequence[Token]) -> NDArray[np.float64]:
        """Of each class; [classes], sums to 1. Where what comes first is denied ("I'm not refusing, I need
        time"), the mean with those of the last clause alone: there it stands what is meant."""
        found = self._of(tokens)
        clauses = split(tokens)
        if len(clauses) > 1 and any(token.negated for token in clauses[0]):
            found = 0.5 * (found + self._of(clauses[-1]))
        return found

    def _of(self, tokens: Sequence[Token]) -> NDArray[np.float64]:
        scores = np.zeros(self._weights.shape[1])
        for name, value in self._features.of(tokens).items():
            column = self._columns.get(name)
            if column is not None:
                scores += value * self._weights[column]
        powers = np.exp(scores - scores.max())
        return np.asarray(powers / powers.sum())


@compiled
def _fit(
    starts: NDArray[np.int64],
    columns: NDArray[np.int64],
    values: NDArray[np.float64],
    targets: NDArray[np.int64],
    each: NDArray[np.float64],
    order: NDArray[np.int64],
    rate: float,
    ridge: float,
    weights: NDArray[np.float64],
) -> None:
    """Fill ``weights`` [features, classes]. Text i has ``values[starts[i]:starts[i + 1]]`` in ``columns``;
    ``each`` [classes]: how much a text of the class weighs; ``order``: the texts in the order of the steps."""
    classes = weights.shape[1]
    current = np.zeros_like(weights)
    moved = np.full_like(weights, 1e-6)
    error = np.empty(classes)
    counted = np.zeros(weights.shape[0])
    for step in range(order.size):
        text = order[step]
        error[:] = 0.0
        for at in range(starts[text], starts[text + 1]):
            for k in range(classes):
                error[k] += values[at] * current[columns[at], k]
        error[:] = np.exp(error - error.max())
        error[:] /= error.sum()
        error[targets[text]] -= 1.0
        error *= each[targets[text]]
        for at in range(starts[text], starts[text + 1]):
            column = columns[at]
            if 2 * step >= order.size:
                counted[column] += 1.0
            for k in range(classes):
                gradient = values[at] * error[k] + ridge * current[column, k]
                moved[column, k] += gradient * gradient
                current[column, k] -= rate * gradient / np.sqrt(moved[column, k])
                if 2 * step >= order.size:
                    weights[column, k] += (current[column, k] - weights[column, k]) / counted[column]
