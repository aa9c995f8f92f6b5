"""Lectures and glossary over HTTP."""

from collections.abc import Sequence
from typing import Annotated

from litestar import get
from litestar.params import QueryParameter
from litestar.types import ControllerRouterHandler

from hamlet.lectures.figures import numbers_of
from hamlet.lectures.reading import Lecture, filled, glossary, lectures
from hamlet.web.live import Live
from hamlet.web.sources import Readings
from hamlet.web.wire.lectures import ExerciseText, LectureSection, LectureText, Term

__all__ = ["lecture_routes"]

_Run = Annotated[str | None, QueryParameter(description="A run by name; the newest of that world without.")]


def lecture_routes(views: Readings, live: Live) -> Sequence[ControllerRouterHandler]:
    """``/api/lectures`` and ``/api/glossary``."""

    def told(town: str | None, dialogue: str | None) -> list[LectureText]:
        numbers = numbers_of(views, town, dialogue)
        return [_text(filled(lecture, numbers)) for lecture in lectures()]

    @get("/api/lectures", summary="The lectures, with the numbers of a run in them")
    async def all_lectures(town: _Run = None, dialogue: _Run = None) -> list[LectureText]:
        return await live.query(told, town, dialogue)

    @get("/api/glossary", summary="The words of the field")
    async def terms() -> list[Term]:
        return [Term(term=term, meaning=meaning) for term, meaning in (await live.query(glossary)).items()]

    return [all_lectures, terms]


def _text(lecture: Lecture) -> LectureText:
    return LectureText(
        name=lecture.name,
        title=lecture.title,
        question=lecture.question,
        sections=[
            LectureSection(heading=section.heading, text=section.text, chart=section.chart)
            for section in lecture.sections
        ],
        exercises=[ExerciseText(question=one.question, answer=one.answer) for one in lecture.exercises],
    )
