"""What a run left for others, as the web shows it: from the names of files to what may be fetched."""

from pathlib import Path

from hamlet.settings import Paths
from hamlet.snapshots.products import kind_of, products
from hamlet.web.copying import all_as_wire
from hamlet.web.wire.downloads import Download

__all__ = ["ProductsShown"]


class ProductsShown:
    """The products of one data directory. Synchronous, from any thread."""

    def __init__(self, paths: Paths) -> None:
        self._roots = paths.products

    def listed(self, kind: str | None, limit: int) -> list[Download]:
        """The newest ``limit`` of ``kind`` (``None``: of any), the newest first."""
        found = [one for one in products(self._roots) if kind in (None, one.kind)]
        return all_as_wire(Download, found[:limit])

    def find(self, name: str) -> tuple[Path, str] | None:
        """Only a name that a product may have is looked for at all, and no link is followed."""
        kind = kind_of(name)
        if kind is None:
            return None
        root, _, rest = name.partition("/")
        path = self._roots[root] / rest
        inside = path.resolve() == self._roots[root].resolve() / rest
        return (path, kind) if inside and path.is_file() else None
