"""The move that is judged, and how the agent came back from it."""

from hamlet.criteria.criterion import NOT_MEASURABLE, NOT_MET, Verdict, judged
from hamlet.criteria.facts import Facts
from hamlet.projections.rows import RecoveryRow

__all__ = ["WITHIN", "in_time", "in_words", "the_move"]

WITHIN = 500
"""Episodes in which it has to be back."""


def the_move(facts: Facts) -> tuple[RecoveryRow | None, str]:
    """The planned move, else the first one that was asked for; or why there is none to judge."""
    planned = [row for row in facts.recoveries if row.episode == facts.shift_at]
    found = next(iter(planned or facts.recoveries), None)
    if found is None and facts.shift_at:
        return None, f"everything moves at episode {facts.shift_at:,}; the run is at {facts.episodes:,}"
    if found is None:
        return None, "nothing moved in this run"
    if found.level_before is None:
        return None, f"no exam before the move at episode {found.episode:,}"
    return found, ""


def in_time(row: RecoveryRow, facts: Facts) -> tuple[Verdict, str]:
    """Whether it was back within ``WITHIN`` episodes, and why that cannot be said yet."""
    if row.episodes is not None:
        return judged(row.episodes <= WITHIN), ""
    if facts.episodes > row.episode + WITHIN:
        return NOT_MET, ""
    return NOT_MEASURABLE, f"{facts.episodes - row.episode:,} episodes have been lived since the move"


def in_words(row: RecoveryRow, facts: Facts) -> str:
    """A move and the way back from it: "moved at 2,500 (0.9 → 0.3), back at .95 after 120 episodes"."""
    fall = f"{row.level_before:.1f}" + ("" if row.level_after is None else f" → {row.level_after:.1f}")
    moved = f"moved at {row.episode:,} ({fall})"
    if row.episodes is None:
        return f"{moved}, not back after {facts.episodes - row.episode:,} episodes"
    steps = "" if row.env_steps is None else f", {row.env_steps:,} env steps"
    return f"{moved}, back at .95 after {row.episodes:,} episodes{steps}"
