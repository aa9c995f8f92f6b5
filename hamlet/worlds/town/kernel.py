"""The town's physics: one batched, GIL-releasing kernel; every number comes in as an array.

Order in a step: move or interact → deplete → cascade → death → reward. Agents are independent
and each is computed by the same scalar code, so N = 1 equals N = 4096 bit for bit, and so does
any machine (IEEE doubles, no fast-math, no transcendental functions). A change to what this file
computes needs a new ``PHYSICS`` number: recorded episodes are played again with it. Physics 2 added
days, opening hours, interactions of several ticks, cascades in a step, drawn layouts and poor
starts; a town that uses none of them is computed as under physics 1, bit for bit.
"""

from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from hamlet.worlds.town.sight import Sight, look, look_around

__all__ = [
    "INTERACT",
    "OLDEST",
    "PHYSICS",
    "Outcome",
    "Rules",
    "State",
    "begin_all",
    "look_all",
    "seeds_for",
    "step_all",
]

PHYSICS = 2
OLDEST = 1  # physics whose episodes can be played again
INTERACT = 4  # actions: 0 up, 1 down, 2 left, 3 right, 4 interact (on an empty cell: wait)
CAP = -1  # "cause" of an episode that was cut off; a meter's number otherwise

# A price is affordable when money falls short by no more than the rounding of many additions.
_TOLERANCE = 1e-9

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


class Rules(NamedTuple):
    """Constants. M meters, K affordances, T ticks of the longest interaction, H hours of a day (1
    without one), C cascades, S stages.

    ``start`` is a tuple, so that M is known when the kernel is compiled: the loops over meters
    unroll, which makes a step twice as fast."""

    cap: int
    money: int  # the money meter's number
    jitter: float  # starts draw each meter within ± this
    start: tuple[float, ...]  # [M]
    poorest: tuple[float, ...]  # [M] starts draw each meter from here to its start
    drawn: bool  # the layout is drawn anew for every episode
    hour: NDArray[np.int64]  # [cap + 1] of the day, by steps lived
    way: NDArray[np.int64]  # [cells, A] the cell where an action leads; at the edge, and interacting: the same
    loss: NDArray[np.float64]  # [S, A, M] per step, 0 where the stage lets the meter stand still
    moves: NDArray[np.bool_]  # [S, M] the stage lets the meter change
    mortal: NDArray[np.bool_]  # [S, M] it does, and the meter is vital
    gain: NDArray[np.float64]  # [K, T, M] by each tick of an interaction; the first has the price in it
    ticks: NDArray[np.int64]  # [K]
    opens: NDArray[np.bool_]  # [H, K] it may be begun at that hour
    price: NDArray[np.float64]  # [S, H, K + 1] money needed to begin: infinite while closed, 0 where the stage
    # lets money stand still, and last for an empty cell (affordance −1): 0
    source: NDArray[np.int64]  # [C]
    target: NDArray[np.int64]  # [C]
    below: NDArray[np.float64]  # [C]
    slope: NDArray[np.bool_]  # [C] drains in proportion to the deficit
    drain: NDArray[np.float64]  # [S, C]
    alive: NDArray[np.float64]  # [S]
    lowest_vital: NDArray[np.float64]  # [S]
    sight: Sight


class State(NamedTuple):
    """What decides the future, one row an agent; [2, N, …] holds the running and the last ended
    episode, ``side`` says which is the running one."""

    stream: NDArray[np.uint64]  # [N] source of episode seeds
    cell: NDArray[np.int64]  # [N]
    meters: NDArray[np.float64]  # [N, M]
    tick: NDArray[np.int64]  # [N] steps lived
    progress: NDArray[np.int64]  # [N] ticks done of the running interaction
    at: NDArray[np.int16]  # [N, cells] affordance on the cell, or -1
    pending: NDArray[np.int64]  # [K + 1] layout and stage for the next resets
    side: NDArray[np.int64]  # [N]
    seed: NDArray[np.int64]  # [2, N]
    stage: NDArray[np.int64]  # [2, N] from 0
    layout: NDArray[np.int64]  # [2, N, K]
    used: NDArray[np.int64]  # [2, N, K]
    path: NDArray[np.uint16]  # [2, N, cap + 1]
    actions: NDArray[np.uint8]  # [2, N, cap]
    length: NDArray[np.int64]  # [N] of the last ended episode
    cause: NDArray[np.int64]  # [N] of the last ended episode


