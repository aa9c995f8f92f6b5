"""What things are good for: a small model of what each deed does to the meters, learned from transitions.

A deed is using a kind of thing, waiting, or moving. Learned are what each does to every meter, which meters are
deadly at 0, and what a step alive earns. One thing is assumed: a meter that only things change is a purse, and
what would take more than there is in it cannot be had.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamlet.worlds.compiled import compiled
from hamlet.worlds.world import Actions, Floats, Mask

__all__ = ["Effects"]

_NOTHING = 1e-4  # less than this per step is a meter standing still


class Effects:
    """Deeds of ``kinds`` things: a thing's own number, ``kinds`` for waiting, ``kinds`` + 1 for moving. ``rate`` is
    that of all running means: what changes with a stage is learned anew."""

    def __init__(self, kinds: int, meters: int, rate: float) -> None:
        self._kinds, self._rate = kinds, rate
        self.change = np.zeros((kinds + 2, meters))
        self._seen = np.zeros((kinds + 2, meters))  # how often, where a full or empty meter did not hide it
        self._done = np.zeros(kinds + 2)
        self._empty = np.zeros((2, meters))  # how often a meter was at 0 and life went on, or ended
        self._moments = np.zeros(5)  # of living steps: 1, lowest, lowest², reward, lowest · reward

    def learn(self, deeds: Actions, before: Floats, after: Floats, reward: Floats, died: Mask) -> None:
        """``deeds`` [N] took the meters [N, M] from ``before`` to ``after``, and brought ``reward`` or death."""
        _learn(self.change, self._seen, self._done, self._empty, self._rate, deeds, before, after, died)
        if not died.all():
            low = np.where(self.deadly, after, 1.0).min(1)[~died]
            earned = reward[~died].astype(np.float64)
            new = np.array([1.0, low.mean(), (low * low).mean(), earned.mean(), (low * earned).mean()])
            self._moments += self._rate * (new - self._moments)

    @property
    def known(self) -> Mask:
        """[K] Which kinds have been used."""
        known: Mask = self._done[: self._kinds] > 0
        return known

    @property
    def deadly(self) -> Mask:
        """[M] No purse, and nobody has lived on without it more often than not: what nobody ran out of is feared."""
        deadly: Mask = ~self.purse & (self._empty[1] >= self._empty[0])
        return deadly

    @property
    def purse(self) -> Mask:
        """[M]"""
        drains: Mask = np.abs(self.change[self._kinds :]).max(0) > _NOTHING
        given: Mask = np.abs(self.change[: self._kinds]).max(0) > _NOTHING
        return given & ~drains

    @property
    def earns(self) -> tuple[float, float]:
        """What a step alive earns: the first, and the second times the lowest deadly meter (least squares)."""
        _, x, xx, y, xy = self._moments / max(self._moments[0], 1e-12)
        spread = xx - x * x
        slope = float((xy - x * y) / spread) if spread > 1e-6 else 0.0
        return float(y) - slope * float(x), slope

    def state(self) -> dict[str, NDArray[Any]]:
        """Live arrays."""
        names = ("change", "seen", "done", "empty", "moments")
        return dict(zip(names, (self.change, self._seen, self._done, self._empty, self._moments), strict=True))


@compiled
def _learn(
    change: Any, seen: Any, done: Any, empty: Any, rate: float, deeds: Any, before: Any, after: Any, died: Any
) -> None:
    waiting = len(done) - 2
    for i in range(deeds.size):
        deed = deeds[i]
        done[deed] += 1
        for m in range(before.shape[1]):
            level = np.float64(after[i, m])
            by = level - np.float64(before[i, m])
            if level <= 0.0:
                empty[1 if died[i] else 0, m] += 1
            # A full meter takes in only a part of it, and the step's drain comes after.
            if 1e-6 < level < 1.0 + min(change[waiting, m], 0.0) - 1e-4:
                seen[deed, m] += 1
                change[deed, m] += (by - change[deed, m]) * max(1.0 / seen[deed, m], rate)
            elif seen[deed, m] == 0 and abs(by) > abs(change[deed, m]):
                change[deed, m] = by
