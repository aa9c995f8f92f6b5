"""The views made anew from the log: as they are, as they were at an episode, or to prove them right."""

import hashlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from hamlet.errors import UsageError
from hamlet.events.reading import read_events
from hamlet.events.types import EpisodeCompleted, RunDiverged, RunStarted, tag_of
from hamlet.projections.database import check_views, read_only, remove
from hamlet.projections.projection import Projection
from hamlet.projections.projector import PROJECTIONS, Progress, Projector

__all__ = ["Digest", "digest", "position_of_episode", "replay", "verify"]


class Digest(msgspec.Struct, frozen=True):
    """SHA-256 of each table's rows, in an order that does not depend on how they came, of all of
    them together, and the position of the log that each projection shows."""

    positions: dict[str, int]
    overall: str
    tables: dict[str, str]


def replay(
    events_path: Path,
    out_path: Path,
    *,
    until_episode: int | None = None,
    until_position: int | None = None,
    progress: Progress | None = None,
    projections: Sequence[Projection] = PROJECTIONS,
) -> int:
    """Build the views of the log in a new file and put it in the place of ``out_path``; returns the
    position that they show.

    ``until_episode``: up to and including that episode of the newest town run; ``until_position``:
    up to that position. Nobody else may have ``out_path`` open to write. Raises ``UsageError`` when
    the episode is not in the log, ``LogUnusable`` or ``SchemaTooNew`` when ``out_path`` is a file
    that must not be overwritten.
    """
    check_views(out_path)
    if until_episode is not None:
        at = position_of_episode(events_path, until_episode)
        until_position = at if until_position is None else min(at, until_position)
    building = out_path.with_name(out_path.name + ".tmp")
    remove(building)
    try:
        projector = Projector(building, events_path, projections=projections, bulk=True)
        try:
            reached = projector.catch_up(until_position, progress)
            projector.finish_bulk()
        finally:
            projector.close()
        with open(building, "rb") as file:
            os.fsync(file.fileno())
        remove(out_path)
        building.replace(out_path)
    finally:
        remove(building)
    return reached


def position_of_episode(events_path: Path, episode: int) -> int:
    """Where the newest town run completed ``episode``, the last time if it diverged in between."""
    started = tag_of(RunStarted)
    run = ""
    for batch in read_events(events_path, types=[started]):
        for recorded in batch:
            if isinstance(recorded.event, RunStarted) and recorded.event.world == "town":
                run = recorded.run
    found, newest = 0, 0
    for batch in read_events(events_path, run=run, types=[tag_of(EpisodeCompleted), tag_of(RunDiverged)]):
        for recorded in batch:
            event = recorded.event
            if isinstance(event, RunDiverged):
                newest = min(newest, event.from_episode - 1)
            elif isinstance(event, EpisodeCompleted):
                newest = event.episode
                if newest == episode:
                    found = recorded.position
    if not run or episode > newest or not found:
        raise UsageError(
            f"{events_path}: episode {episode} is not in the log; "
            + (f"run {run} has episodes 1 … {newest}" if run else "there is no town run yet")
        )
    return found


def digest(path: Path, *, projections: Sequence[Projection] = PROJECTIONS) -> Digest:
    """The digest of the views at ``path``, at one moment even while they are being written."""
    tables: dict[str, str] = {}
    with read_only(path) as connection:
        positions = dict(connection.execute("SELECT name, position FROM projections").fetchall())
        for table in ["projections", *(table for projection in projections for table in projection.tables)]:
            columns = ", ".join(f'"{row[1]}"' for row in connection.execute(f"PRAGMA table_info({table})"))
            rows = connection.execute(f"SELECT {columns} FROM {table} ORDER BY {columns}")
            sha = hashlib.sha256()
            while some := rows.fetchmany(4096):
                sha.update(msgspec.msgpack.encode(some))
            tables[table] = sha.hexdigest()
    overall = hashlib.sha256(msgspec.json.encode(sorted(tables.items()))).hexdigest()
    return Digest(positions=positions, overall=overall, tables=tables)


def verify(
    events_path: Path,
    views_path: Path,
    *,
    progress: Progress | None = None,
    projections: Sequence[Projection] = PROJECTIONS,
) -> tuple[Digest, Digest]:
    """Digests of the stored views and of those rebuilt from the log up to the stored position: they
    are equal if the views are what the log says. Leaves both files as they are.

    Raises ``UsageError`` while projections are at different positions (one of them is being refilled).
    """
    stored = digest(views_path, projections=projections)
    if len(set(stored.positions.values())) != 1:
        raise UsageError(f"{views_path}: being rebuilt (positions {stored.positions}); try again when it has caught up")
    with tempfile.TemporaryDirectory(prefix="hamlet-verify-") as directory:
        rebuilt = Path(directory) / "views.db"
        replay(
            events_path,
            rebuilt,
            until_position=max(stored.positions.values()),
            progress=progress,
            projections=projections,
        )
        return stored, digest(rebuilt, projections=projections)
