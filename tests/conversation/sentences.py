"""The test sentences for the understanding of a debtor's words, read from the YAML beside this file."""

import re
from pathlib import Path
from typing import Literal

import msgspec
import yaml

__all__ = ["Development", "HeldOut", "Negation", "development", "held_out", "negations", "plain"]

_HERE = Path(__file__).parent


class HeldOut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One sentence: ``intent`` or any of ``also`` is a right reading; the fields are explained in ``held_out.yaml``."""

    text: str
    intent: str
    sentiment: Literal["negative", "neutral", "positive"]
    also: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()


class Negation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"wrong": "not"}):
    """A sentence in which a negation decides: ``wrong`` is what a reader who misses it would hear."""

    text: str
    intent: str
    wrong: str
    also: tuple[str, ...] = ()


class Development(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"wrong": "not"}):
    """A sentence to tune on; see ``development.yaml``."""

    text: str
    intent: str
    also: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    wrong: str | None = None


def development() -> list[Development]:
    return msgspec.convert(_read("development.yaml"), list[Development])


def held_out() -> list[HeldOut]:
    return msgspec.convert(_read("held_out.yaml"), list[HeldOut])


def negations() -> list[Negation]:
    return msgspec.convert(_read("negation.yaml"), list[Negation])


def plain(text: str) -> str:
    """The words alone: lower case, no apostrophes or punctuation. Two sentences with the same words are the same."""
    return " ".join(re.findall(r"\w+", re.sub(r"['’]", "", text.lower())))


def _read(name: str) -> object:
    return yaml.safe_load((_HERE / name).read_text(encoding="utf-8"))
