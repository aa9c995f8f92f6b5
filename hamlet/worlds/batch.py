"""What worlds share that compute N episodes at once in arrays of their own, which each step overwrites."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hamlet.worlds.splitmix import seeds_for
from hamlet.worlds.world import Actions, Spec, Step

__all__ = ["Batch"]


class Batch(ABC):
    """A ``World`` but for what its kernel computes: ``_begin`` and ``_advance``. ``_stream`` [N] is the state from
    which each agent's seeds are drawn; ``_pending`` [≥ 1] takes effect at the next resets, the stage (from 0) last."""

    n: int
    spec: Spec
    _step: Step
    _stream: NDArray[np.uint64]
    _pending: NDArray[np.int64]

    @abstractmethod
    def _begin(self, seeds: NDArray[np.int64]) -> Step:
        """Begin an episode for each agent: with ``seeds`` [N], or with drawn ones where it is empty."""

    @abstractmethod
    def _advance(self, actions: Actions) -> bool:
        """A step of each agent into ``_step``; False, and nothing done, where an action is out of range."""

    def reset(self, seed: int) -> Step:
        seeds_for(np.uint64(seed), self._stream)
        return self._begin(np.empty(0, np.int64))

    def reset_to(self, seeds: Sequence[int]) -> Step:
        """Begin the episodes with exactly these recorded seeds, [N]."""
        if len(seeds) != self.n:
            raise ValueError(f"reset_to: expected {self.n} seeds, found {len(seeds)}")
        return self._begin(np.asarray(seeds, np.int64))

    def step(self, actions: Actions) -> Step:
        if actions.shape != (self.n,) or actions.dtype != np.int64:
            raise ValueError(
                f"step: expected int64 actions of shape ({self.n},), found {actions.dtype} {actions.shape}"
            )
        if not self._advance(actions):
            most = len(self.spec.actions) - 1
            raise ValueError(f"step: expected actions 0 … {most}, found {actions.min()} … {actions.max()}")
        return self._step

    def set_stage(self, stage: int) -> None:
        if not 1 <= stage <= self.spec.stages:
            raise ValueError(f"set_stage: expected 1 … {self.spec.stages}, found {stage}")
        self._pending[-1] = stage - 1
