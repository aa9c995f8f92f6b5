"""Can anyone live in this town? Asked of the settings before anything runs.

First what can be read off: names, places, a way to restore every vital meter, and one within
reach. Then the proof by example: the scripted expert lives there for ``STEPS`` steps, from
``STARTS`` starts with drawn meters, at full difficulty. Where it cannot, the same trial with other
numbers finds one that decides, and by how much it must change.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise

import msgspec
import numpy as np

from hamlet.errors import ConfigError
from hamlet.worlds.town.policies import ExpertPolicy
from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.town.town import Town

__all__ = ["STARTS", "STEPS", "Problem", "check", "require_feasible"]

STARTS, STEPS = 32, 2000
_FACTORS = (1.0, 1.5, 2.5, 6.0)


class Problem(msgspec.Struct, frozen=True):
    """One thing to change. ``where``: key path; ``change``: found → needed; ``why``: one clause."""

    where: str
    change: str
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.change} ({self.why})"


def check(settings: TownSettings) -> list[Problem]:
    """What makes the town unlivable, most basic first; empty when it can be lived in.

    Stops at the first kind of problem found, since later questions rest on earlier answers.
    Raises ``ConfigError`` when the physics is not the one that this version computes.
    """
    for questions in (_names, _places, _restorable, _reachable, _livable):
        problems = list(questions(settings))
        if problems:
            return problems
    return []


def require_feasible(settings: TownSettings, source: str = "") -> None:
    """Raise ``ConfigError`` naming the file ``source``, the first problem, and the others of its kind."""
    problems = check(settings)
    if problems:
        first, more = problems[0], len(problems) - 1
        hint = f"{more} more of this kind: {'; '.join(map(str, problems[1:]))}" if more else ""
        where = f"{source}: {first.where}" if source else first.where
        raise ConfigError(where, f"{first.change} ({first.why})", hint)


def _names(settings: TownSettings) -> Iterator[Problem]:
    used = [("world.money.meter", settings.money.meter)]
    for i, cascade in enumerate(settings.cascades):
        used += [(f"world.cascades[{i}].source", cascade.source), (f"world.cascades[{i}].target", cascade.target)]
    for name, affordance in settings.affordances.items():
        used += [(f"world.affordances.{name}.effects", meter) for meter in affordance.effects]
    for i, stage in enumerate(settings.stages):
        used += [(f"world.stages[{i}].meters", meter) for meter in stage.meters]
    used += [(f"world.expert_neglects[{i}]", meter) for i, meter in enumerate(settings.expert_neglects)]
    for where, name in used:
        if name not in settings.meters:
            yield Problem(where, f"{name!r} → one of {', '.join(settings.meters)}", "no meter has this name")
    for name, offer in settings.affordances.items():
        where = f"world.affordances.{name}.hours"
        if offer.hours is None:
            continue
        if settings.day is None:
            yield Problem("world.day", "(absent) → the hours of a day", f"{where} needs a clock")
        elif not 0 <= offer.hours[0] < offer.hours[1] <= offer.hours[0] + settings.day.hours:
            change = f"[{offer.hours[0]}, {offer.hours[1]}] → from and to, at most a day apart"
            yield Problem(where, change, "it could never be begun, or always")
    if not any(meter.vital for meter in settings.meters.values()):
        yield Problem("world.meters", "no vital meter → at least one", "nothing could end a life")


def _places(settings: TownSettings) -> Iterator[Problem]:
    width, height = settings.grid.width, settings.grid.height
    if settings.layout == "drawn":
        if len(settings.affordances) > width * height:
            change = f"{width} × {height} → at least {len(settings.affordances)} cells"
            yield Problem("world.grid", change, "every affordance needs a cell of its own")
        return
    taken: dict[tuple[int, int], str] = {}
    for name, affordance in settings.affordances.items():
        where, (x, y) = f"world.affordances.{name}.at", affordance.at
        if not (0 <= x < width and 0 <= y < height):
            yield Problem(where, f"[{x}, {y}] → x 0 … {width - 1}, y 0 … {height - 1}", "outside the grid")
        elif (x, y) in taken:
            yield Problem(where, f"[{x}, {y}] → a cell of its own", f"{taken[x, y]} is there")
        taken[x, y] = name


def _restorers(settings: TownSettings, meter: str) -> list[str]:
    return [name for name, offer in settings.affordances.items() if offer.effects.get(meter, 0.0) > 0]


def _restorable(settings: TownSettings) -> Iterator[Problem]:
    for name, meter in settings.meters.items():
        if meter.vital and meter.passive + meter.moving > 0 and not _restorers(settings, name):
            yield Problem("world.affordances", f"none restores {name} → one whose effects do", "it drains and is vital")
    priced = any(offer.cost > 0 for offer in settings.affordances.values())
    if priced and not any(offer.income > offer.cost for offer in settings.affordances.values()):
        yield Problem("world.affordances", "none has an income → one that does", "things cost money")


def _reachable(settings: TownSettings) -> Iterator[Problem]:
    for name, meter in settings.meters.items():
        places = [settings.affordances[offer].at for offer in _restorers(settings, name)]
        if not meter.vital or not places:
            continue
        if settings.layout == "drawn":  # anything may lie in the farthest corner
            places = [(0, 0)]
        cells = ((x, y) for x in range(settings.grid.width) for y in range(settings.grid.height))
        farthest = max(min(abs(x - px) + abs(y - py) for px, py in places) for x, y in cells)
        start = meter.start - settings.start_jitter
        if start <= 0:
            change = f"{meter.start:g} → more than {settings.start_jitter:g}"
            yield Problem(f"world.meters.{name}.start", change, "world.start_jitter may take that much away")
        elif (meter.passive + meter.moving) * farthest >= start:
            most = _outward(max(start / (farthest + 1) - meter.passive, 0.0), down=True)
            why = f"{name} runs out within the {farthest} steps to the nearest place that restores it"
            yield Problem(f"world.meters.{name}.moving", f"{meter.moving:g} → at most {most:g}", why)


def _livable(settings: TownSettings) -> Iterator[Problem]:
    ends = _live(settings)
    if not ends:
        return
    cause, step = min(ends, key=lambda end: end[1])
    poor = not _live(_all_prices(settings, 0.0))
    why = f"the scripted expert runs out of {cause} at step {step}" + (" for want of money" if poor else "")
    trials = list(_money(settings) if poor else _drains(settings, cause))
    for tried, factor in pairwise(_FACTORS):  # the number that must change least is named
        for where, found, sense, change in trials:
            bold = _outward(found * factor**sense, down=sense < 0)
            if ".effects." in where and bold > 1.0:
                continue
            if not _live(change(bold)):
                needed = _threshold(found * tried**sense, bold, change)
                yield Problem(where, f"{found:g} → at {'least' if sense > 0 else 'most'} {needed:g}", why)
                return
    scaled = partial(_all_prices if poor else _all_drains, settings)
    where = "world.affordances.*.cost" if poor else "world.meters.*.passive and .moving"
    yield Problem(where, f"each → at most {_threshold(1.0, 0.0, scaled):g} of it", why)


def _live(settings: TownSettings) -> list[tuple[str, int]]:
    """The expert's deaths there: (meter that ran out, step); empty when it lives on."""
    town = Town(settings, STARTS, exam=True, cap=STEPS)
    step, expert = town.reset(0), ExpertPolicy(town)
    for _ in range(STEPS):
        step = town.step(expert.act(step.observation, step.mask))
        if step.terminated.any():
            lives = [town.episode(int(agent)) for agent in np.flatnonzero(step.terminated)]
            return [(life.cause, life.survival_time) for life in lives]
    return []


