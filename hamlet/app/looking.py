"""``serve``: a viewer on a data directory that this process does not own; it writes nothing."""

import contextlib
import os
import secrets
from collections.abc import Callable, Sequence
from functools import partial

import anyio
import anyio.to_thread
import numpy as np
import structlog

from hamlet.app.exhibition import exhibition
from hamlet.app.gauges import Gauges, gauges_of_viewers
from hamlet.app.products_shown import ProductsShown
from hamlet.app.remembering import Memory
from hamlet.app.services import Ready, StageService
from hamlet.app.showing import health_of, hello_of, state_of_row
from hamlet.app.talks_shown import TalksShown
from hamlet.app.voice_shown import VoiceShown
from hamlet.clock import Clock
from hamlet.errors import HamletError, UsageError
from hamlet.process.lock import owned
from hamlet.process.pulse import Pulse
from hamlet.process.supervisor import DEGRADE, Plan, Policy, Supervisor
from hamlet.process.systemd import Systemd
from hamlet.process.tunnel import Client, sharing
from hamlet.projections.rows import CheckpointRow, RunRow, stopped
from hamlet.projections.views import Views
from hamlet.settings import DEFAULT_CONFIGS, Paths, from_record
from hamlet.talks.collectors import Collectors
from hamlet.talks.records import became
from hamlet.talks.room import Talks
from hamlet.training.keep import kept_policy
from hamlet.training.live import LivePolicy
from hamlet.web.app import create_app
from hamlet.web.fanout import Relay
from hamlet.web.findings import Findings
from hamlet.web.frontend import Frontend
from hamlet.web.hub import Hub, Outlet
from hamlet.web.live import Live as Broadcast
from hamlet.web.redis_fanout import RedisFanout, require_redis
from hamlet.web.service import WebService, bind
from hamlet.web.settings import WebSettings
from hamlet.web.sources import Sources, Watched
from hamlet.web.wire import Greeting, RunState

__all__ = ["look_on"]

_FOLLOWING = Policy("degrade", restarts=100, window=60.0)
_POLL = 0.5  # seconds between two looks at the views
_log = structlog.get_logger("serve")


async def look_on(
    paths: Paths,
    name: str | None,
    settings: WebSettings,
    clock: Clock,
    announce: Callable[[str], None],
    fanout: str | None = None,
    share: tuple[Client, str] | None = None,
) -> None:
    """Serve until told to stop: run ``name``, or the newest of each world. ``fanout``: the Redis between this
    process and others that show the same; ``share``: the tunnel client, and where it is, by which it gets a public
    address.

    Raises ``UsageError`` when there is nothing to show."""
    if fanout is not None:
        await anyio.to_thread.run_sync(require_redis, fanout)
    views = Views(paths.views)
    if not paths.views.exists():
        raise UsageError(f"{paths.views}: not there; train first, or rebuild it from the log: python main.py replay")
    rows = await anyio.to_thread.run_sync(partial(_rows, views, name))
    if not rows:
        raise UsageError(f"{paths.views}: no run {name or 'yet'} in it")
    names = [row.run for row in rows]
    with contextlib.closing(bind(settings)) as listener:
        hub = Hub(clock, settings.viewers)
        relay = Relay(partial(RedisFanout, fanout, "+".join(names)), hub, clock) if fanout else None
        outlet: Outlet = hub if relay is None else relay
        pulse = Pulse({}, Systemd(os.environ), clock)
        followers = [_Follower(views, row, paths) for row in rows]
        past = partial(became, paths.events)
        collectors = Collectors(views, paths.checkpoints)
        talks = Talks(collectors, None, None, clock, past=past)  # another process owns store and log
        voice = VoiceShown(talks, os.environ, clock)
        sources = Sources(
            watched=[Watched(hello=each.hello, run_state=each.state) for each in followers],
            health=lambda: health_of(supervisor, ""),
            views=views,
            memory=Memory(paths, views),
            submit_command=None,
            worked_on=lambda run: followers[0].owned,
            gauges=Gauges(
                paths, pulse, lambda: supervisor, clock, lambda: gauges_of_viewers(len(hub), settings.viewers)
            ),
            operator_token=secrets.token_urlsafe(18),
            talks=TalksShown(talks),
            voice=voice,
            downloads=ProductsShown(paths),
            findings=Findings(paths.data),
        )
        broadcast = Broadcast(sources, outlet, clock)
        for each in followers:
            each.changed = broadcast.changed
        frontend = await anyio.to_thread.run_sync(Frontend, paths.frontend)
        application = create_app(settings, sources, broadcast, hub, frontend, clock)
        port = listener.getsockname()[1]
        on_stage = [_stage(each, outlet, followers) for each in followers]
        supervisor = Supervisor(
            [
                Plan(WebService(application, listener, settings, broadcast, hub), Policy("stop", restarts=3)),
                *(Plan(each, _FOLLOWING, stop_deadline=1.0, beside=each is not followers[0]) for each in followers),
                *(Plan(each, DEGRADE, beside=each is not on_stage[0]) for each in on_stage),
                Plan(talks, DEGRADE, stop_deadline=0.5),
                Plan(voice, DEGRADE, stop_deadline=0.5, beside=True),
                *([sharing(share, port, announce, application.share, application.unshare)] if share else []),
                *([Plan(relay, DEGRADE, stop_deadline=0.5, beside=True)] if relay is not None else []),
                Plan(pulse, DEGRADE, stop_deadline=0.5, beside=True),
            ],
            clock,
        )
        announce(f"Viewer:    http://localhost:{port} (looking on at {' and '.join(names)})")
        await supervisor.run()


