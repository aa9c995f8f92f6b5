"""Runs to be compared, found by what the user wrote, and put together: runs that differ by their seed are one arm."""

import fnmatch
import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from hamlet.errors import UsageError
from hamlet.lab.record import MILESTONES, Record, read_record
from hamlet.runs.choosing import run_settings
from hamlet.settings import Paths, differences

__all__ = ["Arm", "arms_of"]

_OF_A_STUDY = re.compile(r"(.+)-seed\d+-\d{8}-\d{6}-\w+$")
_MOST = 3  # settings that a name tells


class Arm(msgspec.Struct, frozen=True):
    """One way to learn, on ``runs`` by seed."""

    name: str
    runs: dict[int, Record]


class _Found(msgspec.Struct, frozen=True):
    path: Path
    run: str
    settings: object


def arms_of(wanted: Sequence[str], data: Path) -> tuple[list[Arm], list[str]]:
    """The arms in the order in which they were named, and what there is to say of the choice.

    ``wanted``: names of runs or patterns (``'ddq-*'``) in the log of ``data``; a directory: all of its runs;
    ``DIRECTORY:NAME``. Raises ``UsageError`` for what is not there, for runs of several worlds, and for fewer than two
    arms.
    """
    found: dict[tuple[Path, str], _Found] = {}
    for word in wanted:
        for one in _find(word, data):
            found.setdefault((one.path.resolve(), one.run), one)
    together: dict[str, list[_Found]] = {}
    for one in found.values():
        together.setdefault(msgspec.json.encode(one.settings, order="sorted").decode(), []).append(one)
    notes: list[str] = []
    groups = [_by_seed(group, notes) for group in together.values()]
    kept = [group for group in groups if group]
    worlds = {record.world for group in kept for record in group.values()}
    if len(worlds) > 1:
        raise UsageError(f"compare: expected runs of one world, found {' and '.join(sorted(worlds))}; name runs of one")
    if len(kept) < 2:
        raise UsageError(
            f"compare: expected at least two ways to learn, found {len(kept)} (runs that differ by their seed alone are"
            " one); name more runs, or another directory with runs"
        )
    if len({msgspec.json.encode(next(iter(group.values())).config.world) for group in kept}) > 1:
        notes.append("The worlds differ: each run is held against the baselines of its own.")
    return [Arm(name, group) for name, group in zip(_names(kept), kept, strict=True)], notes


def _find(word: str, data: Path) -> list[_Found]:
    place, _, pattern = word.rpartition(":")
    directory = Path(place) if place else data
    if not place and (Path(word) / "events.db").exists():
        directory, pattern = Path(word), "*"
    events = Paths.of(directory, {}).events
    if not events.exists():
        raise UsageError(f"{directory}: there is no log here; name a data directory, with --data or as DIRECTORY:RUN")
    known = run_settings(events)
    runs = fnmatch.filter(known, pattern)
    if not runs:
        raise UsageError(f"{events}: no run is called {pattern!r}; it holds: {', '.join(known) or 'none'}")
    return [_Found(events, run, known[run]) for run in runs]


def _by_seed(group: Sequence[_Found], notes: list[str]) -> dict[int, Record]:
    """The longest run of each seed: the same settings and seed are the same run, and count once."""
    kept: dict[int, Record] = {}
    for one in group:
        record = read_record(one.path, one.run, MILESTONES)
        if not record.exams:
            notes.append(f"{one.run}: left out, it has sat no exam yet.")
            continue
        other = kept.get(record.started.seed)
        if other is not None:
            shorter = min(record, other, key=lambda each: each.exams[-1].episode)
            notes.append(f"{shorter.run}: left out, the same settings and seed as another run.")
        if other is None or record.exams[-1].episode > other.exams[-1].episode:
            kept[record.started.seed] = record
    return dict(sorted(kept.items()))


def _names(groups: Sequence[dict[int, Record]]) -> list[str]:
    """Of a study: the variants'. Else the config's name; with what is set otherwise than in the first, where two would
    be called the same."""
    firsts = [next(iter(group.values())) for group in groups]
    names = []
    for first in firsts:
        studied = _OF_A_STUDY.fullmatch(first.run)
        names.append(studied[1] if studied else Path(first.started.config_name).stem)
    told = []
    for number, (name, first) in enumerate(zip(names, firsts, strict=True)):
        if names.count(name) > 1 and number != names.index(name):
            changes = differences(firsts[names.index(name)].started.config, first.started.config)
            own = [
                _short(change) for change in changes if not change.startswith(("training.seed:", "training.episodes:"))
            ]
            name += f" ({', '.join(own[:_MOST])}{', …' if len(own) > _MOST else ''})"
        told.append(name if name not in told else f"{name} [{number + 1}]")
    return told


def _short(change: str) -> str:
    """``training.dyna.k: 5 → 10`` → ``k=10``."""
    path, _, values = change.partition(": ")
    value = values.rpartition(" → ")[2]
    return f"{path.rpartition('.')[2]}={value if len(value) < 16 else '…'}"