Trial = tuple[str, float, int, Callable[[float], TownSettings]]  # key path, found, +1 more or −1 less, with another


def _money(settings: TownSettings) -> Iterator[Trial]:
    """Numbers that may decide whether income pays for living."""
    for name, offer in settings.affordances.items():
        if offer.income > 0:
            yield f"world.affordances.{name}.income", offer.income, 1, partial(_offer, settings, name, "income")
    for name, offer in settings.affordances.items():
        if offer.cost > 0:
            yield f"world.affordances.{name}.cost", offer.cost, -1, partial(_offer, settings, name, "cost")


def _drains(settings: TownSettings, cause: str) -> Iterator[Trial]:
    """Numbers that may decide whether a vital meter drains faster than it can be restored, those
    of ``cause`` first."""
    vital = [name for name, meter in settings.meters.items() if meter.vital and name != cause]
    for name in (cause, *vital):
        meter = settings.meters[name]
        for field, found in (("passive", meter.passive), ("moving", meter.moving)):
            if found > 0:
                yield f"world.meters.{name}.{field}", found, -1, partial(_meter, settings, name, field)
        for offer in _restorers(settings, name):
            found = settings.affordances[offer].effects[name]
            yield f"world.affordances.{offer}.effects.{name}", found, 1, partial(_effect, settings, offer, name)


def _offer(settings: TownSettings, name: str, field: str, value: object) -> TownSettings:
    other = msgspec.structs.replace(settings.affordances[name], **{field: value})
    return msgspec.structs.replace(settings, affordances=settings.affordances | {name: other})


def _effect(settings: TownSettings, name: str, meter: str, value: float) -> TownSettings:
    return _offer(settings, name, "effects", settings.affordances[name].effects | {meter: value})


def _meter(settings: TownSettings, name: str, field: str, value: float) -> TownSettings:
    other = msgspec.structs.replace(settings.meters[name], **{field: value})
    return msgspec.structs.replace(settings, meters=settings.meters | {name: other})


def _all_prices(settings: TownSettings, factor: float) -> TownSettings:
    for name, offer in settings.affordances.items():
        settings = _offer(settings, name, "cost", offer.cost * factor)
    return settings


def _all_drains(settings: TownSettings, factor: float) -> TownSettings:
    for name, meter in settings.meters.items():
        settings = _meter(settings, name, "passive", meter.passive * factor)
        settings = _meter(settings, name, "moving", meter.moving * factor)
    return settings


def _threshold(bad: float, good: float, change: Callable[[float], TownSettings]) -> float:
    """The value nearest to ``bad`` that the expert lives with, to a fiftieth, on the safe side."""
    down = good < bad
    while abs(good - bad) > 0.02 * max(good, bad):
        middle = _outward((bad + good) / 2, down=down)
        if middle in (bad, good):
            break
        if _live(change(middle)):
            bad = middle
        else:
            good = middle
    return good


def _outward(value: float, *, down: bool) -> float:
    """``value`` in three digits, rounded down or up."""
    if value == 0.0:
        return 0.0
    unit = 10.0 ** (np.floor(np.log10(value)) - 2)
    return float(f"{(np.floor(value / unit) if down else np.ceil(value / unit)) * unit:.3g}")
