"""The composition root: the one module that knows every room, and puts them together.

One process, one data directory, one event loop: the log's writer, the projector, the web and the
stage are services under one supervisor; the training is a service whose work is in a thread.
"""

import contextlib
import os
import secrets
import socket
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

import anyio
import anyio.to_thread
import msgspec
import numpy as np
import structlog

from hamlet.app.exhibition import exhibition
from hamlet.app.gauges import Gauges, gauges_of_log, gauges_of_run, gauges_of_viewers
from hamlet.app.picturing import final_export, kiosk_url, plans_of, studio_of, tidy
from hamlet.app.products_shown import ProductsShown
from hamlet.app.remembering import Memory
from hamlet.app.services import LogSink, ProjectorService, StageService, TrainerService, WriterService
from hamlet.app.showing import health_of, hello_of, state_of
from hamlet.app.talks_shown import TalksShown
from hamlet.app.voice_shown import VoiceShown
from hamlet.clock import Clock
from hamlet.commands import Command, SetPace
from hamlet.conversation.store import Store
from hamlet.errors import UsageError
from hamlet.events.log import EventLog
from hamlet.events.types import Event, Recorded
from hamlet.process.lock import data_lock
from hamlet.process.pulse import Beat, Pulse
from hamlet.process.supervisor import DEGRADE, ESSENTIAL, Plan, Policy, Supervisor
from hamlet.process.systemd import Systemd
from hamlet.process.tunnel import Client, sharing
from hamlet.projections.projector import Projector
from hamlet.projections.views import Views
from hamlet.runs.choosing import Chosen, Wanted, choose, package_versions, run_history, run_milestones
from hamlet.settings import Paths
from hamlet.snapshots.ledger import LogLedger
from hamlet.snapshots.settings import SnapshotSettings
from hamlet.space import Space
from hamlet.talks.collectors import Collectors
from hamlet.talks.records import became
from hamlet.talks.room import Talks
from hamlet.training.live import Live
from hamlet.training.service import Run, RunPlan
from hamlet.training.states import RunFiles
from hamlet.training.tasks.making import movable, require_livable
from hamlet.web.app import create_app
from hamlet.web.findings import Findings
from hamlet.web.frontend import Frontend
from hamlet.web.hub import Hub
from hamlet.web.live import Live as Broadcast
from hamlet.web.service import WebService, bind
from hamlet.web.settings import WebSettings
from hamlet.web.sources import Sources, Taken, Watched

__all__ = ["OwningSettings", "own"]

_log = structlog.get_logger("app")

# Python hands the interpreter over this often when the training thread holds it: the loop's
# longest wait while training is a few of these.
_SWITCH_INTERVAL = 0.001
_WEB = Policy("degrade", restarts=5, window=300.0)


class OwningSettings(msgspec.Struct, frozen=True):
    """What the user asked for: a run for each of ``wanted``. ``web``: ``None`` to train without a viewer.
    ``pace``: episodes per hour, ``None`` to leave it. ``resume_every``: seconds between resume states.
    ``label``: what the name of a new run begins with, its world's name by default. ``floor``: free bytes of
    the disk below which training pauses (see ``hamlet.space``), 0 for none. ``snapshots``: what is kept in pictures
    and tables beside a viewer, ``None`` for nothing but the final export. ``share``: the tunnel client, and where
    it is, by which the viewer gets a public address."""

    paths: Paths
    wanted: tuple[Wanted, ...]
    web: WebSettings | None
    pace: float | None = None
    resume_every: float = 30.0
    announce: Callable[[str], None] = print
    label: str | None = None
    floor: int = 0
    snapshots: SnapshotSettings | None = None
    share: tuple[Client, str] | None = None


class Training(msgspec.Struct, frozen=True):
    """A run of this process, and its live lane."""

    chosen: Chosen
    live: Live

    @property
    def name(self) -> str:
        return self.chosen.run


