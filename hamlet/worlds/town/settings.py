"""The town's part of a config file: grid, meters, cascades, affordances, stages.

The YAML holds every number of the physics; code holds none. Units: meters in [0, 1], rates per
step, prices in dollars (``money.dollars`` is what a money meter of 1.0 is worth).
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

__all__ = ["Affordance", "Cascade", "Day", "Grid", "Meter", "Money", "Stage", "TownSettings"]

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


class Day(_Settings, frozen=True, kw_only=True):
    """``hours`` in a day, one a step; every life begins at the hour ``dawn``."""

    hours: Annotated[int, Meta(ge=2, le=1000)]
    dawn: Annotated[int, Meta(ge=0)] = 0


class Meter(_Settings, frozen=True, kw_only=True):
    """``passive`` drains every step, ``moving`` on top of it when the step is a move (also one
    against the edge); a ``vital`` meter ends the life at 0. Lives in training begin with it drawn
    evenly from ``poorest`` to ``start`` (those of an exam at ``start``, give or take the jitter)."""

    start: Share
    poorest: Share | None = None
    passive: Rate = 0.0
    moving: Rate = 0.0
    vital: bool = False


class Cascade(_Settings, frozen=True, kw_only=True):
    """While ``source`` is below ``below``, ``target`` loses drain · (below − source) / below; with
    ``shape: step`` it loses all of ``drain``."""

    source: str
    below: Annotated[float, Meta(gt=0, le=1)]
    target: str
    drain: Rate
    shape: Literal["slope", "step"] = "slope"


class Affordance(_Settings, frozen=True, kw_only=True):
    """Where something can be done (x, y), what it costs or earns, and what it does to meters.

    It takes ``ticks`` steps of interacting: the price is paid with the first, the effects and the
    income come in equal parts, but for the town's ``bonus``, which completing it pays. It can be
    begun from the first of ``hours`` until before the second (which may lie after midnight: 18 to
    28); what has begun may be finished. Leaving loses the rest."""

    at: tuple[int, int]
    ticks: Annotated[int, Meta(ge=1, le=100)] = 1
    hours: tuple[int, int] | None = None
    cost: Dollars = 0.0
    income: Dollars = 0.0
    effects: dict[str, Annotated[float, Meta(ge=-1, le=1)]] = {}

    def open_at(self, hour: int, day: int) -> bool:
        """May it be begun at ``hour`` of a day that has ``day`` hours?"""
        return self.hours is None or (hour - self.hours[0]) % day < self.hours[1] - self.hours[0]


class Stage(_Settings, frozen=True, kw_only=True):
    """A stage of the curriculum: ``depletion`` scales all drains; meters not in ``meters`` stand
    still (prices too, when money is one of them). Reward per step survived: ``alive`` +
    ``lowest_vital`` · the lowest vital meter that moves; the step of death earns 0."""

    depletion: Annotated[float, Meta(ge=0, le=2)]
    meters: tuple[str, ...]
    alive: Annotated[float, Meta(ge=0)]
    lowest_vital: Annotated[float, Meta(ge=0)]


Part = Literal[
    "position", "meters", "mask", "places", "places_seen", "unseen", "hour", "progress", "open", "window", "found"
]


class TownSettings(_Settings, frozen=True, kw_only=True, tag_field="kind", tag="town"):
    """``layout: drawn`` puts the affordances elsewhere in every episode. ``sees``: what an agent is
    shown, in this order (see ``worlds.town.observation``); ``radius`` is the window's: 2 shows 5 × 5
    cells. ``bonus``: the share of effects and income that completing an interaction of several
    ticks pays. ``expert_neglects``: meters that the scripted expert lets run down, because keeping
    them up costs more than it saves."""

    physics: int
    grid: Grid
    cap: Annotated[int, Meta(ge=1, le=100_000)]
    money: Money
    start_jitter: Share
    meters: dict[str, Meter]
    affordances: dict[str, Affordance]
    stages: Annotated[tuple[Stage, ...], Meta(min_length=1)]
    cascades: tuple[Cascade, ...] = ()
    layout: Literal["fixed", "drawn"] = "fixed"
    day: Day | None = None
    bonus: Share = 0.25
    sees: Annotated[tuple[Part, ...], Meta(min_length=1)] = ("position", "meters", "mask")
    radius: Annotated[int, Meta(ge=1, le=8)] = 2
    expert_neglects: tuple[str, ...] = ()

    @property
    def maps(self) -> bool:
        """Is anything shown of what the window has shown before?"""
        return not {"places_seen", "unseen"}.isdisjoint(self.sees)

    @property
    def positions(self) -> dict[str, int]:
        """Affordance → cell, as configured."""
        return {name: spot.at[1] * self.grid.width + spot.at[0] for name, spot in self.affordances.items()}

    def clock(self, step: int) -> tuple[int, list[str]]:
        """The hour after ``step`` steps of a life, and where nothing can be begun then; (0, []) without a day."""
        if self.day is None:
            return 0, []
        hour = (self.day.dawn + step) % self.day.hours
        return hour, [name for name, offer in self.affordances.items() if not offer.open_at(hour, self.day.hours)]
