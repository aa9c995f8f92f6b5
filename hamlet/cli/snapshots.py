"""``snapshots``: pictures and tables made by a process of its own, beside a viewer here or elsewhere."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode, urlsplit

import anyio
import anyio.to_thread
import typer

from hamlet.app.picturing import SHIPPED, plans_of, read_snapshot_settings, studio_of, tidy
from hamlet.cli.options import Data, RunName, paths_of
from hamlet.clock import SystemClock
from hamlet.errors import HamletError, UsageError
from hamlet.process.lock import data_lock
from hamlet.process.logs import configure_logs
from hamlet.process.supervisor import Supervisor
from hamlet.projections.rows import RunRow
from hamlet.projections.views import Views
from hamlet.snapshots.child import Child
from hamlet.snapshots.films import film
from hamlet.snapshots.ledger import FileLedger
from hamlet.snapshots.orders import CAMERA, MAKER
from hamlet.snapshots.products import stamp
from hamlet.snapshots.services import ExportService, GifService, find_browser, take_shot
from hamlet.snapshots.studio import Studio

__all__ = ["snapshots"]


def snapshots(
    data: Data = None,
    run: RunName = None,
    url: Annotated[
        str,
        typer.Option(help="The viewer to photograph; it may be elsewhere.", envvar="HAMLET_BROWSER_URL"),
    ] = "http://localhost:8765",
    settings: Annotated[
        Path, typer.Option(help="YAML of what is kept.", show_default="configs/snapshots.yaml")
    ] = SHIPPED,
    once: Annotated[bool, typer.Option("--once", help="One of each that is due now, then end.")] = False,
    gifs: Annotated[bool, typer.Option("--gifs", help="Only the GIFs that are not made yet, then end.")] = False,
    backfill: Annotated[int, typer.Option(min=0, help="Photograph so many past episodes, then end.")] = 0,
    timelapse: Annotated[bool, typer.Option("--timelapse", help="All GIFs as one film (ffmpeg), then end.")] = False,
    disk_floor: Annotated[float, typer.Option(min=0, help="MB; below three times that nothing is made.")] = 100,
) -> None:
    """Make GIFs, tables and screenshots of a run that another process trains, until stopped.

    It writes nothing into the log; the process that trains adds what was made when it next starts.
    """
    configure_logs(people=os.isatty(2))
    paths, wanted = paths_of(data), read_snapshot_settings(settings)
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise UsageError(f"--url: expected http://HOST:PORT, found {url!r}")
    views = Views(paths.views)
    if not paths.views.exists():
        raise UsageError(f"{paths.views}: not there; train first, or name the run's directory with --data")
    _create(paths.snapshots)

    def rows() -> Sequence[RunRow]:
        names = [run] if run else [name for world in ("town", "dialogue") if (name := views.newest_run(world))]
        return [row for name in names if (row := views.run(name))]

    if run and views.run(run) is None:
        raise UsageError(f"{paths.views}: no run {run} in it")
    with data_lock(paths.snapshots):
        tidy(paths)
        studio = studio_of(paths, wanted, FileLedger(paths.snapshots), int(disk_floor * 1e6), SystemClock(), rows)
        jobs = []
        if gifs or once or timelapse:
            jobs.append(partial(_gifs, studio))
        if once:
            jobs += [partial(_table, studio), partial(_photograph, studio, [(None, _page(url))])]
        if backfill:
            jobs.append(partial(_backfill, studio, url, backfill))
        if timelapse:
            jobs.append(partial(_timelapse, studio))
        anyio.run(partial(_all, jobs) if jobs else Supervisor(plans_of(studio, _page(url)), studio.clock).run)


async def _all(jobs: Sequence[Callable[[], object]]) -> None:
    for job in jobs:
        await job()  # type: ignore[misc]


async def _gifs(studio: Studio) -> None:
    service, made = GifService(studio), 0
    async with Child.start(MAKER) as child:
        for row in await studio.current("town"):
            while count := await service.some(child, row):
                made += count
    typer.echo(f"{studio.snapshots}: {made:,} GIFs made")


async def _table(studio: Studio) -> None:
    await ExportService(studio).export(f"metrics_{stamp(studio.clock.now())}", await studio.current())


async def _backfill(studio: Studio, url: str, count: int) -> None:
    """``count`` episodes spread evenly over the run, its newest among them."""
    for row in (await studio.current("town"))[:1]:
        wanted = sorted({max(1, round(row.episode * place / count)) for place in range(1, count + 1)})
        await _photograph(studio, [(episode, _page(url, episode)) for episode in wanted if row.episode])


async def _photograph(studio: Studio, pages: Sequence[tuple[int | None, str]]) -> None:
    """A picture of each page, by one browser; one that fails is told of and the next is taken."""
    rows = await studio.current()
    row, browser, made = rows[0], await anyio.to_thread.run_sync(find_browser), 0
    left = list(pages)
    while left:
        async with Child.start(CAMERA, browser) as camera:
            while left:
                episode, page = left.pop(0)
                name = f"ep{episode:05d}" if episode else stamp(studio.clock.now())
                path = studio.snapshots / f"screenshot_{name}.png"
                await studio.room(studio.snapshots)
                try:
                    await take_shot(camera, page, path)
                except HamletError as error:
                    typer.echo(f"hamlet: no picture: {error}", err=True)
                    break  # a fresh browser for the rest
                await studio.made(row.run, "screenshot", path, episode or row.episode, episode or row.episode)
                made += 1
    typer.echo(f"{studio.snapshots}: {made:,} of {len(pages):,} screenshots taken")
    if made < len(pages):
        raise typer.Exit(1)


async def _timelapse(studio: Studio) -> None:
    for row in (await studio.current("town"))[:1]:
        await studio.room(studio.snapshots)
        path, first, last = await anyio.to_thread.run_sync(film, studio.roots, studio.snapshots)
        await studio.made(row.run, "timelapse", path, first, last)
        typer.echo(f"{path}: lives {first:,} to {last:,}")


def _page(url: str, episode: int | None = None) -> str:
    asked = {"kiosk": "1"} | ({"episode": str(episode)} if episode else {})
    return f"{url.rstrip('/')}/?{urlencode(asked)}"


def _create(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{directory}: cannot be made ({error.strerror}); see HAMLET_SNAPSHOT_DIR") from None
