"""What a planner is: it looks ahead in a world model before it acts, and shows what it considered."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from hamlet.training.world_models.model import History, WorldModel
from hamlet.worlds.world import Actions, Floats, Mask

__all__ = ["Future", "Plan", "Planner", "QFunction"]

QFunction = Callable[[Floats], Floats]  # observations [B, D] → action values [B, A]


class Future(NamedTuple):
    """One imagined way on: the ``actions`` [H] taken, first the one to take now, the imagined
    ``observations`` [H, D] after each, ``rewards`` [H], and its ``value``: the discounted sum of these and
    of the value of where it ends."""

    actions: NDArray[np.int64]
    observations: Floats
    rewards: Floats
    value: float


class Plan(NamedTuple):
    """``actions`` [B]; ``values`` [B, A]: what each first action is worth (−inf where not considered or not
    allowed); ``futures``: per agent the futures worth showing, best first."""

    actions: Actions
    values: Floats
    futures: tuple[tuple[Future, ...], ...]


class Planner(Protocol):
    """Chooses by looking ahead, for B agents at once."""

    kind: str

    def plan(self, history: History, mask: Mask, model: WorldModel, q: QFunction) -> Plan:
        """``history``: its last observation is where each agent stands; its last action is not read.
        ``mask`` [B, A]: what is allowed now."""
        ...
