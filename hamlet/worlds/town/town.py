"""``Town``: the grid life-sim as a ``World``, built from settings, computed by the kernel."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamlet.errors import ConfigError
from hamlet.worlds.batch import Batch
from hamlet.worlds.town import kernel
from hamlet.worlds.town.arrays import Outcome, Rules, State
from hamlet.worlds.town.observation import ObservationColumns, columns_of, features
from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.world import Actions, Episode, Floats, Mask, Spec, Step

__all__ = ["ACTIONS", "AgentStates", "Town", "TownLife", "random_layout"]

ACTIONS = ("up", "down", "left", "right", "interact")


class TownLife(Episode, frozen=True, kw_only=True):
    """``path`` [survival_time + 1] cells, the start first; ``layout``: affordance → cell; ``used``:
    completed interactions by affordance; ``cause``: the meter that ran out, or ``"cap"``."""

    layout: Mapping[str, int]
    path: NDArray[np.uint16]


class AgentStates(NamedTuple):
    """The situation of all agents: cells [N], meters [N, M] in [0, 1], layouts [N, K] (the cell of each
    affordance), hours [N] of the day (0 without one), progress [N] in ticks of the running interaction."""

    cells: NDArray[np.int64]
    meters: NDArray[np.float64]
    layouts: NDArray[np.int64]
    hours: NDArray[np.int64]
    progress: NDArray[np.int64]


class Town(Batch):
    """N lives in one town. ``exam`` starts draw meters within ± ``start_jitter``; ``cap`` overrides
    the settings' (an exam of 2000 steps). Raises ``ConfigError`` for names that do not match."""

    def __init__(self, settings: TownSettings, n: int = 1, *, exam: bool = False, cap: int | None = None) -> None:
        _require_physics(settings)
        if "meters" not in settings.sees:
            raise ConfigError("world.sees", "meters is missing", "an agent that cannot feel hunger cannot live")
        if settings.maps and "window" not in settings.sees:
            raise ConfigError("world.sees", "window is missing", "places_seen and unseen tell of what it has shown")
        if {"places", "places_seen"} <= set(settings.sees):
            raise ConfigError("world.sees", "places and places_seen", "choose one: they stand in the same columns")
        self.settings = settings
        self.n = n
        self.meters = tuple(settings.meters)
        self.affordances = tuple(settings.affordances)
        self._rules = _rules(settings, exam, cap or settings.cap)
        cells = settings.grid.width * settings.grid.height
        self.spec = Spec(
            world="town",
            physics=settings.physics,
            features=features(settings, len(ACTIONS)),
            actions=ACTIONS,
            cap=self._rules.cap,
            stages=len(settings.stages),
        )
        self._state = _state(n, cells, len(self.meters), len(self.affordances), self._rules.cap, settings.maps)
        self._out = _outcome(n, self.spec.observation_size, self._rules.columns)
        self._stream, self._pending = self._state.stream, self._state.pending
        self._step = Step(*self._out[:8])
        if settings.layout == "fixed":
            self.set_layout(settings.positions)
        self.set_stage(self.spec.stages)
        self.reset(0)

    def _begin(self, seeds: NDArray[np.int64]) -> None:
        kernel.begin_all(self._rules, self._state, seeds)

    def _advance(self, actions: Actions) -> bool:
        return bool(kernel.step_all(self._rules, self._state, self._out, actions))

    def _look(self) -> None:
        kernel.look_all(self._rules, self._state, self._out)

    def _arrays(self) -> Mapping[str, NDArray[Any]]:
        return self._state._asdict()

    def set_layout(self, layout: Mapping[str, int]) -> None:
        """Move the affordances (name → cell), from each agent's next reset on."""
        cells = [layout[name] for name in self.affordances]
        if len(set(cells)) != len(cells) or min(cells) < 0 or max(cells) >= self._state.at.shape[1]:
            raise ValueError(f"set_layout: expected distinct cells 0 … {self._state.at.shape[1] - 1}, found {cells}")
        self._state.pending[:-1] = cells

    @property
    def layout(self) -> dict[str, int]:
        """The layout of the episodes to come, name → cell; empty when each draws its own."""
        if self._rules.drawn:
            return {}
        return {name: int(cell) for name, cell in zip(self.affordances, self._state.pending[:-1], strict=True)}

    @property
    def now(self) -> "AgentStates":
        """Where everyone is and what stands where, whatever the agents are shown: the world's own arrays."""
        state, everyone = self._state, np.arange(self.n)
        return AgentStates(
            cells=state.cell,
            meters=state.meters.T,
            layouts=state.layout[state.side, everyone],
            hours=self._rules.hour[state.tick],
            progress=state.progress,
        )

    def situation(self, agent: int) -> tuple[int, NDArray[np.float64], dict[str, int]]:
        """Where ``agent`` is now: cell, meters [M], and the layout of its running episode."""
        side = self._state.side[agent]
        cells = self._state.layout[side, agent]
        layout = {name: int(cell) for name, cell in zip(self.affordances, cells, strict=True)}
        return int(self._state.cell[agent]), self._state.meters[:, agent].copy(), layout

    def final_meters(self, agent: int) -> NDArray[np.float64]:
        """The meters [M] with which ``agent``'s last step ended, before any new beginning."""
        return self._out.final_observation[agent, self.spec.where("meters")].astype(np.float64)

    def everywhere(self, levels: Mapping[str, float] | None = None) -> Floats:
        """What a life sees that begins on each of the cells, [cells, D]: everything there is at its
        start, but meters at the ``levels`` by name, on the layout to come (where each episode draws its
        own: on one drawn for the cell)."""
        cells = self.settings.grid.width * self.settings.grid.height
        town = Town(self.settings, cells)
        if self.layout:
            town.set_layout(self.layout)
        town.reset(0)
        town._state.cell[:] = np.arange(cells)
        town._state.meters[:] = np.array(town._rules.start)[:, None]
        for name, level in (levels or {}).items():
            town._state.meters[self.meters.index(name)] = level
        kernel.look_all(town._rules, town._state, town._out)
        return town._out.observation

    def episode(self, agent: int) -> TownLife:
        state = self._state
        side = 1 - state.side[agent]
        length = int(state.length[agent])
        if length == 0:
            raise ValueError(f"episode: agent {agent} has not ended an episode yet")
        cause = int(state.cause[agent])
        return TownLife(
            seed=int(state.seed[side, agent]),
            survival_time=length,
            stage=int(state.stage[side, agent]) + 1,
            cause="cap" if cause == kernel.CAP else self.meters[cause],
            layout={name: int(state.layout[side, agent, k]) for k, name in enumerate(self.affordances)},
            path=state.path[side, agent, : length + 1].copy(),
            actions=state.actions[side, agent, :length].copy(),
            used={
                name: int(state.used[side, agent, k])
                for k, name in enumerate(self.affordances)
                if state.used[side, agent, k]
            },
        )


