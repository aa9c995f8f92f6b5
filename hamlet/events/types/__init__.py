"""The vocabulary of the log: past-tense, frozen, versioned, finite facts.

A leaf: imports no other hamlet module except the leaf ``commands``. Every event is a msgspec
Struct whose ``type`` tag carries a version; a tag once written is read for ever. Payloads hold
no wall-clock times: the log records those beside the payload, so that the log of a resumed run
equals that of an uninterrupted one.

Events are of two kinds. *Facts of the run* are a function of config, seed and commands, and are
computed again bit for bit when a run catches up. *Operational* events (``OPERATIONAL``) tell what
the process did: they differ between a run that crashed and one that did not.
"""

import msgspec

from hamlet.events.types.base import Event
from hamlet.events.types.conversations import (
    CollectorInterrupted,
    ConversationEnded,
    ConversationEvent,
    ConversationStarted,
    TurnTaken,
)
from hamlet.events.types.episodes import (
    AffordancesRandomized,
    DialogueEpisode,
    EpisodeCompleted,
    EpisodeDetail,
    StageChanged,
    TownEpisode,
)
from hamlet.events.types.learning import (
    CallFigures,
    CheckpointRejected,
    CheckpointSaved,
    CheckpointsPruned,
    EvaluationCompleted,
    ExamResult,
    ResumeStateSaved,
    TrainingProgress,
)
from hamlet.events.types.runs import (
    CommandApplied,
    HistoryImported,
    RunDiverged,
    RunExtended,
    RunFinished,
    RunResumed,
    RunStarted,
    TrainingFailed,
)
from hamlet.events.types.snapshots import SnapshotsPruned, SnapshotTaken

__all__ = [
    "OPERATIONAL",
    "AffordancesRandomized",
    "AnyEvent",
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
"""What a row of the log may hold."""

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
