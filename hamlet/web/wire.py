"""What the page is told: every message and record that crosses the wire, defined once.

``python -m hamlet.web.typescript`` writes ``frontend/src/wire.ts`` from these Structs; a test fails
when the two differ. Numbers are plain: steps, shares in [0,1], UTC seconds.
"""

import msgspec

__all__ = [
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


class _Wire(msgspec.Struct, frozen=True, kw_only=True):
    pass


class Meter(_Wire, frozen=True, kw_only=True):
    """A meter in [0,1]; a vital one ends the life at 0. ``dollars``: what 1.0 is worth, if money."""

    name: str
    vital: bool
    dollars: float | None


class Affordance(_Wire, frozen=True, kw_only=True):
    """A place where something can be done; ``x`` to the right, ``y`` down, from 0."""

    name: str
    x: int
    y: int


class Day(_Wire, frozen=True, kw_only=True):
    """A day of ``hours`` steps; every life begins at the hour ``dawn``. ``opening``: place → the hour
    from which it may be begun and the one until which (past midnight: above ``hours``); no entry: always."""

    hours: int
    dawn: int
    opening: dict[str, list[int]]


class Hello(_Wire, frozen=True, kw_only=True, tag_field="type", tag="hello"):
    """First message on every connection: what is being watched. ``run`` is "" before any run.

    ``affordances`` is empty where every life draws its own layout: see ``StageFrame.layout``. ``day``
    is ``null`` in a town without a clock. ``radius``: all that the agent sees of the map are the
    cells up to so many columns and rows away; ``null``: it sees no window."""

    run: str
    config: str
    width: int
    height: int
    cap: int
    stages: int
    actions: list[str]
    meters: list[Meter]
    affordances: list[Affordance]
    day: Day | None
    radius: int | None


class RunState(_Wire, frozen=True, kw_only=True):
    """``status``: waiting · training · catching_up · paused · finished · failed · stopped, and past: as of an
    earlier episode."""

    status: str
    detail: str
    episode: int
    episodes: int
    steps_per_second: float


class Metrics(_Wire, frozen=True, kw_only=True):
    """The newest episode's figures, and the mean survival of the last 100."""

    survival_time: int
    total_reward: float
    extrinsic_reward: float
    intrinsic_reward: float
    intrinsic_weight: float
    curriculum_stage: int
    epsilon: float
    mean_survival: float


class AffordanceEdge(_Wire, frozen=True, kw_only=True):
    """How often one affordance was used next after another in the last 1000 episodes; ``recency``
    is the mean place of these uses in that window: 0 earliest … 1 latest, .5 for a steady habit."""

    source: str
    target: str
    count: int
    recency: float


class AffordanceGraph(_Wire, frozen=True, kw_only=True):
    nodes: list[Affordance]
    edges: list[AffordanceEdge]


class EpisodePoint(_Wire, frozen=True, kw_only=True):
    """One episode on the charts. ``cause``: a meter's name, or "cap". ``intrinsic_reward`` is
    before its weight: what novelty added to the total is ``intrinsic_weight * intrinsic_reward``."""

    episode: int
    survival_time: int
    extrinsic_reward: float
    intrinsic_reward: float
    intrinsic_weight: float
    curriculum_stage: int
    cause: str


class Mark(_Wire, frozen=True, kw_only=True):
    """Something that happened at an episode. ``kind``: stage · randomized · command · resumed ·
    diverged · finished."""

    episode: int
    kind: str
    text: str
    old_stage: int | None
    """Of a stage mark; else ``null``."""
    new_stage: int | None


class Exam(_Wire, frozen=True, kw_only=True):
    """The newest greedy exam: policy name (random, stand_still, expert, agent) → mean survival."""

    episode: int
    cap: int
    means: dict[str, float]


class Recovery(_Wire, frozen=True, kw_only=True):
    """Everything moved after ``episode``. Levels: the agent's mean steps lived in exams, the last
    before (``share_before``: of the expert's) and the first after. ``episodes`` and ``env_steps``
    until an exam reached .95 of the level before; ``null`` while none has."""

    episode: int
    level_before: float | None
    share_before: float | None
    level_after: float | None
    episodes: int | None
    env_steps: int | None


class Death(_Wire, frozen=True, kw_only=True):
    """How lives ended in the last 100 episodes."""

    cause: str
    count: int


class StateUpdate(_Wire, frozen=True, kw_only=True, tag_field="type", tag="state_update"):
    """At most once a second. ``position_heatmap``: rows of visit shares over the last 100
    episodes (sum 1); ``novelty_heatmap``: rows of how new each cell was to the agent in them, in [0, 1].
    ``recent`` holds the newest episodes, oldest first; a page that misses some fetches
    ``/api/runs/{run}/episodes?after=N``. ``recovery`` is that of the newest move."""

    run: str
    state: RunState
    episode: int
    metrics: Metrics | None
    position_heatmap: list[list[float]]
    novelty_heatmap: list[list[float]]
    affordance_graph: AffordanceGraph
    recent: list[EpisodePoint]
    deaths: list[Death]
    marks: list[Mark]
    exam: Exam | None
    recovery: Recovery | None


class StageFrame(_Wire, frozen=True, kw_only=True, tag_field="type", tag="stage_frame"):
    """One step of the exhibition: the newest policy, greedy, at human speed.

    ``action`` is the one about to be taken from this situation (-1 when the life is over);
    ``q_values`` and ``mask`` are in the order of ``Hello.actions``. ``happened`` is what the last
    action did ("" for a move); ``ended`` is "" or the cause. ``policy_episode``: the training
    episode whose averaged network plays. ``layout``: where everything stands in this life.
    ``hour`` of the day (0 without one); ``closed``: places where nothing can be begun at this hour.
    ``progress``: steps done of the running interaction, which takes ``ticks`` (both 0: none runs).
    """

    run: str
    policy_episode: int
    life: int
    step: int
    x: int
    y: int
    meters: list[float]
    q_values: list[float]
    mask: list[bool]
    action: int
    need: str
    happened: str
    ended: str
    layout: list[Affordance]
    hour: int
    closed: list[str]
    progress: int
    ticks: int


class RunSummary(_Wire, frozen=True, kw_only=True):
    """A run in the list of runs. ``status``: training · paused · finished · failed · stopped; ``episode`` of
    ``episodes`` are completed. Times in UTC seconds."""

    run: str
    world: str
    config: str
    seed: int
    status: str
    detail: str
    episode: int
    episodes: int
    started_at: float
    finished_at: float | None


class ServiceHealth(_Wire, frozen=True, kw_only=True):
    """``state``: waiting · starting · running · degraded · failed · finished · stopped."""

    state: str
    detail: str


class Health(_Wire, frozen=True, kw_only=True):
    """``ok``: visitors can be sent here; ``reason`` says why not ("" when they can)."""

    ok: bool
    reason: str
    services: dict[str, ServiceHealth]


class Gauge(_Wire, frozen=True, kw_only=True):
    """A number about this process or its machine: in bytes, seconds or things, as its name says; ``labels`` tell
    those of one name apart."""

    name: str
    help: str
    value: float
    labels: dict[str, str] = {}


class Observed(_Wire, frozen=True, kw_only=True):
    """One of the numbers that a collector perceives, and what it means."""

    name: str
    meaning: str


class DialogueHello(_Wire, frozen=True, kw_only=True, tag_field="type", tag="dialogue_hello"):
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


class CallFigures(_Wire, frozen=True, kw_only=True):
    """Over some calls: the share that ended well, the mean return and length in turns, and violations of
    the rules per 100 calls."""

    calls: int
    success: float
    returns: float
    turns: float
    violations: float


class PersonaFigures(_Wire, frozen=True, kw_only=True):
    """One kind of debtor over the last 500 calls; ``acts``: how often each act was done, in the order of
    ``DialogueHello.acts``."""

    persona: str
    figures: CallFigures
    acts: list[int]


class ActsOfPersona(_Wire, frozen=True, kw_only=True):
    """What was done with ``persona`` in ``calls`` calls from episode ``first`` to ``last``; ``acts`` in the order of
    ``DialogueHello.acts``."""

    first: int
    last: int
    persona: str
    calls: int
    acts: list[int]


class CallPoint(_Wire, frozen=True, kw_only=True):
    """One call on the charts."""

    episode: int
    persona: str
    outcome: str
    success: bool
    returns: float
    turns: int
    violations: int
    stage: int


class CallExam(_Wire, frozen=True, kw_only=True):
    """The newest greedy exam on held-out debtors: policy name (random, constant, rule, oracle, agent) →
    share that ended well; the agent's share by persona, and its violations per 100 calls."""

    episode: int
    success: dict[str, float]
    personas: dict[str, float]
    violations: float


class DialogueUpdate(_Wire, frozen=True, kw_only=True, tag_field="type", tag="dialogue_update"):
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


class Reply(_Wire, frozen=True, kw_only=True):
    """An answer that the world model holds for likely, and how likely [0, 1]."""

    intent: str
    chance: float


class ImaginedTurn(_Wire, frozen=True, kw_only=True):
    """A turn of an imagined call: the act, and the intent of the imagined answer."""

    act: int
    intent: str


class Foretold(_Wire, frozen=True, kw_only=True):
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


class Planning(_Wire, frozen=True, kw_only=True):
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


class SpokenTurn(_Wire, frozen=True, kw_only=True):
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


class DialogueFrame(_Wire, frozen=True, kw_only=True, tag_field="type", tag="dialogue_frame"):
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


Greeting = Hello | DialogueHello
Update = StateUpdate | DialogueUpdate
Message = Greeting | Update | StageFrame | DialogueFrame
