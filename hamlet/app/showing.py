"""From the rooms' own words to the wire's: the translations that only the app can make."""

from collections.abc import Iterable

from hamlet.conversation.wording import TemplateWording, known_templates
from hamlet.process.supervisor import Supervisor
from hamlet.projections.rows import RunRow
from hamlet.settings import RunConfig
from hamlet.training import foresight
from hamlet.training.call_exhibition import CallScene
from hamlet.training.dyna_settings import DynaSettings
from hamlet.training.exhibition import Scene
from hamlet.training.live import Status
from hamlet.web.wire import (
    Affordance,
    Day,
    DialogueFrame,
    DialogueHello,
    Foretold,
    Greeting,
    Health,
    Hello,
    ImaginedTurn,
    Meter,
    Observed,
    Planning,
    Reply,
    RunState,
    ServiceHealth,
    SpokenTurn,
    StageFrame,
)
from hamlet.worlds.dialogue.acts import ACTS, INTENTS, PERSONAS
from hamlet.worlds.dialogue.perception import OBSERVED
from hamlet.worlds.dialogue.profiles import Profile
from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.town.town import ACTIONS

__all__ = [
    "call_frame_of",
    "foretold_of",
    "frame_of",
    "health_of",
    "hello_of",
    "situation_of",
    "state_of",
    "state_of_row",
]

_REPLIES = 3  # likeliest answers to an act that are told of


def hello_of(run: str, config_name: str, config: RunConfig) -> Greeting:
    """The facts of what is watched."""
    world = config.world
    if isinstance(world, TownSettings):
        return _hello_of_town(run, config_name, world)
    return DialogueHello(
        run=run,
        config=config_name,
        cap=world.cap,
        stages=len(world.stages),
        acts=list(ACTS),
        personas=list(PERSONAS),
        observed=[Observed(name=number.name, meaning=number.meaning) for number in OBSERVED],
        masked=world.masked,
    )


def _hello_of_town(run: str, config_name: str, town: TownSettings) -> Hello:
    return Hello(
        run=run,
        config=config_name,
        width=town.grid.width,
        height=town.grid.height,
        cap=town.cap,
        stages=len(town.stages),
        actions=list(ACTIONS),
        meters=[
            Meter(name=name, vital=meter.vital, dollars=town.money.dollars if name == town.money.meter else None)
            for name, meter in town.meters.items()
        ],
        affordances=_affordances(town.positions, town.grid.width) if town.layout == "fixed" else [],
        day=_day(town),
        radius=town.radius if "window" in town.sees else None,
    )


def state_of(status: Status, stalled: str) -> RunState:
    """How the training in this process goes; ``stalled``: why the log or the views wait, or ""."""
    return RunState(
        status="waiting" if stalled else status.status,
        detail=stalled or status.detail,
        episode=status.episode,
        episodes=status.episodes,
        steps_per_second=status.steps_per_second,
    )


def state_of_row(row: RunRow | None) -> RunState:
    """How a run stands that another process trains, or nobody does."""
    if row is None:
        return RunState(status="waiting", detail="no run yet", episode=0, episodes=0, steps_per_second=0.0)
    return RunState(
        status=row.status, detail=row.detail, episode=row.episode, episodes=row.episodes_goal, steps_per_second=0.0
    )


def frame_of(scene: Scene, run: str, town: TownSettings) -> StageFrame:
    """A scene of the stage as viewers get it."""
    return StageFrame(
        run=run,
        policy_episode=scene.policy_episode,
        life=scene.life,
        step=scene.step,
        x=scene.cell % town.grid.width,
        y=scene.cell // town.grid.width,
        meters=scene.meters,
        q_values=scene.q_values,
        mask=scene.mask,
        action=scene.action,
        need=scene.need,
        happened=scene.happened,
        ended=scene.ended,
        layout=_affordances(scene.layout, town.grid.width),
        hour=scene.hour,
        closed=scene.closed,
        progress=scene.progress,
        ticks=scene.ticks,
    )


