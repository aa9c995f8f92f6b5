"""A config with other values at some key paths: ``training.annealing.weight_start: 0``."""

import copy
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from hamlet.errors import ConfigError
from hamlet.settings import RunConfig, parse_settings

__all__ = ["Changes", "changed", "grid_of"]

Changes = Mapping[str, Any]
"""Key path → value, as read from YAML; typed once it is part of a config again."""


def changed(config: RunConfig, changes: Changes, where: str) -> RunConfig:
    """``config`` with ``changes``; raises ``ConfigError`` that begins with ``where`` for a path that
    is not in it and for a value that it does not allow."""
    values: Any = copy.deepcopy(msgspec.to_builtins(config))
    for path, value in changes.items():
        *parents, last = path.split(".")
        place = values
        for step in parents:
            place = _at(place, step, path, where)
        _at(place, last, path, where)
        place[int(last) if isinstance(place, list) else last] = value
    return parse_settings(values, RunConfig, where)


def grid_of(values: Mapping[str, Sequence[Any]], where: str) -> Iterator[tuple[str, Changes]]:
    """The cross product, each with a name made of its last keys and values: ``n_step=1_tau=0.01``."""
    for chosen in itertools.product(*values.values()):
        changes = dict(zip(values, chosen, strict=True))
        yield "_".join(f"{path.rpartition('.')[2]}={_word(path, v, where)}" for path, v in changes.items()), changes


def _at(place: Any, step: str, path: str, where: str) -> Any:
    if isinstance(place, dict) and step in place:
        return place[step]
    if isinstance(place, list | tuple) and step.isdecimal() and int(step) < len(place):
        return place[int(step)]
    if isinstance(place, dict):
        known = ", ".join(map(str, place))
    else:
        known = f"0 … {len(place) - 1}" if isinstance(place, list | tuple) else "nothing"
    raise ConfigError(where, f"{path}: the config has no such key", f"in the place of {step!r} it has: {known}")


def _word(path: str, value: Any, where: str) -> str:
    if isinstance(value, list) and value and not any(isinstance(part, list | dict) for part in value):
        return "x".join(_word(path, part, where) for part in value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float | str):
        return str(value)
    raise ConfigError(
        where, f"{path}: {value} makes no name for a trial", "write it under variants, with a name of its own"
    )
