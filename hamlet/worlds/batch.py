"""What worlds share that compute N episodes at once in arrays of their own, which each step overwrites."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamlet.worlds.splitmix import seeds_for
from hamlet.worlds.world import Actions, Floats, Mask, Spec, Step

__all__ = ["Batch"]


class Batch(ABC):
    """A ``World`` but for what its kernel computes: ``_begin``, ``_advance`` and ``_look``. ``_stream`` [N] is the
    state from which each agent's seeds are drawn; ``_pending`` [≥ 1] takes effect at the next resets, the stage
    (from 0) last."""

    n: int
    spec: Spec
    _step: Step
    _stream: NDArray[np.uint64]
    _pending: NDArray[np.int64]

    @abstractmethod
    def _begin(self, seeds: NDArray[np.int64]) -> None:
        """Begin an episode for each agent: with ``seeds`` [N], or with drawn ones where it is empty."""

    @abstractmethod
    def _advance(self, actions: Actions) -> bool:
        """A step of each agent into ``_step``; False, and nothing done, where an action is out of range."""

    @abstractmethod
    def _look(self) -> None:
        """What all agents see of the arrays as they are, into ``_step``."""

    @abstractmethod
    def _arrays(self) -> Mapping[str, NDArray[Any]]:
        """The world's own arrays that decide the future, by name; empty ones do not."""

    def reset(self, seed: int) -> Step:
        seeds_for(np.uint64(seed), self._stream)
        return self._begun(np.empty(0, np.int64))

    def reset_to(self, seeds: Sequence[int]) -> Step:
        """Begin the episodes with exactly these recorded seeds, [N]."""
        if len(seeds) != self.n:
            raise ValueError(f"reset_to: expected {self.n} seeds, found {len(seeds)}")
        return self._begun(np.asarray(seeds, np.int64))

    def _begun(self, seeds: NDArray[np.int64]) -> Step:
        self._begin(seeds)
        self._look()
        return self._step

    def step(self, actions: Actions) -> Step:
        if actions.shape != (self.n,) or actions.dtype != np.int64:
            raise ValueError(
                f"step: expected int64 actions of shape ({self.n},), found {actions.dtype} {actions.shape}"
            )
        if not self._advance(actions):
            most = len(self.spec.actions) - 1
            raise ValueError(f"step: expected actions 0 … {most}, found {actions.min()} … {actions.max()}")
        return self._step

    def observe(self) -> tuple[Floats, Mask]:
        """What all agents see now: observation [N, D] and mask [N, A], the world's own arrays."""
        return self._step.observation, self._step.mask

    def state(self) -> dict[str, NDArray[Any]]:
        return {name: array.copy() for name, array in self._arrays().items() if array.size}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> Step:
        arrays = {name: array for name, array in self._arrays().items() if array.size}
        for name, array in arrays.items():
            if name not in state or state[name].shape != array.shape or state[name].dtype != array.dtype:
                found = f"{state[name].dtype} {state[name].shape}" if name in state else "nothing"
                raise ValueError(f"restore: {name}: expected {array.dtype} {array.shape}, found {found}")
        for name, array in arrays.items():
            array[...] = state[name]
        self._look()
        return self._step

    def set_stage(self, stage: int) -> None:
        if not 1 <= stage <= self.spec.stages:
            raise ValueError(f"set_stage: expected 1 … {self.spec.stages}, found {stage}")
        self._pending[-1] = stage - 1
