"""What the page is told of conversations that are trained. As ``hamlet.web.wire``."""

from hamlet.web.wire.base import Wire
from hamlet.web.wire.town import Death, Mark, RunState

__all__ = [
    "ActsOfPersona",
    "CallExam",
    "CallFigures",
    "CallPoint",
    "DialogueFrame",
    "DialogueHello",
    "DialogueUpdate",
    "Foretold",
    "ImaginedTurn",
    "Observed",
    "PersonaFigures",
    "Planning",
    "Reply",
    "SpokenTurn",
]


class Observed(Wire, frozen=True, kw_only=True):
    """One of the numbers that a collector perceives, and what it means."""

    name: str
    meaning: str


class DialogueHello(Wire, frozen=True, kw_only=True, tag_field="type", tag="dialogue_hello"):
    """The conversations that are watched: calls of at most ``cap`` turns; ``acts`` are what a collector can
    do, ``observed`` what it perceives."""

    run: str
    config: str
    cap: int
    stages: int
    acts: list[str]
    personas: list[str]
    observed: list[Observed]
    masked: bool


class CallFigures(Wire, frozen=True, kw_only=True):
    """Over some calls: the share that ended well, the mean return and length in turns, and violations of
    the rules per 100 calls."""

    calls: int
    success: float
    returns: float
    turns: float
    violations: float


class PersonaFigures(Wire, frozen=True, kw_only=True):
    """One kind of debtor over the last 500 calls; ``acts``: how often each act was done, in the order of
    ``DialogueHello.acts``."""

    persona: str
    figures: CallFigures
    acts: list[int]


class ActsOfPersona(Wire, frozen=True, kw_only=True):
    """What was done with ``persona`` in ``calls`` calls from episode ``first`` to ``last``; ``acts`` in the order of
    ``DialogueHello.acts``."""

    first: int
    last: int
    persona: str
    calls: int
    acts: list[int]


class CallPoint(Wire, frozen=True, kw_only=True):
    """One call on the charts."""

    episode: int
    persona: str
    outcome: str
    success: bool
    returns: float
    turns: int
    violations: int
    stage: int


class CallExam(Wire, frozen=True, kw_only=True):
    """The newest greedy exam on held-out debtors: policy name (random, constant, rule, oracle, agent) →
    share that ended well; the agent's share by persona, and its violations per 100 calls."""

    episode: int
    success: dict[str, float]
    personas: dict[str, float]
    violations: float


class DialogueUpdate(Wire, frozen=True, kw_only=True, tag_field="type", tag="dialogue_update"):
    """At most once a second. ``metrics`` of the last 100 calls, ``recent`` the newest, oldest first;
    ``outcomes``: how the last 500 ended."""

    run: str
    state: RunState
    episode: int
    stage: int
    epsilon: float
    metrics: CallFigures | None
    personas: list[PersonaFigures]
    recent: list[CallPoint]
    outcomes: list[Death]
    marks: list[Mark]
    exam: CallExam | None


class Reply(Wire, frozen=True, kw_only=True):
    """An answer that the world model holds for likely, and how likely [0, 1]."""

    intent: str
    chance: float


class ImaginedTurn(Wire, frozen=True, kw_only=True):
    """A turn of an imagined call: the act, and the intent of the imagined answer."""

    act: int
    intent: str


class Foretold(Wire, frozen=True, kw_only=True):
    """What the run's world model says would follow ``act``: its ``value``, the mean return of imagined calls;
    the probability that the call ``ends`` with it; the likeliest ``replies``; ``sentiment`` and ``cooperation`` as
    they would be perceived. ``way``: one imagined call, near that mean, which ``ended`` "well" or "badly" or ("")
    goes on; empty for acts of little promise."""

    act: int
    value: float
    ends: float
    replies: list[Reply]
    sentiment: float
    cooperation: float
    way: list[ImaginedTurn]
    ended: str


class Planning(Wire, frozen=True, kw_only=True):
    """How the planning learner stands. For a real call ``planned`` of at most ``most`` imagined ones; errors of the
    world ``model`` and of the simplest guess on held-out calls (0 before the first measurement);
    ``imagined`` transitions kept; gradient steps from ``real`` data and those of ``planning``."""

    model: str
    planned: float
    most: int
    model_error: float
    guess_error: float
    imagined: float
    real: float
    planning: float


class SpokenTurn(Wire, frozen=True, kw_only=True):
    """What the collector did and said, by these ``q_values`` of the acts that its ``mask`` allowed, and what
    the debtor answered (``intent`` as the collector understood it, ``sentiment`` and ``cooperation`` in [−1, 1]).
    ``foretold``: what a collector that plans expected of it, and how likely it held this answer (``chance``); its
    moods are those of ``perceived`` (sentiment, cooperation)."""

    act: int
    words: str
    q_values: list[float]
    mask: list[bool]
    intent: str
    reply: str
    sentiment: float
    cooperation: float
    signals: list[str]
    violations: list[str]
    foretold: Foretold | None = None
    chance: float = 0.0
    perceived: list[float] = []


class DialogueFrame(Wire, frozen=True, kw_only=True, tag_field="type", tag="dialogue_frame"):
    """One call of the exhibition, whole as far as it has come: the newest policy, greedy, at human speed, with
    a debtor whose ``persona`` and ``situation`` the collector cannot see. ``act`` is the one about to be
    done (−1 when the call is over), by ``q_values``; ``observed`` what is perceived, in the order of
    ``DialogueHello.observed``; ``ended``: "" or the outcome. ``foretold``: of the act to be done, and of those of
    most promise, the best first; ``planning``: see there, ``null`` where nothing plans."""

    run: str
    policy_episode: int
    call: int
    persona: str
    situation: str
    turns: list[SpokenTurn]
    observed: list[float]
    q_values: list[float]
    mask: list[bool]
    act: int
    ended: str
    success: bool
    foretold: list[Foretold] = []
    planning: Planning | None = None
