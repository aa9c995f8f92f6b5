"""How fast this machine is right now: ratios hold elsewhere, rates only beside these."""

import os
import platform
import statistics
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import torch

from hamlet.training.networks import one_thread

__all__ = ["fdatasync", "gflops", "machine"]

_SIZE = 512
_PACKAGES = ("torch", "numpy", "numba", "msgspec", "anyio", "aiosqlite")


def gflops(repeats: int = 200) -> float:
    """Billions of float32 operations per second in a 512×512 matrix product on one thread, as
    training computes it; a multiply-add counts as two."""
    one_thread()
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randn(_SIZE, _SIZE, generator=generator) for _ in range(2))
    out, times = torch.empty(_SIZE, _SIZE), []
    for _ in range(repeats):
        begin = time.perf_counter()
        torch.mm(a, b, out=out)
        times.append(time.perf_counter() - begin)
    return 2 * _SIZE**3 / statistics.median(times) / 1e9


def fdatasync(directory: Path) -> float:
    """The median of 50 × (write 4 KiB, fdatasync), in milliseconds."""
    times = []
    with (directory / "probe").open("wb") as file:
        for _ in range(50):
            start = time.perf_counter()
            os.write(file.fileno(), bytes(4096))
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times)


def machine() -> dict[str, str | float]:
    """The probes, and what the figures were measured on and with."""
    with tempfile.TemporaryDirectory() as directory:
        sync = fdatasync(Path(directory))
    probes: dict[str, str | float] = {
        "matrix product, one thread, GFLOP/s": round(gflops(), 1),
        "fdatasync, ms": round(sync, 2),
        "cores": len(os.sched_getaffinity(0)),
        "load (1 min)": round(os.getloadavg()[0], 2),
        "Python": platform.python_version(),
    }
    return probes | {package: version(package) for package in _PACKAGES}
