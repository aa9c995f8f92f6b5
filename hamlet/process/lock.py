"""One process owns a data directory: a lock that the kernel drops when the process ends, however it ends.

``DATA/.lock`` holds the owner's pid, for people and for the error message; what counts is the
``flock`` on it. The file is never deleted: a deleted one could be locked twice.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from hamlet.errors import AlreadyRunning, UsageError

__all__ = ["data_lock", "owned"]

_PID_PATIENCE = 0.2  # seconds: the winner of a race writes its pid just after it has the lock


@contextlib.contextmanager
def data_lock(directory: Path) -> Iterator[None]:
    """Own ``directory`` while open.

    Raises ``AlreadyRunning`` (exit 4) at once when another process owns it, ``UsageError`` (exit 2)
    when the directory cannot be written or its file system has no locks.
    """
    path = directory / ".lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror}); choose another --data directory") from None
    try:
        try:
            _take(descriptor)
        except BlockingIOError:
            raise AlreadyRunning(
                f"{directory} is in use by {_owner(path)}; stop that one, choose another --data directory,"
                " or look on with: python main.py serve"
            ) from None
        except OSError as error:
            raise UsageError(f"{path}: cannot be locked ({error.strerror}); put --data on a local disk") from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def owned(directory: Path) -> bool:
    """Whether a process owns ``directory`` now. Asks by a shared lock, held for a moment (``_take`` allows for it);
    a directory without a lock file, or one that cannot be read, is nobody's."""
    try:
        descriptor = os.open(directory / ".lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _take(descriptor: int) -> None:
    """Own it; tried a few times, for somebody may be asking just now whether it is owned."""
    for attempt in range(10, -1, -1):
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not attempt:
                raise
            time.sleep(0.02)


def _owner(path: Path) -> str:
    for _ in range(10):
        text = path.read_text("ascii", errors="replace").strip()
        if text.isdigit():
            return f"process {text}"
        time.sleep(_PID_PATIENCE / 10)
    return "another process"
