"""Rows 13 and 14, short: viewers that do not read, and viewers that talk."""

import itertools
import logging
import random
import re
import signal
import socket
import statistics
import time

import anyio
import anyio.to_thread
import httpx
import msgspec
import psutil
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from hamlet.errors import UsageError
from hamlet.web.service import bind
from hamlet.web.settings import WebSettings
from tests.web.support import RUN, Served, Town, parse, raw_viewer, served, stage_frame


async def play(town: Served, hertz: float = 20.0) -> None:
    """A stage, for ever, with frames of 4 kB."""
    for step in itertools.count():
        town.hub.publish(msgspec.structs.replace(stage_frame(step), happened="x" * 4000))
        await anyio.sleep(1 / hertz)


async def closing(viewer: socket.socket) -> int:
    """Read all that is left; the code of the close frame, 1006 when the socket just ended."""

    def read() -> bytes:
        data = b""
        while chunk := viewer.recv(65_536):
            data += chunk
        return data

    data = await anyio.to_thread.run_sync(read)
    code = 1006
    while len(data) >= 2:
        length, start = data[1], 2
        if length == 126:
            length, start = int.from_bytes(data[2:4], "big"), 4
        if data[0] == 0x88:
            code = int.from_bytes(data[start : start + 2], "big")
        data = data[start + length :]
    return code


async def test_hello_comes_first_then_the_state_then_the_stage() -> None:
    async with served(Town()) as town, connect(town.address) as viewer:
        hello, state = parse(await viewer.recv()), parse(await viewer.recv())
        assert (hello["type"], hello["run"]) == ("hello", RUN)
        assert (state["type"], state["episode"]) == ("state_update", 120)
        town.hub.publish(stage_frame(5))
        frame = parse(await viewer.recv())
        while frame["type"] != "stage_frame":
            frame = parse(await viewer.recv())
        assert frame["step"] == 5 and len(town.hub) == 1
    assert len(town.hub) == 0


async def test_the_news_come_every_second_and_a_new_run_says_hello() -> None:
    town = Town()
    async with served(town) as house, connect(house.address) as viewer:
        seen: list[object] = []
        with anyio.move_on_after(2.6):
            async for text in viewer:
                message = parse(text)
                seen.append(message.get("episode", message["type"]))
                if len(seen) == 3:
                    town.run = "town-2"
                town.views.count += 1
                house.live.changed()
        assert seen[:2] == ["hello", 120] and seen.count("hello") == 2
        episodes = [episode for episode in seen if isinstance(episode, int)]
        assert episodes == sorted(set(episodes)) and 2 <= len(episodes) <= 4


@pytest.mark.parametrize("hertz", [0.1, 20.0])
async def test_who_does_not_read_is_closed_with_1013(hertz: float) -> None:
    """With buffers that fill up, and with nearly empty ones."""
    async with served(Town(patience=1.0)) as town, anyio.create_task_group() as group:
        group.start_soon(play, town, hertz)
        viewer = await anyio.to_thread.run_sync(lambda: raw_viewer(town.port))
        with viewer:
            await anyio.sleep(0.2)
            assert len(town.hub) == 1
            begin = time.monotonic()
            with anyio.fail_after(5):
                while len(town.hub):  # noqa: ASYNC110 - it has no event
                    await anyio.sleep(0.02)
            assert 0.3 < time.monotonic() - begin < 3
            assert await closing(viewer) == 1013
        group.cancel_scope.cancel()


async def test_a_slow_viewer_gets_the_newest_frames_not_all() -> None:
    async with served(Town()) as town:
        viewer = await anyio.to_thread.run_sync(lambda: raw_viewer(town.port, receive_buffer=2048))
        with viewer:
            for step in range(12):
                town.hub.publish(msgspec.structs.replace(stage_frame(step), happened="x" * 100_000))
                await anyio.sleep(0.11)
            steps: list[int] = []
            data = b""

            def read() -> None:
                nonlocal data
                while 11 not in steps:
                    data += viewer.recv(65_536)
                    steps[:] = [int(found) for found in re.findall(rb'"step":(\d+),"x"', data)]

            await anyio.to_thread.run_sync(read)
        assert steps[0] == 0 and steps[-1] == 11 and len(steps) < 6


