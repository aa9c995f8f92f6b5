"""What the kernel works on: the rules, the state of all lives, and what a step shows, each a tuple of arrays."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamlet.worlds.town.observation import ObservationColumns

__all__ = ["Outcome", "Rules", "State"]


class Rules(NamedTuple):
    """Constants. M meters, K affordances, T ticks of the longest interaction, H hours of a day (1
    without one), C cascades, S stages.

    ``start`` and ``ticks`` are tuples, so that M and K are known when the kernel is compiled: the loops
    of what is shown unroll."""

    cap: int
    money: int  # the money meter's number
    jitter: float  # starts draw each meter within ± this
    start: tuple[float, ...]  # [M]
    poorest: tuple[float, ...]  # [M] starts draw each meter from here to its start
    drawn: bool  # the layout is drawn anew for every episode
    hour: NDArray[np.int64]  # [cap + 1] of the day, by steps lived
    way: NDArray[np.int64]  # [cells, A] the cell where an action leads; at the edge, and interacting: the same
    still: NDArray[np.float64]  # [S, M] loss per step, 0 where the stage lets the meter stand still
    moving: NDArray[np.float64]  # [S, M] the same in a step in which the agent moves
    moves: NDArray[np.bool_]  # [S, M] the stage lets the meter change
    mortal: NDArray[np.bool_]  # [S, M] it does, and the meter is vital
    gain: NDArray[np.float64]  # [K, T, M] by each tick of an interaction; the first has the price in it
    ticks: tuple[int, ...]  # [K]
    opens: NDArray[np.float32]  # [H, K] 1 where it may be begun at that hour
    price: NDArray[np.float64]  # [S, H, K + 1] money needed to begin: infinite while closed, 0 where the stage
    # lets money stand still, and last for an empty cell (affordance −1): 0
    source: NDArray[np.int64]  # [C]
    target: NDArray[np.int64]  # [C]
    below: NDArray[np.float64]  # [C]
    slope: NDArray[np.bool_]  # [C] drains in proportion to the deficit
    drain: NDArray[np.float64]  # [S, C]
    alive: NDArray[np.float64]  # [S]
    lowest_vital: NDArray[np.float64]  # [S]
    columns: ObservationColumns


class State(NamedTuple):
    """What decides the future, by agent; [2, N, …] holds the running and the last ended
    episode, ``side`` says which is the running one."""

    stream: NDArray[np.uint64]  # [N] source of episode seeds
    cell: NDArray[np.int64]  # [N]
    meters: NDArray[np.float64]  # [M, N]: what goes over all agents meter by meter runs several at once
    tick: NDArray[np.int64]  # [N] steps lived
    progress: NDArray[np.int64]  # [N] ticks done of the running interaction
    at: NDArray[np.int16]  # [N, cells] affordance on the cell, or -1
    shown: NDArray[np.bool_]  # [N, cells] the window of this life has shown the cell; [N, 0] where nothing tells of it
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
