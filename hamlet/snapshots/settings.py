"""What can be set about snapshots: a YAML file of its own, since nothing in it changes a run."""

from typing import Annotated

import msgspec

__all__ = ["Exports", "Gifs", "Screenshots", "SnapshotSettings"]

_Keep = Annotated[int, msgspec.Meta(ge=0)]
_Seconds = Annotated[float, msgspec.Meta(ge=1)]


class Screenshots(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A picture of the viewer ``every`` so many seconds; the newest ``keep`` stay (0: all)."""

    enabled: bool = True
    every: _Seconds = 300.0
    keep: _Keep = 2000


class Gifs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One every ``episodes`` lives of the town; the newest ``keep`` stay (0: all)."""

    enabled: bool = True
    episodes: Annotated[int, msgspec.Meta(ge=2, le=500)] = 50
    keep: _Keep = 2000


class Exports(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of all episodes ``every`` so many seconds, as CSV and, with ``parquet``, as Parquet too; the newest
    ``keep`` of each kind stay (0: all)."""

    enabled: bool = True
    every: _Seconds = 3600.0
    parquet: bool = False
    keep: _Keep = 72


class SnapshotSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kind of snapshot each."""

    screenshots: Screenshots = Screenshots()
    gifs: Gifs = Gifs()
    exports: Exports = Exports()
