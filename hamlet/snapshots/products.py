"""The files that are made: how they are called, which are there, and which must go.

Their names say all that a list needs; nothing else in the directories is touched or shown.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

__all__ = ["Product", "Roots", "gif_name", "kind_of", "products", "stamp", "too_old"]

Roots = Mapping[str, Path]
"""The first part of a product's name (snapshots, exports) → the directory that it stands for."""

_RUN = r"(?:(?P<run>[A-Za-z0-9][A-Za-z0-9_.=-]*)/)?"
_EPISODES = r"ep(?P<first>\d+)-(?P<last>\d+)"
_TIME = r"\d{8}_\d{6}"
_NAMES = {
    "screenshot": rf"snapshots/{_RUN}screenshot_(?:{_TIME}|ep(?P<first>\d+))\.png",
    "gif": rf"snapshots/{_RUN}novelty_{_EPISODES}\.gif",
    "timelapse": rf"snapshots/{_RUN}timelapse_{_EPISODES}\.mp4",
    "csv": rf"exports/(?:metrics_{_TIME}|final_metrics)(?:_[a-z]+)?\.csv",
    "parquet": rf"exports/(?:metrics_{_TIME}|final_metrics)(?:_[a-z]+)?\.parquet",
}
_PATTERNS = {kind: re.compile(pattern) for kind, pattern in _NAMES.items()}


class Product(msgspec.Struct, frozen=True):
    """A file that was made; ``run`` is "" where its name does not tell, ``first`` and ``last`` are the episodes
    that it shows (``None`` where it shows a moment), ``modified`` is in UTC seconds."""

    name: str
    kind: str
    bytes: int
    modified: float
    run: str
    first: int | None
    last: int | None


def stamp(now: float) -> str:
    """A time in UTC seconds as names have it: ``20261128_114501``."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y%m%d_%H%M%S")


def gif_name(first: int, last: int) -> str:
    """Of the GIF of the lives from ``first`` to ``last``."""
    return f"novelty_ep{first:05d}-{last:05d}.gif"


def kind_of(name: str) -> str | None:
    """The kind of the product called ``name`` (snapshots/… or exports/…); ``None`` when it is none."""
    return next((kind for kind, pattern in _PATTERNS.items() if pattern.fullmatch(name)), None)


def products(roots: Roots) -> list[Product]:
    """All that is there, the newest first."""
    return sorted(_walk(roots), key=lambda one: (one.modified, one.name), reverse=True)


def too_old(roots: Roots, kind: str, keep: int, run: str = "") -> list[Product]:
    """Those of ``kind`` that are more than ``keep`` (0: none are), the oldest first. ``run``: the part of the name."""
    if keep == 0:
        return []
    made = [one for one in products(roots) if one.kind == kind and one.run == run and "/final_" not in one.name]
    return made[keep:][::-1]


def _walk(roots: Roots) -> Iterator[Product]:
    for root, directory in roots.items():
        for path in [*directory.glob("*.*"), *directory.glob("*/*.*")]:
            name = f"{root}/{path.relative_to(directory).as_posix()}"
            kind = kind_of(name)
            if kind is None or path.is_symlink() or (path.parent != directory and path.parent.is_symlink()):
                continue
            try:
                facts = path.stat()
            except OSError:  # pruned meanwhile
                continue
            found = _PATTERNS[kind].fullmatch(name)
            parts = found.groupdict() if found else {}
            yield Product(
                name=name,
                kind=kind,
                bytes=facts.st_size,
                modified=facts.st_mtime,
                run=parts.get("run") or "",
                first=_number(parts.get("first")),
                last=_number(parts.get("last") or parts.get("first")),
            )


def _number(text: str | None) -> int | None:
    return int(text) if text else None
