"""The pulse: how late the event loop is, and a sign of life to systemd as long as every part moves.

A part that works counts (``Beat``); one that rests (nothing to write, a run that is finished) has
nothing to count. A process whose loop turns while its trainer or its writer hangs gives no sign of life,
and systemd starts it anew: nothing acknowledged is lost by that.
"""

from collections import deque
from collections.abc import Callable, Mapping

import anyio
import structlog

from hamlet.clock import Clock
from hamlet.process.systemd import Systemd

__all__ = ["Beat", "Pulse"]

Beat = Callable[[], int | None]
"""How often a part has done something; ``None`` while it has nothing to do."""

_TICK = 0.1  # seconds
_KEPT = 600  # ticks over which lateness is told: a minute

_log = structlog.get_logger("pulse")


class Pulse:
    """A ``supervisor.Service``; start it last: systemd is told that all is ready when it runs."""

    name = "pulse"

    def __init__(self, parts: Mapping[str, Beat], systemd: Systemd, clock: Clock) -> None:
        self._parts = parts
        self._systemd = systemd
        self._clock = clock
        self._late: deque[float] = deque(maxlen=_KEPT)  # full: the oldest goes
        self._seen: dict[str, int | None] = {}
        self._moved_at: dict[str, float] = {}

    def lateness(self, share: float) -> float:
        """Seconds by which the loop was late, at that share of the last minute's ticks (.99: the 99th percentile)."""
        late = sorted(self._late)
        return late[min(len(late) - 1, int(share * len(late)))] if late else 0.0

    def stuck(self) -> list[str]:
        """Parts with something to do that have done nothing for half of systemd's patience."""
        now = self._clock.monotonic()
        return [name for name in self._parts if now - self._moved_at.get(name, now) > self._systemd.patience / 2]

    async def run(self, ready: Callable[[], None], stopping: anyio.Event) -> None:
        ready()
        self._systemd.say("READY=1")
        signed_at = self._clock.monotonic()
        complained = False
        while not stopping.is_set():
            due = self._clock.monotonic() + _TICK
            with anyio.move_on_after(_TICK):
                await stopping.wait()
            now = self._clock.monotonic()
            if not stopping.is_set():
                self._late.append(max(0.0, now - due))
            self._look(now)
            if self._systemd.patience and now - signed_at >= self._systemd.patience / 4:
                stuck = self.stuck()
                if not stuck:
                    self._systemd.say("WATCHDOG=1")
                    signed_at = now
                elif not complained:
                    _log.error("no sign of life to systemd", stuck=stuck)
                complained = bool(stuck)
        self._systemd.say("STOPPING=1")

    def _look(self, now: float) -> None:
        for name, beat in self._parts.items():
            count = beat()
            if count is None or count != self._seen.get(name) or name not in self._moved_at:
                self._moved_at[name] = now
            self._seen[name] = count
