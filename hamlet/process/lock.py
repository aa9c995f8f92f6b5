"""One process owns a data directory: a lock that the kernel drops when the process ends, however it ends.

``DATA/.lock`` holds the owner's pid, for people and for the error message; what counts is the
lock on it, one of an open file description (``fcntl(2)``, "OFD locks"): it goes with the file as it was opened here,
and whether it is held can be asked without taking it. The file is never deleted: a deleted one could be locked twice.
"""

import contextlib
import fcntl
import os
import struct
import time
from collections.abc import Iterator
from pathlib import Path

from hamlet.errors import AlreadyRunning, UsageError

__all__ = ["data_lock", "owned"]

_FLOCK = struct.Struct("@hhqqi4x")  # struct flock: type, whence, start, length (0: to the end), pid (0: ours)
_WHOLE_FILE = _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
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
            fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _WHOLE_FILE)
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
    """Whether a process owns ``directory`` now. Who asks keeps nobody from owning it;
    a directory without a lock file, or one that cannot be read, is nobody's."""
    try:
        descriptor = os.open(directory / ".lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        found = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, _WHOLE_FILE)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return bool(_FLOCK.unpack(found)[0] != fcntl.F_UNLCK)


def _owner(path: Path) -> str:
    for _ in range(10):
        text = path.read_text("ascii", errors="replace").strip()
        if text.isdigit():
            return f"process {text}"
        time.sleep(_PID_PATIENCE / 10)
    return "another process"
