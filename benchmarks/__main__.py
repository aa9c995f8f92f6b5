"""``python -m benchmarks [--only NAME …] [--json FILE]``: run them, print a table, keep it as JSON."""

import argparse
import importlib
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.probes import machine
from benchmarks.row import Row

__all__ = ["main"]

NAMES = ("kernel", "update", "dqn", "sequences", "turns", "log", "replay", "system", "viewer", "viewers", "gifs")
RESULTS = Path(__file__).parent / "results" / "latest.json"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=NAMES, help="one benchmark; may be given several times")
    parser.add_argument("--json", type=Path, default=RESULTS, metavar="FILE", help="where the results go")
    asked = parser.parse_args()
    console = Console(stderr=True)
    before, found = machine(), list[Row]()
    for name in asked.only or NAMES:
        begin = time.perf_counter()
        try:
            rows = importlib.import_module(f"benchmarks.bench_{name}").rows
        except ModuleNotFoundError as error:
            console.print(f"{name}: left out, {error.name} is not installed: pip install -e '.[bench]'")
            continue
        found += rows()
        console.print(f"{name}: {time.perf_counter() - begin:.0f} s")
    after = machine()
    show(found, before, after)
    results = {"when": datetime.now(UTC).isoformat(timespec="seconds"), "before": before, "after": after, "rows": found}
    asked.json.parent.mkdir(parents=True, exist_ok=True)
    asked.json.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")
    console.print(f"written to {asked.json}")


def show(rows: list[Row], before: dict[str, str | float], after: dict[str, str | float]) -> None:
    console = Console(width=None if sys.stdout.isatty() else 170)
    table = Table("name", "ours", "peer", "unit", "ratio", "bar", "met?", "note")
    for row in rows:
        bar = "" if row.bar is None else f"{'≤' if row.at_most else '≥'} {row.bar:g}"
        met = {None: "", True: "yes", False: "no"}[row.met]
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        table.add_row(row.name, _figure(row.ours), _figure(row.peer), row.unit, ratio, bar, met, row.note)
    console.print(table)
    probes = Table("machine", "before", "after")
    for name, value in before.items():
        probes.add_row(name, str(value), str(after[name]))
    console.print(probes)


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    main()
