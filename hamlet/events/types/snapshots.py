"""Pictures and tables that were made of a run."""

from hamlet.events.types.base import Event

__all__ = [
    "SnapshotTaken",
    "SnapshotsPruned",
]


class SnapshotTaken(Event, frozen=True, kw_only=True, tag="snapshot_taken.v1"):
    """A product of ``run`` is on disk, whole. It lies in a stream of its own (``RUN.snapshots``): taking pictures
    never changes what a run is. ``kind``: gif · screenshot · csv · parquet · timelapse; ``file`` is relative to
    the snapshot directory. ``first`` and ``last``: the episodes that it shows, ``position`` of the log up to which
    it does (0 where it shows a moment)."""

    run: str
    kind: str
    file: str
    first: int
    last: int
    position: int
    bytes: int
    sha256: str


class SnapshotsPruned(Event, frozen=True, kw_only=True, tag="snapshots_pruned.v1"):
    """Products of ``run`` of one ``kind`` were deleted, the oldest first; ``reason`` says by which rule."""

    run: str
    kind: str
    files: list[str]
    reason: str