def random_layout(settings: TownSettings, rng: np.random.Generator) -> dict[str, int]:
    """Every affordance on a cell of its own, drawn evenly."""
    cells = rng.permutation(settings.grid.width * settings.grid.height)[: len(settings.affordances)]
    return {name: int(cell) for name, cell in zip(settings.affordances, cells, strict=True)}


def _require_physics(settings: TownSettings) -> None:
    """Raise ``ConfigError`` for a physics that this version does not compute, and for rules that the
    stated physics did not have."""
    if not kernel.OLDEST <= settings.physics <= kernel.PHYSICS:
        found = f"found {settings.physics}, this Hamlet computes {kernel.OLDEST} … {kernel.PHYSICS}"
        raise ConfigError("world.physics", found)
    newer = {
        "world.day": settings.day is not None,
        "world.layout: drawn": settings.layout == "drawn",
        "world.sees": tuple(settings.sees) != ("position", "meters", "mask"),
        "world.meters.*.poorest": any(meter.poorest is not None for meter in settings.meters.values()),
        "world.affordances.*.ticks and .hours": any(
            offer.ticks > 1 or offer.hours is not None for offer in settings.affordances.values()
        ),
        "world.cascades[*].shape: step": any(cascade.shape == "step" for cascade in settings.cascades),
    }
    used = [name for name, does in newer.items() if does]
    if settings.physics < 2 and used:
        raise ConfigError("world.physics", f"found {settings.physics}, but {used[0]} needs 2", "write physics: 2")


def _rules(settings: TownSettings, exam: bool, cap: int) -> Rules:
    meters = list(settings.meters)
    values = settings.meters.values()

    def number(name: str, where: str) -> int:
        if name not in settings.meters:
            raise ConfigError(where, f"no meter is called {name!r}", f"the meters are {', '.join(meters)}")
        return meters.index(name)

    gain, price, opens = _offers(settings, number)
    day = settings.day
    moves = np.zeros((len(settings.stages), len(meters)), np.bool_)
    for s, stage in enumerate(settings.stages):
        for meter in stage.meters:
            moves[s, number(meter, f"world.stages[{s}].meters")] = True
    scale = np.array([stage.depletion for stage in settings.stages])[:, None] * moves
    still = scale * np.array([meter.passive for meter in values])
    target = np.array([number(c.target, f"world.cascades[{i}].target") for i, c in enumerate(settings.cascades)], int)
    return Rules(
        cap=cap,
        money=number(settings.money.meter, "world.money.meter"),
        jitter=settings.start_jitter if exam else 0.0,
        start=tuple(meter.start for meter in values),
        poorest=tuple(meter.start if exam or meter.poorest is None else meter.poorest for meter in values),
        drawn=settings.layout == "drawn",
        hour=(np.arange(cap + 1) + day.dawn) % day.hours if day else np.zeros(cap + 1, np.int64),
        way=_way(settings.grid.width, settings.grid.height),
        still=still,
        moving=still + scale * np.array([meter.moving for meter in values]),
        moves=moves,
        mortal=moves & np.array([meter.vital for meter in values]),
        gain=gain,
        ticks=tuple(affordance.ticks for affordance in settings.affordances.values()),
        opens=opens.astype(np.float32),
        price=_needed(price, opens, moves[:, number(settings.money.meter, "world.money.meter")]),
        source=np.array(
            [number(c.source, f"world.cascades[{i}].source") for i, c in enumerate(settings.cascades)], int
        ),
        target=target,
        below=np.array([cascade.below for cascade in settings.cascades], float),
        slope=np.array([cascade.shape == "slope" for cascade in settings.cascades], np.bool_),
        drain=scale[:, target] * np.array([cascade.drain for cascade in settings.cascades]),
        alive=np.array([stage.alive for stage in settings.stages]),
        lowest_vital=np.array([stage.lowest_vital for stage in settings.stages]),
        columns=columns_of(settings, len(ACTIONS)),
    )


