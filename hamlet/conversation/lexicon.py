"""``lexicon.yaml`` and ``phrases.yaml``, read and checked: the words that the understanding knows."""

from functools import cache
from importlib import resources
from typing import Any

import msgspec
import yaml

from hamlet.errors import ConfigError
from hamlet.worlds.dialogue.acts import INTENTS, SIGNALS

__all__ = ["Lexicon", "Phrase", "Phrases", "known_lexicon", "read_data", "training_phrases"]

Phrase = tuple[str, ...]
Phrases = dict[str, list[tuple[Phrase, str]]]
"""Phrases by their first word, each with the name of what it stands for."""


class Lexicon(msgspec.Struct, frozen=True):
    """See ``lexicon.yaml`` for what each is; a ``Phrase`` is a tuple of words."""

    negators: frozenset[str]
    opposites: dict[str, str]
    breaks: frozenset[str]
    no_joins: frozenset[str]
    idioms: dict[Phrase, Phrase]
    concepts: Phrases
    questions: Phrases
    signals: Phrases
    valence: dict[str, int]
    intensifiers: frozenset[str]
    softeners: Phrases
    tone: dict[str, tuple[float, float]]

    @property
    def longest_idiom(self) -> int:
        return max(map(len, self.idioms))


def read_data(name: str) -> Any:
    """The data file ``name`` of this package; raises ``ConfigError`` where it is no YAML."""
    text = resources.files(__package__).joinpath(name).read_text("utf-8")
    try:
        return yaml.load(text, yaml.BaseLoader)  # everything is text: "no" is a word here
    except yaml.YAMLError as error:
        raise ConfigError(f"hamlet/conversation/{name}", f"not YAML: {error}".replace("\n", " ")) from None


@cache
def known_lexicon() -> Lexicon:
    """The lexicon that is shipped; raises ``ConfigError``."""
    raw = read_data("lexicon.yaml")
    where = "hamlet/conversation/lexicon.yaml"
    for section, names in (("signals", SIGNALS), ("tone", INTENTS)):
        if set(raw[section]) != set(names):
            raise ConfigError(where, f"{section}: expected {', '.join(names)}, found {', '.join(raw[section])}")
    return Lexicon(
        negators=frozenset(_split(raw["negators"])),
        opposites=raw["opposites"],
        breaks=frozenset(_split(raw["breaks"])),
        no_joins=frozenset(_split(raw["no_joins"])),
        idioms={_phrase(left): _phrase(right) for left, right in raw["idioms"].items()},
        concepts=_phrases(raw["concepts"]),
        questions=_phrases({"?": raw["questions"]}),
        signals=_phrases(raw["signals"]),
        valence={word: int(value) for value, text in raw["sentiment"].items() for word in _split(text)},
        intensifiers=frozenset(_split(raw["intensifiers"])),
        softeners=_phrases({"softer": raw["softeners"]}),
        tone={name: (float(tone[0]), float(tone[1])) for name, tone in raw["tone"].items()},
    )


def training_phrases() -> list[tuple[str, int]]:
    """Each phrase of ``phrases.yaml`` with the index of its intent; raises ``ConfigError``."""
    raw = read_data("phrases.yaml")
    if set(raw) != set(INTENTS):
        raise ConfigError(
            "hamlet/conversation/phrases.yaml", f"expected {', '.join(INTENTS)}, found {', '.join(map(str, raw))}"
        )
    return [(line.strip(), at) for at, name in enumerate(INTENTS) for line in raw[name].splitlines() if line.strip()]


def _split(text: str) -> list[str]:
    return [piece.strip() for piece in text.split(",") if piece.strip()]


def _phrase(text: str) -> Phrase:
    return tuple(text.split())


def _phrases(named: dict[str, str]) -> Phrases:
    found: Phrases = {}
    for name, text in named.items():
        for phrase in map(_phrase, _split(text)):
            found.setdefault(phrase[0], []).append((phrase, name))
    return found
