"""What the page is told: every message and record that crosses the wire, defined once.

``python -m hamlet.web.typescript`` writes ``frontend/src/wire.ts`` from these Structs; a test fails
when the two differ. Numbers are plain: steps, shares in [0,1], UTC seconds.
"""

from hamlet.web.wire.dialogue import (
    ActsOfPersona,
    CallExam,
    CallFigures,
    CallPoint,
    DialogueFrame,
    DialogueHello,
    DialogueUpdate,
    Foretold,
    ImaginedTurn,
    Observed,
    PersonaFigures,
    Planning,
    Reply,
    SpokenTurn,
)
from hamlet.web.wire.process import Accepted, Gauge, Health, RunSummary, ServiceHealth
from hamlet.web.wire.town import (
    Affordance,
    AffordanceEdge,
    AffordanceGraph,
    Day,
    Death,
    EpisodePoint,
    Exam,
    Hello,
    Mark,
    Meter,
    Metrics,
    Recovery,
    RunState,
    StageFrame,
    StateUpdate,
)

__all__ = [
    "Accepted",
    "ActsOfPersona",
    "Affordance",
    "AffordanceEdge",
    "AffordanceGraph",
    "CallExam",
    "CallFigures",
    "CallPoint",
    "Day",
    "Death",
    "DialogueFrame",
    "DialogueHello",
    "DialogueUpdate",
    "EpisodePoint",
    "Exam",
    "Foretold",
    "Gauge",
    "Greeting",
    "Health",
    "Hello",
    "ImaginedTurn",
    "Mark",
    "Message",
    "Meter",
    "Metrics",
    "Observed",
    "PersonaFigures",
    "Planning",
    "Recovery",
    "Reply",
    "RunState",
    "RunSummary",
    "ServiceHealth",
    "SpokenTurn",
    "StageFrame",
    "StateUpdate",
    "Update",
]

Greeting = Hello | DialogueHello
Update = StateUpdate | DialogueUpdate
Message = Greeting | Update | StageFrame | DialogueFrame
