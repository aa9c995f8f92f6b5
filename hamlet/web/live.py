"""The broadcast of how runs stand: each once a second at most, when something changed and somebody watches."""

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

import anyio
import anyio.to_thread
import structlog

from hamlet.clock import Clock
from hamlet.errors import HamletError
from hamlet.web.hub import Outlet
from hamlet.web.sources import Readings, Sources, Watched
from hamlet.web.state import update_of
from hamlet.web.wire import Greeting, RunState, Update

__all__ = ["Live"]

_INTERVAL = 1.0
_log = structlog.get_logger("web")
P = ParamSpec("P")
T = TypeVar("T")


class Live:
    """Builds the update of each watched run from the sources and gives it to the outlet, and to whoever asks."""

    def __init__(self, sources: Sources, hub: Outlet, clock: Clock) -> None:
        self._hub = hub
        self._threads = anyio.CapacityLimiter(2)  # full: the next query waits its turn
        self._channels = [_Channel(watched, sources.views, hub, clock, self._threads) for watched in sources.watched]
        self._complaint = ""

    def changed(self) -> None:
        """The views have news (call it on the event loop after each batch)."""
        for channel in self._channels:
            channel.changed = True

    async def query(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """``function(...)``, which asks the views, in a worker thread."""
        return await anyio.to_thread.run_sync(partial(function, *args, **kwargs), limiter=self._threads)

    async def state(self, kind: type[T]) -> T | None:
        """The update of this second that is of ``kind``; ``None`` where no such world is watched. Raises the
        ``HamletError`` of views that cannot be read."""
        for channel in self._channels:
            update = await channel.state()
            if isinstance(update, kind):
                return update
        return None

    async def refresh(self) -> None:
        """The updates for viewers: views that cannot be read are logged once, and there is none."""
        try:
            for channel in self._channels:
                await channel.state()
        except HamletError as error:
            if str(error) != self._complaint:
                _log.warning("no state to show", error=str(error))
            self._complaint = str(error)
        else:
            self._complaint = ""

    async def run(self) -> None:
        """Keep those who watch up to date, until cancelled."""
        while True:
            if len(self._hub):
                await self.refresh()
            await anyio.sleep(_INTERVAL)


class _Channel:
    """One watched run, and what was said of it last."""

    def __init__(
        self, watched: Watched, views: Readings, hub: Outlet, clock: Clock, threads: anyio.CapacityLimiter
    ) -> None:
        self.changed = True
        self._watched = watched
        self._views = views
        self._hub = hub
        self._clock = clock
        self._threads = threads
        self._lock = anyio.Lock()
        self._built_at: float | None = None
        self._hello: Greeting | None = None
        self._state: RunState | None = None
        self._update: Update | None = None

    async def state(self) -> Update:
        async with self._lock:
            now = self._clock.monotonic()
            if self._update is None or self._built_at is None or now - self._built_at >= 0.9 * _INTERVAL:
                self._update = await self._build(now)
            return self._update

    async def _build(self, now: float) -> Update:
        hello, state = self._watched.hello(), self._watched.run_state()
        if hello != self._hello:
            self._hub.publish(hello)
            self._hello, self._update = hello, None
        if self._update is not None and not self.changed and state == self._state:
            return self._update
        self.changed = False
        try:
            build = partial(update_of, self._views, hello, state)
            update = await anyio.to_thread.run_sync(build, limiter=self._threads)
        except BaseException:
            self.changed = True
            raise
        self._built_at, self._state = now, state
        if update != self._update:
            self._hub.publish(update)
        return update
