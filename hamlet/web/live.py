"""The broadcast of the town's state: once a second at most, when something changed and somebody watches."""

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

import anyio
import anyio.to_thread
import structlog

from hamlet.clock import Clock
from hamlet.errors import HamletError
from hamlet.web.hub import Hub
from hamlet.web.sources import Sources
from hamlet.web.state import state_update
from hamlet.web.wire import Hello, RunState, StateUpdate

__all__ = ["Live"]

_INTERVAL = 1.0
_log = structlog.get_logger("web")
P = ParamSpec("P")
T = TypeVar("T")


class Live:
    """Builds ``StateUpdate`` from the sources and gives it to the hub, and to whoever asks."""

    def __init__(self, sources: Sources, hub: Hub, clock: Clock) -> None:
        self._sources = sources
        self._hub = hub
        self._clock = clock
        self._lock = anyio.Lock()
        self._threads = anyio.CapacityLimiter(2)  # full: the next query waits its turn
        self._changed = True
        self._built_at: float | None = None
        self._hello: Hello | None = None
        self._state: RunState | None = None
        self._update: StateUpdate | None = None
        self._complaint = ""

    def changed(self) -> None:
        """The views have news (call it on the event loop after each batch)."""
        self._changed = True

    async def query(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """``function(...)``, which asks the views, in a worker thread."""
        return await anyio.to_thread.run_sync(partial(function, *args, **kwargs), limiter=self._threads)

    async def state(self) -> StateUpdate:
        """The state of this second. Raises the ``HamletError`` of views that cannot be read."""
        async with self._lock:
            now = self._clock.monotonic()
            if self._update is None or self._built_at is None or now - self._built_at >= 0.9 * _INTERVAL:
                self._update = await self._build(now)
            return self._update

    async def refresh(self) -> None:
        """``state`` for viewers: views that cannot be read are logged once, and there is no update."""
        try:
            await self.state()
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

    async def _build(self, now: float) -> StateUpdate:
        hello, state = self._sources.hello(), self._sources.run_state()
        if hello != self._hello:
            self._hub.publish(hello)
            self._hello, self._update = hello, None
        if self._update is not None and not self._changed and state == self._state:
            return self._update
        self._changed = False
        try:
            update = await self.query(state_update, self._sources.views, hello, state)
        except BaseException:
            self._changed = True
            raise
        self._built_at, self._state = now, state
        if update != self._update:
            self._hub.publish(update)
        return update