def call_frame_of(scene: CallScene, run: str, dyna: DynaSettings | None) -> DialogueFrame:
    """A scene of the dialogue's stage as viewers get it, with words."""
    wording, debtor = TemplateWording(known_templates()), scene.debtor
    moods = [0.0, *(turn.heard.sentiment for turn in scene.turns)]
    return DialogueFrame(
        run=run,
        policy_episode=scene.policy_episode,
        call=scene.call,
        persona=debtor.persona,
        situation=situation_of(debtor),
        turns=[
            SpokenTurn(
                act=turn.act,
                words=wording.collector(turn.act, moods[number], debtor, scene.seed, number).text,
                q_values=turn.q_values,
                mask=turn.mask,
                intent=INTENTS[turn.heard.intent],
                reply=wording.debtor(turn.heard, debtor, scene.seed, number).text,
                sentiment=turn.heard.sentiment,
                cooperation=turn.heard.cooperation,
                signals=list(turn.heard.lets_on),
                violations=list(turn.violations),
                foretold=_foretold_of(turn.foretold) if turn.foretold else None,
                chance=turn.foretold.chance_of(turn.heard.intent) if turn.foretold else 0.0,
                perceived=list(turn.observed),
            )
            for number, turn in enumerate(scene.turns)
        ],
        observed=scene.observed,
        q_values=scene.q_values,
        mask=scene.mask,
        act=scene.act,
        ended=scene.ended,
        success=scene.success,
        foretold=foretold_of(scene.foretold, scene.act),
        planning=_planning_of(scene.health, dyna) if dyna and scene.health else None,
    )


def foretold_of(every: Iterable[foresight.Foretold], act: int) -> list[Foretold]:
    """Of what was foretold of ``every`` act what is shown: of ``act``, and of those of most promise."""
    return [_foretold_of(one) for one in every if one.way or one.act == act]


def _foretold_of(one: foresight.Foretold) -> Foretold:
    return Foretold(
        act=one.act,
        value=one.value,
        ends=one.ends,
        replies=[Reply(intent=INTENTS[reply.intent], chance=reply.chance) for reply in one.replies[:_REPLIES]],
        sentiment=one.sentiment,
        cooperation=one.cooperation,
        way=[ImaginedTurn(act=act, intent=INTENTS[intent]) for act, intent in one.way],
        ended=one.ended,
    )


def _planning_of(health: dict[str, float], dyna: DynaSettings) -> Planning:
    return Planning(
        model=dyna.model.kind if dyna.imagination == "model" else dyna.imagination,
        planned=health["planned"],
        most=dyna.k - 1,
        model_error=health["model_error"],
        guess_error=health["guess_error"],
        imagined=health["imagined"],
        real=health["real_updates"],
        planning=health["planning_updates"],
    )


def health_of(supervisor: Supervisor, stalled: str) -> Health:
    """What ``/healthz`` answers; ``stalled``: why the log or the views wait, "" while they do not."""
    reason = supervisor.problem() or stalled
    services = {
        name: ServiceHealth(state=state.state, detail=state.detail) for name, state in supervisor.health().items()
    }
    return Health(ok=not reason, reason=reason, services=services)


def situation_of(debtor: Profile) -> str:
    """Who is on the line, in a line: what the collector cannot see."""
    event = debtor.life_event.replace("_", " ")
    parts = [
        f"${debtor.debt:,} overdue for {debtor.days_overdue} days",
        "the wrong person" if not debtor.right_party else "disputes the debt" if debtor.disputes else "",
        "cannot pay" if debtor.cannot_pay else f"can pay ${debtor.affordable:,} a month",
        "vulnerable" if debtor.vulnerable else "",
        event if event != "none" else "",
    ]
    return " · ".join(filter(None, parts))


def _day(town: TownSettings) -> Day | None:
    if town.day is None:
        return None
    opening = {name: list(offer.hours) for name, offer in town.affordances.items() if offer.hours}
    return Day(hours=town.day.hours, dawn=town.day.dawn, opening=opening)


def _affordances(layout: dict[str, int], width: int) -> list[Affordance]:
    return [Affordance(name=name, x=cell % width, y=cell // width) for name, cell in layout.items()]
