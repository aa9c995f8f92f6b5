"""A criterion with its verdict, and the words that verdicts share."""

from typing import Literal

import msgspec

__all__ = [
    "MET",
    "NOT_MEASURABLE",
    "NOT_MET",
    "WEIGHT",
    "Criterion",
    "Owner",
    "Verdict",
    "judged",
    "several",
    "unmeasured",
]

Owner = Literal["original", "ours"]
Verdict = Literal["met", "not met", "not measurable here"]
MET: Verdict = "met"
NOT_MET: Verdict = "not met"
NOT_MEASURABLE: Verdict = "not measurable here"

WEIGHT = 0.3
"""Of novelty: below it, the agent exploits what it knows."""


class Criterion(msgspec.Struct, frozen=True):
    """``source``: where the measured value comes from. ``why``: of a verdict that needs words.
    ``stretch``: whether the further goal was reached too, ``None`` where there is none."""

    owner: Owner
    name: str
    goal: str
    measured: str
    source: str
    verdict: Verdict
    why: str = ""
    stretch: bool | None = None


def judged(met: bool) -> Verdict:
    """The verdict on what could be measured."""
    return MET if met else NOT_MET


def unmeasured(owner: Owner, name: str, goal: str, source: str, why: str) -> Criterion:
    """What this run cannot show, and why."""
    return Criterion(owner, name, goal, "–", source, NOT_MEASURABLE, why)


def several(number: int, noun: str) -> str:
    """``number`` of what ``noun`` names: "1 run", "2 runs"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
