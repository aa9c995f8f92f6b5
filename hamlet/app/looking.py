"""``serve``: a viewer on a data directory that this process does not own; it writes nothing."""

import contextlib
import os
import secrets
from collections.abc import Callable
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
from hamlet.settings import DEFAULT_CONFIGS, Paths, RunConfig, from_record
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

__all__ = ["look_on"]

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
    """Serve until told to stop. ``fanout``: the Redis between this process and others that show the same; ``share``:
    the tunnel client, and where it is, by which it gets a public address.

    Raises ``UsageError`` when there is nothing to show."""
    if fanout is not None:
        await anyio.to_thread.run_sync(require_redis, fanout)
    views = Views(paths.views)
    if not paths.views.exists():
        raise UsageError(f"{paths.views}: not there; train first, or rebuild it from the log: python main.py replay")
    run = name or await anyio.to_thread.run_sync(_newest, views)
    row = await anyio.to_thread.run_sync(views.run, run) if run else None
    if row is None:
        raise UsageError(f"{paths.views}: no run {name or 'yet'} in it")
    config = from_record(row.config, row.run)
    with contextlib.closing(bind(settings)) as listener:
        hub = Hub(clock, settings.viewers)
        relay = Relay(partial(RedisFanout, fanout, row.run), hub, clock) if fanout else None
        outlet: Outlet = hub if relay is None else relay
        pulse = Pulse({}, Systemd(os.environ), clock)
        follower = _Follower(views, row, config, paths)
        hello = hello_of(row.run, row.config_name, config)
        past = partial(became, paths.events)
        collectors = Collectors(views, paths.checkpoints)
        talks = Talks(collectors, None, None, clock, past=past)  # another process owns store and log
        voice = VoiceShown(talks, os.environ, clock)
        sources = Sources(
            watched=[Watched(hello=lambda: hello, run_state=lambda: state_of_row(follower.row))],
            health=lambda: health_of(supervisor, ""),
            views=views,
            memory=Memory(paths, views),
            submit_command=None,
            worked_on=lambda run: follower.owned,
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
        follower.changed = broadcast.changed
        frontend = await anyio.to_thread.run_sync(Frontend, paths.frontend)
        application = create_app(settings, sources, broadcast, hub, frontend, clock)
        port = listener.getsockname()[1]
        play = exhibition(row.run, config, np.random.default_rng(), outlet.publish)
        supervisor = Supervisor(
            [
                Plan(WebService(application, listener, settings, broadcast, hub), Policy("stop", restarts=3)),
                Plan(follower, Policy("degrade", restarts=100, window=60.0), stop_deadline=1.0),
                Plan(StageService(play, lambda: follower.policy, lambda: len(outlet) > 0), DEGRADE),
                Plan(talks, DEGRADE, stop_deadline=0.5),
                Plan(voice, DEGRADE, stop_deadline=0.5, beside=True),
                *([sharing(share, port, announce, application.share, application.unshare)] if share else []),
                *([Plan(relay, DEGRADE, stop_deadline=0.5, beside=True)] if relay is not None else []),
                Plan(pulse, DEGRADE, stop_deadline=0.5, beside=True),
            ],
            clock,
        )
        announce(f"Viewer:    http://localhost:{port} (looking on at {row.run})")
        await supervisor.run()


def _newest(views: Views) -> str | None:
    """The newest town, else the newest dialogue."""
    return next(filter(None, map(views.newest_run, DEFAULT_CONFIGS)), None)


class _Follower:
    """Looks at the views now and then: how the run stands, and its newest policy for the stage."""

    name = "follower"

    def __init__(self, views: Views, row: RunRow, config: RunConfig, paths: Paths) -> None:
        self.row = row
        self.policy: LivePolicy | None = None
        self.changed: Callable[[], None] = lambda: None
        self._views = views
        self._config = config
        self.owned = False
        self._data = paths.data
        self._directory = paths.checkpoints / row.run
        self._checkpoint: CheckpointRow | None = None

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
        return kept_policy(
            self._directory, row.file, row.sha256, row.episode, self._config.world, self._config.training
        )
