"""What the kernel works on: the rules, the state of all calls, and what a step shows, each a tuple of arrays."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamlet.worlds.dialogue.physics import ActEffects, Band

__all__ = ["Outcome", "Rules", "State"]


class Rules(NamedTuple):
    """Constants. S stages, O outcomes."""

    cap: int  # turns after which a call is cut off
    turns: int  # what the observed turn is a share of
    masked: bool
    cost_weight: float
    rewards: NDArray[np.float64]  # [O]
    shaping: float
    gamma: float
    weights: NDArray[np.float64]  # [S, 4] of the personas
    reasons: NDArray[np.float64]  # [5]
    tight: float
    personas: NDArray[np.float64]  # [4, columns of physics.Persona]
    forces: ActEffects
    band: Band


class State(NamedTuple):
    """What decides the future, by agent; [2, N, …] holds the running and the last ended call, ``side``
    says which is the running one."""

    stream: NDArray[np.uint64]  # [N] source of the seeds of calls
    held_out: NDArray[np.bool_]  # [1] seeds come from those that no training sees
    pending: NDArray[np.int64]  # [1] stage for the next resets
    profile: NDArray[np.float64]  # [N, FIELDS]
    mood: NDArray[np.float64]  # [N, 2] sentiment, cooperation: hidden
    memory: NDArray[np.float64]  # [N, MEMORY] what the collector knows
    side: NDArray[np.int64]  # [N]
    seed: NDArray[np.int64]  # [2, N]
    stage: NDArray[np.int64]  # [2, N] from 0
    actions: NDArray[np.uint8]  # [2, N, cap]
    intents: NDArray[np.uint8]  # [2, N, cap]
    signals: NDArray[np.uint8]  # [2, N, cap] bit k is SIGNALS[k]
    sounds: NDArray[np.float32]  # [2, N, cap, 2] sentiment and cooperation as heard
    violated: NDArray[np.int64]  # [2, N, 5] by kind
    length: NDArray[np.int64]  # [N] of the last ended call
    outcome: NDArray[np.int64]  # [N] of the last ended call
    debtor: NDArray[np.float64]  # [N, FIELDS] profile of the last ended call


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
