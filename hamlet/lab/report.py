"""A run's report: every figure that fits it, and one HTML file with all of them, tables and how it was made."""

import shlex
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import msgspec
import yaml

from hamlet.atomic import write_atomic
from hamlet.errors import UsageError
from hamlet.lab.page import Picture, Section, page
from hamlet.lab.record import Record, read_record
from hamlet.lab.telling import sheets_of
from hamlet.runs.choosing import newest_run, run_settings
from hamlet.runs.kept import newest_kept
from hamlet.settings import DEFAULT_CONFIGS, Paths

__all__ = ["FIGURES", "has_matplotlib", "require_matplotlib", "runs_to_report", "siblings_of", "write_report"]

FIGURES = "figures.json"


def has_matplotlib() -> bool:
    """Whether figures can be drawn."""
    return find_spec("matplotlib") is not None


def require_matplotlib() -> None:
    """Raise ``UsageError`` that says how to get it, where it is missing."""
    if not has_matplotlib():
        raise UsageError(
            "figures need matplotlib, which is not installed: .venv/bin/pip install -c constraints.txt -e '.[lab]'"
        )


def runs_to_report(paths: Paths, name: str | None) -> list[str]:
    """``name``, else the newest run of each world. Raises ``UsageError`` when there is none."""
    found = [newest_run(paths.events, name, world) for world in DEFAULT_CONFIGS]
    runs = list(dict.fromkeys(run for run in found if run is not None))
    if not runs:
        raise UsageError(f"{paths.data}: no run yet; train one with: python main.py train --data {paths.data}")
    return runs


def siblings_of(paths: Paths, record: Record) -> list[Record]:
    """The runs of the log that were given the same settings but for their seed, and have episodes."""
    known, found = run_settings(paths.events), []
    for run, settings in known.items():
        if run != record.run and settings == known[record.run]:
            other = read_record(paths.events, run)
            if other.episodes:
                found.append(other)
    return found


def write_report(paths: Paths, run: str, out: Path, command: list[str], tell: Callable[[str], None]) -> Path:
    """Figures and ``report.html`` in ``out``; returns the latter. ``command``: what was asked for, word by word;
    ``tell`` is told what is being drawn. Raises ``UsageError`` for a run without an episode, or where nothing can be
    written."""
    from hamlet.lab.figures.making import figures_of
    from hamlet.lab.figures.paper import save, writing

    tell(f"reading {run}")
    record = read_record(paths.events, run)
    if not record.episodes:
        raise UsageError(f"run {run} has no episode yet: there is nothing to draw; train it further")
    try:
        kept, missing = newest_kept(paths, run, record.world), ""
    except UsageError as error:
        kept, missing = None, f"Without the figure of state-action values: {error}."
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{out}: cannot be made ({error.strerror}); choose another folder with --out") from None
    pictures = []
    with writing():
        for drawn in figures_of(record, siblings_of(paths, record), kept):
            tell(f"drawing {drawn.name}")
            pictures.append(Picture(save(drawn, out), drawn.title, drawn.note))
    listed = [{"file": one.file.name, "title": one.title, "caption": one.words} for one in pictures]
    write_atomic(out / FIGURES, msgspec.json.format(msgspec.json.encode(listed), indent=1) + b"\n")
    file = out / "report.html"
    write_atomic(file, _page(record, pictures, missing, command).encode())
    return file


def _page(record: Record, pictures: list[Picture], missing: str, command: list[str]) -> str:
    started = record.started
    goal = f"{started.config_name} --seed {started.seed} --episodes {started.episodes}"
    made = [f"python main.py train --config {goal}", shlex.join(command)]
    versions = ", ".join(f"{name} {version}" for name, version in started.versions.items())
    config = yaml.safe_dump(started.config, sort_keys=False, default_flow_style=None, width=110).splitlines()
    lead = (
        f"{len(record.episodes):,} {record.unit} of the {record.world}, as its log tells them. Every figure stands "
        "between its baselines; one run is one sample: compare seeds before you believe a difference."
    )
    sections = [
        Section("Where it stands", sheets_of(record)),
        Section("Figures", [*pictures, *filter(None, [missing])]),
        Section("How it was made", [f"Physics {started.physics}, device {started.device}, {versions}.", made]),
        Section("Config", [config]),
    ]
    return page(f"Report of {record.run}", lead, sections)
