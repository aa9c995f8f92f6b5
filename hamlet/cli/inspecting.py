"""``events``, ``replay`` and ``runs``: the log and its views, printed and checked."""

import json
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from hamlet.cli.options import AsJson, Data, RunName, counted, paths_of
from hamlet.errors import LogUnusable, UsageError
from hamlet.events.reading import read_events, verify
from hamlet.events.types import AnyEvent, EpisodeCompleted, Recorded, encode, tag_of
from hamlet.process.lock import data_lock, owned
from hamlet.projections.replay import replay as rebuild
from hamlet.projections.replay import verify as verify_stored
from hamlet.projections.rows import stopped
from hamlet.projections.views import Views
from hamlet.settings import Paths

__all__ = ["events", "replay", "runs"]

Progress = Callable[[int], None] | None
_POLL = 0.5  # seconds between two looks at a log that somebody else writes


def replay(
    data: Data = None,
    until_episode: Annotated[int | None, typer.Option(min=1, help="The views as they were then.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write there (default: the data directory's own).")] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Prove that the stored views are the log's.")] = False,
) -> None:
    """Rebuild the views from the log."""
    paths = paths_of(data)
    if verify:
        _verify_views(paths, _progress("replay"))
    elif until_episode is not None and out is None:
        raise UsageError("--until-episode shows the past: say with --out FILE where to write it")
    else:
        _rebuild_views(paths, out, until_episode, _progress("replay"))


def events(
    data: Data = None,
    run: RunName = None,
    type_: Annotated[list[str] | None, typer.Option("--type", help="Only this tag; may be repeated.")] = None,
    after: Annotated[int, typer.Option(min=0, help="Only positions after this one.")] = 0,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with what is appended.")] = False,
    as_json: AsJson = False,
    verify: Annotated[bool, typer.Option("--verify", help="Check every row of the log.")] = False,
) -> None:
    """Print the log, or check it."""
    if verify:
        _verify_log(paths_of(data))
    else:
        _print_events(paths_of(data), run, type_ or [], after, follow=follow, as_json=as_json)


def runs(data: Data = None, as_json: AsJson = False) -> None:
    """List the runs of a data directory, the newest first."""
    _print_runs(paths_of(data), as_json=as_json)


def _print_events(
    paths: Paths, run: str | None, types: Sequence[str], after: int, *, follow: bool, as_json: bool
) -> None:
    """Events in order, one a line; with ``follow`` until interrupted."""
    known = [tag_of(kind) for kind in AnyEvent.__args__]
    for tag in types:
        if tag not in known:
            raise UsageError(f"--type: no event is called {tag!r}; there are {', '.join(sorted(known))}")
    while True:
        for batch in read_events(paths.events, after=after, run=run, types=types):
            for recorded in batch:
                print(_as_json(recorded) if as_json else _as_line(recorded))
            after = batch[-1].position
        if not follow:
            return
        sys.stdout.flush()
        time.sleep(_POLL)


def _verify_log(paths: Paths) -> None:
    """Print what was checked; raises ``LogUnusable`` (exit 5) with the problems."""
    found = verify(paths.events)
    if not found.ok:
        raise LogUnusable(f"{paths.events}: {counted(len(found.problems), 'problem')}: {'; '.join(found.problems[:5])}")
    talks = f" and {counted(found.talks, 'talk')}" if found.talks else ""
    events_in = f"{counted(found.events, 'event')} in {counted(found.runs, 'run')}{talks}"
    print(f"{paths.events}: {events_in}, all whole; the last is at position {found.head:,}")


def _verify_views(paths: Paths, progress: Progress) -> None:
    """Print both digests; exits with 1 when they differ."""
    stored, rebuilt = verify_stored(paths.events, paths.views, progress=progress)
    print(f"stored   {stored.overall}  at position {max(stored.positions.values()):,}")
    print(f"rebuilt  {rebuilt.overall}")
    if stored.overall != rebuilt.overall:
        different = [table for table in rebuilt.tables if rebuilt.tables[table] != stored.tables.get(table)]
        print(f"they differ in: {', '.join(different)}; rebuild with: python main.py replay")
        sys.exit(1)


def _rebuild_views(paths: Paths, out: Path | None, until_episode: int | None, progress: Progress) -> None:
    """Into ``out``, or into the data directory's own views while nobody else owns it."""
    if out is None:
        with data_lock(paths.data):
            reached = rebuild(paths.events, paths.views, progress=progress)
    else:
        reached = rebuild(paths.events, out, until_episode=until_episode, progress=progress)
    print(f"{out or paths.views}: the views at position {reached:,} of the log")


def _print_runs(paths: Paths, *, as_json: bool) -> None:
    """One line a run."""
    rows = Views(paths.views).runs()
    if not owned(paths.data):
        rows = [stopped(row) for row in rows]
    if as_json:
        print(json.dumps([{k: v for k, v in msgspec.to_builtins(row).items() if k != "config"} for row in rows]))
        return
    table = Table("run", "config", "seed", "status", "episode", box=SIMPLE_HEAD, padding=0, pad_edge=False)
    table.columns[0].no_wrap = True  # whole: it is what --run takes
    for row in rows:
        goal = f"{row.episode:,} of {row.episodes_goal:,}"
        table.add_row(row.run, Path(row.config_name).stem, str(row.seed), row.status, goal)
    Console().print(table)


def _as_json(recorded: Recorded) -> str:
    head = {
        "position": recorded.position,
        "run": recorded.run,
        "version": recorded.version,
        "recorded_at": recorded.recorded_at,
    }
    return json.dumps(head | {"event": json.loads(encode(recorded.event))})


def _as_line(recorded: Recorded) -> str:
    event = recorded.event
    when = datetime.fromtimestamp(recorded.recorded_at).strftime("%H:%M:%S")
    values = json.loads(encode(event))
    if isinstance(event, EpisodeCompleted):
        del values["detail"]
    shown = ", ".join(f"{k}={v}" for k, v in values.items() if k != "type" and not isinstance(v, dict | list))
    return f"{recorded.position:>8} {when} {recorded.run} #{recorded.version} {values['type']} {shown}"


def _progress(what: str) -> Callable[[int], None] | None:
    """Positions reached, on a terminal."""
    if not sys.stderr.isatty():
        return None
    console = Console(stderr=True)
    return lambda position: console.print(f"{what}: position {position:,}", end="\r")
