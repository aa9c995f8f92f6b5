"""Time as a parameter: what needs a time is given a ``Clock``; tests give one they can set.

A leaf. ``now`` is for records that people read (UTC seconds since 1970); ``monotonic`` is for
intervals. Nothing that is learned may depend on either.
"""

import time
from typing import Protocol

__all__ = ["Clock", "ManualClock", "SystemClock"]


class Clock(Protocol):
    """What tells the time: ``now`` in UTC seconds, ``monotonic`` in seconds that never go back."""

    def now(self) -> float: ...

    def monotonic(self) -> float: ...


class SystemClock:
    """The machine's clocks."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()


class ManualClock:
    """A clock that moves only when told to."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = start

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += seconds