async def own(settings: OwningSettings, clock: Clock) -> None:
    """Own the data directory and train in it: with a viewer until told to stop, without one until
    the goal is reached. Raises the ``HamletError`` that ended it."""
    sys.setswitchinterval(_SWITCH_INTERVAL)
    settings.paths.create()
    with contextlib.ExitStack() as stack:
        stack.enter_context(data_lock(settings.paths.data))
        listener = stack.enter_context(contextlib.closing(bind(settings.web))) if settings.web else None
        async with EventLog.open(settings.paths.events, clock) as log:
            chosen = [await anyio.to_thread.run_sync(_choose, settings, wanted, clock) for wanted in settings.wanted]
            worlds = [each.config.kind for each in chosen]
            if len(set(worlds)) < len(worlds):
                raise UsageError(f"one run of each world trains at a time, found {' and '.join(worlds)}")
            projector = await anyio.to_thread.run_sync(partial(Projector, settings.paths.views, settings.paths.events))
            try:
                await _live(settings, clock, log, projector, chosen, listener)
            finally:
                await anyio.to_thread.run_sync(projector.close)


def _choose(settings: OwningSettings, wanted: Wanted, clock: Clock) -> Chosen:
    """Raises ``ConfigError`` for a world in which nobody can live."""

    def new_id(world: str) -> str:
        return _new_id(settings.label or world, clock)

    chosen = choose(settings.paths.events, wanted, new_id)
    require_livable(chosen.config.world, chosen.config_name)
    if chosen.experience:
        settings.announce(f"Experience: {chosen.experience}")
    return chosen


async def _live(
    settings: OwningSettings,
    clock: Clock,
    log: EventLog,
    projector: Projector,
    chosen: Sequence[Chosen],
    listener: socket.socket | None,
) -> None:
    await anyio.to_thread.run_sync(tidy, settings.paths)
    views = Views(settings.paths.views)
    trainings = [Training(each, Live(movable=movable(each.config.world))) for each in chosen]
    training_on = {training.name for training in trainings}
    news: list[Callable[[], None]] = []

    def on_applied(_: Sequence[Recorded]) -> None:
        for tell in news:
            tell()

    projecting = ProjectorService(projector, log, on_applied)

    studio = studio_of(
        settings.paths,
        settings.snapshots or SnapshotSettings(),
        LogLedger(log, settings.paths.snapshots),
        settings.floor,
        clock,
        lambda: [row for training in trainings if (row := views.run(training.name))],
    )

    async def finished(training: Training) -> None:
        await projecting.caught_up()
        await final_export(studio, training.name)
        training_on.discard(training.name)
        if settings.web is None and not training_on:
            supervisor.request_stop("the run is finished")

    def trainer_of(training: Training) -> Plan:
        run = _run_of(settings, log, training, clock)
        service = TrainerService(run, partial(finished, training), _service("trainer", training, trainings))
        return Plan(
            service,
            DEGRADE if settings.web else ESSENTIAL,
            stop_deadline=6.0 if settings.web else 7.5,  # all that the others can spare: a state takes its time
            may_finish=True,
            beside=training is not trainings[0],
        )

    plans = [
        Plan(WriterService(log), ESSENTIAL, stop_deadline=1.0),
        Plan(projecting, Policy("stop", restarts=3), start_deadline=600.0, stop_deadline=1.0),
        *map(trainer_of, trainings),
    ]
    parts: dict[str, Beat] = {"log": log.beat}
    parts |= {_service("trainer", training, trainings): training.live.beat for training in trainings}
    pulse = Pulse(parts, Systemd(os.environ), clock)
    if settings.web and listener:
        hub = Hub(clock, settings.web.viewers)

        def stalled() -> str:
            waiting = (training.live.stalled for training in trainings)
            return log.stalled or projector.stalled or next(filter(None, waiting), "")

        async def command(value: Command, run: str | None) -> Taken:
            training = _addressed(trainings, run)
            training.live.command(value)
            return Taken(training.name, training.live.status.episode)

        async def append(stream: str, events: Sequence[Event], version: int) -> None:
            await log.append(stream, events, expected=version)

        collectors = Collectors(views, settings.paths.checkpoints)
        past = partial(became, settings.paths.events)
        talks = Talks(collectors, Store(settings.paths.conversations), append, clock, past=past)
        voice = VoiceShown(talks, os.environ, clock)
        sources = Sources(
            watched=[_watched(training, stalled) for training in trainings],
            health=lambda: health_of(supervisor, stalled()),
            views=views,
            memory=Memory(settings.paths, views),
            submit_command=command,
            worked_on=lambda run: run in training_on,
            operator_token=secrets.token_urlsafe(18),
            gauges=Gauges(
                settings.paths,
                pulse,
                lambda: supervisor,
                clock,
                lambda: [
                    *gauges_of_log(log.queued, log.head, projector.position),
                    *gauges_of_viewers(len(hub), settings.web.viewers if settings.web else 0),
                    *(gauge for each in trainings for gauge in gauges_of_run(each.live.status)),
                ],
            ),
            talks=TalksShown(talks),
            voice=voice,
            downloads=ProductsShown(settings.paths),
            findings=Findings(settings.paths.data),
        )
        broadcast = Broadcast(sources, hub, clock)
        news.append(broadcast.changed)
        frontend = await anyio.to_thread.run_sync(Frontend, settings.paths.frontend)
        application = create_app(settings.web, sources, broadcast, hub, frontend, clock)
        web = WebService(application, listener, settings.web, broadcast, hub)
        plans.insert(2, Plan(web, _WEB, stop_deadline=1.5))
        for each in trainings:
            beside = each is not trainings[0]
            plans.append(Plan(_stage(each, hub, trainings), DEGRADE, stop_deadline=0.5, beside=beside))
        plans.append(Plan(talks, _WEB, stop_deadline=0.5, beside=True))
        plans.append(Plan(voice, DEGRADE, stop_deadline=0.5, beside=True))
        port = listener.getsockname()[1]
        if settings.share:
            plans.append(sharing(settings.share, port, settings.announce, application.share, application.unshare))
        if settings.snapshots:
            plans += plans_of(studio, kiosk_url(settings.web, port))
        settings.announce(f"Viewer:    http://localhost:{port}")
        settings.announce(f"Operator:  http://localhost:{port}/operator?token={sources.operator_token}")
    plans.append(Plan(pulse, DEGRADE, stop_deadline=0.5, beside=True))
    supervisor = Supervisor(plans, clock)
    await supervisor.run()


