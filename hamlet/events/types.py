"""The vocabulary of the log: past-tense, frozen, versioned, finite facts.

A leaf: imports no other hamlet module except the leaf ``commands``. Every event is a msgspec
Struct whose ``type`` tag carries a version; a tag once written is read for ever (``UPCAST``
turns an old one into today's). Payloads hold no wall-clock times: the log records those beside
the payload, so that the log of a resumed run equals that of an uninterrupted one.

Events are of two kinds. *Facts of the run* are a function of config, seed and commands, and are
computed again bit for bit when a run catches up. *Operational* events (``OPERATIONAL``) tell what
the process did: they differ between a run that crashed and one that did not.
"""

from typing import Any

import msgspec

from hamlet.commands import Command

__all__ = [
    "OPERATIONAL",
    "AffordancesRandomized",
    "CallFigures",
    "CheckpointRejected",
    "CheckpointSaved",
    "CheckpointsPruned",
    "CollectorInterrupted",
    "CommandApplied",
    "ConversationEnded",
    "ConversationEvent",
    "ConversationStarted",
    "DialogueEpisode",
    "EpisodeCompleted",
    "EpisodeDetail",
    "EvaluationCompleted",
    "Event",
    "ExamResult",
    "HistoryImported",
    "Recorded",
    "ResumeStateSaved",
    "RunDiverged",
    "RunExtended",
    "RunFinished",
    "RunResumed",
    "RunStarted",
    "SnapshotTaken",
    "SnapshotsPruned",
    "StageChanged",
    "TownEpisode",
    "TrainingFailed",
    "TrainingProgress",
    "TurnTaken",
    "decode",
    "encode",
    "tag_of",
]


class TownEpisode(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag_field="world", tag="town"):
    """Everything needed to play the episode again, step by step.

    ``layout`` maps affordance → cell (cell = y · width + x). ``path`` holds the cell after each
    step, preceded by the start cell (survival_time + 1 cells); ``actions`` one action per step;
    ``novelty`` one byte per cell of the grid, log scale. All three are packed by
    ``events.packing``. ``affordances`` counts completed interactions by name.
    """

    seed: int
    physics: int
    layout: dict[str, int]
    path: str
    actions: str
    novelty: str
    affordances: dict[str, int]


class DialogueEpisode(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag_field="world", tag="dialogue"):
    """Everything needed to hold the conversation again, turn by turn: who called whom follows from
    ``seed`` and ``persona``, what the debtor said from these and the ``acts`` (packed by
    ``events.packing``, one per turn). ``violations`` counts turns by rule."""

    seed: int
    physics: int
    persona: str
    success: bool
    acts: str
    violations: dict[str, int]


EpisodeDetail = TownEpisode | DialogueEpisode


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


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag_field="type"):
    """Base of all events. A tree of values holds no cycle: ``gc=False`` spares the collector
    walking it, and decoding a fifth of its time."""


class RunStarted(Event, frozen=True, kw_only=True, tag="run_started.v1"):
    """A run began. ``config`` is the resolved configuration; ``versions`` maps package → version."""

    world: str
    config_name: str
    config: dict[str, Any]
    seed: int
    episodes: int
    physics: int
    versions: dict[str, str]
    device: str


class RunResumed(Event, frozen=True, kw_only=True, tag="run_resumed.v1"):
    """A process took up the run again from the state at ``vector_step``; episodes up to
    ``catch_up_to`` are in the log already and are computed again, compared, not written. It learns on ``device``."""

    vector_step: int
    episode: int
    catch_up_to: int
    versions: dict[str, str]
    device: str = "cpu"


class RunExtended(Event, frozen=True, kw_only=True, tag="run_extended.v1"):
    """The goal of the run moved from ``old_episodes`` to ``episodes``."""

    old_episodes: int
    episodes: int


class RunDiverged(Event, frozen=True, kw_only=True, tag="run_diverged.v1"):
    """Computing again gave something else: the run's events from version ``from_version`` on hold
    no longer. Projections drop episodes from ``from_episode`` on; training is live from there."""

    from_episode: int
    vector_step: int
    reason: str
    from_version: int = 0


