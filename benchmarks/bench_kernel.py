"""The town's kernel, demo and village, beside a floor and EnvPool: ``python -m benchmarks --only kernel``.

The floor moves N agents on an 8×8 grid, with no rules, and writes 64 bytes for each: what any
kernel of this shape costs on this machine at least. All are called once a step with prepared
random actions; the town also checks them, resets what ends, and keeps each episode's path. EnvPool's
CartPole, on one thread, is what a known vectorised environment costs: a smaller task (four numbers)
in C++.
"""

import importlib.util
import statistics
import time
import warnings
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
TOWNS = ("sparse_adaptive", "village")
FLOOR_BARS, ENVPOOL_BARS = {("village", 1024): 0.5}, {("village", 1024): 100.0}
CONFIGS = Path(__file__).parents[1] / "configs" / "town"
Stepper = Callable[[Any], object]


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


def _rate(step: Stepper, plan: Any, steps: int, n: int) -> float:
    begin = time.perf_counter()
    for number in range(steps):
        step(plan[number % len(plan)])
    return steps * n / (time.perf_counter() - begin)


def _floor_of(n: int) -> Stepper:
    x, y, marked = (np.zeros(n, np.int64) for _ in range(3))
    out = np.zeros((n, 64), np.uint8)
    return lambda actions: _floor(x, y, marked, out, actions)


def _envpool_of(n: int) -> Stepper:
    import envpool

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = envpool.make("CartPole-v1", env_type="gymnasium", num_envs=n, num_threads=1)
    peer.reset()
    return lambda actions: peer.step((actions % 2).astype(np.int32))


def rows() -> list[Row]:
    """Agent-steps/s at each size: medians of interleaved repeats, and of the ratios of the pairs."""
    peers = {"floor": (_floor_of, FLOOR_BARS)}
    if importlib.util.find_spec("envpool"):
        peers["EnvPool"] = (_envpool_of, ENVPOOL_BARS)
    found: list[Row] = []
    for n, steps in SIZES.items():
        plan = list(np.random.default_rng(1).integers(0, 5, (64, n)))
        steppers: dict[str, Stepper] = {}
        for name in TOWNS:
            settings = msgspec.convert(yaml.safe_load((CONFIGS / f"{name}.yaml").read_text())["world"], TownSettings)
            steppers[name] = Town(settings, n).step
        steppers |= {peer: make(n) for peer, (make, _) in peers.items()}
        for step in steppers.values():
            _rate(step, plan, 10, n)
        rates: dict[str, list[float]] = {which: [] for which in steppers}
        for _ in range(REPEATS):
            for which, step in steppers.items():
                rates[which].append(_rate(step, plan, steps, n))
        for peer, (_, bars) in peers.items():
            for name in TOWNS:
                found.append(
                    Row(
                        name=f"{name} kernel, N={n} / {peer}",
                        ours=statistics.median(rates[name]),
                        peer=statistics.median(rates[peer]),
                        ratio=statistics.median(a / b for a, b in zip(rates[name], rates[peer], strict=True)),
                        unit="agent-steps/s",
                        bar=bars.get((name, n)),
                    )
                )
    if "EnvPool" not in peers:
        print("kernel: no row beside EnvPool, which is not installed: pip install 'envpool<1.2'")
    return found