def _addressed(trainings: Sequence[Training], run: str | None) -> Training:
    """Whom a command is for: ``run``, or the first. Raises ``UsageError`` for a run that is not trained here."""
    for training in trainings:
        if run in (None, training.name):
            return training
    raise UsageError(f"run {run} is not trained here; these are: {', '.join(each.name for each in trainings)}")


def _watched(training: Training, stalled: Callable[[], str]) -> Watched:
    chosen = training.chosen
    hello = hello_of(chosen.run, chosen.config_name, chosen.config)
    return Watched(hello=lambda: hello, run_state=lambda: state_of(training.live.status, stalled()))


def _service(name: str, training: Training, trainings: Sequence[Training]) -> str:
    """What a service of one of several trainings is called."""
    return name if len(trainings) == 1 else f"{name} of the {training.chosen.config.kind}"


def _run_of(settings: OwningSettings, log: EventLog, training: Training, clock: Clock) -> Run:
    """The run's worker."""
    events, chosen, live = settings.paths.events, training.chosen, training.live
    plan = RunPlan(
        run=chosen.run,
        world=chosen.config.world,
        training=chosen.config.training,
        goals=chosen.goals,
        announce=chosen.announce,
        version=chosen.version,
        milestones=partial(run_milestones, events, chosen.run),
        history=partial(run_history, events, chosen.run),
        versions=package_versions(),
        resume_every=settings.resume_every,
        experience=chosen.experience.episodes if chosen.experience else None,
    )
    if settings.pace is not None:
        live.inbox.put_nowait(SetPace(settings.pace if settings.pace > 0 else None))
    files = RunFiles(settings.paths.checkpoints / chosen.run)
    space = Space(settings.paths.data, settings.floor, clock)
    return Run(plan, files, LogSink(log, chosen.run), live, clock, space)


def _stage(training: Training, hub: Hub, trainings: Sequence[Training]) -> StageService:
    # What the audience sees is chosen by no seed: it is an exhibition, not a result.
    play = exhibition(training.chosen.run, training.chosen.config, np.random.default_rng(), hub.publish)
    name = _service("stage", training, trainings)
    return StageService(play, lambda: training.live.policy, lambda: len(hub) > 0, name)


def _new_id(label: str, clock: Clock) -> str:
    """Unique over all logs, so that logs can be merged."""
    began = datetime.fromtimestamp(clock.now(), UTC)
    return f"{label}-{began:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
