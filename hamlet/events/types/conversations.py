"""Conversations that are kept turn by turn: those of exams, and talks with people."""

from hamlet.events.types.base import Event

__all__ = [
    "CollectorInterrupted",
    "ConversationEnded",
    "ConversationEvent",
    "ConversationStarted",
    "TurnTaken",
]


class ConversationStarted(Event, frozen=True, kw_only=True, omit_defaults=True, tag="conversation_started.v1"):
    """A conversation that is kept turn by turn: the exam's after ``episode``, or a talk, which is a stream of its own.
    ``partner``: whether the debtor is ``"simulated"`` or a ``"person"``. ``seed`` and ``persona`` say who the debtor
    was, and from them a simulated one's words are made again; what a person said is not in the log. ``collector``:
    the run whose policy of ``episode`` collects, or ``"rule"``; "" in an exam: that of the run that this belongs to.
    ``by_hand``: a person chooses the collector's acts. ``physics``: of the dialogue (older ones were all of 1)."""

    conversation: str
    episode: int
    vector_step: int
    partner: str
    seed: int
    persona: str
    collector: str = ""
    by_hand: bool = False
    physics: int = 1


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


ConversationEvent = ConversationStarted | TurnTaken | CollectorInterrupted | ConversationEnded
