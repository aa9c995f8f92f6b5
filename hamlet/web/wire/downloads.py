"""What the page is told of the files that a run left for others: ``/api/downloads``."""

import msgspec

__all__ = ["Download"]


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """A file at ``/downloads/`` and its ``name``. ``kind``: screenshot · gif · timelapse · csv · parquet. ``run`` is ""
    where the name does not tell; ``first`` and ``last``: the episodes that it shows, ``null`` where it shows a
    moment. ``modified`` in UTC seconds."""

    name: str
    kind: str
    bytes: int
    modified: float
    run: str
    first: int | None
    last: int | None
