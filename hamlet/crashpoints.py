"""Named places at which a test lets the process die, as if it had been killed just there.

A leaf. ``HAMLET_CRASH_AT=name:n`` kills the process (SIGKILL: nothing is flushed, nothing cleaned
up) the n-th time it comes to the place called ``name``. Without the variable a place costs one
look at a string. ``POINTS`` names them all; ``tests/system/test_crash_points.py`` dies at each.
"""

import os
import signal

__all__ = ["POINTS", "crash_point"]

POINTS = (
    "migration",  # the first script has run, its transaction is open
    "log.before-insert",
    "log.after-insert",
    "log.after-commit",  # durable, not acknowledged
    "views.before-commit",
    "views.after-commit",
    "publish",  # projected, not published
    "file.tmp",  # written, not synced
    "file.synced",  # synced, not renamed
    "file.renamed",  # renamed, the directory not synced
    "checkpoint.event",  # the file is whole, its event not recorded
    "state.event",
    "snapshot.event",
)

_name, _, _count = os.environ.get("HAMLET_CRASH_AT", "").partition(":")
_left = int(_count or 1)


def crash_point(name: str) -> None:
    """Die here if this is the place and the time."""
    global _left
    if name == _name:
        _left -= 1
        if _left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
