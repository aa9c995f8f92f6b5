"""The page on a long run: ``python -m benchmarks --only viewer``, or ``python -m benchmarks.bench_viewer EPISODES``.

A synthetic log (``long_log.py``) of 10,000 episodes and one of ``EPISODES`` are each served by ``main.py serve``.
Asked over HTTP as the page asks: its curve, and the views and lives of random episodes, one after another. Opened in
Chromium: from the request until the map, its paths and the whole curve are drawn; and from one episode to another,
chosen at random, until the page is as it was then (with the 40 ms that a wish must stand). *Long tasks* are counted
while the page is fed, by a socket of the benchmark's own, 10,000 episodes as single points, an update a second and
ten frames a second. The page's size is that of the built JavaScript which an ordinary visit loads, compressed.
"""

import asyncio
import gzip
import json
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Page, WebSocketRoute, async_playwright

from benchmarks.long_log import RUN, write
from benchmarks.row import Row
from hamlet.settings import ROOT
from hamlet.snapshots.services import BROWSERS

__all__ = ["rows", "served"]

SHORT, LONG = 10_000, 1_000_000
ASKED, TRAVELS = 100, 40
WATCHED = 20.0  # seconds
_DRAWN = "document.querySelectorAll('.map .trace').length > 3 && document.querySelectorAll('.survival td').length > 40"
_TRAVEL = """(episode) => new Promise((done) => {
  const begin = performance.now(), wanted = episode.toLocaleString('en-GB');
  const look = () => document.querySelector('.lately .episode')?.textContent === wanted
    ? requestAnimationFrame(() => done(performance.now() - begin)) : requestAnimationFrame(look);
  location.hash = `#episode=${episode}`;
  look();
})"""
_OBSERVE = """window.longTasks = []; window.frames = 0;
const told = (list) => list.getEntries().forEach((entry) => longTasks.push(entry.duration));
new PerformanceObserver(told).observe({ type: 'longtask' });
(function count() { frames += 1; requestAnimationFrame(count); })()"""


def rows(long: int = LONG) -> list[Row]:
    """p95 of each question, the time to open, the page's size, and its long tasks."""
    found = [_size()]
    for episodes in dict.fromkeys((SHORT, long)):
        with tempfile.TemporaryDirectory() as directory:
            write(Path(directory), episodes)
            with served(Path(directory)) as address:
                found += _questions(address, episodes)
                found += asyncio.run(_opened(address, episodes))
                if episodes == SHORT:
                    found += asyncio.run(_live(address))
    return found


def _size() -> Row:
    assets = ROOT / "frontend" / "dist" / "assets"
    index = (ROOT / "frontend" / "dist" / "index.html").read_text()
    loaded = [assets / name for name in re.findall(r"assets/([\w.-]+\.js)", index)]
    kilobytes = sum(len(gzip.compress(path.read_bytes())) for path in loaded) / 1000
    return Row(name="page, JavaScript gzipped", ours=kilobytes, unit="kB", bar=200.0, at_most=True)


@contextmanager
def served(directory: Path) -> Iterator[str]:
    """``serve`` on a data directory; its address."""
    command = [sys.executable, "main.py", "serve", "--data", str(directory), "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+:\d+", process.stdout.readline())
            assert found is not None, "serve did not say where"
            yield found[0]
        finally:
            process.terminate()


def _questions(address: str, episodes: int) -> list[Row]:
    rng, found = random.Random(0), []
    for name, path, bar in (("scrub", "at/{}", 200.0), ("life", "episodes/{}/life", None), ("curve", "series", None)):
        took = []
        for _ in range(ASKED):
            begin = time.perf_counter()
            with urllib.request.urlopen(f"{address}/api/runs/{RUN}/{path.format(rng.randint(1, episodes))}") as answer:
                answer.read()
            took.append((time.perf_counter() - begin) * 1e3)
        p95 = statistics.quantiles(took, n=20)[-1]
        note = f"p50 {statistics.median(took):.0f}"
        found.append(
            Row(name=f"{name}, {episodes:,} episodes, p95", ours=p95, unit="ms", bar=bar, at_most=True, note=note)
        )
    return found


async def _page(browser: Any) -> Page:
    context = await browser.new_context(viewport={"width": 1280, "height": 800}, bypass_csp=True)
    page: Page = await context.new_page()
    return page


