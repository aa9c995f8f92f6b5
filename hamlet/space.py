"""Room on the disk: which errors say that there is none, and how much is left before that.

A leaf (it knows the clock). What is given up as a disk fills goes from what can be had again to what cannot: pictures
first, then old checkpoints, training last (it pauses, and goes on by itself).
"""

import errno
import shutil
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path

from hamlet.clock import Clock

__all__ = ["Room", "Space", "no_room"]

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_LOOK_EVERY = 1.0  # seconds between two looks at the disk


class Room(IntEnum):
    """From ample to none, by multiples of the floor: below 3 no pictures are taken, below 2 no checkpoint but the
    newest is kept, below 1 training pauses."""

    AMPLE = 3
    NO_SNAPSHOTS = 2
    NEWEST_CHECKPOINT = 1
    NO_TRAINING = 0


class Space:
    """How much room there is where ``directory`` lies, looked at once a second at most. ``floor``: bytes; 0 never
    says that there is little. ``free`` finds the free bytes, and is asked in whichever thread calls ``room``."""

    def __init__(
        self,
        directory: Path,
        floor: int,
        clock: Clock,
        free: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free,
    ) -> None:
        self._directory = directory
        self._floor = floor
        self._clock = clock
        self._free = free
        self._looked_at = float("-inf")
        self._room = Room.AMPLE

    def room(self) -> Room:
        if self._floor and (now := self._clock.monotonic()) - self._looked_at >= _LOOK_EVERY:
            self._looked_at = now
            self._room = Room(min(Room.AMPLE, self._free(self._directory) // self._floor))
        return self._room

    @property
    def why(self) -> str:
        """Why training pauses below the floor, and what to do."""
        return f"less than {self._floor / 1e6:,.0f} MB are left on the disk: free some, and training goes on by itself"


def no_room(error: OSError) -> bool:
    """Whether waiting for room is the answer: a full disk, a quota, or a limit on the size of files (``ulimit -f``)."""
    return error.errno in _FULL
