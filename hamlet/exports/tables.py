"""Tables for other programs: the episodes of a run as CSV, formula-safe, or as Parquet."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import msgspec

from hamlet.atomic import write_atomic
from hamlet.errors import UsageError
from hamlet.projections.rows import EpisodeRow
from hamlet.projections.views import Views

__all__ = ["COLUMNS", "export_csv", "export_parquet", "export_table"]

COLUMNS = tuple(field.name for field in msgspec.structs.fields(EpisodeRow))
_BATCH = 10_000


def export_table(views: Views, run: str, path: Path) -> int:
    """As the suffix of ``path`` says, .parquet or else CSV; returns how many episodes."""
    return (export_parquet if path.suffix == ".parquet" else export_csv)(views, run, path)


def export_csv(views: Views, run: str, path: Path) -> int:
    """Write all episodes of ``run`` to ``path``, whole or not at all; returns how many."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    count = 0
    for rows in _episodes(views, run):
        writer.writerows([_safe(getattr(row, name)) for name in COLUMNS] for row in rows)
        count += len(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, text.getvalue().encode())
    return count


def export_parquet(views: Views, run: str, path: Path) -> int:
    """The same table as Parquet, with its types. Raises ``UsageError`` without pyarrow."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise UsageError("Parquet needs pyarrow: pip install -e '.[parquet]' (CSV needs nothing)") from None
    kinds = {int: pa.int64(), float: pa.float64(), str: pa.string()}
    schema = pa.schema([(name, kinds[EpisodeRow.__annotations__[name]]) for name in COLUMNS])
    schema = schema.with_metadata({"hamlet.run": run})
    out, count = io.BytesIO(), 0
    with pq.ParquetWriter(out, schema) as writer:
        for rows in _episodes(views, run):
            columns = {name: [getattr(row, name) for row in rows] for name in COLUMNS}
            writer.write_table(pa.table(columns, schema=schema))
            count += len(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, out.getvalue())
    return count


def _episodes(views: Views, run: str) -> Iterator[list[EpisodeRow]]:
    after = 0
    while rows := views.episodes(run, after=after, limit=_BATCH):
        yield rows
        after = rows[-1].episode


def _safe(value: object) -> object:
    """A spreadsheet takes text that begins with one of these for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
