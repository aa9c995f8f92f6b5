"""What an exam's figure is in each world, and what stands beside it."""

from hamlet.events.types import EvaluationCompleted, ExamResult
from hamlet.lab.record import Record

__all__ = ["BASELINES", "baselines", "best", "level", "score", "share", "unit"]

BASELINES = {
    "random": "random",
    "stand_still": "standing still",
    "constant": "best constant act",
    "rule": "rule",
    "expert": "scripted expert",
    "oracle": "oracle that sees the debtor",
}
"""Policies of an exam beside the agent, weakest first → what they are called in a figure."""

_BEST = {"town": "expert", "dialogue": "oracle"}


def score(result: ExamResult) -> float:
    """What a policy is judged by: the share of calls that ended well, or steps lived."""
    return result.calls.success if result.calls else result.mean


def best(world: str) -> str:
    """The baseline that the agent is held against: expert or oracle."""
    return _BEST[world]


def level(exam: EvaluationCompleted, policy: str = "agent") -> float:
    """How well ``policy`` did: steps lived, or the share of calls that ended well."""
    return score(exam.results[policy])


def share(exam: EvaluationCompleted, world: str) -> float:
    """The agent's, of the expert's or the oracle's in the same exam."""
    return level(exam) / level(exam, best(world))


def unit(record: Record) -> str:
    """The heading of a panel of exams."""
    return "Steps lived" if record.world == "town" else "Calls that end well"


def baselines(record: Record) -> dict[str, float]:
    """Name in a figure → level in the newest exam; empty without one."""
    if not record.exams:
        return {}
    results = record.exams[-1].results
    return {name: score(results[policy]) for policy, name in BASELINES.items() if policy in results}
