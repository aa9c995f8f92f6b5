"""The bench's own rules: bars in both directions, and a docs page that names what there is."""

import importlib
from pathlib import Path

from benchmarks.__main__ import NAMES
from benchmarks.row import Row

ROOT = Path(__file__).parents[1]
PEERS = ("envpool", "eventsourcing", "gymnasium", "stable_baselines3")


def test_a_bar_is_for_the_ratio_or_else_for_the_figure() -> None:
    assert Row(name="", unit="", ours=1.0).met is None
    assert Row(name="", unit="", ours=9.0, peer=3.0, ratio=3.0, bar=3.0).met is True
    assert Row(name="", unit="", ours=9.0, peer=3.1, ratio=2.9, bar=3.0).met is False
    assert Row(name="", unit="%", ours=5.1, bar=5.0, at_most=True).met is False
    assert Row(name="", unit="%", ours=4.9, bar=5.0, at_most=True).met is True


def test_every_benchmark_can_be_asked_for_and_is_documented() -> None:
    modules = {path.stem.removeprefix("bench_") for path in (ROOT / "benchmarks").glob("bench_*.py")}
    assert modules == set(NAMES)
    page = (ROOT / "docs" / "benchmarks.md").read_text()
    assert all(f"`{name}`" in page for name in NAMES)


def test_every_benchmark_can_be_imported() -> None:
    """What only ``make bench`` runs would rot unseen. Nothing may be missing but the peers that ``.[bench]`` brings."""
    paths = (path.relative_to(ROOT).with_suffix("") for path in (ROOT / "benchmarks").rglob("*.py"))
    found = [".".join(path.parts) for path in paths if path.name != "__init__"]
    assert {"benchmarks.bench_log", "benchmarks.voice.latency", "benchmarks.planners"} <= set(found)
    for name in found:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            assert error.name in PEERS, f"{name}: {error}"
