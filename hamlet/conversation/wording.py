"""Words for what is done in a talk: a collector's act, or a debtor's intent, as a sentence.

Chosen from ``templates.yaml`` by the call's seed and the turn: the same call reads the same, every time.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple, Protocol

import msgspec

from hamlet.conversation.lexicon import read_data
from hamlet.errors import ConfigError
from hamlet.worlds.dialogue.acts import ACTS, INTENTS, PERSONAS, SIGNALS
from hamlet.worlds.dialogue.perception import Heard
from hamlet.worlds.dialogue.profiles import LIFE_EVENTS, Profile
from hamlet.worlds.splitmix import hashed

__all__ = ["FIELDS", "MOODS", "TemplateWording", "Templates", "Worded", "Wording", "fields", "known_templates", "mood"]

MOODS = ("calm", "tense")
FIELDS = (
    *("debt", "instalment", "tailored", "settlement", "income", "affordable", "days", "day"),
    *("event", "event_yours"),
)
"""What a template may name in braces."""

_LEAST = 3  # wordings of each thing
_TENSE_BELOW = -0.2  # sentiment
_WHERE = "hamlet/conversation/templates.yaml"
_DAYS = ("the 1st", "the 5th", "the 10th", "the 15th", "the 20th", "the 28th")
_SENTENCE = re.compile(r"(^|[.!?…]\s+)([a-z])")

Lines = tuple[str, ...]


class Templates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``templates.yaml``; each ``Lines`` is one thing said in several ways."""

    collector: dict[str, dict[str, Lines]]
    asks_again: Lines
    debtor: dict[str, dict[str, Lines]]
    small_talk: dict[str, Lines]
    openings: dict[str, dict[str, Lines]]
    signals: dict[str, Lines]
    events: dict[str, str]
    events_yours: dict[str, str]


class Worded(NamedTuple):
    """``text``, and where it comes from: ``"template"`` or ``"llm"``. ``reason``: why a model that was asked
    for did not speak, said once; else empty."""

    text: str
    source: str = "template"
    reason: str = ""


class Wording(Protocol):
    """Puts a call into words. ``turn`` counts from 0; ``seed`` is the call's."""

    def collector(self, act: int, sentiment: float, profile: Profile, seed: int, turn: int) -> Worded:
        """What the collector says with ``ACTS[act]`` to somebody who sounds like ``sentiment``."""
        ...

    def debtor(self, said: Heard, profile: Profile, seed: int, turn: int) -> Worded:
        """What the simulated debtor ``profile`` says."""
        ...

    def asks_again(self, seed: int, turn: int) -> Worded:
        """What the collector says when it has not understood."""
        ...


class TemplateWording:
    """Words from ``templates``."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates

    def collector(self, act: int, sentiment: float, profile: Profile, seed: int, turn: int) -> Worded:
        lines = self._templates.collector[ACTS[act]][mood(sentiment)]
        return Worded(self._filled(_choice(lines, seed, turn, 0), profile, seed))

    def debtor(self, said: Heard, profile: Profile, seed: int, turn: int) -> Worded:
        intent = INTENTS[said.intent]
        greets_late = intent == "greet" and turn > 0
        said_by = self._templates.small_talk if greets_late else self._templates.debtor[intent]
        parts = [
            _choice(self._templates.openings[profile.persona][mood(said.sentiment)], seed, turn, 1),
            _choice(said_by[profile.persona], seed, turn, 2),
        ]
        for at, (name, given) in enumerate(zip(SIGNALS, said.signals, strict=True)):
            if given and name != intent:
                parts.append(_choice(self._templates.signals[name], seed, turn, 3 + at))
        return Worded(self._filled(" ".join(part for part in parts if part), profile, seed))

    def asks_again(self, seed: int, turn: int) -> Worded:
        return Worded(_choice(self._templates.asks_again, seed, turn, 0))

    def _filled(self, text: str, profile: Profile, seed: int) -> str:
        filled = text.format_map(fields(profile, seed, self._templates))
        return _SENTENCE.sub(lambda found: found[1] + found[2].upper(), filled)


def mood(sentiment: float) -> str:
    """One of ``MOODS``."""
    return "tense" if sentiment < _TENSE_BELOW else "calm"


def fields(profile: Profile, seed: int, templates: Templates) -> dict[str, str]:
    """What ``FIELDS`` are in the call ``seed`` with ``profile``."""
    money = {name: f"${getattr(profile, name):,}" for name in FIELDS[:6]}
    return money | {
        "days": str(profile.days_overdue),
        "day": _DAYS[int(hashed(seed, 1_000)) % len(_DAYS)],
        "event": templates.events[profile.life_event],
        "event_yours": templates.events_yours[profile.life_event],
    }


@cache
def known_templates() -> Templates:
    """The templates that are shipped; raises ``ConfigError`` which names what is missing."""
    try:
        found = msgspec.convert(read_data("templates.yaml"), Templates)
    except msgspec.ValidationError as error:
        raise ConfigError(_WHERE, str(error)) from None
    for act in _all(found.collector, ACTS, "collector"):
        for name in _all(found.collector[act], MOODS, f"collector.{act}"):
            _enough(found.collector[act][name], f"collector.{act}.{name}")
    for intent in _all(found.debtor, INTENTS, "debtor"):
        for persona in _all(found.debtor[intent], PERSONAS, f"debtor.{intent}"):
            _enough(found.debtor[intent][persona], f"debtor.{intent}.{persona}")
    for persona in _all(found.small_talk, PERSONAS, "small_talk"):
        _enough(found.small_talk[persona], f"small_talk.{persona}")
    for persona in _all(found.openings, PERSONAS, "openings"):
        for name in _all(found.openings[persona], MOODS, f"openings.{persona}"):
            _enough(found.openings[persona][name], f"openings.{persona}.{name}")
    for signal in _all(found.signals, SIGNALS, "signals"):
        _enough(found.signals[signal], f"signals.{signal}")
    _enough(found.asks_again, "asks_again")
    _all(found.events, LIFE_EVENTS, "events")
    _all(found.events_yours, LIFE_EVENTS, "events_yours")
    return found


def _all(section: Mapping[str, object], names: Sequence[str], where: str) -> Sequence[str]:
    if set(section) != set(names):
        raise ConfigError(_WHERE, f"{where}: expected {', '.join(names)}, found {', '.join(section)}")
    return names


def _enough(lines: Lines, where: str) -> None:
    if len(set(lines)) < _LEAST:
        raise ConfigError(_WHERE, f"{where}: expected {_LEAST} different wordings or more, found {len(set(lines))}")
    for line in lines:
        try:
            line.format_map(dict.fromkeys(FIELDS, ""))
        except (KeyError, ValueError, IndexError, AttributeError) as error:
            known = ", ".join(f"{{{name}}}" for name in FIELDS)
            raise ConfigError(_WHERE, f"{where}: {line!r}: what is {error} in braces?", f"there are {known}") from None


def _choice(lines: Lines, seed: int, turn: int, number: int) -> str:
    return lines[int(hashed(seed, 16 * turn + number)) % len(lines)]
