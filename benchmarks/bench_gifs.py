"""A backlog of GIFs beside a training: ``python -m benchmarks --only gifs``.

A synthetic log (``long_log.py``) of 10,000 episodes without one GIF. *Alone*: ``main.py snapshots --gifs`` until all
200 are made. *Beside*: what ``main.py train`` learns a second in the shipped town while such a backlog is being made
from a log of its own, and while none is, in turns, each in a process of its own.
"""

import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.long_log import write
from benchmarks.row import Row
from hamlet.errors import HamletError
from hamlet.projections.views import Views
from hamlet.settings import ROOT

__all__ = ["rows"]

EPISODES, A_GIF = 10_000, 50
TRAINED, REPEATS = 20.0, 3  # seconds
_NOWHERE = subprocess.DEVNULL
_MAIN = [sys.executable, "main.py"]


def rows() -> list[Row]:
    """The time for the whole backlog, and the training's rate beside one."""
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory) / "log"
        write(log, EPISODES)
        begin = time.perf_counter()
        subprocess.run(_gifs(log, Path(directory) / "alone"), cwd=ROOT, check=True, stdout=_NOWHERE, stderr=_NOWHERE)
        took = time.perf_counter() - begin
        made = len(list((Path(directory) / "alone").rglob("*.gif")))
        assert made == EPISODES // A_GIF, f"{made} GIFs"
        found = [
            Row(name=f"{made} GIFs of a backlog of {EPISODES:,} episodes", ours=took, unit="s", bar=180.0, at_most=True)
        ]
        rates: dict[bool, list[float]] = {True: [], False: []}
        for repeat in range(REPEATS):
            for beside in rates:
                here = Path(directory) / f"{repeat}-{beside}"
                with _made(log, here / "pictures", wanted=beside):
                    rates[beside].append(_learned(here / "data"))
        ours, alone = statistics.median(rates[True]), statistics.median(rates[False])
        found.append(
            Row(name="training beside a backlog of GIFs / with none", ours=ours, peer=alone, ratio=ours / alone,
                unit="vector steps/s", bar=0.95)
        )  # fmt: skip
    return found


def _gifs(log: Path, pictures: Path) -> list[str]:
    return ["env", f"HAMLET_SNAPSHOT_DIR={pictures}", *_MAIN, "snapshots", "--gifs", "--data", str(log)]


@contextmanager
def _made(log: Path, pictures: Path, *, wanted: bool) -> Iterator[None]:
    """GIFs are being made, again and again from the beginning, until the end."""
    if not wanted:
        yield
        return
    again = [shlex.join(_gifs(log, pictures / str(number))) for number in range(20)]
    command = ["sh", "-c", " && ".join(again)]
    with subprocess.Popen(command, cwd=ROOT, stdout=_NOWHERE, stderr=_NOWHERE, start_new_session=True) as process:
        try:
            yield
        finally:
            subprocess.run(["kill", "-KILL", "--", f"-{process.pid}"], check=True)


def _learned(data: Path) -> float:
    """Vector steps a second that a new run of the shipped town learns."""
    command = [*_MAIN, "train", "--data", str(data), "--config", "configs/town/sparse_adaptive.yaml"]
    with subprocess.Popen(command, cwd=ROOT, stdout=_NOWHERE, stderr=_NOWHERE) as training:
        try:
            while _steps(data) == 0:
                time.sleep(0.2)
            first, begin = _steps(data), time.perf_counter()
            time.sleep(TRAINED)
            return (_steps(data) - first) / (time.perf_counter() - begin)
        finally:
            training.terminate()


def _steps(data: Path) -> int:
    if not (data / "demo_state.db").exists():
        return 0
    views = Views(data / "demo_state.db")
    with suppress(HamletError):  # it may be being made at this moment
        run = views.newest_run()
        row = views.run(run) if run else None
        return row.vector_step if row else 0
    return 0


if __name__ == "__main__":
    for row in rows():
        print(row)
