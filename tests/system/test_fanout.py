"""Two web processes before one audience: everybody sees every episode once, and a killed one costs its own viewers a
reconnect and nobody else anything."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.system.support import PATIENCE, App, config, inside, lives_beyond
from tests.web.redis_server import redis_server


class Viewer:
    """What a page keeps: every episode that it was told of, once, and who told it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.episodes: list[int] = []
        self.connections = 0

    async def watch(self, other: int) -> None:
        """For ever; when the connection ends, again: with the other process."""
        while True:
            try:
                async with connect(f"ws://127.0.0.1:{self.port}/ws", open_timeout=60) as socket:
                    self.connections += 1
                    async for text in socket:
                        message = json.loads(text)
                        if message["type"] == "state_update":
                            known = self.episodes[-1] if self.episodes else 0
                            new = [point["episode"] for point in message["recent"] if point["episode"] > known]
                            self.episodes += new
            except (ConnectionClosed, OSError):
                self.port = other


@pytest.mark.timeout(600)
@pytest.mark.parametrize("audience", [20, pytest.param(500, marks=pytest.mark.slow)])
async def test_two_web_processes_one_of_them_killed(tmp_path: Path, audience: int) -> None:
    town, data, slow = config(tmp_path, episodes=1_000_000), tmp_path / "data", PATIENCE * audience / 20
    with (
        redis_server(tmp_path) as url,
        App.main(tmp_path, "train", "--data", data, "--config", town, "--pace", "14400") as training,
    ):
        await anyio.to_thread.run_sync(training.wait_for, lives_beyond(data, 0), "an episode", slow)
        serve = ("serve", "--data", data, "--port", "0", "--fanout", url)
        with App.main(tmp_path, *serve) as one, App.main(tmp_path, *serve) as other:
            ports = [await anyio.to_thread.run_sync(lambda app=app: app.port) for app in (one, other)]
            viewers = [Viewer(ports[number % 2]) for number in range(audience)]

            async def seen(what: Callable[[Viewer], bool], patience: float = 120.0) -> None:
                with anyio.fail_after(patience):
                    while not all(map(what, viewers)):  # noqa: ASYNC110 - they are pages, not events
                        await anyio.sleep(0.05)

            async with anyio.create_task_group() as group:
                for number, viewer in enumerate(viewers):
                    group.start_soon(viewer.watch, ports[1 - number % 2])
                await seen(lambda viewer: len(viewer.episodes) >= 10)
                newest = max(viewer.episodes[-1] for viewer in viewers)
                killed = time.monotonic()
                one.process.kill()
                await seen(lambda viewer: viewer.episodes[-1] > newest + 8)
                print(f"{audience} viewers: all with 8 new episodes {time.monotonic() - killed:.1f} s after the kill")
                group.cancel_scope.cancel()
            for number, viewer in enumerate(viewers):
                first, last = viewer.episodes[0], viewer.episodes[-1]
                assert viewer.episodes == list(range(first, last + 1)), "every episode, once, in order"
                assert viewer.connections == (1 if number % 2 else 2), "only its own viewers connect again"
            assert await anyio.to_thread.run_sync(other.stop) == 0, other.err


def test_an_address_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert inside("serve", "--data", tmp_path, "--fanout", "here") == 2
    complaint = capsys.readouterr().err
    assert "--fanout: expected redis://HOST:PORT/NUMBER, found 'here'" in complaint and complaint.count("\n") == 1
