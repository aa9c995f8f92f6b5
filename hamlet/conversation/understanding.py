"""What a text says to a collector: intent, sentiment, signals, cooperation; and whether to ask again."""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamlet.conversation.classifier import Classifier
from hamlet.conversation.features import find
from hamlet.conversation.lexicon import Lexicon, known_lexicon, training_phrases
from hamlet.conversation.sentiment import valence
from hamlet.conversation.tokens import BREAK, Token, tokenise
from hamlet.worlds.dialogue.acts import INTENTS, SIGNALS
from hamlet.worlds.dialogue.perception import Heard

__all__ = ["Understanding", "Understood", "understanding"]

UNSURE = 0.16
"""Below this probability of the likeliest intent, an utterance counts as not understood."""

_OTHER = INTENTS.index("other")
_FROM_WORDS = 0.6  # share of the words in the sentiment; the rest is how such an intent sounds
_FROM_TONE = 0.3  # share of the sentiment in the cooperation; the rest is how willing such an intent is


class Understood(NamedTuple):
    """``heard`` is what the collector perceives. ``confidence`` in [0, 1]: probability of the intent;
    ``asks_again``: it was not understood, and the answer should be a request to say it another way."""

    heard: Heard
    confidence: float
    asks_again: bool

    @property
    def intent(self) -> str:
        return INTENTS[self.heard.intent]

    @property
    def signals(self) -> tuple[str, ...]:
        """The names of what it lets on."""
        return self.heard.lets_on


class Understanding:
    """Fitted once to the phrases of ``phrases.yaml``; the same text is always understood the same way."""

    def __init__(self, lexicon: Lexicon, phrases: list[tuple[str, int]]) -> None:
        self._lexicon = lexicon
        texts, labels = zip(*phrases, strict=True)
        self._classifier = Classifier(texts, labels, len(INTENTS), lexicon)
        self._tones = np.array([lexicon.tone[name] for name in INTENTS])

    def understand(self, text: str) -> Understood:
        """Any text, also an empty one; what is longer than 2,000 characters is cut."""
        tokens = tokenise(text, self._lexicon)
        if not any(token.word != BREAK for token in tokens):
            return Understood(Heard(_OTHER, 0.0, (False,) * len(SIGNALS), 0.0), 1.0, True)
        probabilities = self._classifier.probabilities(tokens)
        intent = int(probabilities.argmax())
        if probabilities[intent] < UNSURE:
            intent = _OTHER
        if INTENTS[intent] in ("agree", "refuse"):
            intent = self._turned(tokens, intent)
        sentiment, cooperation = self._tone(tokens, probabilities)
        said = Heard(intent, sentiment, self._signals(tokens, INTENTS[intent]), cooperation)
        return Understood(said, float(probabilities[intent]), intent == _OTHER)

    def _turned(self, tokens: list[Token], intent: int) -> int:
        """Yes or no by the count of negations, where all that is said for or against points one way: the
        classifier learns from words, and a "no" that another negator cancels looks to it like any "no"."""
        signs = {
            (name == "agree") != tokens[at].negated
            for at, _, name in find(tokens, self._lexicon.concepts)
            if name in ("agree", "bad", "no")
        }
        return intent if len(signs) != 1 else INTENTS.index("agree" if signs.pop() else "refuse")

    def _tone(self, tokens: list[Token], probabilities: NDArray[np.float64]) -> tuple[float, float]:
        sounds, willing = (float(value) for value in probabilities @ self._tones)
        words = valence(tokens, self._lexicon)
        sentiment = sounds if words is None else _FROM_WORDS * words + (1.0 - _FROM_WORDS) * sounds
        return sentiment, (1.0 - _FROM_TONE) * willing + _FROM_TONE * sentiment

    def _signals(self, tokens: list[Token], intent: str) -> tuple[bool, ...]:
        said = {name for at, _, name in find(tokens, self._lexicon.signals) if not tokens[at].negated}
        return tuple(name in said or name == intent for name in SIGNALS)


@cache
def understanding() -> Understanding:
    """The one of this process, fitted when it is first asked for (half a second)."""
    return Understanding(known_lexicon(), training_phrases())
