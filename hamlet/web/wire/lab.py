"""What the page is told of the laboratory: runs beside one another, studies and reports. ``wire.ts`` has these, too."""

from hamlet.web.wire.base import Wire

__all__ = ["LabCurve", "LabExam", "LabFile", "LabLecture", "LabReport", "LabRun", "LabStudy", "LabTable", "LabTrial"]


class LabCurve(Wire, frozen=True, kw_only=True):
    """A stretch of a run up to ``episode``: steps lived with one standard deviation around them, or of conversations
    the share that ended well with its 95 % interval."""

    episode: int
    mean: float
    low: float
    high: float


class LabExam(Wire, frozen=True, kw_only=True):
    """The exam after ``episode``: policy (agent, random, expert, oracle …) → mean steps lived, or the share that ended
    well."""

    episode: int
    values: dict[str, float]


class LabRun(Wire, frozen=True, kw_only=True):
    """A run to be compared. ``algorithm``: dqn, drqn, ddq or recall; ``unit``: "steps" or "success"; ``top``: the most
    that a curve can reach; ``stages``: "Stage 1 → 2: why", with the episode."""

    run: str
    world: str
    algorithm: str
    unit: str
    top: float
    curve: list[LabCurve]
    exams: list[LabExam]
    stages: dict[int, str]


class LabFile(Wire, frozen=True, kw_only=True):
    """``path``: below ``/shelf/``; ``modified`` in UTC seconds."""

    name: str
    path: str
    bytes: int
    modified: float


class LabTable(Wire, frozen=True, kw_only=True):
    """As it was written: the cells of each row in the order of ``columns``."""

    columns: list[str]
    rows: list[list[str]]


class LabTrial(Wire, frozen=True, kw_only=True):
    """One training of a study. ``state``: waiting · running · finished · failed · stopped."""

    variant: str
    seed: int
    state: str
    episode: int
    goal: int


class LabStudy(Wire, frozen=True, kw_only=True):
    """A study as far as it has come; ``table`` is ``null`` before its end. ``updated_at`` in UTC seconds."""

    name: str
    title: str
    question: str
    updated_at: float
    finished: bool
    trials: list[LabTrial]
    table: LabTable | None
    files: list[LabFile]


class LabLecture(Wire, frozen=True, kw_only=True):
    """A lecture as ``lectures`` made it: its slides, exercises and pictures; ``name``: its folder, or ""."""

    name: str
    files: list[LabFile]


class LabReport(Wire, frozen=True, kw_only=True):
    """What was written about ``run``."""

    run: str
    files: list[LabFile]
