"""Tables equal the log, value by value, and a spreadsheet runs nothing in them."""

import csv
from pathlib import Path

import anyio
import msgspec
import pyarrow.parquet as pq

from hamlet.events.reading import read_events
from hamlet.events.types import EpisodeCompleted
from hamlet.exports.tables import COLUMNS, export_csv, export_parquet
from hamlet.projections.views import Views
from tests.snapshots.support import RUN, fill, lived, started, writing


def _filled(data: Path, cause: str = "energy") -> list[dict[str, object]]:
    """A log of 30 lives; what each row must say."""

    async def make() -> None:
        async with writing(data) as log:
            lives = [msgspec.structs.replace(lived(number), cause=cause) for number in range(1, 31)]
            await fill(log, [started(), *lives])

    anyio.run(make)
    rows = []
    for batch in read_events(data / "events.db", run=RUN):
        for recorded in batch:
            if isinstance(event := recorded.event, EpisodeCompleted):
                facts = msgspec.structs.asdict(event) | {"timestamp": recorded.recorded_at}
                facts |= {"position": recorded.position}
                rows.append({name: facts[name] for name in COLUMNS})
    return rows


def test_csv_says_what_the_log_says(tmp_path: Path) -> None:
    expected = _filled(tmp_path)
    path = tmp_path / "out" / "metrics.csv"
    assert export_csv(Views(tmp_path / "demo_state.db"), RUN, path) == 30
    with open(path, newline="") as file:
        found = list(csv.DictReader(file))
    assert found == [{name: str(value) for name, value in row.items()} for row in expected]


def test_parquet_says_it_with_types(tmp_path: Path) -> None:
    expected = _filled(tmp_path)
    path = tmp_path / "metrics.parquet"
    assert export_parquet(Views(tmp_path / "demo_state.db"), RUN, path) == 30
    assert pq.read_table(path).to_pylist() == expected
    assert pq.read_schema(path).metadata[b"hamlet.run"] == RUN.encode()


def test_what_looks_like_a_formula_is_text(tmp_path: Path) -> None:
    _filled(tmp_path, cause='=HYPERLINK("http://example.com")')
    export_csv(Views(tmp_path / "demo_state.db"), RUN, tmp_path / "metrics.csv")
    with open(tmp_path / "metrics.csv", newline="") as file:
        causes = {row["cause"] for row in csv.DictReader(file)}
    assert causes == {'\'=HYPERLINK("http://example.com")'}
