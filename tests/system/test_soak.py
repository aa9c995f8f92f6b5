"""Rows 21, 14 and 22: for long, at full speed, before an audience; run by ``make soak``.

``HAMLET_SOAK_MINUTES`` (120) is how long the one without kills lasts, of which ``tests/output/soak.csv`` tells
meanwhile; ``HAMLET_SOAK_EPISODES`` (1,000,000) how far the one with kills goes, ``HAMLET_SOAK_KILL`` (180) the mean
seconds between two of them.
"""

import contextlib
import math
import os
import random
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import anyio
import anyio.to_thread
import httpx
import pytest
from websockets.asyncio.client import connect

from hamlet.events.migrate import connect_readonly
from hamlet.events.reading import read_events
from hamlet.events.types import EpisodeCompleted, RunDiverged
from tests.system.support import OUTPUT, ROOT, App, assert_whole, config, hamlet
from tests.system.test_full_disk import head
from tests.web.test_metrics import assert_readable

MINUTES = float(os.environ.get("HAMLET_SOAK_MINUTES", "120"))
EPISODES = int(os.environ.get("HAMLET_SOAK_EPISODES", "1000000"))
KILL_EVERY = float(os.environ.get("HAMLET_SOAK_KILL", "180"))
BLOCKS, STUDENT = 12, 2.228  # the 97.5th percentile of Student's t with ten degrees of freedom
DEMO = ROOT / "configs" / "town" / "sparse_adaptive.yaml"


class Look(NamedTuple):
    """What ``/metrics`` said at ``hours``."""

    hours: float
    memory: float  # MiB
    helpers: float  # MiB of the processes that it started
    files: float
    threads: float
    log: float  # bytes, with its write-ahead log
    position: float
    steps: float  # a second
    lateness: float  # seconds, the 99th percentile of the last minute


async def look(address: str, began: float) -> Look:
    async with httpx.AsyncClient() as http:
        values = assert_readable((await http.get(f"{address}/metrics", timeout=60)).text)
    return Look(
        hours=(time.monotonic() - began) / 3600,
        memory=values["hamlet_memory_bytes"] / 2**20,
        helpers=values["hamlet_helpers_memory_bytes"] / 2**20,
        files=values["hamlet_open_files"],
        threads=values["hamlet_threads"],
        log=values['hamlet_database_bytes{file="events.db"}'] + values['hamlet_wal_bytes{file="events.db"}'],
        position=values["hamlet_log_position"],
        steps=sum(value for name, value in values.items() if name.startswith("hamlet_steps_per_second")),
        lateness=values['hamlet_loop_lateness_seconds{quantile="0.99"}'],
    )


@asynccontextmanager
async def audience(port: int, size: int) -> AsyncIterator[list[float]]:
    """So many who watch; the list holds the longest silence of each so far, in seconds."""
    longest = [0.0] * size

    async def watch(number: int) -> None:
        async with connect(f"ws://127.0.0.1:{port}/ws", open_timeout=60) as socket:
            last = time.monotonic()
            async for _ in socket:
                now = time.monotonic()
                longest[number] = max(longest[number], now - last)
                last = now

    async with anyio.create_task_group() as group:
        for number in range(size):
            group.start_soon(watch, number)
        yield longest
        group.cancel_scope.cancel()


class Slope(NamedTuple):
    """Of the line through many points, by least squares; ``spread``: half of its 95 % interval."""

    value: float
    spread: float

    def __str__(self) -> str:
        return f"{self.value:+.1f} ± {self.spread:.1f}"


def slope(points: list[tuple[float, float]]) -> Slope:
    """Neighbouring points are alike, and a browser takes a picture now and then: it is the medians of a dozen
    stretches that vary by themselves."""
    size = len(points) / BLOCKS
    blocks = [points[round(i * size) : round((i + 1) * size)] for i in range(BLOCKS)]
    x, y = ([statistics.median(point[axis] for point in block) for block in blocks] for axis in (0, 1))
    line = statistics.linear_regression(x, y)
    left = sum((there - line.intercept - line.slope * at) ** 2 for at, there in zip(x, y, strict=True))
    spread = math.sqrt(left / (BLOCKS - 2) / (statistics.pvariance(x) * BLOCKS))
    return Slope(line.slope, STUDENT * spread)


def payload(data: Path, after: float, until: float) -> float:
    """Mean bytes of the events between two positions."""
    with contextlib.closing(connect_readonly(data / "events.db")) as log:
        sql = "SELECT avg(length(payload)) FROM events WHERE position > ? AND position <= ?"
        return float(log.execute(sql, (after, until)).fetchone()[0])


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_the_loop_is_on_time_and_the_training_as_quick_before_a_hundred_viewers(tmp_path: Path) -> None:
    """Row 21: 30 s at full speed; and of row 14 that the training hardly notices."""
    with App.main(tmp_path, "all-in-one", "--data", tmp_path / "data", "--config", DEMO, "--port", "0") as app:
        address = f"http://localhost:{await anyio.to_thread.run_sync(lambda: app.port)}"
        await anyio.sleep(20)  # compiling

        async def rate(seconds: float) -> tuple[float, float]:
            looks = []
            for _ in range(int(seconds / 2)):
                await anyio.sleep(2)
                looks.append(await look(address, 0.0))
            return statistics.mean(each.steps for each in looks), looks[-1].lateness

        alone, _ = await rate(30)
        async with audience(int(address.rpartition(":")[2]), 100):
            watched, lateness = await rate(60)  # the last minute's lateness is all before the audience
        assert await anyio.to_thread.run_sync(app.stop) == 0, app.err
    print(f"steps/s alone {alone:,.0f}, before 100 viewers {watched:,.0f}; lateness p99 {lateness * 1e3:.1f} ms")
    assert lateness < 0.05
    assert watched > 0.95 * alone - 2 * math.sqrt(alone)  # the viewers of this test take processor time, too