def connected(port: int, from_port: int) -> bool:
    """Whether the server still holds its end."""
    ends = [(each.laddr, each.raddr) for each in psutil.Process().net_connections() if each.raddr]
    return any((here.port, there.port) == (port, from_port) for here, there in ends)


async def test_a_full_socket_does_not_keep_a_viewer_beyond_its_patience() -> None:
    """Nothing can be delivered at all: the close frame neither. The socket is cut off."""
    async with served(Town(patience=1.0)) as town, anyio.create_task_group() as group:
        viewer = await anyio.to_thread.run_sync(lambda: raw_viewer(town.port, receive_buffer=2048))
        with viewer:
            big = msgspec.structs.replace(stage_frame(0), happened="x" * 400_000)
            for _ in range(8):
                town.hub.publish(big)
                await anyio.sleep(0.11)
            with anyio.fail_after(6):
                while connected(town.port, viewer.getsockname()[1]):  # noqa: ASYNC110 - it has no event
                    await anyio.sleep(0.1)
            assert len(town.hub) == 0
        group.cancel_scope.cancel()


@pytest.mark.parametrize("seconds", [3.0, pytest.param(30.0, marks=pytest.mark.slow)])
async def test_twenty_that_never_read_do_not_slow_fifty_that_do(seconds: float) -> None:
    late: list[float] = []

    async def watch(viewer: ClientConnection) -> None:
        last = time.monotonic()
        async for text in viewer:
            now = time.monotonic()
            if "stage_frame" in text[:30]:  # type: ignore[operator]
                late.append(now - last - 0.1)
                last = now

    async with served(Town(patience=1.5)) as town, anyio.create_task_group() as group:
        idle = [await anyio.to_thread.run_sync(lambda: raw_viewer(town.port)) for _ in range(20)]
        good = [await connect(town.address) for _ in range(50)]
        for viewer in good:
            group.start_soon(watch, viewer)
        await anyio.sleep(0.1)
        assert len(town.hub) == 70
        group.start_soon(play, town)
        await anyio.sleep(seconds)
        assert len(town.hub) == 50
        assert {await closing(viewer) for viewer in idle} == {1013}
        for viewer in good:
            await viewer.close()
        for raw in idle:
            raw.close()
        group.cancel_scope.cancel()
    assert len(late) > 50 * seconds * 5
    late.sort()
    p50, p99 = statistics.median(late), late[int(len(late) * 0.99)]
    print(f"lateness of a frame: p50 {p50 * 1e3:.1f} ms, p99 {p99 * 1e3:.1f} ms")
    assert p99 < 0.25


def masked(opcode: Opcode, data: bytes, fin: bool = True) -> bytes:
    return Frame(opcode, data, fin=fin).serialize(mask=True)


def nonsense(rng: random.Random) -> tuple[str, bytes]:
    kind = rng.choice(
        ["bytes", "utf-8", "deep", "oversize", "flood", "binary", "fragments", "pings", "text", "reserved"]
    )
    noise = rng.randbytes(rng.randrange(1, 300))
    return kind, {
        "bytes": noise,
        "utf-8": masked(Opcode.TEXT, b"\xff\xc0" + noise),
        "deep": masked(Opcode.TEXT, b"[" * 20_000),
        "oversize": masked(Opcode.TEXT, b"x" * 70_000),
        "flood": masked(Opcode.TEXT, b"{}") * 500,
        "binary": masked(Opcode.BINARY, noise),
        "fragments": masked(Opcode.TEXT, b"a", fin=False) + masked(Opcode.CONT, b"b", fin=False) * 50,
        "pings": masked(Opcode.PING, noise[:100]) * 50,
        "text": masked(Opcode.TEXT, b'{"type":"hello"}'),
        "reserved": bytes([0x83 | rng.randrange(128)]) + noise,
    }[kind]  # fmt: skip


