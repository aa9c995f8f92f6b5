"""The town's baselines: random, standing still, and a scripted expert. All batched over agents.

They frame every result: a policy that learned something lives between them.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.world import Actions, Floats, Mask, Spec

__all__ = ["ExpertPolicy", "RandomPolicy", "StandStillPolicy"]

Numbers = NDArray[np.int64]
Layout = Mapping[str, int] | Numbers

_UP, _DOWN, _LEFT, _RIGHT, _INTERACT = range(5)
_FAR = 1e9  # steps; an affordance that is no choice is this far away


class RandomPolicy:
    """Any allowed action, evenly."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def act(self, observation: Floats, mask: Mask) -> Actions:
        action: Actions = np.argmax(np.where(mask, self._rng.random(mask.shape), -1.0), axis=1)
        return action


class _Ground:
    """Where the agents and the affordances are. ``cells`` [1 or N, K]."""

    def __init__(self, spec: Spec, settings: TownSettings, layout: Layout) -> None:
        self._position = spec.where("position")
        self._width, self._height = settings.grid.width, settings.grid.height
        if isinstance(layout, Mapping):
            layout = np.array([[layout[name] for name in settings.affordances]], np.int64)
        self.cells = layout

    def cell(self, observation: Floats) -> Numbers:
        cell: Numbers = observation[:, self._position].argmax(axis=1)
        return cell

    def offsets(self, cell: Numbers) -> tuple[Numbers, Numbers]:
        """Columns and rows from each agent to each affordance, [N, K]."""
        dx = self.cells % self._width - (cell % self._width)[:, None]
        dy = self.cells // self._width - (cell // self._width)[:, None]
        return dx, dy

    def between(self, one: Numbers, other: Numbers) -> Numbers:
        """Steps from each of ``one`` [N] to its partner in ``other`` [N]."""
        dx, dy = one % self._width - other % self._width, one // self._width - other // self._width
        steps: Numbers = np.abs(dx) + np.abs(dy)
        return steps

    def step_aside(self, cell: Numbers) -> Actions:
        """A move onto a neighbouring cell where nothing is; any move inside the grid if there is none."""
        score = np.empty((cell.size, 4))
        for move, (dx, dy) in enumerate(((0, -1), (0, 1), (-1, 0), (1, 0))):
            x, y = cell % self._width + dx, cell // self._width + dy
            inside = (x >= 0) & (x < self._width) & (y >= 0) & (y < self._height)
            taken = ((y * self._width + x)[:, None] == self.cells).any(axis=1)
            score[:, move] = inside * (2.0 - taken)
        action: Actions = score.argmax(axis=1)
        return action


class StandStillPolicy:
    """Waits on its cell and uses nothing: born on an affordance, it first steps aside.
    ``layout`` as for ``ExpertPolicy``."""

    def __init__(self, spec: Spec, settings: TownSettings, layout: Layout) -> None:
        self._ground = _Ground(spec, settings, layout)

    def act(self, observation: Floats, mask: Mask) -> Actions:
        cell = self._ground.cell(observation)
        on = (self._ground.cells == cell[:, None]).any(axis=1)
        return np.where(on, self._ground.step_aside(cell), _INTERACT)