def _rows(views: Views, name: str | None) -> list[RunRow]:
    """Of run ``name``, or of the newest of each world."""
    names = [name] if name else filter(None, map(views.newest_run, DEFAULT_CONFIGS))
    return [row for each in names if (row := views.run(each))]


def _stage(follower: "_Follower", outlet: Outlet, followers: Sequence["_Follower"]) -> StageService:
    play = exhibition(follower.row.run, follower.config, np.random.default_rng(), outlet.publish)
    name = "stage" if len(followers) == 1 else f"stage of the {follower.config.kind}"
    return StageService(play, lambda: follower.policy, lambda: len(outlet) > 0, name)


class _Follower:
    """Looks at the views now and then: how a run stands, and its newest policy for the stage."""

    def __init__(self, views: Views, row: RunRow, paths: Paths) -> None:
        self.name = f"follower of {row.run}"
        self.row = row
        self.config = from_record(row.config, row.run)
        self.policy: LivePolicy | None = None
        self.changed: Callable[[], None] = lambda: None
        self.owned = False
        self._hello = hello_of(row.run, row.config_name, self.config)
        self._views = views
        self._data = paths.data
        self._directory = paths.checkpoints / row.run
        self._checkpoint: CheckpointRow | None = None

    def hello(self) -> Greeting:
        return self._hello

    def state(self) -> RunState:
        return state_of_row(self.row)

    async def run(self, ready: Ready, stopping: anyio.Event) -> None:
        ready()
        while not stopping.is_set():
            try:
                row, checkpoint = await anyio.to_thread.run_sync(self._look)
            except HamletError:  # deleted or being rebuilt: the next look will tell
                row, checkpoint = None, None
            if row is not None and row != self.row:
                self.row = row
                self.changed()
            if checkpoint is not None and checkpoint != self._checkpoint:
                self._checkpoint = checkpoint
                try:
                    self.policy = await anyio.to_thread.run_sync(partial(self._load, checkpoint))
                except HamletError as error:
                    _log.warning("no policy for the stage", reason=str(error))
            with anyio.move_on_after(_POLL):
                await stopping.wait()

    def _look(self) -> tuple[RunRow | None, CheckpointRow | None]:
        row, self.owned = self._views.run(self.row.run), owned(self._data)
        if row is not None and not self.owned:
            row = stopped(row)
        return row, self._views.checkpoint(self.row.run)

    def _load(self, row: CheckpointRow) -> LivePolicy:
        return kept_policy(self._directory, row.file, row.sha256, row.episode, self.config.world, self.config.training)
