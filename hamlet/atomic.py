"""Files that are either whole or absent: tmp, fsync, rename, fsync of the directory.

A leaf. A crash at any moment leaves the old file or the new one, and at most a ``*.tmp``
beside it, which ``remove_leftovers`` deletes at the next start.
"""

import os
from pathlib import Path

from hamlet.crashpoints import crash_point

__all__ = ["remove_leftovers", "write_atomic"]


def write_atomic(path: Path, data: bytes | memoryview) -> None:
    """Write ``data`` to ``path`` durably; raises ``OSError`` and leaves no partial file."""
    temporary = path.with_name(path.name + ".tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            crash_point("file.tmp")
            os.fsync(file.fileno())
        crash_point("file.synced")
        temporary.replace(path)
        crash_point("file.renamed")
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def remove_leftovers(directory: Path) -> list[Path]:
    """Delete ``*.tmp`` left by a crash anywhere under ``directory``; returns what was deleted."""
    found = sorted(directory.rglob("*.tmp"))
    for path in found:
        path.unlink(missing_ok=True)
    return found
