"""Our own criteria: what the original's leave open, measured beside the scripted expert."""

from hamlet.criteria.criterion import MET, NOT_MET, WEIGHT, Criterion, judged, unmeasured
from hamlet.criteria.facts import ExamMeans, Facts
from hamlet.criteria.moves import WITHIN, in_time, in_words, the_move

__all__ = ["ours"]

_SHARE, _LONG_SHARE = 0.98, 0.95
_LEARNED = 0.8  # of the expert: from below that, coming back proves little
_STRETCH = 100


def ours(facts: Facts) -> list[Criterion]:
    """Our criteria, each with its verdict."""
    return [
        _near_the_expert(facts),
        _to_the_end(facts),
        _learned_recovery(facts),
        _settled(facts),
        _above_standing_still(facts),
    ]


def _near_the_expert(facts: Facts) -> Criterion:
    name, goal, source = "exam", f"≥ {_SHARE:g} of the expert", "log: newest exam"
    if facts.exam is None:
        return unmeasured("ours", name, goal, source, "no exam yet")
    return Criterion("ours", name, goal, beside(facts.exam), source, judged(facts.exam.share >= _SHARE))


def _to_the_end(facts: Facts) -> Criterion:
    name, goal, source = "long exam", f"≥ {_LONG_SHARE:g} of the expert", "sat now by the newest checkpoint"
    exam = facts.long_exam
    if isinstance(exam, str):
        return unmeasured("ours", name, goal, source, exam)
    return Criterion("ours", name, goal, beside(exam), source, judged(exam.share >= _LONG_SHARE))


def _learned_recovery(facts: Facts) -> Criterion:
    name, source = "recovery", "table recoveries"
    goal = f"from ≥ {_LEARNED:g} of the expert, within {WITHIN} episodes (stretch {_STRETCH})"
    found, why = the_move(facts)
    if found is None:
        return unmeasured("ours", name, goal, source, why)
    verdict, why = in_time(found, facts)
    share = found.share_before or 0.0
    if share < _LEARNED:
        verdict, why = NOT_MET, f"it had learned {share:.3f} of the expert before the move"
    quick = verdict == MET and found.episodes is not None and found.episodes <= _STRETCH
    measured = f"from {share:.3f} of the expert: {in_words(found, facts)}"
    return Criterion("ours", name, goal, measured, source, verdict, why, quick)


def _settled(facts: Facts) -> Criterion:
    name, goal = "at the end", f"weight < {WEIGHT:g} and the last stage"
    source = "log: newest episode, stage_changed"
    if facts.weights is None:
        return unmeasured("ours", name, goal, source, "no episode yet")
    weight = facts.weights[1]
    measured = f"weight {weight:.2f}, stage {facts.stage} of {facts.stages}"
    return Criterion("ours", name, goal, measured, source, judged(weight < WEIGHT and facts.stage == facts.stages))


def _above_standing_still(facts: Facts) -> Criterion:
    name, goal, source = "survival", "above random and standing still", "log: newest exam"
    exam = facts.exam
    if exam is None:
        return unmeasured("ours", name, goal, source, "no exam yet")
    measured = (
        f"random {exam.random:.1f}, standing still {exam.stand_still:.1f}, "
        f"agent {exam.agent:.1f}, expert {exam.expert:.1f}"
    )
    return Criterion("ours", name, goal, measured, source, judged(exam.agent > max(exam.random, exam.stand_still)))


def beside(exam: ExamMeans) -> str:
    return f"{exam.share:.3f}: {exam.agent:.1f} of {exam.expert:.1f}, cap {exam.cap:,}, episode {exam.episode:,}"
