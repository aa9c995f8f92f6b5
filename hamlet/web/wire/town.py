"""What the page is told of a town that is trained. As ``hamlet.web.wire``."""

from hamlet.web.wire.base import Wire

__all__ = [
    "Affordance",
    "AffordanceEdge",
    "AffordanceGraph",
    "Day",
    "Death",
    "EpisodePoint",
    "Exam",
    "Hello",
    "Mark",
    "Meter",
    "Metrics",
    "Recovery",
    "RunState",
    "StageFrame",
    "StateUpdate",
]


class Meter(Wire, frozen=True, kw_only=True):
    """A meter in [0,1]; a vital one ends the life at 0. ``dollars``: what 1.0 is worth, if money."""

    name: str
    vital: bool
    dollars: float | None


class Affordance(Wire, frozen=True, kw_only=True):
    """A place where something can be done; ``x`` to the right, ``y`` down, from 0."""

    name: str
    x: int
    y: int


class Day(Wire, frozen=True, kw_only=True):
    """A day of ``hours`` steps; every life begins at the hour ``dawn``. ``opening``: place → the hour
    from which it may be begun and the one until which (past midnight: above ``hours``); no entry: always."""

    hours: int
    dawn: int
    opening: dict[str, list[int]]


class Hello(Wire, frozen=True, kw_only=True, tag_field="type", tag="hello"):
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


class RunState(Wire, frozen=True, kw_only=True):
    """``status``: waiting · training · catching_up · paused · finished · failed · stopped, and past: as of an
    earlier episode."""

    status: str
    detail: str
    episode: int
    episodes: int
    steps_per_second: float


class Metrics(Wire, frozen=True, kw_only=True):
    """The newest episode's figures, and the mean survival of the last 100."""

    survival_time: int
    total_reward: float
    extrinsic_reward: float
    intrinsic_reward: float
    intrinsic_weight: float
    curriculum_stage: int
    epsilon: float
    mean_survival: float


class AffordanceEdge(Wire, frozen=True, kw_only=True):
    """How often one affordance was used next after another in the last 1000 episodes; ``recency``
    is the mean place of these uses in that window: 0 earliest … 1 latest, .5 for a steady habit."""

    source: str
    target: str
    count: int
    recency: float


class AffordanceGraph(Wire, frozen=True, kw_only=True):
    """The garden path: all affordances, used or not, and which was used next after which."""

    nodes: list[Affordance]
    edges: list[AffordanceEdge]


class EpisodePoint(Wire, frozen=True, kw_only=True):
    """One episode on the charts. ``cause``: a meter's name, or "cap". ``intrinsic_reward`` is
    before its weight: what novelty added to the total is ``intrinsic_weight * intrinsic_reward``."""

    episode: int
    survival_time: int
    extrinsic_reward: float
    intrinsic_reward: float
    intrinsic_weight: float
    curriculum_stage: int
    cause: str


class Mark(Wire, frozen=True, kw_only=True):
    """Something that happened at an episode. ``kind``: stage · randomized · command · resumed ·
    diverged · finished · imported."""

    episode: int
    kind: str
    text: str
    old_stage: int | None
    """Of a stage mark; else ``null``."""
    new_stage: int | None


class Exam(Wire, frozen=True, kw_only=True):
    """The newest greedy exam: policy name (random, stand_still, expert, agent) → mean survival."""

    episode: int
    cap: int
    means: dict[str, float]


class Recovery(Wire, frozen=True, kw_only=True):
    """Everything moved after ``episode``. Levels: the agent's mean steps lived in exams, the last
    before (``share_before``: of the expert's) and the first after. ``episodes`` and ``env_steps``
    until an exam reached .95 of the level before; ``null`` while none has."""

    episode: int
    level_before: float | None
    share_before: float | None
    level_after: float | None
    episodes: int | None
    env_steps: int | None


class Death(Wire, frozen=True, kw_only=True):
    """How many lives of the last 100 (of calls: of the last 500) ended by ``cause``: a meter, "cap", or an outcome."""

    cause: str
    count: int


class StateUpdate(Wire, frozen=True, kw_only=True, tag_field="type", tag="state_update"):
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


class StageFrame(Wire, frozen=True, kw_only=True, tag_field="type", tag="stage_frame"):
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
