"""Which of SQLite's errors say that there is no room."""

import resource
import sqlite3
from pathlib import Path

__all__ = ["no_room_for_rows"]


def no_room_for_rows(error: Exception, path: Path) -> str:
    """Why a database at ``path`` could not grow; "" when ``error`` says something else.

    Growing the shared memory of the write-ahead log is what fails first on some full disks; it holds
    nothing that could be lost. A limit on the size of files is a failed write like any other to SQLite,
    which keeps the system's error to itself: so it is one when a file is within a page of that limit.
    """
    code = getattr(error, "sqlite_errorcode", 0)
    if code & 0xFF == sqlite3.SQLITE_FULL or code == sqlite3.SQLITE_IOERR_SHMSIZE:
        return "the disk is full: free some space"
    limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    if code == sqlite3.SQLITE_IOERR_WRITE and limit != resource.RLIM_INFINITY:
        files = [path.with_name(path.name + end) for end in ("", "-wal")]
        if any(file.exists() and file.stat().st_size > limit - 8192 for file in files):
            return f"no file may grow beyond {limit:,} bytes: raise that limit (ulimit -f)"
    return ""
