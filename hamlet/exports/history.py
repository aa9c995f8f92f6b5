"""History files: the learning curve of one run as JSON, in the formats that earlier tools of this kind write.

The newer one holds ``metadata`` beside ``history``; the older is flat, either columns or a list of episodes. Both are
read; the newer one is written, as ``{algorithm}_{episodes}ep_{YYYYmmdd_HHMMSS}.json``.
"""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from hamlet.errors import UsageError

__all__ = ["History", "file_name", "read_history", "write_history"]

_NAMES = {
    "rewards": ("rewards", "reward", "episode_rewards", "returns", "return"),
    "successes": ("successes", "success", "episode_successes", "success_history"),
    "lengths": ("lengths", "length", "episode_lengths", "turns", "steps", "survival_time"),
    "losses": ("losses", "loss", "training_losses"),
}
_MOST = 5_000_000  # episodes in one file
_FILE = re.compile(r"(?P<algorithm>.+)_(?P<episodes>\d+)ep_(?P<at>\d{8}_\d{6})")


class History(msgspec.Struct, frozen=True):
    """``rewards`` [n] undiscounted returns; ``successes`` [n] and ``lengths`` [n] (steps or turns), empty where the
    file has none; ``losses`` as it has them. ``metadata`` as it stands in the file."""

    algorithm: str
    rewards: list[float]
    successes: list[bool]
    lengths: list[int]
    losses: list[float]
    metadata: dict[str, Any]


def file_name(algorithm: str, episodes: int, at: float) -> str:
    """``at``: UTC seconds."""
    plain = re.sub(r"[^A-Za-z0-9-]+", "-", algorithm).strip("-") or "run"
    return f"{plain}_{episodes}ep_{datetime.fromtimestamp(at, UTC):%Y%m%d_%H%M%S}.json"


def write_history(history: History) -> bytes:
    """A history file, in the newer format: what is empty is left out."""
    columns = {name: getattr(history, name) for name in _NAMES if getattr(history, name)}
    metadata = {"algorithm": history.algorithm, "episodes": len(history.rewards)} | history.metadata
    return msgspec.json.format(msgspec.json.encode({"metadata": metadata, "history": columns}), indent=1)


def read_history(path: Path) -> History:
    """The file at ``path``, in either format. Raises ``UsageError`` that says what was found."""
    try:
        raw = msgspec.json.decode(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path}: not JSON ({error})") from None
    metadata = raw.get("metadata", {}) if isinstance(raw, Mapping) else {}
    columns = _columns(raw.get("history", raw) if isinstance(raw, Mapping) else raw)
    if not isinstance(metadata, Mapping) or "rewards" not in columns:
        expected = "an object with rewards, or with metadata and history, or a list of episodes"
        raise UsageError(f"{path}: no history file: expected {expected}")
    rewards = [_finite(value, path) for value in columns["rewards"]]
    others = {name: columns.get(name, []) for name in ("successes", "lengths")}
    for name, values in others.items():
        if values and len(values) != len(rewards):
            raise UsageError(f"{path}: found {len(rewards)} rewards and {len(values)} {name}; expected as many")
    if not 0 < len(rewards) <= _MOST:
        raise UsageError(f"{path}: found {len(rewards)} episodes, expected 1 … {_MOST:,}")
    named = _FILE.fullmatch(path.stem)
    return History(
        algorithm=str(metadata.get("algorithm") or (named["algorithm"] if named else path.stem)),
        rewards=rewards,
        successes=[bool(value) for value in others["successes"]],
        lengths=[max(0, int(_finite(value, path))) for value in others["lengths"]],
        losses=[float(v) for v in columns.get("losses", []) if isinstance(v, int | float) and math.isfinite(v)],
        metadata={str(key): value for key, value in metadata.items()},
    )


def _columns(history: object) -> dict[str, Sequence[Any]]:
    """Name of ours → values."""
    if isinstance(history, list) and history and all(isinstance(one, Mapping) for one in history):
        keys = set.intersection(*(set(one) for one in history))
        history = {key: [one[key] for one in history] for key in keys}
    if not isinstance(history, Mapping):
        return {}
    found = {}
    for name, known in _NAMES.items():
        column = next((history[key] for key in known if isinstance(history.get(key), list)), None)
        if column is not None:
            found[name] = column
    return found


def _finite(value: object, path: Path) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise UsageError(f"{path}: expected finite numbers, found {str(value)[:40]!r}")
    return float(value)
