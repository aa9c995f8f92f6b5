"""``python -m hamlet.process.leash PID COMMAND …``: become COMMAND, told to stop when process PID ends.

What we started does not outlive us, however we end: Linux sends SIGTERM, on which a training saves its
state and ends. Asked for between fork and exec it would have to run in a copy of a process that had
threads; so it is a program of its own.
"""

import ctypes
import os
import signal
import sys

__all__ = ["leashed"]

_PR_SET_PDEATHSIG = 1


def leashed(command: list[str]) -> list[str]:
    """The command that runs ``command`` on this process's leash."""
    return [sys.executable, "-m", "hamlet.process.leash", str(os.getpid()), *command]


def main(parent: int, command: list[str]) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == parent:  # else it ended before it could be asked to tell
        os.execv(command[0], command)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
