"""The live lane: what the training shows of itself now. Newest wins, nothing is logged.

Values are frozen and replaced whole, so that the thread that trains writes and the loop reads
without a lock.
"""

import queue
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from hamlet.commands import Command, RandomizeAffordances
from hamlet.errors import UsageError

__all__ = ["INBOX", "Live", "LivePolicy", "Status"]

INBOX = 64  # commands; full: the newest is refused, and its sender told


class Status(msgspec.Struct, frozen=True):
    """``status``: waiting · training · catching_up · paused · finished · failed · stopped."""

    run: str = ""
    status: str = "waiting"
    detail: str = ""
    episode: int = 0
    episodes: int = 0
    steps_per_second: float = 0.0


class LivePolicy(msgspec.Struct, frozen=True):
    """The averaged network after ``episode`` episodes as flat weights (a copy; ``learner.policy_from``
    makes it act), and where the affordances stand (name → cell). ``model`` and ``health``: ``Learner.foresight`` and
    ``Learner.health``, empty where there is none or nobody trains."""

    episode: int
    weights: NDArray[np.float32]
    layout: dict[str, int]
    model: dict[str, NDArray[Any]] = {}
    health: dict[str, float] = {}


class Live:
    """One run's live lane, and the inbox of its commands. ``movable``: there is something to move."""

    def __init__(self, *, movable: bool = True) -> None:
        self._movable = movable
        self.status = Status()
        self.stalled = ""  # why the training waits for room on the disk; "" while it does not
        self.beats = 0  # how often the training has shown itself: it moves
        self.policy: LivePolicy | None = None
        self.inbox: queue.Queue[Command] = queue.Queue(INBOX)

    def beat(self) -> int | None:
        """``beats``, or ``None`` when there is nothing left to do."""
        return None if self.status.status in ("finished", "failed", "stopped") else self.beats

    def command(self, command: Command) -> None:
        """Put a command into the inbox; raises ``UsageError`` when the run cannot take it."""
        if self.status.status in ("finished", "failed", "stopped", "waiting"):
            raise UsageError(f"run {self.status.run or '(none)'} is {self.status.status}: it takes no commands")
        if not self._movable and isinstance(command, RandomizeAffordances):
            raise UsageError("every life of this run draws a layout of its own, or has none: there is nothing to move")
        try:
            self.inbox.put_nowait(command)
        except queue.Full:
            raise UsageError(f"{INBOX} commands are waiting already; try again in a moment") from None
