"""From one message to every viewer: encoded once, the newest wins, nobody waits for anybody.

The hub holds one slot per kind of message, each viewer one more per kind (``protocol.py``); both
are bounded by that and, when full, replaced: a viewer wants now. Nothing here waits for a viewer.
"""

from dataclasses import dataclass
from typing import Protocol

import anyio
import msgspec
from websockets.frames import Frame, Opcode

from hamlet.clock import Clock
from hamlet.web.wire import Message

__all__ = ["KINDS", "VOID", "Hub", "Outlet", "Packet", "Viewer", "packet"]

_PAUSES: dict[str, float] = {
    "hello": 0.0,
    "dialogue_hello": 0.0,
    "state_update": 1.0,
    "dialogue_update": 1.0,
    "stage_frame": 0.1,
    "dialogue_frame": 0.3,
}
"""Kind → least seconds between two of it."""

VOID = {"hello": ("state_update", "stage_frame"), "dialogue_hello": ("dialogue_update", "dialogue_frame")}
"""A greeting's kind → the kinds that it makes void."""

KINDS = tuple(_PAUSES)
"""Of packets, in the order in which who joins gets them."""


@dataclass(frozen=True)
class Packet:
    """A whole websocket text frame, ready for any viewer's socket."""

    kind: str
    data: bytes


class Viewer(Protocol):
    """Somebody who watches."""

    def offer(self, packet: Packet) -> None:
        """Take ``packet``, now or when there is room; it may be replaced by a newer one of its kind."""


def packet(message: msgspec.Struct) -> Packet:
    """``message`` as it goes out (from the server: not masked, not compressed)."""
    kind = str(type(message).__struct_config__.tag)
    payload = msgspec.json.encode(message)
    return Packet(kind, Frame(Opcode.TEXT, payload).serialize(mask=False))


class Outlet(Protocol):
    """Where messages for all who watch are put; its length says whether it is worth the work."""

    def publish(self, message: Message) -> None: ...

    def __len__(self) -> int: ...


class Hub:
    """Everybody who watches, at most ``limit`` of them. For the event loop's thread only."""

    def __init__(self, clock: Clock, limit: int) -> None:
        self._clock = clock
        self._limit = limit
        self._viewers: dict[Viewer, dict[str, Packet]] = {}  # with what each was given on joining
        self._newest: dict[str, Packet] = {}
        self._pending: dict[str, Packet] = {}  # one per kind; full: replaced
        self._news = anyio.Event()

    def __len__(self) -> int:
        return len(self._viewers)

    def publish(self, message: Message) -> None:
        """Send ``message`` to all who watch, as soon as its kind's pace allows, unless a newer one of
        its kind comes first. A greeting makes what was said of another run of its world void."""
        self.take(packet(message))

    def take(self, new: Packet) -> None:
        """The same for what is encoded already."""
        for kind in VOID.get(new.kind, ()):
            self._newest.pop(kind, None)
            self._pending.pop(kind, None)
        self._newest[new.kind] = self._pending[new.kind] = new
        self._news.set()

    def join(self, viewer: Viewer) -> bool:
        """Give ``viewer`` the newest of each kind, ``Hello`` first, and all that follows; False when
        the house is full."""
        if len(self._viewers) >= self._limit:
            return False
        given = {kind: self._newest[kind] for kind in _PAUSES if kind in self._newest}
        for each in given.values():
            viewer.offer(each)
        self._viewers[viewer] = given
        return True

    def leave(self, viewer: Viewer) -> None:
        self._viewers.pop(viewer, None)

    async def run(self) -> None:
        """Hand out what is published, until cancelled."""
        due: dict[str, float] = {}
        while True:
            await self._news.wait()
            self._news = anyio.Event()
            now = self._clock.monotonic()
            for kind in [kind for kind in _PAUSES if kind in self._pending and due.get(kind, now) <= now]:
                self._hand_out(self._pending.pop(kind))
                due[kind] = now + _PAUSES[kind]
            if self._pending:
                await anyio.sleep(max(0.0, min(due[kind] for kind in self._pending) - now))
                self._news.set()

    def _hand_out(self, new: Packet) -> None:
        for viewer, given in self._viewers.items():
            if given.pop(new.kind, None) is not new:  # published before it joined, handed out after
                viewer.offer(new)
