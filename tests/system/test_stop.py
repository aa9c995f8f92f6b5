"""Row 18 on the whole app: SIGTERM at any moment, and a second one."""

import random
import re
import signal
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from hamlet.errors import HamletError
from hamlet.events.types import EpisodeCompleted, ResumeStateSaved, RunResumed, RunStarted
from tests.system.support import App, assert_whole, config, episodes, events, lives_beyond


def listens(app: App) -> bool:
    """Whether the process has taken SIGTERM over from the system, which ends it with −15."""
    status = Path(f"/proc/{app.process.pid}/status").read_text()
    found = re.search(r"SigCgt:\s*([0-9a-f]+)", status)
    return found is not None and bool(int(found[1], 16) >> (signal.SIGTERM - 1) & 1)


def holds(data: Path, count: int) -> bool:
    with suppress(HamletError):  # the log may be being made at this moment
        return len(events(data)) == count
    return False


MOMENTS = ["at first"] * 2 + ["while starting"] * 8 + ["training"] * 10


@pytest.mark.timeout(600)
def test_sigterm_at_any_moment_ends_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    town, data, rng = config(tmp_path, episodes=100_000), tmp_path / "data", random.Random(18)
    command = ("all-in-one", "--data", data, "--config", town, "--port", "0", "--pace", "30000")
    for moment in MOMENTS:
        known = episodes(data)
        with App.main(tmp_path, *command) as app:
            app.wait_for(partial(listens, app), "handler of SIGTERM")
            if moment == "while starting":
                time.sleep(rng.uniform(0.1, 4.0))
            if moment == "training":
                app.wait_for(lives_beyond(data, known), "a new episode")
                time.sleep(rng.uniform(0.5, 1.5))
            begin = time.monotonic()
            code = app.stop()
            assert code == 0, app.err
            assert time.monotonic() - begin < 10
            assert "Traceback" not in app.err
        if moment == "training":
            log = [recorded.event for recorded in events(data)]
            state = next(event for event in reversed(log) if isinstance(event, ResumeStateSaved))
            newest = max(event.episode for event in log if isinstance(event, EpisodeCompleted))
            assert newest == state.episode > known, "the state is of the last moment"
            assert (data / "checkpoints" / events(data)[0].run / state.file).exists()
    assert_whole(data, capsys)
    resumed = [recorded.event for recorded in events(data) if isinstance(recorded.event, RunResumed)]
    assert resumed[-1].vector_step > 0 and resumed[-1].catch_up_to == resumed[-1].episode, "nothing to be lived again"
    assert not list(data.rglob("*.tmp"))


def test_an_exam_is_not_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first exam of this run takes minutes."""
    town, data = config(tmp_path, exam_episodes=400_000), tmp_path / "data"
    for starts in (1, 2):
        with App.main(tmp_path, "train", "--data", data, "--config", town) as app:
            app.wait_for(partial(holds, data, starts), "its start in the log")
            time.sleep(1)
            begin = time.monotonic()
            assert app.stop() == 0, app.err
            assert time.monotonic() - begin < 10
        assert "left in the middle of an exam" in app.err and "Traceback" not in app.err
    assert [type(recorded.event) for recorded in events(data)] == [RunStarted, RunResumed]
    assert_whole(data, capsys)


def test_nor_are_kernels_that_are_compiled_at_a_first_start(tmp_path: Path) -> None:
    town, data = config(tmp_path, episodes=100_000), tmp_path / "data"
    empty = {"NUMBA_CACHE_DIR": str(tmp_path / "kernels")}
    for seconds in (2, 6):
        with App.main(tmp_path, "all-in-one", "--data", data, "--config", town, "--port", "0", **empty) as app:
            app.wait_for(partial(listens, app), "handler of SIGTERM")
            time.sleep(seconds)
            begin = time.monotonic()
            assert app.stop(signal.SIGINT) == 0, app.err
            assert time.monotonic() - begin < 10
        assert "Traceback" not in app.err


@pytest.mark.parametrize("attempt", range(3))
def test_a_second_sigterm_ends_at_once(attempt: int, tmp_path: Path) -> None:
    town, data = config(tmp_path, episodes=100_000), tmp_path / "data"
    with App.main(tmp_path, "train", "--data", data, "--config", town) as app:
        app.wait_for(lives_beyond(data, 0), "an episode")
        begin = time.monotonic()
        app.process.send_signal(signal.SIGTERM)
        app.process.send_signal(signal.SIGINT)
        code = app.process.wait(10)
        # Both signals may be pending when Python looks: the second in number is then the second in time.
        assert code in (0, 128 + signal.SIGTERM, 128 + signal.SIGINT)
        assert time.monotonic() - begin < 5
        assert code == 0 or "second signal" in app.err