class ExpertPolicy:
    """A script that lives on: the earliest deadline first, work before money runs short.

    A *need* is a meter that must not fall: a vital one (floor 0), or the source of a cascade onto a
    need (floor: the cascade's threshold). Its deadline is the number of walking steps until it
    reaches its floor; money's is the number of steps until it no longer pays for a refill of every
    need. Deadlines of needs shrink alike while walking, so their order holds on the way.
    With every deadline further off than ``margin`` steps the expert waits where nothing is.

    Reads position and meters from the observation; ``layout`` (name → cell, for all agents, or
    cells [N, K] in the order of the settings) is handed over. Knows the full difficulty only.
    Keeps no memory: the same observation gives the same action.
    """

    def __init__(self, spec: Spec, settings: TownSettings, layout: Layout) -> None:
        self._ground = _Ground(spec, settings, layout)
        self._meters = spec.where("meters")
        names, offers = list(settings.meters), settings.affordances.values()
        needs = _needs(settings)
        self._needs = np.array([names.index(name) for name in needs], np.int64)  # [J]
        self._money = names.index(settings.money.meter)
        self._floor = np.array(list(needs.values()))  # [J]
        drains = [settings.meters[name].passive + settings.meters[name].moving for name in needs]
        self._drain = np.maximum(drains, 1e-9)  # [J] per walking step; a still meter's deadline is far off
        self._price = np.array([offer.cost for offer in offers]) / settings.money.dollars  # [K]
        self._net = np.array([offer.income - offer.cost for offer in offers]) / settings.money.dollars
        effect = np.array([[offer.effects.get(name, 0.0) for offer in offers] for name in needs])  # [J, K]
        self._gain = np.maximum(effect, 1e-12)
        self._gives = effect > 0
        self._harm = np.maximum(-effect, 0.0) / self._drain[:, None]  # steps of life that one interaction takes
        # A dollar costs the steps that earn it, those of life that the work takes included; so does an interaction.
        with np.errstate(divide="ignore"):
            per_money = np.where(self._net > 0, (1.0 + self._harm.sum(axis=0)) / self._net, np.inf).min(initial=np.inf)
        self._toll = 1.0 + (self._price * per_money if np.isfinite(per_money) else 0.0)
        refill = np.where(self._gives, self._price / self._gain, np.inf).min(axis=1, initial=np.inf)
        refill[np.isinf(refill)] = 0.0
        self._reserve = float(refill.sum())  # money that fills every need from empty
        self._rate = float((refill * self._drain).sum()) + 1e-12  # money that a walking step costs
        across = settings.grid.width + settings.grid.height - 2
        tank = float(((1.0 - self._floor) / self._drain).min(initial=_FAR))
        self._margin = min(across * (len(needs) + 1.0) + 10.0, 0.6 * tank)
        self._spare = min(across * 2.0 + 10.0, 0.4 * tank)  # what work must leave of any need, in steps
        self._across = across

    def act(self, observation: Floats, mask: Mask) -> Actions:
        rows = np.arange(observation.shape[0])
        cell = self._ground.cell(observation)
        meters = observation[:, self._meters].astype(np.float64)
        money, level = meters[:, self._money], meters[:, self._needs]  # [N], [N, J]
        dx, dy = self._ground.offsets(cell)
        distance = np.abs(dx) + np.abs(dy)  # [N, K]

        deadline = (level - self._floor) / self._drain  # [N, J]
        left = deadline[:, :, None] - distance[:, None, :] - self._harm  # [N, J, K] after going there and interacting
        safe = ((left >= self._spare) | (self._harm == 0)).all(axis=1)
        possible = safe & (self._price <= money[:, None] + 1e-6)  # [N, K]

        # For each need the affordance that fills it soonest: walking, interacting, earning the price.
        missing = 1.0 - level[:, :, None]
        times = np.ceil(np.maximum(missing / self._gain, 1.0))
        refill = np.where(self._gives & possible[:, None, :], distance[:, None, :] + times * self._toll, _FAR)
        choice = refill.argmin(axis=2)  # [N, J]
        urgency = np.where(refill.min(axis=2) < _FAR, deadline, _FAR)
        # Two meters may run out at the same step, to the last bit or not: what is nearer goes first, or
        # rounding would send the agent to and fro between two places until it dies.
        first = (urgency + 0.5 * distance[rows[:, None], choice]).argmin(axis=1)

        earning = np.where((self._net > 0) & possible, distance, _FAR)
        work = earning.argmin(axis=1)
        can_work = earning.min(axis=1) < _FAR
        broke = np.where(can_work, (money - self._reserve) / self._rate, _FAR)
        soonest, refuge = urgency[rows, first], choice[rows, first]
        cells = np.broadcast_to(self._ground.cells, distance.shape)
        back = self._ground.between(cells[rows, work], cells[rows, refuge])
        in_time = soonest > distance[rows, work] + back + self._across  # the most urgent need can wait for the work
        target = np.where((broke < soonest) & in_time & can_work, work, refuge)
        active = np.minimum(broke, soonest) < self._margin

        # On something useful: stay until the need is full, or the purse.
        on, at = (distance == 0).any(axis=1), distance.argmin(axis=1)
        chosen = (choice == at[:, None]) & (urgency < _FAR)
        useful = (chosen & (missing[:, :, 0] >= 0.75 * self._gain[:, at].T)).any(axis=1)
        paid = can_work & (work == at) & (money + self._net[at] <= 1.0) & in_time
        stay = on & mask[:, _INTERACT] & possible[rows, at] & (useful | paid | (active & (target == at)))

        tx, ty = dx[rows, target], dy[rows, target]
        across, along = np.where(tx < 0, _LEFT, _RIGHT), np.where(ty < 0, _UP, _DOWN)
        walk = np.where(np.abs(tx) >= np.abs(ty), across, along)
        rest = np.where(on, self._ground.step_aside(cell), _INTERACT)
        going = active & ~(on & (target == at))
        return np.where(stay, _INTERACT, np.where(going, walk, rest))


def _needs(settings: TownSettings) -> dict[str, float]:
    """Meters that must not fall → the floor that they must stay above."""
    needs = {name: 0.0 for name, meter in settings.meters.items() if meter.vital}
    for _ in settings.cascades:  # a chain is no longer than the cascades are many
        for cascade in settings.cascades:
            if cascade.target in needs and cascade.source != settings.money.meter:
                needs[cascade.source] = max(needs.get(cascade.source, 0.0), cascade.below)
    return needs
