"""The built page, held in memory: what was not there at the start does not exist, so no path leads out of it."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from litestar import Response

__all__ = ["PAGES", "Frontend"]

PAGES = ("dialogue", "talk", "lab", "learn")
"""Paths of the page besides its entrance; the page itself knows what to show there (``frontend/src/route.ts``)."""

_TYPES = {
    ".css": "text/css",
    ".gif": "image/gif",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".webmanifest": "application/manifest+json",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
_COMPRESS = {".css", ".html", ".js", ".json", ".svg", ".txt", ".webmanifest"}
_FOREVER = "public, max-age=31536000, immutable"  # Vite puts a hash of the content into these names
_MISSING = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Hamlet</title>
<body style="font: 18px/1.5 Georgia, serif; max-width: 32em; margin: 4em auto; padding: 0 1em">
<h1>The page is not built yet</h1>
<p>Training and the log are not affected. To build the page, run <code>make setup</code> and start Hamlet again.</p>
<p>The figures are at <a href="/api/state">/api/state</a>.</p>"""


@dataclass(frozen=True)
class _File:
    data: bytes
    compressed: bytes | None
    kind: str
    cache: str
    tag: str


class Frontend:
    """The files under ``directory`` as they are now (none when it does not exist). Blocks: not for
    the event loop. Links are followed only within it."""

    def __init__(self, directory: Path) -> None:
        root = directory.resolve()
        found = sorted(path for path in root.rglob("*") if path.is_file() and path.resolve().is_relative_to(root))
        self._files = {
            path.relative_to(root).as_posix(): _read(path, path.relative_to(root).as_posix()) for path in found
        }

    def response(self, path: str, headers: Mapping[str, str]) -> Response[bytes] | None:
        """The file at ``path`` (no leading slash; "" and ``PAGES`` are the page itself), or ``None``.

        304 when the browser has it; compressed when it takes gzip. Without a built page, "" is
        503 and says what to do.
        """
        if path.removesuffix("/") in PAGES:
            path = ""
        file = self._files.get(path or "index.html")
        if file is None:
            return None if path else _html(_MISSING, 503)
        known = {"ETag": file.tag, "Cache-Control": file.cache, "Vary": "Accept-Encoding"}
        if headers.get("if-none-match") == file.tag:
            return Response(b"", status_code=304, headers=known)
        if file.compressed is not None and "gzip" in headers.get("accept-encoding", ""):
            return Response(file.compressed, media_type=file.kind, headers={**known, "Content-Encoding": "gzip"})
        return Response(file.data, media_type=file.kind, headers=known)

    def lost(self) -> Response[bytes] | None:
        """For a browser that asks for what does not exist: the page, which says so; ``None`` without a built one."""
        file = self._files.get("index.html")
        return None if file is None else _html(file.data.decode(), 404)


def _read(path: Path, name: str) -> _File:
    data = path.read_bytes()
    suffix = PurePosixPath(name).suffix.lower()
    return _File(
        data=data,
        compressed=gzip.compress(data, mtime=0) if suffix in _COMPRESS else None,
        kind=_TYPES.get(suffix, "application/octet-stream"),
        cache=_FOREVER if name.startswith("assets/") else "no-cache",
        tag=f'"{hashlib.sha256(data).hexdigest()[:20]}"',
    )


def _html(text: str, status: int) -> Response[bytes]:
    return Response(text.encode(), status_code=status, media_type="text/html")