class EpisodeCompleted(Event, frozen=True, kw_only=True, tag="episode_completed.v1"):
    """One agent's life ended or reached the cap.

    ``survival_time`` in steps; rewards are undiscounted sums; ``intrinsic_reward`` is before the
    weight; ``total_reward`` = extrinsic + intrinsic_weight · intrinsic. ``cause`` is the meter
    that ran out, or ``"cap"``. ``vector_step`` counts batched steps of all agents together.
    """

    episode: int
    survival_time: int
    total_reward: float
    extrinsic_reward: float
    intrinsic_reward: float
    intrinsic_weight: float
    curriculum_stage: int
    epsilon: float
    cause: str
    agent: int
    vector_step: int
    detail: EpisodeDetail


class TrainingProgress(Event, frozen=True, kw_only=True, omit_defaults=True, tag="training_progress.v1"):
    """The learner's health over the updates since the last such event (means over them); ``learner``: what a kind of
    learner has to say besides (``Learner.health``), by name."""

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
    learner: dict[str, float] = {}


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


class AffordancesRandomized(Event, frozen=True, kw_only=True, tag="affordances_randomized.v1"):
    """The affordances moved: name → cell, before and after."""

    episode: int
    vector_step: int
    old_positions: dict[str, int]
    new_positions: dict[str, int]
    reason: str


class StageChanged(Event, frozen=True, kw_only=True, tag="stage_changed.v1"):
    """The curriculum moved; each agent meets the new stage at its next reset."""

    episode: int
    vector_step: int
    old_stage: int
    new_stage: int
    reason: str


class CommandApplied(Event, frozen=True, kw_only=True, tag="command_applied.v1"):
    """A command takes effect before ``vector_step`` is computed."""

    episode: int
    vector_step: int
    command: Command


class EvaluationCompleted(Event, frozen=True, kw_only=True, tag="evaluation_completed.v1"):
    """A greedy exam on held-out starts, with its baselines: policy name → result."""

    episode: int
    vector_step: int
    episodes: int
    cap: int
    layout: dict[str, int]
    results: dict[str, ExamResult]


class TrainingFailed(Event, frozen=True, kw_only=True, tag="training_failed.v1"):
    """Training stopped on an error of its own (a loss that is not a number, for one)."""

    episode: int
    vector_step: int
    reason: str


class RunFinished(Event, frozen=True, kw_only=True, tag="run_finished.v1"):
    """The run reached its goal of episodes."""

    episode: int
    vector_step: int


class ConversationStarted(Event, frozen=True, kw_only=True, omit_defaults=True, tag="conversation_started.v1"):
    """A conversation that is kept turn by turn: the exam's after ``episode``, or a talk, which is a stream of its own.
    ``partner``: whether the debtor is ``"simulated"`` or a ``"person"``. ``seed`` and ``persona`` say who the debtor
    was, and from them a simulated one's words are made again; what a person said is not in the log. ``collector``:
    the run whose policy of ``episode`` collects, or ``"rule"``; "" in an exam: that of the run that this belongs to.
    ``by_hand``: a person chooses the collector's acts."""

    conversation: str
    episode: int
    vector_step: int
    partner: str
    seed: int
    persona: str
    collector: str = ""
    by_hand: bool = False


class TurnTaken(Event, frozen=True, kw_only=True, tag="turn_taken.v1"):
    """What the collector did, by these values of the acts that its mask allowed (none where a person chose), the
    rules that it broke, and what it understood of the answer: ``sentiment`` and ``cooperation`` in [−1, 1]. In talks,
    ``act`` is "" where it only asked again, and ``intent`` is "" where nobody answered."""

    conversation: str
    episode: int
    turn: int
    act: str
    q_values: list[float]
    mask: list[bool]
    violations: list[str]
    intent: str
    sentiment: float
    cooperation: float
    signals: list[str]