@pytest.mark.parametrize("attacks", [1000, pytest.param(100_000, marks=[pytest.mark.slow, pytest.mark.timeout(7200)])])
async def test_nothing_that_a_viewer_says_is_an_error(attacks: int, caplog: pytest.LogCaptureFixture) -> None:
    rng = random.Random(13)
    caplog.set_level(logging.WARNING)
    worst = 0.0

    async def control(viewer: ClientConnection) -> None:
        nonlocal worst
        last = time.monotonic()
        async for _ in viewer:
            worst = max(worst, time.monotonic() - last)
            last = time.monotonic()

    async with served(Town()) as town, connect(town.address) as viewer, anyio.create_task_group() as group:
        group.start_soon(control, viewer)
        group.start_soon(play, town)
        before = psutil.Process().memory_info().rss

        def attack() -> dict[str, set[int]]:
            codes: dict[str, set[int]] = {}
            for _ in range(attacks):
                kind, data = nonsense(rng)
                with raw_viewer(town.port) as attacker:
                    try:
                        judged = kind in ("text", "oversize") and kind not in codes
                        # A socket closed with bytes unread is reset, its last words lost: so the head alone.
                        attacker.sendall(data[:14] if judged and kind == "oversize" else data)
                        if judged:
                            attacker.settimeout(5)
                            answer = b""
                            while chunk := attacker.recv(65_536):
                                answer += chunk
                            at = answer.rindex(b"\x88")
                            codes[kind] = {int.from_bytes(answer[at + 2 : at + 4], "big")}
                    except (ConnectionResetError, BrokenPipeError):
                        pass
            return codes

        codes = await anyio.to_thread.run_sync(attack)
        assert codes["text"] == {1008} and codes["oversize"] == {1009}
        await anyio.sleep(0.5)
        grown = psutil.Process().memory_info().rss - before
        group.cancel_scope.cancel()
    print(
        f"{attacks} attacks: memory +{grown / 2**20:.1f} MiB,"
        f" longest silence of the control viewer {worst * 1e3:.0f} ms"
    )
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert grown < 50 * 2**20 and worst < 1.0


async def test_a_full_house_says_so() -> None:
    async with served(Town(viewers=1)) as town, connect(town.address) as first:
        await first.recv()
        async with connect(town.address) as second:
            with pytest.raises(ConnectionClosed) as closed:
                await second.recv()
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 1013
    assert "every seat is taken" in closed.value.rcvd.reason


async def test_answers_on_a_kept_connection_do_not_wait_for_acknowledgements() -> None:
    async with served(Town()) as town, httpx.AsyncClient(base_url=f"http://localhost:{town.port}") as http:
        seconds = []
        for _ in range(20):
            begin = time.monotonic()
            await http.get("/healthz")
            seconds.append(time.monotonic() - begin)
    assert statistics.median(seconds) < 0.035


async def test_the_signals_stay_with_the_supervisor() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    async with served(Town()):
        assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before


async def test_a_stop_does_not_wait_for_viewers() -> None:
    async with served(Town()) as town:
        viewers = [await connect(town.address) for _ in range(5)]
        stuck = await anyio.to_thread.run_sync(lambda: raw_viewer(town.port, receive_buffer=2048))
        for viewer in viewers:
            await viewer.recv()
        for _ in range(3):
            town.hub.publish(msgspec.structs.replace(stage_frame(0), happened="x" * 400_000))
            await anyio.sleep(0.15)
        assert connected(town.port, stuck.getsockname()[1])
        begin = time.monotonic()
    assert time.monotonic() - begin < 3
    assert not connected(town.port, stuck.getsockname()[1])
    stuck.close()
    for viewer in viewers:
        with pytest.raises(ConnectionClosed):
            while True:
                await viewer.recv()
        assert viewer.close_code == 1012


async def test_a_service_can_be_cancelled_and_started_again() -> None:
    town = Town()
    async with served(town) as first:
        assert first.port
        with anyio.move_on_after(0.3):
            async with connect(first.address) as viewer:
                await viewer.recv()
                await anyio.sleep_forever()
    async with served(town) as second, connect(second.address) as viewer:
        assert parse(await viewer.recv())["type"] == "hello"


def test_a_port_in_use_is_a_usage_error() -> None:
    with bind(WebSettings(port=0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=rf"port {port} on 127.0.0.1 is in use; .*--port"):
            bind(WebSettings(port=port))
    with pytest.raises(UsageError, match="--port"):
        bind(WebSettings(host="203.0.113.7", port=1))
