"""What the page is told of lectures: their words, with the numbers of a run in them. ``wire.ts`` has these, too."""

from hamlet.web.wire.base import Wire

__all__ = ["ExerciseText", "LectureSection", "LectureText", "Term"]


class LectureSection(Wire, frozen=True, kw_only=True):
    """``text``: paragraphs separated by an empty line, *stressed* and `quoted`. ``chart``: the picture of the run that
    belongs to it, or ""."""

    heading: str
    text: str
    chart: str


class ExerciseText(Wire, frozen=True, kw_only=True):
    """A question, and the answer with the numbers of the run; both as ``LectureSection.text``."""

    question: str
    answer: str


class LectureText(Wire, frozen=True, kw_only=True):
    """``name``: how it is linked to; ``question``: what it answers."""

    name: str
    title: str
    question: str
    sections: list[LectureSection]
    exercises: list[ExerciseText]


class Term(Wire, frozen=True, kw_only=True):
    """An entry of the glossary."""

    term: str
    meaning: str