class CollectorInterrupted(Event, frozen=True, kw_only=True, tag="collector_interrupted.v1"):
    """In a talk by voice the person spoke while the collector did: of the words of its ``turn`` (from 1) only the share
    ``heard`` in [0, 1] was heard."""

    conversation: str
    episode: int
    turn: int
    heard: float


class ConversationEnded(Event, frozen=True, kw_only=True, tag="conversation_ended.v1"):
    """How it ended; ``returns``: the undiscounted sum of its rewards (0 with a person, who gives none)."""

    conversation: str
    episode: int
    outcome: str
    success: bool
    turns: int
    returns: float


class HistoryImported(Event, frozen=True, kw_only=True, tag="history_imported.v1"):
    """The run was lived elsewhere: its episodes come from a file of another program and cannot be lived again.
    ``file`` is its name, ``metadata`` (JSON) what it said of itself, ``sha256`` of the whole file."""

    file: str
    algorithm: str
    sha256: str
    metadata: str


class SnapshotTaken(Event, frozen=True, kw_only=True, tag="snapshot_taken.v1"):
    """A product of ``run`` is on disk, whole. It lies in a stream of its own (``RUN.snapshots``): taking pictures
    never changes what a run is. ``kind``: gif · screenshot · csv · parquet · timelapse; ``file`` is relative to
    the snapshot directory. ``first`` and ``last``: the episodes that it shows, ``position`` of the log up to which
    it does (0 where it shows a moment)."""

    run: str
    kind: str
    file: str
    first: int
    last: int
    position: int
    bytes: int
    sha256: str


class SnapshotsPruned(Event, frozen=True, kw_only=True, tag="snapshots_pruned.v1"):
    """Products of ``run`` of one ``kind`` were deleted, the oldest first; ``reason`` says by which rule."""

    run: str
    kind: str
    files: list[str]
    reason: str


ConversationEvent = ConversationStarted | TurnTaken | CollectorInterrupted | ConversationEnded

AnyEvent = (
    RunStarted
    | RunResumed
    | RunExtended
    | RunDiverged
    | EpisodeCompleted
    | TrainingProgress
    | CheckpointSaved
    | ResumeStateSaved
    | CheckpointRejected
    | CheckpointsPruned
    | AffordancesRandomized
    | StageChanged
    | CommandApplied
    | EvaluationCompleted
    | ConversationStarted
    | TurnTaken
    | CollectorInterrupted
    | ConversationEnded
    | TrainingFailed
    | RunFinished
    | HistoryImported
    | SnapshotTaken
    | SnapshotsPruned
)

OPERATIONAL = (
    RunResumed,
    RunExtended,
    ResumeStateSaved,
    CheckpointRejected,
    CheckpointsPruned,
    TrainingFailed,
    SnapshotTaken,
    SnapshotsPruned,
)


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """An event as the log holds it: global position (from 1, strictly increasing), the run it
    belongs to, its version in that run (from 1, no gap), and when it was recorded (UTC seconds)."""

    position: int
    run: str
    version: int
    recorded_at: float
    event: AnyEvent


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(AnyEvent)


def encode(event: Event) -> bytes:
    """The event as JSON, tag included.

    Raises ``ValueError`` when it would not come back equal: msgspec writes NaN and infinities as
    ``null``, so a number that is not finite is refused here, where the event is made.
    """
    payload = _encoder.encode(event)
    try:
        back = _decoder.decode(payload)
    except msgspec.ValidationError as error:
        raise ValueError(f"{type(event).__name__} cannot be recorded: {error} (a number that is not finite?)") from None
    if back != event:
        raise ValueError(f"{type(event).__name__} would not come back equal (a number that is not finite?)")
    return payload


def decode(payload: bytes | str) -> AnyEvent:
    """The event in ``payload``; raises ``msgspec.ValidationError`` when it is none we know."""
    event: AnyEvent = _decoder.decode(payload)
    return event


def tag_of(event: Event | type[Event]) -> str:
    """The event's tag, e.g. ``episode_completed.v1``."""
    kind = event if isinstance(event, type) else type(event)
    return str(kind.__struct_config__.tag)
