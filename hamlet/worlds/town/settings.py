"""The town's part of a config file: grid, meters, cascades, affordances, stages.

The YAML holds every number of the physics; code holds none. Units: meters in [0, 1], rates per
step, prices in dollars (``money.dollars`` is what a money meter of 1.0 is worth).
"""

from typing import Annotated

import msgspec
from msgspec import Meta

__all__ = ["Affordance", "Cascade", "Grid", "Meter", "Money", "Stage", "TownSettings"]

Share = Annotated[float, Meta(ge=0, le=1)]
Rate = Annotated[float, Meta(ge=0, le=1)]
Dollars = Annotated[float, Meta(ge=0)]


class _Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Grid(_Settings, frozen=True, kw_only=True):
    """Cells are numbered y · width + x; x to the right, y down, from 0."""

    width: Annotated[int, Meta(ge=2, le=256)]
    height: Annotated[int, Meta(ge=2, le=256)]


class Money(_Settings, frozen=True, kw_only=True):
    """Which meter is money, and what 1.0 of it is worth in dollars."""

    meter: str
    dollars: Annotated[float, Meta(gt=0)]


class Meter(_Settings, frozen=True, kw_only=True):
    """``passive`` drains every step, ``moving`` on top of it when the step is a move (also one
    against the edge); a ``vital`` meter ends the life at 0."""

    start: Share
    passive: Rate = 0.0
    moving: Rate = 0.0
    vital: bool = False


class Cascade(_Settings, frozen=True, kw_only=True):
    """While ``source`` is below ``below``, ``target`` loses drain · (below − source) / below."""

    source: str
    below: Annotated[float, Meta(gt=0, le=1)]
    target: str
    drain: Rate


class Affordance(_Settings, frozen=True, kw_only=True):
    """Where something can be done (x, y), what it costs or earns, and what it does to meters."""

    at: tuple[int, int]
    cost: Dollars = 0.0
    income: Dollars = 0.0
    effects: dict[str, Annotated[float, Meta(ge=-1, le=1)]] = {}


class Stage(_Settings, frozen=True, kw_only=True):
    """A stage of the curriculum: ``depletion`` scales all drains; meters not in ``meters`` stand
    still (prices too, when money is one of them). Reward per step survived: ``alive`` +
    ``lowest_vital`` · the lowest vital meter that moves; the step of death earns 0."""

    depletion: Annotated[float, Meta(ge=0, le=2)]
    meters: tuple[str, ...]
    alive: Annotated[float, Meta(ge=0)]
    lowest_vital: Annotated[float, Meta(ge=0)]


class TownSettings(_Settings, frozen=True, kw_only=True):
    physics: int
    grid: Grid
    cap: Annotated[int, Meta(ge=1, le=100_000)]
    money: Money
    start_jitter: Share
    meters: dict[str, Meter]
    affordances: dict[str, Affordance]
    stages: Annotated[tuple[Stage, ...], Meta(min_length=1)]
    cascades: tuple[Cascade, ...] = ()

    @property
    def layout(self) -> dict[str, int]:
        """Affordance → cell, as configured."""
        return {name: spot.at[1] * self.grid.width + spot.at[0] for name, spot in self.affordances.items()}
