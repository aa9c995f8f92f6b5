"""Tables for other programs: the episodes of a run as CSV, formula-safe."""

import csv
import io
from pathlib import Path

import msgspec

from hamlet.atomic import write_atomic
from hamlet.projections.views import EpisodeRow, Views

__all__ = ["export_metrics"]

_BATCH = 10_000


def export_metrics(views: Views, run: str, path: Path) -> int:
    """Write all episodes of ``run`` to ``path``, whole or not at all; returns how many."""
    names = [field.name for field in msgspec.structs.fields(EpisodeRow)]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(names)
    count, after = 0, 0
    while rows := views.episodes(run, after=after, limit=_BATCH):
        writer.writerows([_safe(getattr(row, name)) for name in names] for row in rows)
        count, after = count + len(rows), rows[-1].episode
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, text.getvalue().encode())
    return count


def _safe(value: object) -> object:
    """A spreadsheet takes text that begins with one of these for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@")) else value
