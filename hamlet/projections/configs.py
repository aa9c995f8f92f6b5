"""What several readers ask of a run's recorded configuration: its grid, and how it learned. Who needs the whole of it,
and typed, takes ``hamlet.settings.from_record``."""

from collections.abc import Mapping
from typing import Any

__all__ = ["algorithm_of", "grid_of"]


def grid_of(config: Mapping[str, Any]) -> tuple[int, int]:
    """Width and height in cells; (0, 0) for a world without a grid."""
    grid = config.get("world", {}).get("grid", {})
    return int(grid.get("width", 0)), int(grid.get("height", 0))


def algorithm_of(config: Mapping[str, Any]) -> str:
    """ "ddq", "recall", "drqn" or "dqn", as ``training`` says which learner it makes; "dqn" where it says nothing."""
    training = config.get("training", {})
    if training.get("dyna"):
        return "ddq"
    if training.get("recall"):
        return "recall"
    return "drqn" if training.get("q_network") == "lstm" else "dqn"