class Outcome(NamedTuple):
    """What a step shows; see ``worlds.world.Step``."""

    observation: NDArray[np.float32]  # [N, D]
    mask: NDArray[np.bool_]  # [N, A]
    reward: NDArray[np.float32]
    cost: NDArray[np.float32]
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    final_observation: NDArray[np.float32]
    final_mask: NDArray[np.bool_]
    marked: NDArray[np.int64]  # [2, 2, N] the columns that are set in (final_)observation: of position, of hour


def _jit(function: Any) -> Any:
    return numba.njit(function, nogil=True, cache=True, error_model="numpy")


@_jit
def _mix(z: np.uint64) -> np.uint64:
    """SplitMix64's output function (Steele, Lea, Flood 2014)."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@_jit
def seeds_for(seed: np.uint64, streams: NDArray[np.uint64]) -> None:
    """Row i depends on ``seed`` and i only, never on how many rows there are."""
    for i in range(streams.size):
        streams[i] = _mix(_mix(seed) + _GOLDEN * np.uint64(i + 1))


@_jit
def _share(value: float) -> float:
    """Clipped to [0, 1]; comparisons cost less than ``min`` and ``max``, which mind NaN."""
    return 0.0 if value < 0.0 else 1.0 if value > 1.0 else value


@_jit
def _begin(rules: Rules, state: State, i: int, seed: np.int64) -> None:
    """Start an episode of agent ``i`` from its seed, on the pending layout and stage."""
    side, cells, kinds = state.side[i], len(rules.way), len(rules.ticks)
    meters, pending, layout, at, used = state.meters, state.pending, state.layout, state.at, state.used
    state.seed[side, i] = seed
    state.stage[side, i] = pending[-1]
    for k in range(kinds):
        at[i, layout[1 - side, i, k]] = -1
        at[i, layout[side, i, k]] = -1
    draw = _mix(np.uint64(seed) + _GOLDEN)
    state.cell[i] = np.int64(draw % np.uint64(cells))
    for m in range(len(rules.start)):
        draw = _mix(draw + _GOLDEN)
        unit = np.float64(draw >> np.uint64(11)) * (1.0 / 9007199254740992.0)
        meter = rules.poorest[m] + (rules.start[m] - rules.poorest[m]) * unit + rules.jitter * (2.0 * unit - 1.0)
        meters[i, m] = _share(meter)
    for k in range(kinds):
        cell = pending[k]
        if rules.drawn:
            draw = _mix(draw + _GOLDEN)
            cell = np.int64(draw % np.uint64(cells))
            while at[i, cell] >= 0:
                draw = _mix(draw + _GOLDEN)
                cell = np.int64(draw % np.uint64(cells))
        layout[side, i, k] = cell
        at[i, cell] = k
        used[side, i, k] = 0
    state.tick[i] = 0
    state.progress[i] = 0
    state.path[side, i, 0] = state.cell[i]


@_jit
def _begin_next(rules: Rules, state: State, i: int) -> None:
    state.stream[i] += _GOLDEN
    _begin(rules, state, i, np.int64(_mix(state.stream[i]) >> np.uint64(11)))


@_jit
def begin_all(rules: Rules, state: State, seeds: NDArray[np.int64]) -> None:
    """Start fresh episodes: from ``seeds`` [N] where given, else from the agents' streams ([0])."""
    for i in range(state.cell.size):
        if seeds.size:
            _begin(rules, state, i, seeds[i])
        else:
            _begin_next(rules, state, i)


@_jit
def look_all(rules: Rules, state: State, out: Outcome) -> None:
    """Write what all agents see, with no step taken."""
    _show(rules, state, out.final_observation, out.final_mask, out.marked[1])
    _show(rules, state, out.observation, out.mask, out.marked[0])
    out.reward[:] = 0.0
    out.terminated[:] = False
    out.truncated[:] = False


@_jit
def step_all(rules: Rules, state: State, out: Outcome, actions: NDArray[np.int64]) -> bool:
    """One step of all agents; an ended episode is followed at once by the agent's next. Does
    nothing and returns ``False`` when an action is out of range."""
    for action in actions:
        if not 0 <= action <= INTERACT:
            return False
    _act(rules, state, actions)
    _deplete(rules, state, actions)
    _judge(rules, state, out)
    _show(rules, state, out.final_observation, out.final_mask, out.marked[1])
    sides, terminated, truncated = state.side, out.terminated, out.truncated
    for i in range(actions.size):
        if terminated[i] or truncated[i]:
            sides[i] = 1 - sides[i]
            _begin_next(rules, state, i)
    _show(rules, state, out.observation, out.mask, out.marked[0])
    return True


