"""Row 18 on a small app in a process of its own: SIGTERM, a second one, and parts that are stuck."""

import signal
import subprocess
import sys
import time

import pytest

from hamlet.process.stopping import Watchdog

APP = """
import os, re, sys, time
import anyio, anyio.to_thread
from hamlet.clock import SystemClock
from hamlet.errors import HamletError
from hamlet.process.interrupting import in_thread
from hamlet.process.supervisor import ESSENTIAL, Plan, Supervisor

behaviour, budget, patience = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])

class Log:
    name = "log"
    async def run(self, ready, stopping):
        ready()
        await stopping.wait()
        print("log closed", flush=True)

class Trainer:
    name = "trainer"
    async def run(self, ready, stopping):
        ready()
        print("at work", flush=True)
        if behaviour == "thread":
            await anyio.to_thread.run_sync(time.sleep, 60)  # cannot be cancelled
        if behaviour == "busy thread":
            await in_thread(self.count, stopping.wait)
        if behaviour == "sleeping loop":
            time.sleep(60)
        if behaviour == "busy loop":
            while True:
                pass
        await stopping.wait()
        if behaviour == "slow":
            await anyio.sleep(60)
        print("state saved", flush=True)
    def count(self):
        try:
            while True:
                pass
        except Exception:
            print("taken for an error", flush=True)

plans = [Plan(Log(), ESSENTIAL, stop_deadline=0.1), Plan(Trainer(), ESSENTIAL, stop_deadline=patience)]
supervisor = Supervisor(plans, SystemClock(), stop_budget=budget)
try:
    anyio.run(supervisor.run)
except HamletError as error:
    print(error)
    sys.exit(error.exit_code)
"""


def signalled(behaviour: str, budget: float, patience: float, *signals: signal.Signals) -> tuple[int, str, str, float]:
    """Exit code, standard output and error, seconds from the first signal to the end."""
    with subprocess.Popen(
        [sys.executable, "-c", APP, behaviour, str(budget), str(patience)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        before = ""
        while not before.endswith("at work\n"):
            line = process.stdout.readline()
            assert line, process.stderr.read()
            before += line
        begin = time.monotonic()
        for number in signals:
            process.send_signal(number)
            time.sleep(0.2)
        out, error = process.communicate(timeout=20)
        return process.returncode, out, error, time.monotonic() - begin


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("behaviour", ["good", "busy thread"])
def test_a_signal_stops_in_order(behaviour: str, number: signal.Signals) -> None:
    code, out, error, seconds = signalled(behaviour, 10, 5, number)
    assert (code, error) == (0, "")
    assert out.index("state saved") < out.index("log closed") and "taken for an error" not in out
    assert seconds < 3


def test_a_second_signal_ends_at_once() -> None:
    code, out, error, seconds = signalled("slow", 10, 5, signal.SIGTERM, signal.SIGTERM)
    assert code == 128 + signal.SIGTERM and seconds < 3
    assert "second signal (SIGTERM): ending at once" in error and "state saved" not in out


def test_a_service_that_only_listens_to_cancellation_is_cancelled() -> None:
    code, out, error, seconds = signalled("slow", 10, 0.9, signal.SIGTERM)
    assert (code, error) == (0, "")
    assert "did not stop when asked" in out and "log closed" in out and "state saved" not in out
    assert 0.9 < seconds < 4


@pytest.mark.parametrize(
    ("behaviour", "named"),
    [("thread", "trainer"), ("sleeping loop", "log, trainer"), ("busy loop", "log, trainer")],
)
def test_a_stuck_process_ends_with_70_and_says_what_is_stuck(behaviour: str, named: str) -> None:
    code, _, error, seconds = signalled(behaviour, 1.6, 0.1, signal.SIGTERM)
    assert code == 70
    assert error == f"stuck: {named} did not stop within 1.6 s; ending without it\n"
    assert 1.5 < seconds < 4


def test_the_watchdog_leaves_alone_what_ends_in_time(capfd: pytest.CaptureFixture[str]) -> None:
    deaths: list[int] = []
    with Watchdog(0.05, lambda: ["a part"], deaths.append) as watchdog:
        watchdog.arm()
    time.sleep(0.15)
    assert deaths == []
    with Watchdog(0.05, lambda: ["a part"], deaths.append) as watchdog:
        watchdog.arm()
        watchdog.arm()
        time.sleep(0.15)
    assert deaths == [70]
    assert capfd.readouterr().err == "stuck: a part did not stop within 0.05 s; ending without it\n"