async def _opened(address: str, episodes: int) -> list[Row]:
    took = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
        for _ in range(5):
            page = await _page(browser)
            begin = time.perf_counter()
            await page.goto(address)
            await page.wait_for_function(_DRAWN)
            took.append((time.perf_counter() - begin) * 1e3)
            if len(took) < 5:
                await page.context.close()
        travels, rng = [], random.Random(1)
        for _ in range(TRAVELS):
            travels.append(await page.evaluate(_TRAVEL, rng.randint(1, episodes)))
            await page.wait_for_timeout(300)  # the life that is fetched where somebody stays
        await browser.close()
    bar = 1000.0 if episodes == SHORT else 2000.0
    name = f"page opens, {episodes:,} episodes"
    drawn = Row(
        name=name, ours=statistics.median(took), unit="ms", bar=bar, at_most=True, note=f"worst {max(took):.0f}"
    )
    p95, note = statistics.quantiles(travels, n=20)[-1], f"p50 {statistics.median(travels):.0f}"
    name = f"scrub in the page until it is drawn, {episodes:,} episodes, p95"
    return [drawn, Row(name=name, ours=p95, unit="ms", bar=200.0, at_most=True, note=note)]


async def _live(address: str) -> list[Row]:
    """Fed as by a run of 10,000 episodes that goes on."""
    state, hello = _ask(f"{address}/api/state"), dict[str, Any]()
    points = _ask(f"{address}/api/runs/{RUN}/episodes?after={SHORT - 5000}&limit=5000")
    stretches = [_stretch(point) for point in _renumbered(points, 1) + _renumbered(points, 5001)]
    life = _ask(f"{address}/api/runs/{RUN}/episodes/{SHORT}/life")["frames"]

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
        page = await _page(browser)
        sender: list[asyncio.Task[None]] = []

        async def feed(socket: WebSocketRoute) -> None:
            socket.send(json.dumps(hello))
            for step in range(10_000):
                episode = SHORT + 10 * (step // 10)
                if step % 10 == 0:
                    recent = [{**point, "episode": episode - 49 + at} for at, point in enumerate(points[-50:])]
                    socket.send(json.dumps({**state, "episode": episode, "recent": recent}))
                frame = life[step % len(life)]
                socket.send(json.dumps({**frame, "life": step // len(life), "q_values": [1.0, 2.0, 3.0, 4.0, 5.0]}))
                await asyncio.sleep(0.1)

        greetings: list[dict[str, Any]] = []
        page.on("websocket", lambda socket: socket.on("framereceived", lambda text: greetings.append(json.loads(text))))
        await page.goto(address)
        await page.wait_for_function(_DRAWN)
        hello.update(next(message for message in greetings if message["type"] == "hello"))
        await page.context.close()

        page = await _page(browser)
        await page.route_web_socket(
            re.compile("/ws$"), lambda socket: sender.append(asyncio.ensure_future(feed(socket)))
        )
        body = json.dumps({"size": 1, "stretches": stretches, "checkpoints": list(range(100, SHORT + 1, 100))})
        await page.route("**/series", lambda route: route.fulfill(body=body, content_type="application/json"))
        await page.goto(address)
        await page.wait_for_function(_DRAWN)
        await page.wait_for_timeout(2000)
        await page.evaluate(_OBSERVE)
        await page.wait_for_timeout(WATCHED * 1000)
        tasks, frames = await page.evaluate("[longTasks, frames]")
        for each in sender:
            each.cancel()
        await browser.close()
    note = f"{len(tasks)} above 50 ms in {WATCHED:.0f} s"
    return [
        Row(
            name="longest task while live, 10,000 points",
            ours=max(tasks, default=0.0),
            unit="ms",
            bar=50.0,
            at_most=True,
            note=note,
        ),
        Row(name="frames a second while live, 10,000 points", ours=frames / WATCHED, unit="/s", bar=59.0),
    ]


def _renumbered(points: list[dict[str, Any]], first: int) -> list[dict[str, Any]]:
    return [{**point, "episode": first + at} for at, point in enumerate(points)]


def _stretch(point: dict[str, Any]) -> dict[str, Any]:
    lived, novelty = point["survival_time"], point["intrinsic_weight"] * point["intrinsic_reward"]
    return {
        "first": point["episode"], "episode": point["episode"], "survival": lived, "deviation": 0, "shortest": lived,
        "longest": lived, "living": point["extrinsic_reward"], "novelty": novelty, "stage": point["curriculum_stage"],
    }  # fmt: skip


def _ask(address: str) -> Any:
    with urllib.request.urlopen(address) as answer:
        return json.load(answer)


def _chromium() -> str | None:
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


if __name__ == "__main__":
    for row in rows(int(sys.argv[1]) if len(sys.argv) > 1 else LONG):
        met = {None: "", True: "met", False: "NOT met"}[row.met]
        print(f"{row.name}: {row.ours:,.4g} {row.unit} {row.note} {met}")