def _offers(
    settings: TownSettings, number: Callable[[str, str], int]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """What each affordance does with each tick [K, T, M], what it costs [K], when it may be begun [H, K]."""
    offers, dollars = settings.affordances, settings.money.dollars
    money = number(settings.money.meter, "world.money.meter")
    hours = settings.day.hours if settings.day else 1
    longest = max((offer.ticks for offer in offers.values()), default=1)
    gain = np.zeros((len(offers), longest, len(settings.meters)))
    price = np.zeros(len(offers))
    opens = np.ones((hours, len(offers)), np.bool_)
    for k, (name, offer) in enumerate(offers.items()):
        whole = np.zeros(len(settings.meters))
        for meter, effect in offer.effects.items():
            whole[number(meter, f"world.affordances.{name}.effects")] += effect
        price[k] = offer.cost / dollars
        if offer.ticks == 1:
            whole[money] += (offer.income - offer.cost) / dollars
            gain[k, 0] = whole
        else:
            whole[money] += offer.income / dollars
            gain[k, : offer.ticks] = whole * ((1.0 - settings.bonus) / offer.ticks)
            gain[k, offer.ticks - 1] += whole * settings.bonus
            gain[k, 0, money] -= price[k]
        opens[:, k] = [offer.open_at(hour, hours) for hour in range(hours)]
    return gain, price, opens


def _needed(price: NDArray[np.float64], opens: Mask, pays: Mask) -> NDArray[np.float64]:
    """[S, H, K + 1] from prices [K], hours [H, K] and the stages [S] in which money moves; see ``Rules``."""
    needed = np.zeros((len(pays), len(opens), len(price) + 1))
    needed[:, :, :-1] = np.where(opens, np.where(pays[:, None], price, 0.0)[:, None], np.inf)
    return needed


def _way(width: int, height: int) -> NDArray[np.int64]:
    """[cells, A] where each action leads from each cell."""
    y, x = np.divmod(np.arange(width * height), width)
    up, down = np.maximum(y - 1, 0) * width + x, np.minimum(y + 1, height - 1) * width + x
    left, right = y * width + np.maximum(x - 1, 0), y * width + np.minimum(x + 1, width - 1)
    return np.stack([up, down, left, right, y * width + x], axis=1)


def _state(n: int, cells: int, meters: int, affordances: int, cap: int, maps: bool) -> State:
    return State(
        stream=np.zeros(n, np.uint64),
        cell=np.zeros(n, np.int64),
        meters=np.zeros((meters, n)),
        tick=np.zeros(n, np.int64),
        progress=np.zeros(n, np.int64),
        at=np.full((n, cells), -1, np.int16),
        shown=np.zeros((n, cells if maps else 0), np.bool_),
        pending=np.zeros(affordances + 1, np.int64),
        side=np.zeros(n, np.int64),
        seed=np.zeros((2, n), np.int64),
        stage=np.zeros((2, n), np.int64),
        layout=np.zeros((2, n, affordances), np.int64),
        used=np.zeros((2, n, affordances), np.int64),
        path=np.zeros((2, n, cap + 1), np.uint16),
        actions=np.zeros((2, n, cap), np.uint8),
        length=np.zeros(n, np.int64),
        cause=np.full(n, kernel.CAP, np.int64),
    )


def _outcome(n: int, size: int, columns: ObservationColumns) -> Outcome:
    observation = np.zeros((n, size), np.float32)
    if columns.mask >= 0:
        observation[:, columns.mask : columns.mask + len(ACTIONS)] = 1.0  # moves are always allowed
    marked = np.array([columns.position, columns.hour]).clip(0)
    return Outcome(
        observation=observation,
        mask=np.ones((n, len(ACTIONS)), np.bool_),
        reward=np.zeros(n, np.float32),
        cost=np.zeros(n, np.float32),
        terminated=np.zeros(n, np.bool_),
        truncated=np.zeros(n, np.bool_),
        final_observation=observation.copy(),
        final_mask=np.ones((n, len(ACTIONS)), np.bool_),
        marked=np.tile(marked[:, None], (2, 1, n)),
    )
