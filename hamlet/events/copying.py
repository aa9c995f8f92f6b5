"""A whole copy of a database that may be written meanwhile.

``VACUUM INTO`` reads one moment of it through a connection that cannot write; the writer goes on, its
write-ahead log only grows until the copy is made.
"""

import os
import sqlite3
from pathlib import Path

from hamlet.errors import LogUnusable, UsageError
from hamlet.events.migrate import check_schema, connect_readonly, migrations_directory

__all__ = ["copy_database"]


def copy_database(path: Path, out: Path, kind: str) -> None:
    """Write the database at ``path`` (its scripts are those of ``kind``) to ``out``, durably; ``out`` must not exist.

    Raises ``UsageError`` when there is none or ``out`` cannot be written, ``LogUnusable`` or ``SchemaTooNew`` for a
    file that is none of ours.
    """
    if not check_schema(path, migrations_directory(kind)):
        raise UsageError(f"{path}: there is nothing here yet to copy")
    connection = connect_readonly(path)
    try:
        connection.execute("VACUUM INTO ?", (str(out),))
    except sqlite3.OperationalError as error:
        raise UsageError(f"{out}: cannot be written ({error})") from None
    except sqlite3.DatabaseError as error:
        raise LogUnusable(f"{path}: cannot be read: {error}; run `events --verify`") from None
    finally:
        connection.close()
    with open(out, "rb") as file:
        os.fsync(file.fileno())
