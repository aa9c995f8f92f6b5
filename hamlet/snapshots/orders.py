"""What is asked of the processes that make snapshots, and what they answer: values only, so that asking loads neither
Pillow nor a browser."""

import msgspec

__all__ = ["CAMERA", "MAKER", "Gif", "GifOrder", "Shot", "TableOrder"]

MAKER = "hamlet.snapshots.maker"
CAMERA = "hamlet.snapshots.camera"


class GifOrder(msgspec.Struct, frozen=True, kw_only=True, tag="gifs"):
    """Make at most ``most`` GIFs of ``size`` lives each of ``run`` into ``directory``: those after episode ``done``,
    which ends at ``position`` of the log ``events``. ``diverged``: position of each divergence that is known, and the
    episode from which on it took back what lies before it. The town is ``width`` × ``height``."""

    events: str
    run: str
    width: int
    height: int
    directory: str
    size: int
    done: int
    position: int
    diverged: list[tuple[int, int]]
    most: int


class TableOrder(msgspec.Struct, frozen=True, kw_only=True, tag="table"):
    """All episodes of ``run`` in the views at ``views`` into ``file``; its suffix says how: .csv or .parquet."""

    views: str
    run: str
    file: str


class Gif(msgspec.Struct, frozen=True):
    """A GIF that is on disk, whole; ``position``: of its last life's event."""

    file: str
    first: int
    last: int
    position: int


class Shot(msgspec.Struct, frozen=True):
    """Photograph ``url`` into ``file`` (PNG) once the page says ``data-ready``, within ``seconds``."""

    url: str
    file: str
    seconds: float
