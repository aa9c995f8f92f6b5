"""How good is it, and on how many seeds? ``python -m benchmarks.seeds --data DIR [--seeds 5]``.

Trains ``sparse_adaptive`` with each seed twice, with the shift (``DIR/shiftN``) and without it
(``DIR/stillN``), and prints what the exams in the logs say, beside the expert. Runs that are there
already are taken up where they were, so that it can be stopped and started again.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from hamlet.events.reading import read_events
from hamlet.events.types import AffordancesRandomized, EvaluationCompleted
from hamlet.settings import DEFAULT_CONFIG, ROOT

__all__ = ["main"]

_NEAR = 0.95  # of the expert


def train(data: Path, seed: int, config: Path) -> None:
    command = [sys.executable, str(ROOT / "main.py"), "train", "--config", str(config)]
    subprocess.run([*command, "--data", str(data), "--seed", str(seed)], check=True, stderr=subprocess.DEVNULL)


def exams(data: Path) -> tuple[list[EvaluationCompleted], list[EvaluationCompleted]]:
    """Before the shift (all of them without one) and after it."""
    before: list[EvaluationCompleted] = []
    after: list[EvaluationCompleted] = []
    now = before
    for batch in read_events(data / "events.db", types=["evaluation_completed.v1", "affordances_randomized.v1"]):
        for recorded in batch:
            if isinstance(recorded.event, AffordancesRandomized):
                now = after
            elif isinstance(recorded.event, EvaluationCompleted):
                now.append(recorded.event)
    return before, after


def reached(results: list[EvaluationCompleted]) -> int | None:
    """The episode of the first exam within 95 % of the expert."""
    near = (e.episode for e in results if e.results["agent"].mean >= _NEAR * e.results["expert"].mean)
    return next(near, None)


def rows(data: Path, kind: str, seeds: int) -> Iterator[tuple[int, float, int | None, float, float, int | None]]:
    """Seed, last exam before the shift, episode of .95 of the expert, worst life in that exam, last
    exam after the shift, episode of .95 again."""
    for seed in range(seeds):
        before, after = exams(data / f"{kind}{seed}")
        last = before[-1].results["agent"]
        end = after[-1].results["agent"].mean if after else float("nan")
        yield seed, last.mean, reached(before), last.worst, end, reached(after)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--read-only", action="store_true", help="only print what is there")
    given = parser.parse_args()
    text = (ROOT / DEFAULT_CONFIG).read_text()
    given.data.mkdir(parents=True, exist_ok=True)
    configs = {"shift": ROOT / DEFAULT_CONFIG, "still": given.data / "no_shift.yaml"}
    configs["still"].write_text(re.sub(r"shift_at: \d+", "shift_at: 0", text))
    os.environ.pop("HAMLET_CHECKPOINT_DIR", None)
    for kind, config in configs.items():
        for seed in range(given.seeds if not given.read_only else 0):
            train(given.data / f"{kind}{seed}", seed, config)
        table = Table(
            "seed", "exam", "worst life", ".95 of the expert from", "after the shift", "again from", title=kind
        )
        found = list(rows(given.data, kind, given.seeds))
        for seed, exam, first, worst, end, again in found:
            moved = (f"{end:.1f}", f"{again}") if kind == "shift" else ("–", "–")
            table.add_row(str(seed), f"{exam:.1f}", f"{worst:.0f}", f"{first}", *moved)
        for name, column in (("before", 1), ("after", 4)) if kind == "shift" else (("whole run", 1),):
            values = [row[column] for row in found]
            table.caption = (
                f"{table.caption or ''} {name}: mean {statistics.mean(values):.1f}, worst {min(values):.1f} ·"
            )
        Console(width=100).print(table)


if __name__ == "__main__":
    main()
