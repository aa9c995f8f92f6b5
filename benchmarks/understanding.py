"""How well a debtor's words are understood: ``python -m benchmarks.understanding``.

On the held-out sentences and the table of negations in ``tests/conversation/``, which were written before the
training phrases were, by another hand: accuracy and which intents are taken for which, never the sentences.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Mapping

import msgspec
import numpy as np

from hamlet.conversation.classifier import Classifier
from hamlet.conversation.lexicon import known_lexicon, training_phrases
from hamlet.conversation.tokens import tokenise
from hamlet.conversation.understanding import Understanding, Understood, understanding
from hamlet.worlds.dialogue.acts import INTENTS, SIGNALS
from tests.conversation.sentences import HeldOut, Negation, development, held_out, negations

__all__ = ["Measured", "cross_validate", "main", "measure"]

_NEUTRAL = 0.25  # a sentiment nearer to 0 is neutral


class Measured(msgspec.Struct, frozen=True):
    """``right`` and ``sentences`` by intent (the intended reading); ``confused``: (meant, understood) → how
    often; ``signals``: name → (lit rightly, lit, to be lit); ``negations``: share understood, and ``missed``:
    (meant, understood) → how often."""

    right: Mapping[str, int]
    sentences: Mapping[str, int]
    confused: Mapping[tuple[str, str], int]
    signals: Mapping[str, tuple[int, int, int]]
    sentiment: float
    negations: float
    missed: Mapping[tuple[str, str], int]
    fit_seconds: float
    milliseconds: float

    @property
    def accuracy(self) -> float:
        return sum(self.right.values()) / sum(self.sentences.values())


def measure() -> Measured:
    """Fit, and read every sentence."""
    begin = time.process_time()
    understanding = Understanding(known_lexicon(), training_phrases())
    fitted = time.process_time()
    read = [(sentence, understanding.understand(sentence.text)) for sentence in held_out()]
    milliseconds = 1e3 * (time.process_time() - fitted) / len(read)
    right, sentences, confused = Counter[str](), Counter[str](), Counter[tuple[str, str]]()
    for sentence, found in read:
        sentences[sentence.intent] += 1
        if found.intent in (sentence.intent, *sentence.also):
            right[sentence.intent] += 1
        else:
            confused[sentence.intent, found.intent] += 1
    table = [(sentence, understanding.understand(sentence.text)) for sentence in negations()]
    missed = Counter((sentence.intent, found.intent) for sentence, found in table if not _turned(sentence, found))
    return Measured(
        right=right,
        sentences=sentences,
        confused=confused,
        signals=_signals(read),
        sentiment=sum(_mood(found) == sentence.sentiment for sentence, found in read) / len(read),
        negations=1.0 - missed.total() / len(table),
        missed=missed,
        fit_seconds=fitted - begin,
        milliseconds=milliseconds,
    )


def cross_validate(folds: int = 4) -> float:
    """Accuracy on the training phrases themselves, each by a classifier that was not trained on it."""
    phrases, lexicon, right = training_phrases(), known_lexicon(), 0
    order = np.random.default_rng(0).permutation(len(phrases))
    for fold in range(folds):
        held = order[fold::folds]
        kept = [phrases[at] for at in np.setdiff1d(order, held)]
        classifier = Classifier([text for text, _ in kept], [label for _, label in kept], len(INTENTS), lexicon)
        for text, label in (phrases[at] for at in held):
            right += int(classifier.probabilities(tokenise(text, lexicon)).argmax()) == label
    return right / len(phrases)


def tuned() -> float:
    """Share understood of the sentences that phrases and lexicon are tuned on, negations heard."""
    read = [(sentence, understanding().understand(sentence.text)) for sentence in development()]
    return sum(
        found.intent in (sentence.intent, *sentence.also) and sentence.wrong not in found.signals
        for sentence, found in read
    ) / len(read)


def _turned(sentence: Negation, found: Understood) -> bool:
    """Whether the negation was heard: a right reading, and the wrong one's signal dark."""
    return found.intent in (sentence.intent, *sentence.also) and sentence.wrong not in found.signals


def _mood(found: Understood) -> str:
    sounds = found.heard.sentiment
    return "neutral" if abs(sounds) < _NEUTRAL else "positive" if sounds > 0 else "negative"


def _signals(read: list[tuple[HeldOut, Understood]]) -> dict[str, tuple[int, int, int]]:
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for sentence, understood in read:
        for name in SIGNALS:
            lit, due = name in understood.signals, name in sentence.signals
            for at, counts in enumerate((lit and due, lit, due)):
                found[name][at] += counts
    return {name: (rightly, lit, due) for name, (rightly, lit, due) in found.items()}


def main() -> None:
    """Print what was found, as Markdown."""
    found = measure()
    print("| Intent | Held out | Understood |\n|---|--:|--:|")
    for name in INTENTS:
        print(f"| `{name}` | {found.sentences[name]} | {found.right[name] / found.sentences[name]:.2f} |")
    print(f"| all | {sum(found.sentences.values())} | **{found.accuracy:.3f}** |\n")
    print("| Signal | Lit rightly | Found |\n|---|--:|--:|")
    for name, (rightly, lit, due) in found.signals.items():
        print(f"| `{name}` | {rightly / max(lit, 1):.2f} | {rightly / due:.2f} |")
    print(f"\nMood (negative, neutral, positive): {found.sentiment:.2f}. Negations: {found.negations:.3f}.")
    print(f"On the training phrases, cross-validated: {cross_validate():.3f} of {len(training_phrases()):,}.")
    print(f"On the sentences that it is tuned on: {tuned():.3f} of {len(development())}.")
    print(f"Fit: {found.fit_seconds:.2f} s of CPU; a sentence: {found.milliseconds:.2f} ms.")
    for title, pairs in (("Taken for something else", found.confused), ("Negations missed", found.missed)):
        named = sorted(pairs.items(), key=lambda pair: -pair[1])
        print(f"{title}: " + ", ".join(f"{meant} → {heard} {count}" for (meant, heard), count in named) + ".")


if __name__ == "__main__":
    main()
