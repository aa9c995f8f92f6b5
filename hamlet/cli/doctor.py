"""``doctor``: what this machine offers, and the command that gets what is missing."""

import os
import shutil
import sqlite3
import statistics
import tempfile
import time
from importlib.util import find_spec

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hamlet.cli.options import Data, paths_of
from hamlet.process.tunnel import CLIENTS
from hamlet.runs.choosing import package_versions
from hamlet.settings import ROOT, Paths
from hamlet.snapshots.services import BROWSERS
from hamlet.voice.engines import engines, settings_of

__all__ = ["doctor"]


def doctor(data: Data = None) -> None:
    """Say what was found on this machine, and how to get what is missing."""
    from hamlet.training.device import device_of  # torch takes a second: no other command waits for it

    paths = paths_of(data)
    table = Table.grid("part", "found", padding=(0, 2, 0, 0))
    table.columns[1].overflow = "fold"  # a path or an address whole, also on 80 columns

    def row(part: str, found: str, todo: str = "") -> None:
        said = escape(found.replace(f"{ROOT}/", ""))
        table.add_row(part, f"{said}\n[bold]→ {escape(todo)}[/]" if todo else said)

    for name, number in package_versions().items():
        row(name, number)
    gpu = device_of("auto").type
    row("GPU (training.device: auto)", "none, so the CPU" if gpu == "cpu" else gpu)
    row("SQLite", sqlite3.sqlite_version)
    page = paths.frontend / "index.html"
    row("page", str(page) if page.exists() else "not built", "" if page.exists() else "make setup")
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    row("browser (screenshots)", browser or "none", "" if browser else "apt install chromium")
    for name, module, extra in (("Playwright", "playwright", "snapshots"), ("Parquet", "pyarrow", "parquet")):
        there = find_spec(module) is not None
        row(name, "installed" if there else "not installed", "" if there else f"pip install -e '.[{extra}]'")
    ffmpeg = shutil.which("ffmpeg")
    row("ffmpeg (films)", ffmpeg or "none", "" if ffmpeg else "apt install ffmpeg")
    tunnel = next((found for client in CLIENTS if (found := shutil.which(client.program))), None)
    get = "https://github.com/cloudflare/cloudflared/releases"
    row("tunnel client (--share)", tunnel or "none", "" if tunnel else get)
    gym = "installed" if find_spec("gymnasium") else "not installed"
    row("Gymnasium adapters", gym, "" if gym == "installed" else "pip install -e '.[gym]'")
    for engine in engines(settings_of(os.environ)):
        row(f"voice: {engine.part}", f"{engine.name}: {engine.where or 'none'}", "" if engine.where else engine.get)
    row("data directory", _data(paths))
    if paths.data.is_dir():
        row("fdatasync there", f"{_fdatasync(paths):.2f} ms")
        free = shutil.disk_usage(paths.data).free / 1e9
        row("free disk there", f"{free:.1f} GB", "" if free > 1 else "make room: a run takes about 0.1 GB")
    Console().print(table)


def _data(paths: Paths) -> str:
    if not paths.data.exists():
        return f"{paths.data} (not there yet)"
    size = paths.events.stat().st_size / 1e6 if paths.events.exists() else 0.0
    return f"{paths.data}, log {size:.1f} MB"


def _fdatasync(paths: Paths) -> float:
    """Median milliseconds to make 4 KiB durable in the data directory."""
    with tempfile.NamedTemporaryFile(dir=paths.data, suffix=".tmp") as file:
        times = []
        for _ in range(9):
            file.write(b"\0" * 4096)
            file.flush()
            begun = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1000