@pytest.mark.slow
@pytest.mark.timeout(60 * (MINUTES + 30))
def test_for_hours_without_a_hand_on_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Row 22 (a): both worlds at full speed, 50 viewers, pictures on."""
    data, began = tmp_path / "data", time.monotonic()
    looks: list[Look] = []

    async def watch(port: int) -> list[float]:
        async with audience(port, 50) as silence:
            while time.monotonic() - began < 60 * MINUTES:
                await anyio.sleep(10)
                looks.append(await look(f"http://localhost:{port}", began))
                print(",".join(f"{value:.6g}" for value in looks[-1]), file=table, flush=True)
        return silence

    OUTPUT.mkdir(exist_ok=True)
    with (
        open(OUTPUT / "soak.csv", "w") as table,
        App.main(tmp_path, "all-in-one", "--data", data, "--port", "0", "--episodes", "100000000") as app,
    ):
        print(",".join(Look._fields), file=table)
        app.wait_for(lambda: "Viewer:" in app.out, "the viewer's address", 300.0)
        silence = anyio.run(watch, app.port)
        assert app.stop() == 0, app.err
    warm = looks[len(looks) // 4 :]
    growth = slope([(each.hours, each.memory) for each in warm])
    middle, end = (warm[0].position + warm[-1].position) / 2, warm[-1].position
    first, last = payload(data, warm[0].position, middle), payload(data, middle, end)
    size = (data / "events.db").stat().st_size
    tenths = (looks[len(looks) * tenth // 10].memory for tenth in range(10))
    print(
        f"{MINUTES:g} min: memory by tenths {' '.join(f'{each:.0f}' for each in tenths)} → {looks[-1].memory:.0f} MiB,"
        f" after a quarter {growth} MiB/h; helpers {slope([(each.hours, each.helpers) for each in warm])} MiB/h;"
        f" files {warm[0].files:.0f} → {warm[-1].files:.0f}; threads {warm[0].threads:.0f} → {warm[-1].threads:.0f};"
        f" {end:,.0f} events, {size / end:.0f} bytes of log each (payloads {first:.0f}, then {last:.0f}),"
        f" {size / 1e9 / looks[-1].hours * 24:.2f} GB a day; with its write-ahead log at most"
        f" {max(each.log for each in looks) / 1e6:.0f} MB;"
        f" lateness p99 up to {max(each.lateness for each in warm) * 1e3:.0f} ms; longest silence {max(silence):.1f} s"
    )
    assert_whole(data, capsys)
    assert "Traceback" not in app.err
    assert abs(warm[-1].files - warm[0].files) <= 20 and abs(warm[-1].threads - warm[0].threads) <= 5
    if MINUTES >= 60:  # less is too short to tell a slope from noise
        assert growth.value < 2.0, growth
        assert 0.5 < last / first < 2.0, "the log grows as it did"


@pytest.mark.slow
@pytest.mark.timeout(24 * 3600)
def test_to_a_million_episodes_with_a_kill_every_few_minutes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Row 22 (b): nothing is lost, nothing is counted twice, nobody has to do anything but start it again."""
    town = config(
        tmp_path,
        cap=10,
        agents=64,
        episodes=EPISODES,
        shift_at=EPISODES // 2,
        checkpoint_every=10_000,
        exam_every=100_000,
        progress_every=500,
    )
    data, rng, kills, began = tmp_path / "data", random.Random(22), 0, time.monotonic()
    while True:
        with App.main(tmp_path, "train", "--data", data, "--config", town) as app:
            until = time.monotonic() + rng.expovariate(1 / KILL_EVERY)
            while time.monotonic() < until and app.process.poll() is None:
                time.sleep(0.5)
            if app.process.poll() is not None:
                assert app.process.returncode == 0, app.err
                break
            app.process.kill()
            app.process.wait()
            kills += 1
            (tmp_path / f"app-{kills - 1}.err").write_text("")  # its lines, of days
    hours = (time.monotonic() - began) / 3600
    speed = f"{hours:.2f} h: {EPISODES / hours / 3600:,.0f} a second"
    print(f"{EPISODES:,} episodes, {head(data):,} events, {kills} kills in {speed}")
    assert_whole(data, capsys)
    lived = 0
    for batch in read_events(data / "events.db"):  # not all of them at once: they are gigabytes
        for recorded in batch:
            assert not isinstance(recorded.event, RunDiverged)
            if isinstance(recorded.event, EpisodeCompleted):
                lived += 1
                assert recorded.event.episode == lived, "every episode once, in order"
    assert lived == EPISODES
    assert not list(data.rglob("*.tmp"))
    assert hamlet("runs", "--data", data).returncode == 0
