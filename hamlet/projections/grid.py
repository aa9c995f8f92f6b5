"""The grid of a run, as its configuration states it. The only reader of that part of a config here."""

from collections.abc import Mapping
from typing import Any

__all__ = ["grid_of"]


def grid_of(config: Mapping[str, Any]) -> tuple[int, int]:
    """Width and height in cells; (0, 0) for a world without a grid."""
    grid = config.get("world", {}).get("grid", {})
    return int(grid.get("width", 0)), int(grid.get("height", 0))
