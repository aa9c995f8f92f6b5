"""The town's physics: one batched, GIL-releasing kernel; every number comes in as an array.

Order in a step: move or interact → deplete → cascade → death → reward. Agents are independent
and each is computed by the same operations in the same order, so N = 1 equals N = 4096 bit for bit,
and so does any machine (IEEE doubles, no fast-math, no transcendental functions). A change to what this file
computes needs a new ``PHYSICS`` number: recorded episodes are played again with it. Physics 2 added
days, opening hours, interactions of several ticks, cascades in a step, drawn layouts and poor
starts; a town that uses none of them is computed as under physics 1, bit for bit.
"""

import numpy as np
from numpy.typing import NDArray

from hamlet.worlds.compiled import compiled
from hamlet.worlds.splitmix import GOLDEN, mix
from hamlet.worlds.town.arrays import Outcome, Rules, State
from hamlet.worlds.town.observation import look, look_around

__all__ = [
    "INTERACT",
    "OLDEST",
    "PHYSICS",
    "begin_all",
    "look_all",
    "step_all",
]

PHYSICS = 2
OLDEST = 1  # physics whose episodes can be played again
INTERACT = 4  # actions: 0 up, 1 down, 2 left, 3 right, 4 interact (on an empty cell: wait)
CAP = -1  # "cause" of an episode that was cut off; a meter's number otherwise

# A price is affordable when money falls short by no more than the rounding of many additions.
_TOLERANCE = 1e-9


@compiled
def _share(value: float) -> float:
    """Clipped to [0, 1]; comparisons cost less than ``min`` and ``max``, which mind NaN."""
    return 0.0 if value < 0.0 else 1.0 if value > 1.0 else value


@compiled
def _begin(rules: Rules, state: State, agents: NDArray[np.int64], seeds: NDArray[np.int64]) -> None:
    """Start an episode of each of ``agents`` from its seed, on the pending layout and stage."""
    cells, kinds, start, poorest, jitter = len(rules.way), len(rules.ticks), rules.start, rules.poorest, rules.jitter
    drawn, meters, pending, layout = rules.drawn, state.meters, state.pending, state.layout
    at, shown, used = state.at, state.shown, state.used
    sides, seed, stage, where, tick = state.side, state.seed, state.stage, state.cell, state.tick
    running, path = state.progress, state.path
    for i, given in zip(agents, seeds):  # noqa: B905  (numba's has no strict)
        side = sides[i]
        seed[side, i] = given
        stage[side, i] = pending[-1]
        for k in range(kinds):
            at[i, layout[1 - side, i, k]] = -1
            at[i, layout[side, i, k]] = -1
        draw = mix(np.uint64(given) + GOLDEN)
        where[i] = np.int64(draw % np.uint64(cells))
        for m in range(len(start)):
            draw = mix(draw + GOLDEN)
            unit = np.float64(draw >> np.uint64(11)) * (1.0 / 9007199254740992.0)
            meters[m, i] = _share(poorest[m] + (start[m] - poorest[m]) * unit + jitter * (2.0 * unit - 1.0))
        for k in range(kinds):
            cell = pending[k]
            if drawn:
                draw = mix(draw + GOLDEN)
                cell = np.int64(draw % np.uint64(cells))
                while at[i, cell] >= 0:
                    draw = mix(draw + GOLDEN)
                    cell = np.int64(draw % np.uint64(cells))
            layout[side, i, k] = cell
            at[i, cell] = k
            used[side, i, k] = 0
        shown[i] = False
        tick[i] = 0
        running[i] = 0
        path[side, i, 0] = where[i]


@compiled
def _next_seeds(stream: NDArray[np.uint64], agents: NDArray[np.int64]) -> NDArray[np.int64]:
    seeds = np.empty(agents.size, np.int64)
    for row, i in enumerate(agents):
        stream[i] += GOLDEN
        seeds[row] = np.int64(mix(stream[i]) >> np.uint64(11))
    return seeds


@compiled
def begin_all(rules: Rules, state: State, seeds: NDArray[np.int64]) -> None:
    """Start fresh episodes: from ``seeds`` [N] where given, else from the agents' streams ([0])."""
    everyone = np.arange(state.cell.size)
    _begin(rules, state, everyone, seeds if seeds.size else _next_seeds(state.stream, everyone))


@compiled
def look_all(rules: Rules, state: State, out: Outcome) -> None:
    """Write what all agents see, with no step taken."""
    _show(rules, state, out.final_observation, out.final_mask, out.marked[1])
    _show(rules, state, out.observation, out.mask, out.marked[0])
    out.reward[:] = 0.0
    out.terminated[:] = False
    out.truncated[:] = False


@compiled
def step_all(rules: Rules, state: State, out: Outcome, actions: NDArray[np.int64]) -> bool:
    """One step of all agents; an ended episode is followed at once by the agent's next. Does
    nothing and returns ``False`` when an action is out of range."""
    for action in actions:
        if not 0 <= action <= INTERACT:
            return False
    stage, present = np.empty(actions.size, np.int64), np.zeros(len(rules.alive), np.bool_)
    lowest, cause = np.ones(actions.size), np.full(actions.size, CAP)
    _act(rules, state, actions, stage, present)
    for which in range(present.size):
        if present[which]:
            _deplete(rules, which, state.meters, stage, actions)
            _cascade(rules, which, state.meters, stage)
            _judge(rules, which, state.meters, stage, lowest, cause)
            _reward(rules, which, out, state.tick, stage, lowest, cause)
    _show(rules, state, out.final_observation, out.final_mask, out.marked[1])
    ended = np.flatnonzero(out.terminated | out.truncated)
    if ended.size:
        _keep(state, ended, cause)
        _begin(rules, state, ended, _next_seeds(state.stream, ended))
    _show(rules, state, out.observation, out.mask, out.marked[0])
    return True


