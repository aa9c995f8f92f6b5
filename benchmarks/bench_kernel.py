"""The town's kernel beside a floor: ``python -m benchmarks --only kernel``.

The floor moves N agents on an 8×8 grid, with no rules, and writes 64 bytes for each: what any
kernel of this shape costs on this machine at least. Both are called once a step with prepared
random actions; the town also checks them, resets what ends, and keeps each episode's path.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numba
import numpy as np
import yaml

from benchmarks.row import Row
from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.town.town import Town

__all__ = ["rows"]

REPEATS = 5
SIZES = {1: 40_000, 64: 8_000, 1024: 800}  # agents → steps per repeat
BARS = {1024: 0.5}
CONFIG = Path(__file__).parents[1] / "configs" / "town" / "sparse_adaptive.yaml"


@numba.njit(nogil=True)
def _floor(x: Any, y: Any, marked: Any, out: Any, actions: Any) -> None:
    for i in range(x.size):
        action = actions[i]
        if action == 0:
            y[i] = max(y[i] - 1, 0)
        elif action == 1:
            y[i] = min(y[i] + 1, 7)
        elif action == 2:
            x[i] = max(x[i] - 1, 0)
        elif action == 3:
            x[i] = min(x[i] + 1, 7)
        out[i, marked[i]] = 0
        marked[i] = y[i] * 8 + x[i]
        out[i, marked[i]] = 1


def _rate(step: Callable[[Any], object], plan: Any, steps: int, n: int) -> float:
    begin = time.perf_counter()
    for number in range(steps):
        step(plan[number % len(plan)])
    return steps * n / (time.perf_counter() - begin)


def rows() -> list[Row]:
    """Agent-steps/s at each size: medians of interleaved repeats; ratio = town / floor."""
    settings = msgspec.convert(yaml.safe_load(CONFIG.read_text())["world"], TownSettings)
    found: list[Row] = []
    for n, steps in SIZES.items():
        plan = list(np.random.default_rng(1).integers(0, 5, (64, n)))
        town = Town(settings, n)
        x, y, marked = (np.zeros(n, np.int64) for _ in range(3))
        out = np.zeros((n, 64), np.uint8)

        def floor(actions: Any, x: Any = x, y: Any = y, marked: Any = marked, out: Any = out) -> None:
            _floor(x, y, marked, out, actions)

        _rate(floor, plan, 10, n), _rate(town.step, plan, 10, n)
        pairs = [(_rate(town.step, plan, steps, n), _rate(floor, plan, steps, n)) for _ in range(REPEATS)]
        ours, peer = (statistics.median(side) for side in zip(*pairs, strict=True))
        found.append(
            Row(
                name=f"town kernel, N={n}",
                ours=ours,
                peer=peer,
                ratio=statistics.median(a / b for a, b in pairs),
                unit="agent-steps/s",
                bar=BARS.get(n),
                note="peer: floor kernel without rules",
            )
        )
    return found
