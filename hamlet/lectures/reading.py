"""The lectures and the glossary as they are written: YAML beside this file, read once and checked.

A lecture asks a question and answers it in sections. A section's ``text`` may name numbers of a run in braces
(``figures.KNOWN``); where one of them is not known yet, ``otherwise`` is said instead, or nothing. ``chart`` names a
picture of the run that belongs to it. Paragraphs are separated by an empty line; *asterisks* stress, `backticks` quote.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import TypeVar

import msgspec
import yaml

from hamlet.errors import ConfigError
from hamlet.lectures.figures import KNOWN

__all__ = ["CHARTS", "Exercise", "Lecture", "Section", "filled", "glossary", "lectures"]

T = TypeVar("T")

CHARTS = ("survival", "exam", "curiosity", "stages", "success", "recovery", "personas", "paths", "endings", "acts")
"""Pictures that a section can ask for. Of the town: steps lived over episodes, the newest exam beside its baselines,
the intrinsic reward, when stages changed, what the last move cost, ways between places, how lives end. Of the
dialogue: success over calls, figures by persona, what is done with whom."""

_BRACES = re.compile(r"{(\w*)}")


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``otherwise``: what is said where the run has not come so far; "": the section is left out then."""

    heading: str
    text: str
    otherwise: str = ""
    chart: str = ""

    def __post_init__(self) -> None:
        if unknown := set(_BRACES.findall(self.text)) - set(KNOWN):
            raise ValueError(f"{self.heading}: no number is called {', '.join(sorted(unknown))}")
        if "{" in self.otherwise:
            raise ValueError(f"{self.heading}: otherwise is said where numbers are not known, so it cannot name one")
        if self.chart and self.chart not in CHARTS:
            raise ValueError(f"{self.heading}: expected a chart of {', '.join(CHARTS)}, found {self.chart!r}")


class Exercise(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question to the reader, and its answer."""

    question: str
    answer: str


class Lecture(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``name``: how it is linked to; ``question``: what it answers."""

    name: str
    title: str
    question: str
    sections: list[Section]
    exercises: list[Exercise]


@cache
def lectures() -> tuple[Lecture, ...]:
    """All, in the order in which they are held. Raises ``ConfigError`` for one that is not as it should be."""
    files = sorted(file.name for file in resources.files(__package__).iterdir() if re.match(r"\d.*\.yaml$", file.name))
    return tuple(_read(name, Lecture) for name in files)


@cache
def glossary() -> dict[str, str]:
    """Term → what it means, in alphabetical order."""
    return dict(sorted(_read("glossary.yaml", dict[str, str]).items(), key=lambda item: item[0].lower()))


def filled(lecture: Lecture, numbers: Mapping[str, str]) -> Lecture:
    """``lecture`` with the ``numbers`` of a run (``figures.numbers_of``) in it."""
    sections = []
    for section in lecture.sections:
        known = numbers.keys() >= set(_BRACES.findall(section.text))
        if text := section.text.format_map(dict(numbers)) if known else section.otherwise:
            sections.append(msgspec.structs.replace(section, text=text.strip(), otherwise=""))
    return msgspec.structs.replace(lecture, sections=sections)


def _read(name: str, kind: type[T]) -> T:
    try:
        return msgspec.convert(yaml.safe_load(resources.files(__package__).joinpath(name).read_text("utf-8")), kind)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise ConfigError(f"hamlet/lectures/{name}", str(error).replace("\n", " ")) from None
