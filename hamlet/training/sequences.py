"""Sequence replay: windows cut from each agent's stream, with what was remembered at their start.

Source: Kapturowski et al. 2019 (R2D2): stored memory, burn-in, windows that overlap by half. A
window may hold the end of an episode and the beginning of the next: ``carry`` is 0 there.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hamlet.errors import ConfigError
from hamlet.training.columns import Columns, pack, unpack
from hamlet.training.recurrent import one_hot
from hamlet.training.refill import refill
from hamlet.training.reserve import reserved
from hamlet.worlds.world import Actions, Floats, Mask, Spec

__all__ = ["Moment", "SequenceReplay", "Windows"]

_KEPT = ("mask", "action", "reward", "novelty", "terminated", "truncated")


class Moment(NamedTuple):
    """One vector step of N agents: what they saw and did, and what came of it."""

    observation: Floats
    previous: Actions
    mask: Mask
    action: Actions
    reward: Floats
    novelty: Floats
    terminated: Mask
    truncated: Mask


class Windows(NamedTuple):
    """B windows of L steps; ``inputs`` is the observation and the previous action, one-hot."""

    inputs: Tensor  # [L, B, D + A]
    memory: Tensor  # [2, B, cells], at the first step
    carry: Tensor  # [L, B, 1]: 0 where an episode begins
    mask: Tensor  # [L, B, A] bool
    action: Tensor  # [L, B] int64
    reward: Tensor  # [L, B]
    novelty: Tensor  # [L, B]
    terminated: Tensor  # [L, B] bool
    truncated: Tensor  # [L, B] bool


class SequenceReplay:
    """The last ``capacity`` steps of ``n`` agents (rounded down to whole strides of all of them),
    from which ``batch`` windows of ``length`` are drawn. Windows begin every ``stride`` vector
    steps: only there is a memory of ``cells`` kept, which takes most of the room. The share ``early`` of a batch
    is drawn from the windows that begin within the first window's length of a life.
    Raises ``ConfigError`` when the capacity holds no window at all times."""

    def __init__(
        self,
        spec: Spec,
        *,
        n: int,
        capacity: int,
        stride: int,
        cells: int,
        batch: int,
        length: int,
        early: float = 0.0,
    ) -> None:
        self.steps = capacity // (n * stride) * stride
        if self.steps < length + stride:
            raise ConfigError(
                "training.capacity",
                f"{capacity} is {self.steps} steps of {n} agents in whole strides of {stride}, too few for windows "
                f"of {length}",
                f"{(length + 2 * stride) * n} is enough",
            )
        actions, size = len(spec.actions), spec.observation_size
        self._n, self._stride, self._size = n, stride, size
        self._columns = Columns.of(spec)
        self._one_hot = one_hot(actions)
        # Steps added so far, and the number of the oldest that may still be drawn.
        self._count, self._oldest = 0, 0
        rows = self.steps * n
        self._store: dict[str, NDArray[Any]] = self._columns.room(rows) | {
            "previous": reserved(rows, np.uint8),
            "mask": reserved((rows, actions), np.bool_),
            "action": reserved(rows, np.uint8),
            "reward": reserved(rows, np.float32),
            "novelty": reserved(rows, np.float32),
            "terminated": reserved(rows, np.bool_),
            "truncated": reserved(rows, np.bool_),
        }
        self._memories = reserved((self.steps // stride, n, 2, cells), np.float32)
        self._lived = np.zeros(n, np.int64)  # steps of the running lives
        self._ages = reserved((self.steps // stride, n), np.int64)  # what that was where a window begins
        self._early = round(early * batch)
        self._windows = Windows(
            inputs=torch.zeros(length, batch, size + actions),
            memory=torch.zeros(2, batch, cells),
            carry=torch.ones(length, batch, 1),
            mask=torch.zeros(length, batch, actions, dtype=torch.bool),
            action=torch.zeros(length, batch, dtype=torch.int64),
            reward=torch.zeros(length, batch),
            novelty=torch.zeros(length, batch),
            terminated=torch.zeros(length, batch, dtype=torch.bool),
            truncated=torch.zeros(length, batch, dtype=torch.bool),
        )
        self._arrays: dict[str, NDArray[Any]] = {name: t.numpy() for name, t in self._windows._asdict().items()}

    @property
    def size(self) -> int:
        """Steps of single agents that may be drawn."""
        return (self._count - self._oldest) * self._n

    @property
    def count(self) -> int:
        """Vector steps ever added."""
        return self._count

    def add(self, moment: Moment, memory: Floats) -> None:
        """Keep one vector step; ``memory`` [2, N, cells] is what was remembered before it."""
        place = self._count % self.steps
        rows = np.arange(place * self._n, (place + 1) * self._n)
        store = self._store
        pack(moment.observation, rows, self._columns, store["hot"], store["bits"], store["units"])
        store["previous"][rows] = moment.previous
        for name in _KEPT:
            store[name][rows] = getattr(moment, name)
        if place % self._stride == 0:
            self._memories[place // self._stride] = memory.transpose(1, 0, 2)
            self._ages[place // self._stride] = self._lived
        self._lived = np.where(moment.terminated | moment.truncated, 0, self._lived + 1)
        self._count += 1
        self._oldest = max(self._oldest, self._count - self.steps)

    def forget(self, keep: int) -> None:
        """Draw no more from any but the newest ``keep`` steps of single agents."""
        self._oldest = max(self._oldest, self._count - keep // self._n)

    @property
    def _beginnings(self) -> tuple[int, int]:
        """Strides at which a window may begin: the first, and the one after the last."""
        length = len(self._windows.action)
        return -(-self._oldest // self._stride), (self._count - length) // self._stride + 1

    @property
    def drawable(self) -> bool:
        """Whether there is a whole window."""
        first, end = self._beginnings
        return end > first

    def sample(self, rng: np.random.Generator) -> Windows:
        """Windows drawn evenly with replacement, ``early`` ones apart; overwritten by the next call."""
        arrays, store = self._arrays, self._store
        length, batch = arrays["action"].shape
        first, end = self._beginnings
        begin = rng.integers(first, end, (batch,))
        agent = rng.integers(0, self._n, (batch,))
        if self._early:
            young = np.flatnonzero(self._ages[np.arange(first, end) % len(self._ages)] < length)
            if young.size:
                drawn = young[rng.integers(0, young.size, self._early)]
                begin[: self._early], agent[: self._early] = first + drawn // self._n, drawn % self._n
        steps = (begin * self._stride + np.arange(length)[:, None]) % self.steps
        rows = (steps * self._n + agent).ravel()
        inputs = arrays["inputs"].reshape(length * batch, -1)
        unpack(inputs, rows, self._columns, store["hot"], store["bits"], store["units"])
        inputs[:, self._size :] = self._one_hot[store["previous"][rows]]
        for name in _KEPT:
            arrays[name][...] = store[name][rows].reshape(arrays[name].shape)
        arrays["carry"][1:, :, 0] = ~(arrays["terminated"] | arrays["truncated"])[:-1]
        arrays["memory"][...] = self._memories[begin % len(self._memories), agent].transpose(1, 0, 2)
        return self._windows

    def state(self) -> dict[str, NDArray[Any]]:
        """The filled part of the ring, as stored, and where it stands."""
        return self._filled() | {"place": np.array([self._count, self._oldest], np.int64), "lived": self._lived}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        place = np.zeros(2, np.int64)
        refill({"place": place, "lived": self._lived}, state)
        count, oldest = (int(value) for value in place)
        if not max(0, count - self.steps) <= oldest <= count:
            raise ValueError(f"place: expected the newest and the oldest of {self.steps} steps, found {place}")
        self._count, self._oldest = count, oldest
        refill(self._filled(), state)

    def _filled(self) -> dict[str, NDArray[Any]]:
        steps = min(self._count, self.steps)
        arrays = {name: array[: steps * self._n] for name, array in self._store.items()}
        strides = -(-steps // self._stride)
        return arrays | {"memories": self._memories[:strides], "ages": self._ages[:strides]}
