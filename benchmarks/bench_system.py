"""The whole system beside its learner alone: ``python -m benchmarks --only system``.

The same ``EPISODES`` of the shipped config and seed, so the same computation to the bit, each in a
process of its own, in turns. *learner*: ``Trainer.advance`` in a loop, nothing else. *system*: what
``python main.py train`` runs, with log, views, checkpoints, resume state and supervisor; its clock runs
from the beginning of the training thread's work to its end, so imports and start-up count on neither
side. A task in the system's event loop sleeps 10 ms again and again: by how much it oversleeps is
the loop's overshoot (what the sleeping itself costs is in the system's time).
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import msgspec
import numpy as np

from benchmarks.row import Row
from hamlet.app.owning import OwningSettings, own
from hamlet.clock import SystemClock
from hamlet.process.logs import configure_logs
from hamlet.runs.choosing import Wanted
from hamlet.settings import ROOT, Paths, read_config
from hamlet.training.service import Run
from hamlet.training.trainer import Trainer

__all__ = ["rows"]

REPEATS, VILLAGE_REPEATS = 5, 3
EPISODES = 250
NAP = 0.01
CONFIG = ROOT / "configs" / "town" / "sparse_adaptive.yaml"
VILLAGE = ROOT / "configs" / "town" / "village.yaml"


class Found(msgspec.Struct):
    """What one process measured. ``steps``: of all agents; ``world``: seconds in ``World.step``;
    ``overshoot``: p50 and p99 in ms."""

    steps: int
    seconds: float
    world: float = 0.0
    overshoot: tuple[float, float] = (0.0, 0.0)


def learner(path: Path = CONFIG) -> Found:
    config = read_config(path)
    trainer = Trainer(config.world, config.training)
    inside, step = 0.0, trainer.world.step

    def timed(actions: Any) -> Any:
        nonlocal inside
        begin = time.perf_counter()
        result = step(actions)
        inside += time.perf_counter() - begin
        return result

    trainer.world.step = timed  # type: ignore[method-assign]
    begin = time.perf_counter()
    while trainer.counters.episode < EPISODES:
        trainer.advance()
    seconds = time.perf_counter() - begin
    return Found(trainer.counters.vector_step * config.training.agents, seconds, inside)


def system(data: Path) -> Found:
    spans, runs = list[tuple[float, float]](), list[Run]()
    work = Run.work

    def timed(run: Run) -> None:
        begin = time.perf_counter()
        runs.append(run)
        work(run)
        spans.append((begin, time.perf_counter()))

    Run.work = timed  # type: ignore[method-assign, assignment]
    overshoots: list[float] = []

    async def nap() -> None:
        while True:
            begin = time.perf_counter()
            await anyio.sleep(NAP)
            if runs and not spans:
                overshoots.append(time.perf_counter() - begin - NAP)

    async def both() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(nap, name="nap")
            wanted = Wanted(config=CONFIG, episodes=EPISODES)
            await own(OwningSettings(paths=Paths.of(data, {}), wanted=(wanted,), web=None), SystemClock())
            group.cancel_scope.cancel()

    configure_logs(people=False)
    anyio.run(both)
    (begin, end), trainer = spans[0], runs[0].trainer
    p50, p99 = (float(1e3 * value) for value in np.percentile(overshoots, (50, 99)))
    return Found(trainer.counters.vector_step * trainer.settings.agents, end - begin, overshoot=(p50, p99))


def apart(which: str) -> Found:
    """Measured in a process of its own."""
    with tempfile.TemporaryDirectory() as directory:
        command = [sys.executable, "-m", "benchmarks.bench_system", which, directory]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"bench_system {which} ended with {done.returncode}: {done.stderr[-2000:]}")
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Found)


def rows() -> list[Row]:
    """Env steps/s of both, the simulation's share in percent, the loop's overshoot in ms; medians."""
    found: dict[str, list[Found]] = {"system": [], "learner": []}
    for _ in range(REPEATS):
        for which, results in found.items():
            results.append(apart(which))
    pairs = list(zip(found["system"], found["learner"], strict=True))
    assert all(a.steps == b.steps for a, b in pairs), "system and learner did not compute the same"

    def median(which: str, figure: Callable[[Found], float]) -> float:
        return statistics.median(map(figure, found[which]))

    village = [apart("village") for _ in range(VILLAGE_REPEATS)]
    worst = max(result.overshoot[1] for result in found["system"])
    return [
        Row(
            name="whole system / learner alone",
            ours=median("system", lambda result: result.steps / result.seconds),
            peer=median("learner", lambda result: result.steps / result.seconds),
            ratio=statistics.median(b.seconds / a.seconds for a, b in pairs),
            unit="env steps/s",
            bar=round(1 / 1.15, 2),
            note=f"{EPISODES} episodes, no viewer; the bar is 1.15 in time",
        ),
        Row(
            name="simulation's share of training time, village",
            ours=statistics.median(100 * result.world / result.seconds for result in village),
            unit="%",
            bar=5.0,
            at_most=True,
            note=f"the same in the village, {VILLAGE_REPEATS} runs",
        ),
        Row(
            name="simulation's share of training time, demo",
            ours=median("learner", lambda result: 100 * result.world / result.seconds),
            unit="%",
            bar=5.0,
            at_most=True,
            note="World.step in the learner's loop",
        ),
        Row(
            name="loop overshoot while training, p50",
            ours=median("system", lambda result: result.overshoot[0]),
            unit="ms",
            bar=1.0,
            at_most=True,
            note="anyio.sleep(0.01)",
        ),
        Row(
            name="loop overshoot while training, p99",
            ours=median("system", lambda result: result.overshoot[1]),
            unit="ms",
            bar=10.0,
            at_most=True,
            note=f"highest of the {REPEATS} runs: {worst:.1f}",
        ),
    ]


if __name__ == "__main__":
    directory = Path(sys.argv[2])
    work: dict[str, Callable[[], Found]] = {
        "system": lambda: system(directory),
        "learner": learner,
        "village": lambda: learner(VILLAGE),
    }
    measured = work[sys.argv[1]]()
    print(msgspec.json.encode(measured).decode())
