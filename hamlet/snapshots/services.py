"""GIFs, tables and screenshots as supervised services: each may fail, and be started again, without the others."""

import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import anyio
import anyio.to_thread

from hamlet.errors import HamletError
from hamlet.projections.rows import RunRow
from hamlet.snapshots.child import Child
from hamlet.snapshots.ledger import Reached, directory_of, reached
from hamlet.snapshots.orders import CAMERA, MAKER, Gif, GifOrder, Shot, TableOrder
from hamlet.snapshots.products import stamp
from hamlet.snapshots.studio import Studio, until

__all__ = [
    "BROWSERS",
    "SHOT",
    "ExportService",
    "GifService",
    "NoBrowser",
    "ScreenshotService",
    "find_browser",
    "take_shot",
]

Ready = Callable[[], None]

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
"""What a Chromium is called on different systems."""

SHOT = 10.0
"""Seconds that a screenshot may take."""

_LAUNCH = 30.0  # seconds that a browser may take to start
_GRACE = 2.0  # seconds from the camera's own deadline to the end of its process
_LOOK = 1.0  # seconds between two looks whether there are new lives
_AT_ONCE = 8  # GIFs in one order
_GIFS, _TABLE = 300.0, 600.0  # seconds that an order may take on a machine that gives it next to nothing


class NoBrowser(HamletError):
    """There is nothing to take screenshots with."""


class GifService:
    """Every whole window of lives as a GIF, in order, without gap or repetition over restarts. It may lag behind;
    nobody waits for it."""

    name = "gifs"

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._reached: dict[str, Reached] = {}
        self._directory: dict[str, Path] = {}

    async def run(self, ready: Ready, stopping: anyio.Event) -> None:
        ready()
        await until(stopping, self._work)

    async def _work(self) -> None:
        await self._studio.ledger.begin()
        async with Child.start(MAKER) as child:
            while True:
                made = [await self.some(child, run) for run in await self._studio.current("town")]
                if not any(made):
                    await anyio.sleep(_LOOK)

    async def some(self, child: Child, run: RunRow) -> int:
        """The next few GIFs of ``run``; how many, 0 when no window is whole."""
        studio, gifs = self._studio, self._studio.settings.gifs
        if run.run not in self._reached:
            found = await anyio.to_thread.run_sync(reached, studio.events, studio.snapshots, run.run)
            where = await anyio.to_thread.run_sync(directory_of, studio.events, studio.snapshots, run.run)
            self._reached[run.run], self._directory[run.run] = found, where
        at, directory = self._reached[run.run], self._directory[run.run]
        if run.episode < at.done + gifs.episodes:
            return 0
        await studio.room(studio.snapshots)
        order = GifOrder(
            events=str(studio.events),
            run=run.run,
            width=run.width,
            height=run.height,
            directory=str(directory),
            size=gifs.episodes,
            done=at.done,
            position=at.position,
            diverged=list(at.diverged),
            most=_AT_ONCE,
        )
        made = await child.ask(order, list[Gif] | None, _GIFS)  # type: ignore[arg-type]
        if made is None:
            del self._reached[run.run]
            return 0
        for gif in made:
            await studio.made(run.run, "gif", Path(gif.file), gif.first, gif.last, gif.position)
            self._reached[run.run] = Reached(gif.last, gif.position, at.diverged)
        if made:
            folder = "" if directory == studio.snapshots else run.run
            await studio.prune(run.run, "gif", gifs.keep, folder)
        return len(made)


class ExportService:
    """A table of all episodes of each run now and then."""

    name = "exports"

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    async def run(self, ready: Ready, stopping: anyio.Event) -> None:
        ready()
        await until(stopping, self._work)

    async def _work(self) -> None:
        every = self._studio.settings.exports.every
        while True:
            await self._studio.wait_until_due("csv", every, every)
            await self.export(f"metrics_{stamp(self._studio.clock.now())}", await self._studio.current())

    async def export(self, stem: str, runs: list[RunRow]) -> None:
        """One table of each of ``runs``, called ``stem`` (the dialogue's with ``_dialogue`` after it)."""
        studio, settings = self._studio, self._studio.settings.exports
        await studio.room(studio.exports)
        kinds = ["csv", "parquet"] if settings.parquet else ["csv"]
        async with Child.start(MAKER) as child:
            for run in runs:
                for kind in kinds:
                    name = stem if run.world == "town" else f"{stem}_{run.world}"
                    path = studio.exports / f"{name}.{kind}"
                    order = TableOrder(views=str(studio.views.path), run=run.run, file=str(path))
                    count = await child.ask(order, int, _TABLE)
                    await studio.made(run.run, kind, path, min(1, count), run.episode)
        for kind in kinds:
            await studio.prune(runs[0].run if runs else "", kind, settings.keep * max(1, len(runs)))


class ScreenshotService:
    """A photograph of the page now and then, by a browser that lives for one picture only."""

    name = "screenshots"

    def __init__(self, studio: Studio, url: str) -> None:
        self._studio = studio
        self._url = url

    async def run(self, ready: Ready, stopping: anyio.Event) -> None:
        ready()
        browser = await anyio.to_thread.run_sync(find_browser)
        await until(stopping, lambda: self._work(browser))

    async def _work(self, browser: str) -> None:
        studio, settings = self._studio, self._studio.settings.screenshots
        while True:
            await studio.wait_until_due("screenshot", settings.every, min(10.0, settings.every))
            await studio.room(studio.snapshots)
            path = studio.snapshots / f"screenshot_{stamp(studio.clock.now())}.png"
            async with Child.start(CAMERA, browser) as camera:
                await take_shot(camera, self._url, path)
            for run in (await studio.current())[:1]:
                await studio.made(run.run, "screenshot", path, run.episode, run.episode)
                await studio.prune(run.run, "screenshot", settings.keep)


async def take_shot(camera: Child, url: str, path: Path) -> None:
    """Photograph ``url`` into ``path``. Raises ``ChildFailed`` when it cannot be had in time; no part of it stays."""
    try:
        await camera.ask(Shot("", "", 0.0), int, _LAUNCH)
        await camera.ask(Shot(url, str(path), SHOT), int, SHOT + _GRACE)
    finally:
        with anyio.CancelScope(shield=True):
            leftover = path.with_name(path.name + ".tmp")
            await anyio.to_thread.run_sync(lambda: leftover.unlink(missing_ok=True))


def find_browser() -> str:
    """The Chromium of this machine; "" stands for Playwright's own. Raises ``NoBrowser`` with what to do."""
    if find_spec("playwright") is None:
        raise NoBrowser("no screenshots without Playwright: pip install -e '.[snapshots]'; all else goes on")
    if found := next((path for name in BROWSERS if (path := shutil.which(name))), None):
        return found
    if any(Path.home().glob(".cache/ms-playwright/chromium*")):
        return ""
    raise NoBrowser("no screenshots without a Chromium: apt install chromium; all else goes on")