# Each part of a step goes over all agents. Everything its loop reads is a local: a field of a tuple of
# arrays taken inside the loop costs a pair of atomic reference counts each time (20 times slower in all, measured).


@_jit
def _act(rules: Rules, state: State, actions: NDArray[np.int64]) -> None:
    """Move or interact; keep what was done and where it led."""
    money, way, moves, gain, ticks = rules.money, rules.way, rules.moves, rules.gain, rules.ticks
    hour, price = rules.hour, rules.price
    cells, meters, tick, at, sides = state.cell, state.meters, state.tick, state.at, state.side
    stages, used, path, done, running = state.stage, state.used, state.path, state.actions, state.progress
    for i in range(actions.size):
        side, action, now = sides[i], actions[i], tick[i]
        cell = way[cells[i], action]
        cells[i] = cell
        done[side, i, now] = action
        path[side, i, now + 1] = cell
        tick[i] = now + 1
        k, progress = at[i, cell], 0
        if action == INTERACT and k >= 0:
            stage, progress = stages[side, i], running[i]
            if progress > 0 or meters[i, money] + _TOLERANCE >= price[stage, hour[now], k]:
                for m in range(meters.shape[1]):
                    if moves[stage, m]:
                        meters[i, m] = _share(meters[i, m] + gain[k, progress, m])
                progress += 1
                if progress == ticks[k]:
                    used[side, i, k] += 1
                    progress = 0
        running[i] = progress


@_jit
def _deplete(rules: Rules, state: State, actions: NDArray[np.int64]) -> None:
    """What a step costs, then what low meters do to others."""
    count, loss, source, target = len(rules.start), rules.loss, rules.source, rules.target
    below, slope, drain = rules.below, rules.slope, rules.drain
    meters, sides, stages = state.meters, state.side, state.stage
    for i in range(actions.size):
        stage, action = stages[sides[i], i], actions[i]
        for m in range(count):
            meters[i, m] = _share(meters[i, m] - loss[stage, action, m])
        for c in range(source.size):
            level = meters[i, source[c]]
            if level < below[c]:
                lost = drain[stage, c]
                meters[i, target[c]] -= lost * (below[c] - level) / below[c] if slope[c] else lost


@_jit
def _judge(rules: Rules, state: State, out: Outcome) -> None:
    """Death and reward."""
    count, mortal, cap, alive, lowest_vital = len(rules.start), rules.mortal, rules.cap, rules.alive, rules.lowest_vital
    meters, sides, stages, tick = state.meters, state.side, state.stage, state.tick
    length, causes = state.length, state.cause
    reward, terminated, truncated = out.reward, out.terminated, out.truncated
    for i in range(reward.size):
        stage = stages[sides[i], i]
        cause, lowest = CAP, 1.0
        for m in range(count):
            level = _share(meters[i, m])
            meters[i, m] = level
            if mortal[stage, m]:
                if level < lowest:
                    lowest = level
                if level <= 0.0 and cause == CAP:
                    cause = m
        reward[i] = alive[stage] + lowest_vital[stage] * lowest if cause == CAP else 0.0
        terminated[i] = cause != CAP
        truncated[i] = cause == CAP and tick[i] >= cap
        if terminated[i] or truncated[i]:
            length[i], causes[i] = tick[i], cause


@_jit
def _show(
    rules: Rules, state: State, observation: NDArray[np.float32], mask: NDArray[np.bool_], marked: NDArray[np.int64]
) -> None:
    """What all agents may do now, and what they see."""
    money, hour, price, ticks, sight = rules.money, rules.hour, rules.price, rules.ticks, rules.sight
    cells, meters, tick, at, sides = state.cell, state.meters, state.tick, state.at, state.side
    stages, running = state.stage, state.progress
    for i in range(cells.size):
        k, progress = at[i, cells[i]], running[i]
        needed = price[stages[sides[i], i], hour[tick[i]], k]
        mask[i, INTERACT] = progress > 0 or meters[i, money] + _TOLERANCE >= needed
        if sight.progress >= 0:
            observation[i, sight.progress] = progress / ticks[k] if progress > 0 else 0.0
    look(sight, observation, mask, marked, cells, meters, tick, hour, rules.opens)
    if sight.around:
        look_around(sight, observation, cells, state.layout, sides, at)
