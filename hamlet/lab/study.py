"""A study file: one question, asked of variants of a config on several seeds. See docs/studies.md."""

import re
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from hamlet.errors import ConfigError, UsageError
from hamlet.lab.changes import changed, grid_of
from hamlet.lab.measures import LONG, MEASURES, PLANS
from hamlet.settings import RunConfig, parse_settings, read_config, read_yaml
from hamlet.training.settings import LARGEST
from hamlet.training.tasks.making import require_livable

__all__ = ["Study", "Variant", "read_study"]

Seed = Annotated[int, Meta(ge=0, le=LARGEST)]
Name = Annotated[str, Meta(min_length=1)]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.=-]{0,59}")


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What may stand in the file. ``config``: the base, a path from the file's own folder.
    ``overrides``: key path → value for all trials; ``variants``: name → such changes; ``grid``: key
    path → values, crossed with each other and with the variants. ``cap``: of the long exam."""

    title: Name
    question: Name
    config: Name
    seeds: Annotated[int, Meta(ge=1, le=1000)] | Annotated[list[Seed], Meta(min_length=1)]
    measures: Annotated[list[str], Meta(min_length=1)]
    overrides: dict[str, Any] = {}
    variants: dict[str, dict[str, Any]] = {}
    grid: dict[str, Annotated[list[Any], Meta(min_length=1)]] = {}
    cap: Annotated[int, Meta(ge=1, le=100_000)] = 2000


class Variant(msgspec.Struct, frozen=True):
    """One config to be trained on every seed (its own seed does not count)."""

    name: str
    config: RunConfig


class Study(msgspec.Struct, frozen=True):
    """A study, ready to be run: ``variants`` in their order, the first of which the others are
    compared with. ``cap``: of the long exam, in steps."""

    path: Path
    title: str
    question: str
    seeds: tuple[int, ...]
    measures: tuple[str, ...]
    variants: tuple[Variant, ...]
    cap: int

    @property
    def long_exam(self) -> bool:
        """Whether a measure needs the long exam."""
        return LONG in self.measures

    @property
    def plans(self) -> bool:
        """Whether a measure needs planners compared."""
        return any(name.startswith(PLANS) for name in self.measures)


def read_study(path: Path) -> Study:
    """The study at ``path``, with configs that can be lived in; raises ``ConfigError`` (file, key
    path, what is wrong) or ``UsageError``."""
    file = parse_settings(read_yaml(path, "studies"), _File, str(path))
    seeds = tuple(range(file.seeds)) if isinstance(file.seeds, int) else tuple(file.seeds)
    if len(set(seeds)) < len(seeds):
        raise ConfigError(str(path), f"seeds: expected different ones, found {list(seeds)}")
    if unknown := [name for name in file.measures if name not in MEASURES]:
        raise ConfigError(str(path), f"measures: no measure is called {unknown[0]!r}; there are {', '.join(MEASURES)}")
    variants = _variants(path, file)
    for variant in variants:
        world = variant.config.kind
        if alien := [name for name in file.measures if MEASURES[name].world not in ("", world)]:
            known = ", ".join(name for name, measure in MEASURES.items() if measure.world in ("", world))
            raise ConfigError(str(path), f"measures: {alien[0]} cannot be asked of a {world}; there are {known}")
    return Study(
        path=path,
        title=file.title,
        question=file.question,
        seeds=seeds,
        measures=tuple(dict.fromkeys(file.measures)),
        variants=variants,
        cap=file.cap,
    )


def _variants(path: Path, file: _File) -> tuple[Variant, ...]:
    try:
        base = read_config(path.parent / file.config)
    except UsageError as error:
        raise ConfigError(str(path), f"config: {error}", "the path begins in the study file's folder") from None
    base = changed(base, file.overrides, f"{path}: overrides")
    found: dict[str, RunConfig] = {}
    for named, changes in (file.variants or {"": {}}).items():
        where = f"{path}: variants.{named}" if named else str(path)
        for generated, more in grid_of(file.grid, f"{path}: grid"):
            name = "_".join(filter(None, (named, generated))) or "base"
            if not _NAME.fullmatch(name):
                raise ConfigError(where, f"{name!r} is no name", "use up to 60 letters, digits and . _ = -")
            if name in found:
                raise ConfigError(where, f"two variants are called {name}", "name them yourself, under variants")
            found[name] = changed(changed(base, changes, where), more, f"{path}: grid" if more else where)
    livable = []
    for name, config in found.items():
        if config.world not in livable:
            require_livable(config.world, f"{path}: {name}")
            livable.append(config.world)
    return tuple(Variant(name=name, config=config) for name, config in found.items())
