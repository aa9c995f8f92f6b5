"""The last moments of many lives, real or imagined, as a world model is shown them."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from hamlet.training.world_models.model import History
from hamlet.worlds.world import Actions, Floats

__all__ = ["Windows"]


class Windows:
    """``rows`` lives of ``size`` numbers a moment; at most ``context`` moments of each are kept, the oldest go first.
    A life begins with none: ``see`` before ``acting``."""

    def __init__(self, rows: int, context: int, size: int) -> None:
        self._observations = np.zeros((rows, context, size), np.float32)
        self._actions = np.zeros((rows, context), np.int64)
        self._lengths = np.zeros(rows, np.int64)
        self._rows = np.arange(rows)

    @classmethod
    def of(cls, history: History, context: int) -> Self:
        """The end of ``history``; its rows are copied."""
        b, t, size = history.observations.shape
        windows = cls(b, context, size)
        windows._lengths = np.minimum(history.lengths, context)
        where = np.minimum((history.lengths - windows._lengths)[:, None] + np.arange(context), t - 1)
        windows._observations = history.observations[windows._rows[:, None], where]
        windows._actions = history.actions[windows._rows[:, None], where]
        return windows

    @property
    def last(self) -> Floats:
        """Where each life stands, [rows, D], a copy."""
        now: Floats = self._observations[self._rows, self._lengths - 1]
        return now

    def see(self, observation: Floats) -> None:
        """The next moment of every life, [rows, D]."""
        context = self._observations.shape[1]
        full = self._lengths == context
        if context > 1 and full.any():
            rows = slice(None) if full.all() else full
            self._observations[rows, :-1] = self._observations[rows, 1:]
            self._actions[rows, :-1] = self._actions[rows, 1:]
        self._lengths = np.minimum(self._lengths + 1, context)
        self._observations[self._rows, self._lengths - 1] = observation

    def acting(self, actions: Actions) -> History:
        """The question what comes of ``actions`` [rows]; its arrays are the windows' own."""
        self._actions[self._rows, self._lengths - 1] = actions
        return History(self._observations, self._actions, self._lengths)

    def take(self, rows: NDArray[np.int64]) -> "Windows":
        """Copies of ``rows``, any of them any number of times."""
        _, context, size = self._observations.shape
        taken = Windows(0, context, size)
        taken._observations, taken._actions = self._observations[rows], self._actions[rows]
        taken._lengths, taken._rows = self._lengths[rows], np.arange(len(rows))
        return taken

    def put(self, rows: NDArray[np.int64], other: "Windows") -> None:
        """``other``'s lives in the place of ``rows``, one each."""
        self._observations[rows], self._actions[rows] = other._observations, other._actions
        self._lengths[rows] = other._lengths

    def forget(self, rows: NDArray[np.bool_]) -> None:
        """New lives begin in ``rows`` [rows] bool."""
        self._lengths[rows] = 0
