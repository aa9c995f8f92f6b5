"""The town's baselines beside random: standing still, and a scripted expert. All batched over agents.

They frame every result: a policy that learned something lives between them.
"""

import numpy as np
from numpy.typing import NDArray

from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.town.town import AgentStates, Town
from hamlet.worlds.world import Actions, Floats, Mask

__all__ = ["ExpertPolicy", "StandStillPolicy", "Urgency", "needs"]

Numbers = NDArray[np.int64]

_UP, _DOWN, _LEFT, _RIGHT, _INTERACT = range(5)
_FAR = 1e9  # steps; an affordance that is no choice is this far away


class _Ground:
    """The grid of a town, and steps on it."""

    def __init__(self, town: Town) -> None:
        self._width, self._height = town.settings.grid.width, town.settings.grid.height

    def offsets(self, now: AgentStates) -> tuple[Numbers, Numbers]:
        """Columns and rows from each agent to each affordance, [N, K]."""
        dx = now.layouts % self._width - (now.cells % self._width)[:, None]
        dy = now.layouts // self._width - (now.cells // self._width)[:, None]
        return dx, dy

    def between(self, one: Numbers, other: Numbers) -> Numbers:
        """Steps from each of ``one`` [N] to its partner in ``other`` [N]."""
        dx, dy = one % self._width - other % self._width, one // self._width - other // self._width
        steps: Numbers = np.abs(dx) + np.abs(dy)
        return steps

    def step_aside(self, now: AgentStates) -> Actions:
        """A move onto a neighbouring cell where nothing is; any move inside the grid if there is none."""
        cell = now.cells
        score = np.empty((cell.size, 4))
        for move, (dx, dy) in enumerate(((0, -1), (0, 1), (-1, 0), (1, 0))):
            x, y = cell % self._width + dx, cell // self._width + dy
            inside = (x >= 0) & (x < self._width) & (y >= 0) & (y < self._height)
            taken = ((y * self._width + x)[:, None] == now.layouts).any(axis=1)
            score[:, move] = inside * (2.0 - taken)
        action: Actions = score.argmax(axis=1)
        return action


