"""A run in tables: where it stands, its exam beside the baselines, what happened to it."""

from collections import Counter

from hamlet.lab.exams import BASELINES, best, level, share
from hamlet.lab.page import Sheet
from hamlet.lab.record import Record
from hamlet.worlds.dialogue.acts import PERSONAS

__all__ = ["sheets_of"]

_RECENT = 100
_NEAR = 0.95


def sheets_of(record: Record) -> list[Sheet]:
    """In the order of reading."""
    found = [_standing(record)]
    if record.exams:
        found.append(_lives(record) if record.world == "town" else _calls(record))
    if record.stages or record.moves:
        found.append(_marks(record))
    return found


def _standing(record: Record) -> Sheet:
    recent = record.episodes[-_RECENT:]
    causes = Counter(event.cause for event in recent)
    unit = "steps" if record.world == "town" else "turns"
    rows = [
        ("world, config", f"{record.world}, {record.started.config_name}"),
        ("seed", f"{record.started.seed}"),
        (record.unit, f"{len(record.episodes):,} of {record.started.episodes:,}"),
        (unit, f"{int(record.survival.sum()):,}"),
    ]
    if record.progress:
        rows.append(("gradient steps", f"{record.gradient_steps(record.progress[-1].vector_step):,.0f}"))
    if recent:
        last = recent[-1]
        rows += [
            (f"last {len(recent)} {record.unit}, mean", f"{record.survival[-_RECENT:].mean():.1f} {unit}"),
            (
                "… how they ended",
                ", ".join(f"{cause.replace('_', ' ')} {count}" for cause, count in causes.most_common()),
            ),
            ("stage, ε, intrinsic weight", f"{last.curriculum_stage}, {last.epsilon:.2f}, {last.intrinsic_weight:.2f}"),
        ]
    if record.exams:
        rows.append((f"exam, share of the {best(record.world)}", f"{share(record.exams[-1], record.world):.3f}"))
        reached = next((exam.episode for exam in record.exams if share(exam, record.world) >= _NEAR), None)
        never = f"not within {record.exams[-1].episode:,}"
        rows.append(
            (f"first exam at {_NEAR:.0%} of it", never if reached is None else f"after {reached:,} {record.unit}")
        )
    return Sheet(record.run, ("", ""), rows, words=2)


def _lives(record: Record) -> Sheet:
    exam = record.exams[-1]
    rows = [
        (
            name,
            f"{result.mean:.1f}",
            f"{result.worst:.0f}",
            f"{result.share_at_cap:.0%}",
            f"{result.mean / level(exam, 'expert'):.3f}",
        )
        for policy, name in {**BASELINES, "agent": "agent"}.items()
        if (result := exam.results.get(policy))
    ]
    title = f"Exam after episode {exam.episode:,}: {exam.episodes} held-out starts, cut off at {exam.cap:,} steps"
    return Sheet(title, ("policy", "mean steps", "worst", "to the cap", "of the expert"), rows)


def _calls(record: Record) -> Sheet:
    exam = record.exams[-1]
    rows = []
    for policy, name in {**BASELINES, "agent": "agent"}.items():
        if (result := exam.results.get(policy)) and (calls := result.calls):
            figures = (f"{calls.success:.3f}", f"{calls.returns:.2f}", f"{result.mean:.1f}", f"{calls.violations:.1f}")
            rows.append((name, *figures, *(f"{calls.personas[persona]:.2f}" for persona in PERSONAS)))
    title = f"Exam after call {exam.episode:,}: {exam.episodes} held-out debtors; broken: rules per 100 calls"
    return Sheet(title, ("policy", "success", "return", "turns", "broken", *PERSONAS), rows)


def _marks(record: Record) -> Sheet:
    rows = [(int(mark.episode), f"stage {mark.old_stage} to {mark.new_stage}", mark.reason) for mark in record.stages]
    rows += [(int(move.episode), "everything moved", move.reason) for move in record.moves]
    told = [(f"{episode:,}", what, why) for episode, what, why in sorted(rows)]
    return Sheet("What happened", ("episode", "what", "why"), told, words=3)
