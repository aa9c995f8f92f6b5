"""How many steps a second ``all-in-one`` learns from while somebody talks by voice, and while nobody does.

Windows of both kinds take turns in one process, so that what else the machine does falls on both.
"""

import json
import statistics
import subprocess
import sys
import tempfile

import anyio
import anyio.abc
import anyio.to_thread
import httpx
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.voice.people import PIECE, said_by_debtors, spoken_in_turn
from hamlet.settings import ROOT

__all__ = ["beside_training"]

_WINDOW = 12.0  # seconds
_BEGINS = 10.0  # seconds until it learns at its usual pace
_SETTLE = 3.0  # until the rate that is told is of this window
_REPEATS = 4
_OPTIONS = ("--config", "configs/town/sparse_adaptive.yaml", "--port", "0", "--snapshots", "off")


def beside_training() -> dict[str, float]:
    """Steps a second, medians of the windows; ``ratio``: of these, and of the worst pair of windows."""
    with tempfile.TemporaryDirectory() as directory:
        command = [sys.executable, "main.py", "all-in-one", "--data", directory, *_OPTIONS]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as app:
            try:
                assert app.stdout is not None
                return anyio.run(_measured, int(app.stdout.readline().rsplit(":", 1)[1]))
            finally:
                app.terminate()


async def _measured(port: int) -> dict[str, float]:
    said = await anyio.to_thread.run_sync(lambda: list(spoken_in_turn(said_by_debtors(8))))
    sound = b"".join(bytes(30 * PIECE) + pcm for _, pcm in said)
    rates: dict[bool, list[float]] = {False: [], True: []}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30.0) as http:
        await anyio.sleep(_BEGINS)
        for _ in range(_REPEATS):
            for talking, found in rates.items():
                async with anyio.create_task_group() as group:
                    if talking:
                        await group.start(_talk, http, port, sound)
                    await anyio.sleep(_SETTLE)
                    found.append(await _rate(http))
                    group.cancel_scope.cancel()
    beside, alone = statistics.median(rates[True]), statistics.median(rates[False])
    worst = min(one / other for one, other in zip(rates[True], rates[False], strict=True))
    return {"beside": beside, "alone": alone, "ratio": beside / alone, "worst ratio": worst}


async def _rate(http: httpx.AsyncClient) -> float:
    samples = []
    for _ in range(int(_WINDOW)):
        await anyio.sleep(1.0)
        samples.append((await _state(http))["steps_per_second"])
    return statistics.mean(samples)


async def _state(http: httpx.AsyncClient) -> dict[str, float]:
    state: dict[str, float] = (await http.get("/api/state")).json()["state"]
    return state


async def _talk(http: httpx.AsyncClient, port: int, sound: bytes, *, task_status: anyio.abc.TaskStatus[None]) -> None:
    """Somebody who speaks without end; started when the session listens."""
    opened = (await http.post("/api/voice/sessions", json={})).json()
    async with connect(f"ws://127.0.0.1:{port}{opened['url']}") as line, anyio.create_task_group() as group:
        group.start_soon(_speak, line, sound, name="microphone")
        played, begun = 0, False
        async for message in line:
            if isinstance(message, bytes):
                played += len(message)
                await line.send(json.dumps({"played": played / 32_000}))
            elif "listening" in message and not begun:
                begun = True
                task_status.started()


async def _speak(line: ClientConnection, sound: bytes) -> None:
    at, due = 0, anyio.current_time()
    while True:
        await line.send(sound[at : at + PIECE].ljust(PIECE, b"\0"))
        at, due = (at + PIECE) % len(sound), due + 0.02
        await anyio.sleep_until(due)
