"""What every world is: N agents that step together, reset on their own, and can be replayed.

A world is pure: no I/O, no clock, no global randomness. Given the same seed, settings and
actions it gives the same steps on every machine (one kernel serves N = 1 and N = 4096).
"""

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

__all__ = ["Actions", "Episode", "Feature", "Floats", "Mask", "Policy", "Spec", "Step", "World"]

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Actions = NDArray[np.int64]


class Feature(msgspec.Struct, frozen=True):
    """A named stretch of the observation vector.

    ``kind``: ``"onehot"`` (exactly one 1), ``"binary"`` (0 or 1 each) or ``"unit"`` ([0, 1] or
    [−1, 1] each). The replay buffer packs by kind; docs and viewer name the numbers by this table.
    ``levels``: the only values of a ``"unit"`` of size 1 that takes few; ``()``: any.
    """

    name: str
    size: int
    kind: str
    levels: tuple[float, ...] = ()


class Spec(msgspec.Struct, frozen=True):
    """Shapes and names of a world. ``physics`` is the version that recorded episodes state."""

    world: str
    physics: int
    features: tuple[Feature, ...]
    actions: tuple[str, ...]
    cap: int
    stages: int

    @property
    def observation_size(self) -> int:
        return sum(feature.size for feature in self.features)

    def where(self, name: str) -> slice:
        """The stretch of the observation that ``name`` occupies; raises ``KeyError``."""
        start = 0
        for feature in self.features:
            if feature.name == name:
                return slice(start, start + feature.size)
            start += feature.size
        raise KeyError(name)


class Step(msgspec.Struct, frozen=True):
    """The outcome of one step of all N agents.

    ``observation`` [N, D] float32 and ``mask`` [N, A] bool describe the situation each agent acts
    from next: after an episode's end that is already the next episode's first. The situation an
    ended episode ended in is in ``final_observation`` and ``final_mask`` (elsewhere these repeat
    ``observation`` and ``mask``). ``reward`` and ``cost`` [N] float32; ``terminated`` (the life
    ended) and ``truncated`` (the cap cut it off) [N] bool, never both. The arrays are the world's
    own and are overwritten by the next step: copy what you keep.
    """

    observation: Floats
    mask: Mask
    reward: Floats
    cost: Floats
    terminated: Mask
    truncated: Mask
    final_observation: Floats
    final_mask: Mask


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """What a world remembers of an agent's last ended episode: enough to play it again. Each world
    adds what is its own (``TownLife``, ``Call``).

    ``survival_time`` in steps; ``actions`` [survival_time]; ``cause``: why it ended, ``"cap"`` when it
    was cut off; ``used``: how often what was done, by name.
    """

    seed: int
    survival_time: int
    stage: int
    cause: str
    actions: NDArray[np.uint8]
    used: Mapping[str, int]


class World(Protocol):
    """N agents living side by side. ``n`` ≥ 1."""

    spec: Spec
    n: int

    def reset(self, seed: int) -> Step:
        """Begin N fresh episodes whose seeds follow from ``seed`` and the agent's number."""
        ...

    def step(self, actions: Actions) -> Step:
        """Act, [N] int64 in 0 … A−1. Raises ``ValueError`` for another shape or range."""
        ...

    def set_stage(self, stage: int) -> None:
        """Difficulty 1 … ``spec.stages``, from each agent's next reset on."""
        ...

    def episode(self, agent: int) -> Episode:
        """The last episode that ``agent`` ended; valid until it ends the next."""
        ...

    def state(self) -> dict[str, NDArray[Any]]:
        """Everything that decides the future, as named arrays (copies)."""
        ...

    def restore(self, state: Mapping[str, NDArray[Any]]) -> Step:
        """Continue from ``state``; the next steps equal those of the world it came from."""
        ...


class Policy(Protocol):
    """Chooses actions: observation [N, D], mask [N, A] → [N] int64, each allowed by its mask."""

    def act(self, observation: Floats, mask: Mask) -> Actions: ...
