"""From rows of the views to what the wire carries. Synchronous: for worker threads."""

from hamlet.projections.rows import EpisodeRow, RunRow
from hamlet.projections.stretches import Series as SeriesRows
from hamlet.web.calls import dialogue_update
from hamlet.web.copying import all_as_wire, as_wire
from hamlet.web.sources import PastReadings, Readings
from hamlet.web.wire import (
    Affordance,
    AffordanceEdge,
    AffordanceGraph,
    Death,
    DialogueHello,
    EpisodePoint,
    Exam,
    Greeting,
    Mark,
    Metrics,
    Recovery,
    RunState,
    RunSummary,
    StateUpdate,
    Update,
)
from hamlet.web.wire.past import Series, Stretch

__all__ = [
    "RECENT",
    "marks",
    "past_update",
    "point",
    "points",
    "recoveries",
    "series_of",
    "summary",
    "update_of",
]

RECENT = 50
"""Newest episodes in each update; a page that missed more asks for them."""

_TRANSITIONS = 1000
"""Episodes over which the garden path is drawn."""

_MARKS = 200
_SCAN = 20_000  # episodes up to which reading all and keeping some is quicker than one look-up per point


def update_of(views: Readings, hello: Greeting, state: RunState) -> Update:
    """The run that ``hello`` speaks of, as of now."""
    if isinstance(hello, DialogueHello):
        return dialogue_update(views, hello, state, marks(views, hello.run))
    return _town_update(views, hello.run, hello.affordances, state)


def past_update(past: PastReadings, run: str, episode: int) -> StateUpdate:
    """The town of ``run`` as of ``episode``, which ``past`` is of."""
    row = past.run(run)
    assert row is not None  # it has had this episode
    places = [Affordance(name=name, x=cell % row.width, y=cell // row.width) for name, cell in past.layout.items()]
    state = RunState(status="past", detail="", episode=episode, episodes=row.episodes_goal, steps_per_second=0.0)
    return _town_update(past, run, places, state)


def _town_update(views: Readings, run: str, places: list[Affordance], state: RunState) -> StateUpdate:
    """The town as ``views`` has it. Before the first episode all but ``state`` is empty."""
    latest = views.latest_episode(run) if run else None
    if latest is None:
        return StateUpdate(
            run=run,
            state=state,
            episode=0,
            metrics=None,
            position_heatmap=[],
            novelty_heatmap=[],
            affordance_graph=AffordanceGraph(nodes=places, edges=[]),
            recent=[],
            deaths=[],
            marks=marks(views, run) if run else [],
            exam=None,
            recovery=None,
        )
    # Heatmap and garden path are kept of the newest town run only.
    shown = run == views.newest_run()
    newest = views.episodes(run, after=latest.episode - RECENT, limit=RECENT)
    return StateUpdate(
        run=run,
        state=state,
        episode=latest.episode,
        metrics=_metrics(latest, views.mean_survival(run)),
        position_heatmap=_shares(views.heatmap()) if shown else [],
        novelty_heatmap=views.novelty() if shown else [],
        affordance_graph=AffordanceGraph(nodes=places, edges=_edges(views, latest.episode) if shown else []),
        recent=[point(row) for row in newest],
        deaths=[Death(cause=row.cause, count=row.count) for row in views.deaths(run)],
        marks=marks(views, run),
        exam=_exam(views, run),
        recovery=next(iter(recoveries(views, run, 1)), None),
    )


def points(views: Readings, run: str, count: int) -> list[EpisodePoint]:
    """About ``count`` episodes spread evenly over the whole run, its first and last among them
    (``count`` ≥ 2); all of them when there are no more."""
    latest = views.latest_episode(run)
    if latest is None:
        return []
    total = latest.episode
    wanted = sorted({1 + round(place * (total - 1) / (count - 1)) for place in range(count)})
    if total <= _SCAN:
        chosen = set(wanted)
        return [point(row) for row in views.episodes(run, limit=total) if row.episode in chosen]
    return [point(row) for episode in wanted for row in views.episodes(run, after=episode - 1, limit=1)]


def series_of(rows: SeriesRows) -> Series:
    """As they are, in figures as fine as a chart shows."""
    return Series(
        size=rows.size,
        stretches=[
            Stretch(
                first=row.first,
                episode=row.last,
                survival=round(row.survival, 2),
                deviation=round(row.deviation, 2),
                shortest=row.shortest,
                longest=row.longest,
                living=round(row.living, 3),
                novelty=round(row.novelty, 3),
                stage=row.stage,
            )
            for row in rows.stretches
        ],
        checkpoints=rows.checkpoints,
    )


def marks(views: Readings, run: str) -> list[Mark]:
    """The newest 200 marks of ``run``, oldest first."""
    return all_as_wire(Mark, views.marks(run, _MARKS))


def recoveries(views: Readings, run: str, limit: int) -> list[Recovery]:
    """From the newest ``limit`` moves of ``run``, oldest first."""
    return all_as_wire(Recovery, views.recoveries(run, limit))


def point(row: EpisodeRow) -> EpisodePoint:
    """An episode as a point of the curve."""
    return as_wire(EpisodePoint, row)


def summary(row: RunRow) -> RunSummary:
    """A run as a line of the list."""
    return RunSummary(
        run=row.run,
        world=row.world,
        config=row.config_name,
        seed=row.seed,
        status=row.status,
        detail=row.detail,
        episode=row.episode,
        episodes=row.episodes_goal,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def _metrics(row: EpisodeRow, mean_survival: float | None) -> Metrics:
    return Metrics(
        survival_time=row.survival_time,
        total_reward=row.total_reward,
        extrinsic_reward=row.extrinsic_reward,
        intrinsic_reward=row.intrinsic_reward,
        intrinsic_weight=row.intrinsic_weight,
        curriculum_stage=row.curriculum_stage,
        epsilon=row.epsilon,
        mean_survival=float(row.survival_time) if mean_survival is None else mean_survival,
    )


def _shares(visits: list[list[int]]) -> list[list[float]]:
    total = sum(map(sum, visits))
    return [[count / total if total else 0.0 for count in row] for row in visits]


def _edges(views: Readings, latest: int) -> list[AffordanceEdge]:
    window = min(_TRANSITIONS, latest)
    first = latest - window + 1

    def recency(mean_episode: float) -> float:
        return min(1.0, max(0.0, (mean_episode - first) / (window - 1))) if window > 1 else 1.0

    return [
        AffordanceEdge(source=row.source, target=row.target, count=row.count, recency=recency(row.mean_episode))
        for row in views.transitions(window)
    ]


def _exam(views: Readings, run: str) -> Exam | None:
    row = views.evaluation(run)
    if row is None:
        return None
    return Exam(episode=row.episode, cap=row.cap, means={name: policy.mean for name, policy in row.policies.items()})
