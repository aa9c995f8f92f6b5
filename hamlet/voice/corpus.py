"""What people are likely to say in a talk, as sentences of words: what the recogniser's language model is made of.

The phrases that the understanding learns from, what simulated debtors say, and numbers. None of the sentences that
the understanding is tested with are among them.
"""

import random
import string
from collections.abc import Iterator

from hamlet.conversation.lexicon import training_phrases
from hamlet.conversation.wording import Templates, known_templates
from hamlet.voice.spoken import number_words, spoken

__all__ = ["sentences"]

Words = list[str]

_AMOUNTS = 40  # for each template that names one
_NUMBERS = 2_000


def sentences() -> Iterator[Words]:
    """The same every time."""
    drawn = random.Random(0)
    templates = known_templates()
    for by_persona in templates.debtor.values():
        for persona, lines in by_persona.items():
            openings = [spoken(line) for mood in templates.openings[persona].values() for line in mood]
            for line in lines:
                filled = list(_filled(line, templates, drawn))
                yield from (opening + words for opening in openings for words in filled)
    for several in (*templates.small_talk.values(), *templates.signals.values()):
        yield from map(spoken, several)
    for text, _ in training_phrases():
        yield from [spoken(text)] * 2
    for _ in range(_NUMBERS):
        yield _number(drawn) + drawn.choice(([], ["dollars"], ["a", "month"], ["dollars", "a", "month"]))


def _filled(line: str, templates: Templates, drawn: random.Random) -> Iterator[Words]:
    names = {name for _, name, _, _ in string.Formatter().parse(line) if name}
    events = templates.events.values() if "event" in names else [""]
    for event in events:
        for _ in range(_AMOUNTS if names - {"event"} else 1):
            amounts = {name: f"{' '.join(_number(drawn))} dollars" for name in names}
            yield spoken(line.format_map(amounts | {"event": event}))


def _number(drawn: random.Random) -> Words:
    value = drawn.choice((10 * drawn.randrange(2, 400), drawn.randrange(20, 9_999), 100 * drawn.randrange(2, 200)))
    return number_words(value, with_and=drawn.random() < 0.3)
