"""Several web processes before one audience: one of them publishes, all of them hand out.

Each process serves its own viewers through its own hub. Between them is a ``Fanout``: what the process that
leads puts in comes out at every one, its own included. Who leads is asked for again and again; when
the one that leads is gone, another finds itself leading within ``TERM``. When there is nothing between
them any more, each publishes to its own viewers, as a process alone would: what is shown is the same, made more
than once.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol

import anyio
import structlog

from hamlet.clock import Clock
from hamlet.web.hub import Hub, Packet, packet
from hamlet.web.wire import Message

__all__ = ["TERM", "Fanout", "FanoutLost", "Relay"]

TERM = 3.0  # seconds that one leads without asking again
_ASK_EVERY = TERM / 3
_AGAIN = 1.0  # seconds between two tries to reach what is between them

_log = structlog.get_logger("fanout")


class FanoutLost(Exception):
    """What is between the processes cannot be reached."""


class Fanout(Protocol):
    """One end of what is between the processes. All but ``close`` raise ``FanoutLost``. A suite that any
    must pass is in ``tests/web/test_fanout.py``."""

    async def send(self, packets: Sequence[Packet]) -> None:
        """To every process, in order; the newest of each kind is kept for those who come later, and a greeting
        makes what was kept of its world void."""
        ...

    def packets(self) -> AsyncIterator[Packet]:
        """What is kept, greetings first; then all that is sent, until it is closed."""
        ...

    async def lead(self, term: float) -> bool:
        """Whether this process leads for the next ``term`` seconds: exactly one does."""
        ...

    async def close(self) -> None:
        """Let go; another may lead at once."""
        ...


class Relay:
    """A ``supervisor.Service``, and the ``hub.Outlet`` of a process that is one of several."""

    name = "fanout"

    def __init__(self, open_fanout: Callable[[], Fanout], hub: Hub, clock: Clock) -> None:
        self._open = open_fanout
        self._hub = hub
        self._clock = clock
        self._outbox: dict[str, Packet] = {}  # one slot per kind; full: replaced
        self._news = anyio.Event()
        self._alone = True
        self._leads_until = 0.0

    @property
    def leads(self) -> bool:
        """Whether what is published here goes to everybody."""
        return self._clock.monotonic() < self._leads_until

    @property
    def alone(self) -> bool:
        """Whether the others cannot be reached."""
        return self._alone

    def __len__(self) -> int:
        """Who leads cannot know who watches elsewhere, and plays on."""
        return 1 if self.leads else len(self._hub) if self._alone else 0

    def publish(self, message: Message) -> None:
        """To everybody, if this process leads; to its own viewers, if it is alone; else another does it."""
        if self._alone:
            self._hub.publish(message)
        elif self.leads:
            new = packet(message)
            self._outbox.pop(new.kind, None)  # the newest comes last: a greeting before what it is about
            self._outbox[new.kind] = new
            self._news.set()

    async def run(self, ready: Callable[[], None], stopping: anyio.Event) -> None:
        """Until ``stopping``; what cannot be reached is tried again every second, and logged once."""
        ready()
        complained = False
        while not stopping.is_set():
            fanout = self._open()
            try:
                await self._serve(fanout, stopping)
                complained = False
            except* FanoutLost as lost:
                if not complained or not self._alone:
                    _log.warning("the other web processes cannot be reached", reason=str(lost.exceptions[0]))
                complained = True
            finally:
                self._alone, self._leads_until = True, 0.0
                with anyio.move_on_after(_AGAIN, shield=True):
                    await fanout.close()
            with anyio.move_on_after(_AGAIN):
                await stopping.wait()

    async def _serve(self, fanout: Fanout, stopping: anyio.Event) -> None:
        async def receive() -> None:
            async for each in fanout.packets():
                self._hub.take(each)

        async def ask() -> None:
            while True:
                asked = self._clock.monotonic()
                leads = await fanout.lead(TERM)
                if leads and not self.leads:
                    _log.info("this process publishes for all")
                self._leads_until = asked + TERM if leads else 0.0
                self._alone = False
                await anyio.sleep(_ASK_EVERY)

        async def send() -> None:
            while True:
                await self._news.wait()
                self._news = anyio.Event()
                outbox, self._outbox = self._outbox, {}
                await fanout.send(list(outbox.values()))

        async with anyio.create_task_group() as group:
            group.start_soon(receive, name="fanout: receive")
            group.start_soon(ask, name="fanout: ask who leads")
            group.start_soon(send, name="fanout: send")
            await stopping.wait()
            group.cancel_scope.cancel()