# Each part of a step goes over all agents. Everything its loop reads is a local: a field of a tuple of
# arrays taken inside the loop costs a pair of atomic reference counts each time (20 times slower in all, measured).


@compiled
def _act(
    rules: Rules, state: State, actions: NDArray[np.int64], stage: NDArray[np.int64], present: NDArray[np.bool_]
) -> None:
    """Move or interact; keep what was done and where it led. Writes each agent's ``stage`` [N], and which
    stages are ``present`` [S]."""
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
        stage[i] = stages[side, i]
        present[stage[i]] = True
        progress = 0
        if action == INTERACT and at[i, cell] >= 0:
            k, progress = at[i, cell], running[i]
            if progress > 0 or meters[money, i] + _TOLERANCE >= price[stage[i], hour[now], k]:
                for m in range(len(meters)):
                    if moves[stage[i], m]:
                        meters[m, i] = _share(meters[m, i] + gain[k, progress, m])
                progress += 1
                if progress == ticks[k]:
                    used[side, i, k] += 1
                    progress = 0
        running[i] = progress


# The next four go over all agents of the stage ``which``, meter by meter. They choose values, not ways, and
# look nothing up by agent, so that a processor computes several agents at once (eight times faster, measured).


@compiled
def _deplete(
    rules: Rules, which: int, meters: NDArray[np.float64], stage: NDArray[np.int64], actions: NDArray[np.int64]
) -> None:
    """What living a step costs."""
    for m in range(len(meters)):
        meter, still, moving = meters[m], rules.still[which, m], rules.moving[which, m]
        for i in range(stage.size):
            lost = still if actions[i] == INTERACT else moving
            meter[i] = _share(meter[i] - (lost if stage[i] == which else 0.0))


@compiled
def _cascade(rules: Rules, which: int, meters: NDArray[np.float64], stage: NDArray[np.int64]) -> None:
    """What low meters do to others, one cascade after the other."""
    for c in range(rules.source.size):
        source, target = meters[rules.source[c]], meters[rules.target[c]]
        below, slope, drain = rules.below[c], rules.slope[c], rules.drain[which, c]
        for i in range(stage.size):
            lost = drain * (below - source[i]) / below if slope else drain
            target[i] -= lost if source[i] < below and stage[i] == which else 0.0


@compiled
def _judge(
    rules: Rules,
    which: int,
    meters: NDArray[np.float64],
    stage: NDArray[np.int64],
    lowest: NDArray[np.float64],
    cause: NDArray[np.int64],
) -> None:
    """The lowest vital meter, and which of them ran out (the first of several)."""
    for m in range(len(meters) - 1, -1, -1):
        meter = meters[m]
        for i in range(stage.size):
            meter[i] = _share(meter[i])
        if rules.mortal[which, m]:
            for i in range(stage.size):
                level = meter[i] if stage[i] == which else 1.0
                lowest[i] = level if level < lowest[i] else lowest[i]
                cause[i] = m if level <= 0.0 else cause[i]


@compiled
def _reward(
    rules: Rules,
    which: int,
    out: Outcome,
    tick: NDArray[np.int64],
    stage: NDArray[np.int64],
    lowest: NDArray[np.float64],
    cause: NDArray[np.int64],
) -> None:
    reward, terminated, truncated = out.reward, out.terminated, out.truncated
    cap, alive, lowest_vital = rules.cap, rules.alive[which], rules.lowest_vital[which]
    for i in range(stage.size):
        if stage[i] == which:
            lives = cause[i] == CAP
            reward[i] = alive + lowest_vital * lowest[i] if lives else 0.0
            terminated[i] = not lives
            truncated[i] = lives and tick[i] >= cap


@compiled
def _keep(state: State, ended: NDArray[np.int64], cause: NDArray[np.int64]) -> None:
    """The ended episodes become the agents' last; the other side is for the next."""
    sides, length, causes, tick = state.side, state.length, state.cause, state.tick
    for i in ended:
        sides[i] = 1 - sides[i]
        length[i], causes[i] = tick[i], cause[i]


@compiled
def _show(
    rules: Rules, state: State, observation: NDArray[np.float32], mask: NDArray[np.bool_], marked: NDArray[np.int64]
) -> None:
    """What all agents may do now, and what they see."""
    money, hour, price, ticks, columns = rules.money, rules.hour, rules.price, rules.ticks, rules.columns
    cells, meters, tick, at, sides = state.cell, state.meters, state.tick, state.at, state.side
    stages, running, done = state.stage, state.progress, state.actions
    for i in range(cells.size):
        k, progress = at[i, cells[i]], running[i]
        needed = price[stages[sides[i], i], hour[tick[i]], k]
        mask[i, INTERACT] = progress > 0 or meters[money, i] + _TOLERANCE >= needed
        if columns.progress >= 0:
            observation[i, columns.progress] = progress / ticks[k] if progress > 0 else 0.0
        if columns.found >= 0:
            for kind in range(len(ticks) + 1):
                observation[i, columns.found + kind] = 0.0
            met = tick[i] > 0 and done[sides[i], i, tick[i] - 1] == INTERACT and k >= 0
            observation[i, columns.found + (1 + k if met else 0)] = 1.0
    look(columns, rules.start, ticks, observation, mask, marked, cells, meters, tick, hour, rules.opens)
    if columns.around:
        look_around(columns, observation, cells, state.layout, sides, at, state.shown)
