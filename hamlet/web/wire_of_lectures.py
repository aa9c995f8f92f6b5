"""What the page is told of lectures: their words, with the numbers of a run in them. ``wire.ts`` has these, too."""

import msgspec

__all__ = ["ExerciseText", "LectureSection", "LectureText", "Term"]


class _Wire(msgspec.Struct, frozen=True, kw_only=True):
    pass


class LectureSection(_Wire, frozen=True, kw_only=True):
    """``text``: paragraphs separated by an empty line, *stressed* and `quoted`. ``chart``: the picture of the run that
    belongs to it, or ""."""

    heading: str
    text: str
    chart: str


class ExerciseText(_Wire, frozen=True, kw_only=True):
    question: str
    answer: str


class LectureText(_Wire, frozen=True, kw_only=True):
    """``name``: how it is linked to; ``question``: what it answers."""

    name: str
    title: str
    question: str
    sections: list[LectureSection]
    exercises: list[ExerciseText]


class Term(_Wire, frozen=True, kw_only=True):
    """An entry of the glossary."""

    term: str
    meaning: str
