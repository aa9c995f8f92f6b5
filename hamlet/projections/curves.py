"""Runs beside one another: every exam of a run, and success of conversations over the whole of it."""

import json
from pathlib import Path

import msgspec

from hamlet.projections.database import read_only

__all__ = ["ExamPoint", "SuccessPoint", "exams", "success"]

_EXAMS = """SELECT position, episode, policy, mean, calls FROM evaluations WHERE run = ?1 AND position IN
    (SELECT DISTINCT position FROM evaluations WHERE run = ?1 ORDER BY position DESC LIMIT ?2) ORDER BY position"""
_SUCCESS = """SELECT min(episode), max(episode), count(*), avg(success) FROM calls WHERE run = ?1
    GROUP BY (episode - 1) / ?2 ORDER BY 1"""


class ExamPoint(msgspec.Struct, frozen=True):
    """The exam after ``episode``: policy → mean steps lived, or of conversations the share that ended well."""

    episode: int
    values: dict[str, float]


class SuccessPoint(msgspec.Struct, frozen=True):
    """Calls ``first`` to ``last`` (``calls`` of them): the share that ended well."""

    first: int
    last: int
    calls: int
    success: float


def exams(path: Path, run: str, limit: int = 1000) -> list[ExamPoint]:
    """The newest ``limit`` exams of ``run``, in order. Errors: those of ``read_only``."""
    found: dict[int, ExamPoint] = {}
    with read_only(path) as connection:
        for position, episode, policy, mean, calls in connection.execute(_EXAMS, (run, limit)):
            value = json.loads(calls)["success"] if calls else mean
            found.setdefault(position, ExamPoint(episode, {})).values[policy] = value
    return list(found.values())


def success(path: Path, run: str, points: int = 100) -> list[SuccessPoint]:
    """The whole of ``run`` in at most about ``points`` stretches of equal length; empty where nobody talks. Walks
    through the run's calls. Errors: those of ``read_only``."""
    with read_only(path) as connection:
        (newest,) = connection.execute("SELECT coalesce(max(episode), 0) FROM calls WHERE run = ?", (run,)).fetchone()
        return [SuccessPoint(*row) for row in connection.execute(_SUCCESS, (run, max(1, -(-newest // points))))]
