"""The pulse: systemd hears that all is ready and, as long as every part moves, that all is well."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from hamlet.clock import SystemClock
from hamlet.process.pulse import Beat, Pulse
from hamlet.process.systemd import Systemd


@pytest.fixture
def told(tmp_path: Path) -> Iterator[tuple[socket.socket, dict[str, str]]]:
    """What systemd would hear, and the environment that says where."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(0.01)
        yield listener, {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "400000"}


def heard(listener: socket.socket) -> list[str]:
    words: list[str] = []
    try:
        while True:
            words += listener.recv(4096).decode().splitlines()
    except TimeoutError:
        return words


async def pulse_for(seconds: float, environment: dict[str, str], **parts: Beat) -> Pulse:
    pulse = Pulse(parts, Systemd(environment), SystemClock())
    stopping = anyio.Event()
    async with anyio.create_task_group() as group:
        group.start_soon(pulse.run, lambda: None, stopping)
        await anyio.sleep(seconds)
        stopping.set()
    return pulse


async def test_ready_then_signs_of_life_then_stopping(told: tuple[socket.socket, dict[str, str]]) -> None:
    await pulse_for(0.8, told[1], trainer=lambda: time.monotonic_ns(), log=lambda: None)
    words = await anyio.to_thread.run_sync(heard, told[0])
    assert words[0] == "READY=1" and words[-1] == "STOPPING=1"
    assert set(words[1:-1]) == {"WATCHDOG=1"} and len(words) >= 4


async def test_a_part_that_hangs_ends_the_signs_of_life(told: tuple[socket.socket, dict[str, str]]) -> None:
    begin = time.monotonic()
    pulse = await pulse_for(1.6, told[1], trainer=lambda: int(time.monotonic() < begin + 0.3), log=lambda: None)
    assert pulse.stuck() == ["trainer"]
    words = await anyio.to_thread.run_sync(heard, told[0])
    assert words.count("WATCHDOG=1") <= 6, "none after it hung for half of the patience"


async def test_without_systemd_nothing_is_said_and_the_loop_is_measured() -> None:
    pulse = await pulse_for(0.35, {"WATCHDOG_USEC": "400000"})
    assert 0.0 <= pulse.lateness(0.5) <= pulse.lateness(0.99) < 1.0
    assert Systemd({"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "7", "WATCHDOG_PID": "1"}).patience == 0.0
    Systemd({"NOTIFY_SOCKET": "@nobody-listens-here"}).say("READY=1")