class StandStillPolicy:
    """Waits on its cell in ``town`` and uses nothing: born on an affordance, it first steps aside."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._ground = _Ground(town)

    def act(self, observation: Floats, mask: Mask) -> Actions:
        now = self._town.now
        on = (now.layouts == now.cells[:, None]).any(axis=1)
        return np.where(on, self._ground.step_aside(now), _INTERACT)


class ExpertPolicy:
    """A script that lives on: the earliest deadline first, work before money runs short.

    A *need* is a meter that must not fall: a vital one (floor 0), or the source of a cascade onto a
    need (floor: the cascade's threshold). Its deadline is the number of walking steps until it
    reaches its floor; money's is the number of steps until it no longer pays for a refill of every
    need. Deadlines of needs shrink alike while walking, so their order holds on the way. What is
    closed is as far away as the wait until it opens; what is begun is finished.
    With every deadline further off than ``margin`` steps the expert waits where nothing is.

    It is told everything: it reads ``town`` itself, whatever its agents are shown. Knows the full
    difficulty only. Keeps no memory: the same situation gives the same action.
    """

    def __init__(self, town: Town) -> None:
        self._town = town
        self._ground = _Ground(town)
        settings = town.settings
        names, offers = list(settings.meters), settings.affordances.values()
        floors = needs(settings)
        self._needs = np.array([names.index(name) for name in floors], np.int64)  # [J]
        self._money = names.index(settings.money.meter)
        self._floor = np.array(list(floors.values()))  # [J]
        drains = [_walking_drain(settings, name) for name in floors]
        self._drain = np.maximum(drains, 1e-9)  # [J] per walking step; a still meter's deadline is far off
        self._ticks = np.array([offer.ticks for offer in offers], float)  # [K]
        self._until = _until_open(settings)  # [K, H]
        self._price = np.array([offer.cost for offer in offers]) / settings.money.dollars  # [K]
        self._net = np.array([offer.income - offer.cost for offer in offers]) / settings.money.dollars
        effect = np.array([[offer.effects.get(name, 0.0) for offer in offers] for name in floors])  # [J, K]
        self._gain = np.maximum(effect, 1e-12)
        self._gives = effect > 0
        self._harm = np.maximum(-effect, 0.0) / self._drain[:, None]  # steps of life that one interaction takes
        # A dollar costs the steps that earn it, those of life that the work takes included; so does an interaction.
        labour = self._ticks + self._harm.sum(axis=0)
        with np.errstate(divide="ignore"):
            per_money = np.where(self._net > 0, labour / self._net, np.inf).min(initial=np.inf)
        self._toll = self._ticks + (self._price * per_money if np.isfinite(per_money) else 0.0)
        refill = np.where(self._gives, self._price / self._gain, np.inf).min(axis=1, initial=np.inf)
        refill[np.isinf(refill)] = 0.0
        self._reserve = float(refill.sum())  # money that fills every need from empty
        self._rate = float((refill * self._drain).sum()) + 1e-12  # money that a walking step costs
        earns = self._net > 0
        self._night = 2.0 * self._until[earns].max(initial=0)  # steps for which there may be no work
        across = settings.grid.width + settings.grid.height - 2
        tank = float(((1.0 - self._floor) / self._drain).min(initial=_FAR))
        self._margin = min(across * (len(floors) + 1.0) + 10.0, 0.6 * tank)
        self._spare = min(across * 2.0 + 10.0, 0.4 * tank)  # what work must leave of any need, in steps
        self._across = across

    def act(self, observation: Floats, mask: Mask) -> Actions:
        now = self._town.now
        rows = np.arange(len(now.cells))
        money, level = now.meters[:, self._money], now.meters[:, self._needs]  # [N], [N, J]
        dx, dy = self._ground.offsets(now)
        distance = np.abs(dx) + np.abs(dy)  # [N, K]
        arrival = (now.hours[:, None] + distance) % self._until.shape[1]
        wait = self._until[np.arange(len(self._ticks)), arrival]  # [N, K] until it opens, once there
        away = distance + wait

        deadline = (level - self._floor) / self._drain  # [N, J]
        # Steps left [N, J, K] after going there and interacting.
        left = deadline[:, :, None] - (away + self._ticks - 1.0)[:, None, :] - self._harm
        safe = ((left >= self._spare) | (self._harm == 0)).all(axis=1)
        possible = safe & (self._price <= money[:, None] + 1e-6)  # [N, K]

        # For each need the affordance that fills it soonest: walking, interacting, earning the price.
        missing = 1.0 - level[:, :, None]
        times = np.ceil(np.maximum(missing / self._gain, 1.0))
        refill = np.where(self._gives & possible[:, None, :], away[:, None, :] + times * self._toll, _FAR)
        choice = refill.argmin(axis=2)  # [N, J]
        urgency = np.where(refill.min(axis=2) < _FAR, deadline, _FAR)
        # Two meters may run out at the same step, to the last bit or not: what is nearer goes first, or
        # rounding would send the agent to and fro between two places until it dies.
        first = (urgency + 0.5 * distance[rows[:, None], choice]).argmin(axis=1)

        # Who cannot pay for what is needed works as long as that leaves any life at all.
        stuck = ((deadline < self._margin) & (urgency == _FAR)).any(axis=1)
        possible |= stuck[:, None] & (left > 0).all(axis=1) & (self._net > 0)

        earning = np.where((self._net > 0) & possible, away, _FAR)
        work = earning.argmin(axis=1)
        can_work = earning.min(axis=1) < _FAR
        broke = np.where(can_work, (money - self._reserve) / self._rate - self._night, _FAR)
        soonest, refuge = urgency[rows, first], choice[rows, first]
        back = self._ground.between(now.layouts[rows, work], now.layouts[rows, refuge])
        # The most urgent need can wait for the work.
        in_time = soonest > away[rows, work] + self._ticks[work] - 1.0 + back + self._across
        target = np.where((broke < soonest) & in_time & can_work, work, refuge)
        active = np.minimum(broke, soonest) < self._margin

        # On something useful: stay until the need is full, or the purse.
        on, at = (distance == 0).any(axis=1), distance.argmin(axis=1)
        chosen = (choice == at[:, None]) & (urgency < _FAR)
        useful = (chosen & (missing[:, :, 0] >= 0.75 * self._gain[:, at].T)).any(axis=1)
        paid = can_work & (work == at) & (money + self._net[at] <= 1.0) & in_time
        stay = on & mask[:, _INTERACT] & possible[rows, at] & (useful | paid | (active & (target == at)))
        stay |= now.progress > 0

        tx, ty = dx[rows, target], dy[rows, target]
        across, along = np.where(tx < 0, _LEFT, _RIGHT), np.where(ty < 0, _UP, _DOWN)
        walk = np.where(np.abs(tx) >= np.abs(ty), across, along)
        rest = np.where(on, self._ground.step_aside(now), _INTERACT)
        going = active & (wait[rows, target] == 0) & ~(on & (target == at))
        return np.where(stay, _INTERACT, np.where(going, walk, rest))


def _walking_drain(settings: TownSettings, name: str) -> float:
    """What a walking step takes of a meter at worst: sloping cascades left out, since their sources are needs."""
    meter = settings.meters[name]
    steps = (cascade.drain for cascade in settings.cascades if cascade.target == name and cascade.shape == "step")
    return meter.passive + meter.moving + sum(steps)


def _until_open(settings: TownSettings) -> Numbers:
    """[K, H] steps from each hour of the day until an affordance may be begun."""
    hours = settings.day.hours if settings.day else 1
    until = np.zeros((len(settings.affordances), hours), np.int64)
    for k, offer in enumerate(settings.affordances.values()):
        if offer.hours:
            opens, closes = offer.hours
            until[k] = [
                0 if (hour - opens) % hours < closes - opens else (opens - hour) % hours for hour in range(hours)
            ]
    return until


def needs(settings: TownSettings) -> dict[str, float]:
    """Meters that must not fall → the floor that they must stay above."""
    found = {name: 0.0 for name, meter in settings.meters.items() if meter.vital}
    for _ in settings.cascades:  # a chain is no longer than the cascades are many
        for cascade in settings.cascades:
            needed = cascade.source not in (settings.money.meter, *settings.expert_neglects)
            if needed and cascade.shape == "slope" and cascade.target in found:
                found[cascade.source] = max(found.get(cascade.source, 0.0), cascade.below)
    return found


class Urgency:
    """What a life in the town needs most at a moment."""

    def __init__(self, settings: TownSettings) -> None:
        floors = needs(settings)
        self._meters = tuple(settings.meters)
        self._needed = np.array([name in floors for name in self._meters])
        self._floors = np.array([floors.get(name, 0.0) for name in self._meters])
        self._drains = np.array([meter.passive + meter.moving for meter in settings.meters.values()])

    def of(self, meters: NDArray[np.float64]) -> str:
        """The meter of ``meters`` [M] that is furthest below its floor, as a share of it; else the one that
        reaches its floor first."""
        spare = meters - self._floors
        urgency = np.where(spare < 0, self._floors, self._drains)
        return self._meters[int(np.where(self._needed, spare / np.maximum(urgency, 1e-12), np.inf).argmin())]
