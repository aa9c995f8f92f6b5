"""Many viewers at once: ``python -m benchmarks --only viewers``.

*Fan-out*: the same stage frame to 1,000 clients ten times a second, by our hub and protocol in a process of its own and
by node's ``ws`` (from ``frontend/node_modules``, compression off) in another, in turns; the CPU time that each server
takes. The clients are one process that reads and throws away. *Training*: what ``all-in-one`` learns a second in the
shipped town, with 200 of these clients and with none, in turns, each in a process of its own.
"""

import json
import os
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import msgspec

from benchmarks.row import Row
from hamlet.settings import ROOT
from hamlet.web.service import WebService, bind
from hamlet.web.wire import Affordance, StageFrame
from tests.web.support import Town

__all__ = ["rows"]

VIEWERS, HERTZ, SECONDS, REPEATS = 1000, 10, 10.0, 3
TRAINED, WATCHING = 20.0, 200  # seconds, viewers
_TICKS = os.sysconf("SC_CLK_TCK")


def rows() -> list[Row]:
    """CPU of both servers; the training's rate with viewers and without."""
    cpu: dict[str, list[float]] = {"ours": [], "ws": []}
    read: dict[str, list[float]] = {"ours": [], "ws": []}
    with tempfile.TemporaryDirectory() as directory:
        payload = Path(directory) / "frame.json"
        payload.write_bytes(msgspec.json.encode(_frame(0)))
        modules = ROOT / "frontend" / "node_modules"
        node = ["node", str(ROOT / "benchmarks" / "viewers.mjs"), str(modules), str(payload), str(HERTZ)]
        for _ in range(REPEATS):
            for name, command in (("ours", [sys.executable, "-m", "benchmarks.bench_viewers"]), ("ws", node)):
                used, frames = _watched(command, VIEWERS, SECONDS)
                cpu[name].append(100.0 * used / SECONDS)
                read[name].append(frames / SECONDS / VIEWERS)
        ours, theirs = statistics.median(cpu["ours"]), statistics.median(cpu["ws"])
        note = f"frames/s each: {statistics.median(read['ours']):.1f}, {statistics.median(read['ws']):.1f}"
        found = [
            Row(name=f"{VIEWERS:,} viewers at {HERTZ} Hz / node ws", ours=ours, peer=theirs, ratio=ours / theirs,
                unit="% CPU", bar=2.0, at_most=True, note=note)
        ]  # fmt: skip
        rates: dict[int, list[float]] = {0: [], WATCHING: []}
        for repeat in range(REPEATS):
            for viewers in rates:
                rates[viewers].append(_trained(Path(directory) / f"{repeat}-{viewers}", viewers))
        with_them, alone = statistics.median(rates[WATCHING]), statistics.median(rates[0])
        found.append(
            Row(name=f"training with {WATCHING} viewers / with none", ours=with_them, peer=alone,
                ratio=with_them / alone, unit="episodes/s", bar=0.95)
        )  # fmt: skip
    return found


def _watched(command: list[str], viewers: int, seconds: float) -> tuple[float, int]:
    """CPU seconds of the server in so many seconds with so many viewers, and frames that they read."""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            with _crowd(port, viewers) as crowd:
                crowd.read_for(1.0)
                before = _cpu(server.pid)
                frames = crowd.read_for(seconds)
                return _cpu(server.pid) - before, frames
        finally:
            server.terminate()


def _trained(data: Path, viewers: int) -> float:
    """Episodes a second that a new run of the shipped town learns while it is watched."""
    options = [
        "--data",
        str(data),
        "--config",
        "configs/town/sparse_adaptive.yaml",
        "--port",
        "0",
        "--snapshots",
        "off",
    ]
    command = [sys.executable, "main.py", "all-in-one", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as app:
        try:
            assert app.stdout is not None
            port = int(app.stdout.readline().rsplit(":", 1)[1])
            while _episode(port) < 20:
                time.sleep(0.2)
            with _crowd(port, viewers) as crowd:
                crowd.read_for(1.0)
                first, begin = _episode(port), time.perf_counter()
                crowd.read_for(TRAINED)
                return (_episode(port) - first) / (time.perf_counter() - begin)
        finally:
            app.terminate()


def _episode(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/state") as answer:
        return int(json.load(answer)["state"]["episode"])


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


class _Crowd:
    def __init__(self, port: int, viewers: int) -> None:
        self._selector = selectors.DefaultSelector()
        self.sockets = [self._join(port) for _ in range(viewers)]

    def _join(self, port: int) -> socket.socket:
        client = socket.create_connection(("127.0.0.1", port))
        lines = (f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")  # fmt: skip
        client.sendall("".join(lines).encode())
        client.setblocking(False)
        self._selector.register(client, selectors.EVENT_READ)
        return client

    def read_for(self, seconds: float) -> int:
        """Frames read in the meantime, by what each begins with on the wire."""
        frames, end = 0, time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            if not self.sockets:
                time.sleep(left)
            for key, _ in self._selector.select(left):
                assert isinstance(key.fileobj, socket.socket)
                frames += key.fileobj.recv(1 << 18).count(b'"stage_frame"')
        return frames


@contextmanager
def _crowd(port: int, viewers: int) -> Iterator[_Crowd]:
    crowd = _Crowd(port, viewers)
    try:
        yield crowd
    finally:
        for client in crowd.sockets:
            client.close()


def _frame(step: int) -> StageFrame:
    return StageFrame(
        run="town-1", policy_episode=7200, life=1, step=step, x=2, y=3, meters=[0.5] * 6, q_values=[8.5] * 5,
        mask=[True] * 5, action=1, need="energy", happened="", ended="",
        layout=[Affordance(name=f"Place {n}", x=n, y=n) for n in range(8)], hour=0, closed=[], progress=0, ticks=0,
    )  # fmt: skip


async def _serve() -> None:
    """A hub that publishes, behind the server that viewers know; prints its port."""
    app, live, hub, settings = Town(viewers=VIEWERS, patience=60.0).build()
    listener = bind(settings)
    stopping = anyio.Event()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(WebService(app, listener, settings, live, hub).run, lambda: None, stopping)
        print(listener.getsockname()[1], flush=True)
        for step in range(1_000_000):
            hub.publish(_frame(step))
            await anyio.sleep(1.0 / HERTZ)


if __name__ == "__main__":
    anyio.run(_serve)
