"""Snapshots put together: in the process that owns a data directory, or in one of its own beside it."""

from collections.abc import Callable, Sequence
from pathlib import Path

import anyio.to_thread
import structlog

from hamlet.atomic import remove_leftovers
from hamlet.clock import Clock
from hamlet.errors import UsageError
from hamlet.exports.tables import export_table
from hamlet.process.supervisor import Plan, Policy
from hamlet.projections.rows import RunRow
from hamlet.projections.views import Views
from hamlet.settings import ROOT, Paths, parse_settings, read_yaml
from hamlet.snapshots.ledger import Ledger
from hamlet.snapshots.services import ExportService, GifService, ScreenshotService
from hamlet.snapshots.settings import SnapshotSettings
from hamlet.snapshots.studio import Studio
from hamlet.space import Space
from hamlet.web.settings import WebSettings

__all__ = ["SHIPPED", "final_export", "kiosk_url", "plans_of", "read_snapshot_settings", "studio_of", "tidy"]

_log = structlog.get_logger("snapshots")

SHIPPED = ROOT / "configs" / "snapshots.yaml"
"""What holds where nothing else is said."""

_STOP = 0.5
# A browser that crashes, or a disk that is full, is tried again for as long as the process lives.
_PATIENT = Policy("degrade", restarts=100, window=3600.0, backoff=5.0, longest=300.0)


def read_snapshot_settings(path: Path) -> SnapshotSettings:
    """The file at ``path``; raises ``ConfigError`` or ``UsageError``."""
    return parse_settings(read_yaml(path, ""), SnapshotSettings, str(path))


def studio_of(
    paths: Paths,
    settings: SnapshotSettings,
    ledger: Ledger,
    floor: int,
    clock: Clock,
    runs: Callable[[], Sequence[RunRow]],
) -> Studio:
    """``floor``: free bytes, as ``hamlet.space`` has it, of the disk that snapshots go to."""
    return Studio(
        roots=paths.products,
        events=paths.events,
        views=Views(paths.views),
        settings=settings,
        ledger=ledger,
        space=Space(paths.snapshots, floor, clock),
        clock=clock,
        runs=runs,
    )


def tidy(paths: Paths) -> None:
    """Delete what a crash left half-written."""
    for directory in paths.products.values():
        remove_leftovers(directory)


def kiosk_url(web: WebSettings, port: int) -> str:
    """The page as a camera on this machine sees it: of a viewer that listens on ``web``'s host at ``port``."""
    host = "localhost" if web.host in ("127.0.0.1", "0.0.0.0", "::", "::1") else web.host
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/?kiosk=1"


async def final_export(studio: Studio, run: str) -> None:
    """The table of a run that has reached its goal; what keeps it from being made is logged."""
    row = await anyio.to_thread.run_sync(studio.views.run, run)
    if row is None:
        return
    stem = "final_metrics" if row.world == "town" else f"final_metrics_{row.world}"
    for suffix in ("csv", "parquet") if studio.settings.exports.parquet else ("csv",):
        path = studio.exports / f"{stem}.{suffix}"
        try:
            count = await anyio.to_thread.run_sync(export_table, studio.views, run, path)
            await studio.made(run, suffix, path, min(1, count), row.episode)
        except (OSError, UsageError) as error:
            _log.warning("no final export", file=str(path), error=str(error))
        else:
            _log.info("final export", run=run, episodes=count, file=str(path))


def plans_of(studio: Studio, url: str | None) -> list[Plan]:
    """The services that ``studio``'s settings ask for; ``url``: of the page to photograph, if there is one."""
    settings = studio.settings
    services = [
        GifService(studio) if settings.gifs.enabled else None,
        ExportService(studio) if settings.exports.enabled else None,
        ScreenshotService(studio, url) if settings.screenshots.enabled and url else None,
    ]
    return [Plan(service, _PATIENT, stop_deadline=_STOP, beside=True) for service in services if service is not None]
