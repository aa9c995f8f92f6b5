"""What is known of a run, for those who judge it."""

import msgspec

from hamlet.projections.rows import RecoveryRow

__all__ = ["ExamMeans", "Facts"]


class ExamMeans(msgspec.Struct, frozen=True, kw_only=True):
    """An exam: mean steps lived by policy, ``cap`` at most."""

    episode: int
    cap: int
    random: float
    stand_still: float
    expert: float
    agent: float

    @property
    def share(self) -> float:
        return self.agent / self.expert


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a run, at one position of its log.

    ``hours`` from its first to its last event, ``unbroken_hours`` the longest stretch of them without
    a restart; ``relived``: restarts that had work to do again, as after a crash. ``weights`` are those
    of the first and the newest episode; ``stages`` how many there are. ``exam`` is the newest in the
    log, ``long_exam`` one with a higher cap, sat now, or the reason why not. ``captured``: rows of
    episodes, visits and transitions, ``None`` when the tables show another run; ``exported``: rows of
    the final CSV export, ``None`` without one. ``shift_at``: the episode of the planned move, or 0.
    """

    finished: bool
    goal: int
    hours: float
    unbroken_hours: float
    restarts: int
    relived: int
    failures: list[str]
    divergences: int
    log_problems: list[str]
    episodes: int
    weights: tuple[float, float] | None
    highest_stage: int
    stage: int
    stages: int
    exam: ExamMeans | None
    long_exam: ExamMeans | str
    shift_at: int
    recoveries: list[RecoveryRow]
    captured: tuple[int, int, int] | None
    exported: int | None
    screenshots: int
    gifs: int
