"""A run's own numbers, in words, for the places that a lecture leaves open."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from hamlet.projections.rows import (
    CallRow,
    DeathRow,
    EpisodeRow,
    EvaluationRow,
    MarkRow,
    PersonaRow,
    RecoveryRow,
    RunRow,
    TransitionRow,
)

__all__ = ["KNOWN", "Readings", "numbers_of"]

KNOWN = {
    "run": "the town run",
    "episodes": "lives lived in it",
    "goal": "lives it aims at",
    "epsilon": "ε now",
    "curiosity_first": "weight of the intrinsic reward in the first life",
    "curiosity": "the same now",
    "stage": "stage of the curriculum now",
    "stages": "how many there are",
    "advances": "how often it went a stage on",
    "retreats": "how often it went back",
    "exam_at": "lives before the newest exam",
    "agent": "mean steps of the agent in it",
    "agent_share": "these, as a share of the script's",
    "random": "of acting at random",
    "standing": "of standing still",
    "expert": "of the script",
    "moved_at": "the episode after which everything moved the last time",
    "level_before": "the exam before that",
    "level_after": "the exam right after",
    "back_after": "a sentence: whether and when it was back",
    "path": "the way between places that is walked most",
    "path_count": "how often",
    "second_path": "the next one",
    "deaths_counted": "the newest lives that are counted",
    "deaths_cap": "how many of them reached the end",
    "worst_end": "how most of the others ended",
    "calls": "calls of the dialogue run",
    "call_stage": "stage of its curriculum now",
    "call_stages": "how many there are",
    "call_success": "share of the last hundred calls that ended well",
    "exam_calls": "calls in its newest exam",
    "call_agent": "share that the agent won in it",
    "call_rule": "of the rule",
    "call_oracle": "of the oracle",
    "best_persona": "whom the agent does best with in it",
    "worst_persona": "whom worst",
    "favourite_act": "what it does most in the last 500 calls",
    "special_act": "what it does with one kind of debtor more than with the others",
    "special_persona": "which kind",
    "special_share": "in which share of the turns with them",
}
"""Name → what it is."""

_WINDOW = 100  # lives, and calls
_ENDS = {"energy": "died of exhaustion", "hygiene": "died unwashed", "satiation": "starved", "mood": "died of sorrow"}
_DOES = (
    "says who calls and why",
    "listens",
    "asks how things stand",
    "acknowledges and redirects",
    "urges gently",
    "reminds firmly",
    "offers a payment plan",
    "offers a plan made to measure",
    "proposes a settlement",
    "pushes for an answer",
    "refers to a specialist",
    "ends the call",
)
"""By position in ``worlds.dialogue.acts.ACTS``."""


class Readings(Protocol):
    """The queries of ``projections.views.Views`` that the numbers are made of."""

    def newest_run(self, world: str = "town") -> str | None: ...

    def run(self, run: str) -> RunRow | None: ...

    def latest_episode(self, run: str) -> EpisodeRow | None: ...

    def episodes(self, run: str, after: int = 0, limit: int = 1000) -> Sequence[EpisodeRow]: ...

    def deaths(self, run: str, last: int = 100) -> list[DeathRow]: ...

    def marks(self, run: str, limit: int = 1000) -> list[MarkRow]: ...

    def evaluation(self, run: str) -> EvaluationRow | None: ...

    def recoveries(self, run: str, limit: int = 1000) -> list[RecoveryRow]: ...

    def transitions(self, last: int = 100) -> list[TransitionRow]: ...

    def calls(self, run: str, last: int = 100) -> Sequence[CallRow]: ...

    def personas(self, run: str, last: int = 500) -> list[PersonaRow]: ...


def numbers_of(views: Readings, town: str | None = None, dialogue: str | None = None) -> dict[str, str]:
    """What can be said now of the runs ``town`` and ``dialogue`` (``None``: the newest of that world), by the names of
    ``KNOWN``; a number that there is not yet is left out."""
    found: dict[str, str] = {}
    newest_town = views.newest_run("town")
    if (town := town or newest_town) and (row := views.run(town)):
        found |= _life(views, row) | _exam(views, town) | _move(views, town) | _ends(views, town)
        if town == newest_town:  # ways are kept of that one alone
            found |= _paths(views)
    if (dialogue := dialogue or views.newest_run("dialogue")) and (row := views.run(dialogue)):
        found |= _calls(views, row) | _call_exam(views, dialogue) | _acts(views, dialogue)
    return found


def _life(views: Readings, row: RunRow) -> dict[str, str]:
    stages = len(row.config["world"]["stages"])
    found = {"run": row.run, "episodes": _count(row.episode), "goal": _count(row.episodes_goal), "stages": str(stages)}
    latest = views.latest_episode(row.run)
    if latest is None:
        return found
    changes = [mark for mark in views.marks(row.run) if mark.kind == "stage"]
    back = sum((mark.new_stage or 0) < (mark.old_stage or 0) for mark in changes)
    first = views.episodes(row.run, 0, 1)
    found |= {
        "epsilon": f"{latest.epsilon:.2f}",
        "curiosity": f"{latest.intrinsic_weight:.2f}",
        "curiosity_first": f"{first[0].intrinsic_weight:.2f}",
        "stage": str(latest.curriculum_stage),
        "advances": str(len(changes) - back),
        "retreats": str(back),
    }
    return found


def _exam(views: Readings, run: str) -> dict[str, str]:
    exam = views.evaluation(run)
    if exam is None:
        return {}
    names = {"agent": "agent", "random": "random", "stand_still": "standing", "expert": "expert"}
    means = {names[name]: policy.mean for name, policy in exam.policies.items() if name in names}
    found = {name: _count(mean) for name, mean in means.items()} | {"exam_at": _count(exam.episode)}
    if means.get("expert") and "agent" in means:
        found["agent_share"] = f"{means['agent'] / means['expert']:.0%}"
    return found


def _move(views: Readings, run: str) -> dict[str, str]:
    moves = views.recoveries(run)
    if not moves or moves[-1].level_before is None or moves[-1].level_after is None:
        return {}
    move = moves[-1]
    back = f"It took {_count(move.episodes)} lives to be back." if move.episodes is not None else "It is not yet back."
    return {
        "moved_at": _count(move.episode),
        "level_before": _count(move.level_before or 0),
        "level_after": _count(move.level_after or 0),
        "back_after": back,
    }


def _ends(views: Readings, run: str) -> dict[str, str]:
    ends = {row.cause: row.count for row in views.deaths(run, _WINDOW)}
    total, cap = sum(ends.values()), ends.pop("cap", 0)
    if total < _WINDOW:
        return {}
    worst = max(ends, key=lambda cause: ends[cause], default="")
    return {
        "deaths_counted": _count(total),
        "deaths_cap": _count(cap),
        "worst_end": _ENDS.get(worst, "ended otherwise"),
    }


def _paths(views: Readings) -> dict[str, str]:
    ways = [way for way in views.transitions() if way.source != way.target]
    if len(ways) < 2:
        return {}
    first, second = (f"from the {_place(way.source)} to the {_place(way.target)}" for way in ways[:2])
    return {"path": first, "path_count": _count(ways[0].count), "second_path": second}


def _calls(views: Readings, row: RunRow) -> dict[str, str]:
    calls = views.calls(row.run, _WINDOW)
    if len(calls) < _WINDOW:
        return {}
    return {
        "calls": _count(row.episode),
        "call_stage": str(calls[-1].stage),
        "call_stages": str(len(row.config["world"]["stages"])),
        "call_success": f"{sum(call.success for call in calls) / len(calls):.0%}",
    }


def _call_exam(views: Readings, run: str) -> dict[str, str]:
    exam = views.evaluation(run)
    figures = {name: row.calls for name, row in exam.policies.items() if row.calls} if exam else {}
    if exam is None or not {"agent", "rule", "oracle"} <= figures.keys():
        return {}
    personas = figures["agent"].personas
    return {
        "exam_calls": _count(exam.episodes),
        "call_agent": f"{figures['agent'].success:.0%}",
        "call_rule": f"{figures['rule'].success:.0%}",
        "call_oracle": f"{figures['oracle'].success:.0%}",
        "best_persona": max(personas, key=lambda name: personas[name]),
        "worst_persona": min(personas, key=lambda name: personas[name]),
    }


def _acts(views: Readings, run: str) -> dict[str, str]:
    rows = [row for row in views.personas(run) if sum(row.acts.values())]
    if len(rows) < 2:
        return {}
    done: Counter[int] = Counter()
    for row in rows:
        done.update(row.acts)
    total = sum(done.values())
    turns = {row.persona: sum(row.acts.values()) for row in rows}

    def over_others(persona: str, act: int, count: int) -> float:
        """By how much more of the turns with ``persona`` it is done than of those with all others."""
        return count / turns[persona] - (done[act] - count) / (total - turns[persona])

    _, persona, act, count = max(
        (over_others(row.persona, act, count), row.persona, act, count)
        for row in rows
        for act, count in row.acts.items()
    )
    return {
        "favourite_act": _DOES[done.most_common(1)[0][0]],
        "special_act": _DOES[act],
        "special_persona": persona,
        "special_share": f"{count / turns[persona]:.0%}",
    }


def _place(name: str) -> str:
    """FastFood → "fast food"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


def _count(value: float) -> str:
    return f"{value:,.0f}"
