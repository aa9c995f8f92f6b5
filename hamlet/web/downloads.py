"""Snapshots and exports for whoever looks: listed, and served by names that lead nowhere else."""

from pathlib import Path
from typing import Annotated, Protocol

import anyio
import anyio.to_thread
from litestar import Router, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter
from litestar.response import File

from hamlet.web.wire.downloads import Download

__all__ = ["MOST", "Downloads", "download_routes"]

MOST = 1000
"""Files in one answer."""

_SHOWN = {"screenshot": "image/png", "gif": "image/gif", "timelapse": "video/mp4"}
_SAVED = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
_Kind = Annotated[str | None, QueryParameter(description="Only of this kind.")]
_Limit = Annotated[int, QueryParameter(ge=1, le=MOST, description="At most so many, the newest first.")]


class Downloads(Protocol):
    """Files for others; called in a worker thread."""

    def listed(self, kind: str | None, limit: int) -> list[Download]:
        """The newest ``limit`` of ``kind``, the newest first."""
        ...

    def find(self, name: str) -> tuple[Path, str] | None:
        """Where the file called ``name`` lies, and its kind; ``None`` when it is no file for others."""
        ...


def download_routes(downloads: Downloads) -> Router:
    """The list and the files."""
    threads = anyio.CapacityLimiter(2)  # full: the next look-up waits its turn

    @get("/api/downloads", summary="Snapshots and exports, the newest first; each is at /downloads/NAME")
    async def listed(kind: _Kind = None, limit: _Limit = 100) -> list[Download]:
        return await anyio.to_thread.run_sync(downloads.listed, kind, limit, limiter=threads)

    @get("/downloads/{name:path}", include_in_schema=False)
    async def file(name: FromPath[str]) -> File:
        found = await anyio.to_thread.run_sync(downloads.find, name.lstrip("/"), limiter=threads)
        if found is None:
            raise NotFoundException("no such file; /api/downloads lists them")
        path, kind = found
        return File(
            path,
            filename=path.name,
            media_type=_SHOWN.get(kind) or _SAVED.get(kind),
            content_disposition_type="inline" if kind in _SHOWN else "attachment",
            headers={"Cache-Control": "no-cache"},
        )

    return Router("/", route_handlers=[listed, file])
