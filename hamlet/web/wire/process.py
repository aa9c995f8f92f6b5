"""What the page is told of runs, of the process and of its parts. As ``hamlet.web.wire``."""

from hamlet.web.wire.base import Wire

__all__ = [
    "Accepted",
    "Gauge",
    "Health",
    "RunSummary",
    "ServiceHealth",
]


class RunSummary(Wire, frozen=True, kw_only=True):
    """A run in the list of runs. ``status``: training · paused · finished · failed · stopped; ``episode`` of
    ``episodes`` are completed. Times in UTC seconds."""

    run: str
    world: str
    config: str
    seed: int
    status: str
    detail: str
    episode: int
    episodes: int
    started_at: float
    finished_at: float | None


class ServiceHealth(Wire, frozen=True, kw_only=True):
    """``state``: waiting · starting · running · degraded · failed · finished · stopped."""

    state: str
    detail: str


class Health(Wire, frozen=True, kw_only=True):
    """``ok``: visitors can be sent here; ``reason`` says why not ("" when they can)."""

    ok: bool
    reason: str
    services: dict[str, ServiceHealth]


class Accepted(Wire, frozen=True, kw_only=True):
    """``command`` waits in the inbox of ``run``. When it has taken effect, it is a mark of kind ``command``, at this
    ``episode`` or a later one, among those at ``marks``."""

    run: str
    command: str
    episode: int
    marks: str


class Gauge(Wire, frozen=True, kw_only=True):
    """A number about this process or its machine: in bytes, seconds or things, as its name says; ``labels`` tell
    those of one name apart."""

    name: str
    help: str
    value: float
    labels: dict[str, str] = {}
