"""Imagined towns: lives that an agent makes up, of what it knows.

Each is in a town of its own, where every kind of thing that was ever used stands somewhere at random, or in the real
one as it is remembered. What the imagined agent remembers of it is right, or has gaps, or is of another town: as it
is for the real one after a while, at the beginning, and after everything was moved.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamlet.training.recall.atlas import Places, remember
from hamlet.training.recall.errands import Model, affords, goal, live_step
from hamlet.worlds.compiled import compiled
from hamlet.worlds.world import Actions, Mask

__all__ = ["ImaginedTowns", "Lived"]


class Lived(NamedTuple):
    """An errand each, [N]: what it earned, what counts of the value then (0: death), and who was only cut off."""

    reward: NDArray[np.float64]
    discount: NDArray[np.float64]
    cut: Mask


class ImaginedTowns:
    """``lives`` side by side, of up to ``cap`` steps; ``rng`` draws them."""

    def __init__(self, lives: int, kinds: int, meters: int, cells: int, cap: int, rng: np.random.Generator) -> None:
        self._rng, self._cap = rng, cap
        self.places = Places.unknown(lives, kinds, cells)
        self.cells = np.zeros(lives, np.int64)
        self.meters = np.zeros((lives, meters))
        self._age = np.full(lives, cap)  # all are to begin
        self._at = np.full((lives, cells), -1)  # what stands there

    def begin(self, known: Mask, start: NDArray[np.float64], real: Places, home: float) -> None:
        """New lives where the old ones are over: things of the ``known`` kinds [K]; half of them with meters about
        ``start`` [M], the others worse off; the share ``home`` of them in the town that ``real`` remembers."""
        lives = np.flatnonzero(self._age >= self._cap)
        n, rng, (kinds, cells) = len(lives), self._rng, (len(known), self._at.shape[1])
        if not n:
            return
        truth, other = (
            np.where(known, rng.random((n, cells)).argsort(1, kind="stable")[:, :kinds], -1) for _ in range(2)
        )
        if home:
            remembered = self._remembered(n, known, real)
            truth = np.where(rng.random((n, 1)) < home, remembered, truth)
        how = rng.random((n, 1))
        gaps = rng.random((n, kinds)) < rng.random((n, 1))
        where = np.where(how < 0.5, truth, np.where(how < 0.75, np.where(gaps, -1, truth), other))
        at = np.full((n, cells), -1)
        rows, kind = np.nonzero(truth >= 0)
        at[rows, truth[rows, kind]] = kind
        # Where something stands that is not remembered nothing was tried, but for memories of another town.
        tried = (rng.random((n, cells)) < rng.random((n, 1))) & ((at < 0) | (how >= 0.75))
        rows, kind = np.nonzero(where >= 0)
        tried[rows, where[rows, kind]] = True
        self._at[lives], self.places.where[lives], self.places.tried[lives] = at, where, tried
        self.cells[lives] = rng.integers(0, cells, n)
        near = np.clip(start + rng.uniform(-0.1, 0.1, (n, len(start))), 0.0, 1.0)
        poor = rng.uniform(0.0, 1.0, (n, len(start)))
        self.meters[lives] = np.where(rng.random((n, 1)) < 0.5, near, poor)
        self._age[lives] = 0

    def _remembered(self, n: int, known: Mask, real: Places) -> NDArray[np.int64]:
        """[n, K] the town of a single memory; what it lacks stands where nothing was tried, anywhere in each."""
        where, tried = real.where[0], real.tried[0]
        missing = where < 0
        last = tried.astype(np.float64)
        last[where[~missing]] = 2.0
        free = (self._rng.random((n, len(tried))) + last).argsort(1, kind="stable")
        return np.where(known, np.where(missing, free[:, np.cumsum(missing) - 1], where), -1)

    def live(self, model: Model, gamma: float, errands: Actions) -> Lived:
        """Go on with every life by one of its ``errands`` [N]; lives that end with it are over."""
        n = len(errands)
        acted, found, reward, discount = np.zeros(n, np.bool_), np.full(n, -1), np.zeros(n), np.ones(n)
        now = self._at, self.cells, self.meters, self._age
        _live(model, self._cap, gamma, *self.places, *now, errands, acted, found, reward, discount)
        remember(*self.places, self.cells, acted, found)
        return Lived(reward, discount, (self._age >= self._cap) & (discount > 0.0))

    def state(self) -> dict[str, NDArray[Any]]:
        """Live arrays."""
        return {
            "where": self.places.where,
            "tried": self.places.tried,
            "cells": self.cells,
            "meters": self.meters,
            "age": self._age,
            "at": self._at,
        }


@compiled
def _live(
    model: Any,
    cap: int,
    gamma: float,
    where: Any,
    tried: Any,
    at: Any,
    cells: Any,
    meters: Any,
    age: Any,
    errands: Any,
    acted: Any,
    found: Any,
    reward: Any,
    discount: Any,
) -> None:
    kinds = where.shape[1]
    for i in range(cells.size):
        there = goal(model, where[i], tried[i], cells[i], errands[i])
        acts = errands[i] != kinds or there == cells[i]
        walk, here = model.steps[cells[i], there], at[i, there]
        for t in range(walk + acts):
            deed = kinds + 1
            if t == walk:
                deed = here if here >= 0 and affords(model, meters[i], here) else kinds
            age[i] += 1
            earned = live_step(model, meters[i], deed)
            if earned < 0.0:
                age[i], discount[i] = cap, 0.0
                break
            reward[i] += discount[i] * earned
            discount[i] *= gamma
            if t == walk:
                acted[i] = True
                found[i] = deed if deed < kinds else -1
        cells[i] = there
