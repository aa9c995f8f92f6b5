"""The learner: its health, its exams, and its files."""

import msgspec

from hamlet.events.types.base import Event

__all__ = [
    "CallFigures",
    "CheckpointRejected",
    "CheckpointSaved",
    "CheckpointsPruned",
    "EvaluationCompleted",
    "ExamResult",
    "ResumeStateSaved",
    "TrainingProgress",
]


class TrainingProgress(Event, frozen=True, kw_only=True, omit_defaults=True, tag="training_progress.v1"):
    """The learner's health over the updates since the last such event: ``loss``, ``gradient_norm`` and
    ``novelty_loss`` are means over them. ``updates``: since the run began. ``q_*``: of the value of the best action in
    sampled situations; ``q_histogram`` counts these in 20 bins of equal width from ``q_min`` to ``q_max``. ``entropy``:
    of the policy softmax(Q / temperature), smoothed, as a share of ln(actions). ``learner``: what a kind of learner has
    to say besides (``Learner.health``), by name."""

    vector_step: int
    updates: int
    loss: float
    gradient_norm: float
    q_mean: float
    q_min: float
    q_max: float
    q_histogram: list[int]
    entropy: float
    novelty_loss: float
    learner: dict[str, float] = msgspec.field(default_factory=dict)


class CallFigures(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What an exam of conversations found: the share that ended well, the mean undiscounted return,
    violations per 100 calls, and the share that ended well by persona."""

    success: float
    returns: float
    violations: float
    personas: dict[str, float]


class ExamResult(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One policy's exam: survival in steps over ``episodes`` held-out starts, capped at ``cap``; ``calls``:
    what else there is to say of conversations, whose steps are turns."""

    mean: float
    worst: float
    share_at_cap: float
    causes: dict[str, int]
    calls: CallFigures | None = None


class EvaluationCompleted(Event, frozen=True, kw_only=True, tag="evaluation_completed.v1"):
    """A greedy exam on held-out starts, with its baselines: policy name → result."""

    episode: int
    vector_step: int
    episodes: int
    cap: int
    layout: dict[str, int]
    results: dict[str, ExamResult]


class CheckpointSaved(Event, frozen=True, kw_only=True, tag="checkpoint_saved.v1"):
    """A checkpoint is on disk, whole. ``file`` is relative to the run's checkpoint directory."""

    episode: int
    vector_step: int
    file: str
    sha256: str


class ResumeStateSaved(Event, frozen=True, kw_only=True, tag="resume_state_saved.v1"):
    """A resume state is on disk, whole; ``version`` is the run's newest event it includes."""

    episode: int
    vector_step: int
    version: int
    file: str
    sha256: str
    bytes: int


class CheckpointRejected(Event, frozen=True, kw_only=True, tag="checkpoint_rejected.v1"):
    """A checkpoint or resume state did not verify and was not used."""

    file: str
    reason: str


class CheckpointsPruned(Event, frozen=True, kw_only=True, tag="checkpoints_pruned.v1"):
    """Older checkpoints were deleted to make room: these ``files`` of the run's directory are gone."""

    files: list[str]
    reason: str
