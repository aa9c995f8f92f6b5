"""How words sound: a lexicon with negation, intensifiers and softeners.

After Taboada et al. 2011 (lexicon-based sentiment): a word that is turned round keeps part of its strength
with the other sign, and what is said twice to be not so ("not unhappy") is fainter than what is said.
"""

from collections.abc import Sequence

from hamlet.conversation.features import find
from hamlet.conversation.lexicon import Lexicon
from hamlet.conversation.tokens import Token

__all__ = ["valence"]

_STRONGEST = 3.0
_NEGATED = -0.6
_TWICE = 0.5
_INTENSIFIED = 1.4
_SOFTENED = 0.6


def valence(tokens: Sequence[Token], lexicon: Lexicon) -> float | None:
    """In [−1, 1]; ``None`` where no word says anything. The mean of what is said, the last clause counting
    double: "it is a fine offer but I am furious"."""
    softened = {past for _, past, _ in find(tokens, lexicon.softeners)}
    total = weights = 0.0
    breaks = [at for at, token in enumerate(tokens[:-1]) if token.word in lexicon.breaks]
    last = breaks[-1] if breaks else 0
    for at, (word, turns) in enumerate(tokens):
        strength = lexicon.valence.get(word)
        if strength is None:
            continue
        value = strength / _STRONGEST
        if turns % 2:
            value *= _NEGATED
        elif turns:
            value *= _TWICE
        if at and tokens[at - 1].word in lexicon.intensifiers:
            value *= _INTENSIFIED
        if at in softened:
            value *= _SOFTENED
        weight = abs(strength) * (2.0 if at >= last else 1.0)
        total += weight * value
        weights += weight
    return max(-1.0, min(1.0, total / weights)) if weights else None
