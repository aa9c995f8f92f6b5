"""What this process uses and how it goes, as numbers with names: for ``/metrics`` and for the page."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from hamlet.clock import Clock
from hamlet.events.log import QUEUE
from hamlet.process.pulse import Pulse
from hamlet.process.supervisor import Supervisor
from hamlet.settings import Paths
from hamlet.training.live import Status
from hamlet.web.wire import Gauge

__all__ = ["Gauges", "gauges_of_log", "gauges_of_run", "gauges_of_viewers"]

_KEPT = 10.0  # seconds
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Gauges:
    """``more``: what only the one who composes the process knows. Called in a worker thread."""

    def __init__(
        self,
        paths: Paths,
        pulse: Pulse,
        supervisor: Callable[[], Supervisor],
        clock: Clock,
        more: Callable[[], Sequence[Gauge]] = list,
    ) -> None:
        self._paths = paths
        self._pulse = pulse
        self._supervisor = supervisor
        self._clock = clock
        self._began = clock.monotonic()
        self._more = more
        self._helping, self._look_again = 0, 0.0

    def __call__(self) -> list[Gauge]:
        return [*self._process(), *self._disk(), *self._services(), *self._more()]

    def _process(self) -> Iterator[Gauge]:
        yield Gauge(name="memory_bytes", help="Resident memory of this process.", value=_resident(os.getpid()))
        yield Gauge(
            name="helpers_memory_bytes",
            help="Resident memory of the processes that it started: for pictures, browsers, recognisers.",
            value=self._helpers(),
        )
        yield Gauge(name="open_files", help="Open file descriptors.", value=_count("/proc/self/fd"))
        yield Gauge(name="threads", help="Threads of this process.", value=_count("/proc/self/task"))
        up = self._clock.monotonic() - self._began
        yield Gauge(name="uptime_seconds", help="Seconds since this process began to serve.", value=up)
        for share in (0.5, 0.99):
            yield Gauge(
                name="loop_lateness_seconds",
                help="How late the event loop was, over the last minute.",
                labels={"quantile": f"{share:g}"},
                value=self._pulse.lateness(share),
            )

    def _helpers(self) -> int:
        """Every page asks for all gauges, and this one means a look at every process of the machine: it is kept."""
        now = self._clock.monotonic()
        if now >= self._look_again:
            self._helping = sum(map(_resident, _descendants(os.getpid())))
            self._look_again = now + _KEPT
        return self._helping

    def _disk(self) -> Iterator[Gauge]:
        free = shutil.disk_usage(self._paths.data).free
        yield Gauge(name="disk_free_bytes", help="Free bytes where the data directory lies.", value=free)
        for path in (self._paths.events, self._paths.views):
            label = {"file": path.name}
            yield Gauge(name="database_bytes", help="Size of a database.", labels=label, value=_size(path))
            wal = _size(path.with_name(path.name + "-wal"))
            yield Gauge(name="wal_bytes", help="Size of a database's write-ahead log.", labels=label, value=wal)

    def _services(self) -> Iterator[Gauge]:
        for name, state in self._supervisor().health().items():
            up = state.state in ("running", "finished")
            yield Gauge(name="service_up", help="1: it runs, or has done its work.", labels={"service": name}, value=up)


def gauges_of_log(queued: int, head: int, projected: int) -> list[Gauge]:
    """How far the log and its views are, and what waits for the writer."""
    return [
        Gauge(name="log_queue", help=f"Appends that wait for the writer (at most {QUEUE}).", value=queued),
        Gauge(name="log_position", help="The newest committed position of the log.", value=head),
        Gauge(name="views_position", help="The position of the log that the views show.", value=projected),
    ]


def gauges_of_viewers(watching: int, seats: int) -> list[Gauge]:
    """Who watches, of how many who may."""
    return [
        Gauge(name="viewers", help="Who watches now.", value=watching),
        Gauge(name="seats", help="How many may watch.", value=seats),
    ]


def gauges_of_run(status: Status) -> list[Gauge]:
    """How a run of this process goes."""
    label = {"run": status.run}
    works = status.status in ("training", "catching_up")
    return [
        Gauge(name="episodes", help="Episodes completed.", labels=label, value=status.episode),
        Gauge(name="episodes_goal", help="Episodes aimed at.", labels=label, value=status.episodes),
        Gauge(name="steps_per_second", help="Steps lived a second.", labels=label, value=status.steps_per_second),
        Gauge(name="training", help="1 while it trains or catches up with its log.", labels=label, value=works),
    ]


def _descendants(process: int) -> Iterator[int]:
    """The processes that it started, and theirs; a kernel need not list them, so all are asked who began them."""
    begun: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = path.read_text().rpartition(")")[2].split()[1]  # what is in brackets is a name with anything in it
        except OSError:  # it has ended
            continue
        begun.setdefault(int(parent), []).append(int(path.parent.name))
    waiting = begun.get(process, [])
    while waiting:
        yield (child := waiting.pop())
        waiting += begun.get(child, [])


def _resident(process: int) -> int:
    """Bytes; 0 of one that has ended."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE
    except OSError:
        return 0


def _count(directory: str) -> int:
    return sum(1 for _ in Path(directory).iterdir())


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
