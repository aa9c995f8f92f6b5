"""What imagined lives teach: situations, and what each turned out to be worth.

All lives go on by a number of errands, chosen by the target network; then each situation on the way is worth what
followed: the λ-return (Sutton and Barto 2018, ch. 12) up to the first errand that was only tried out, as in
Watkins' Q(λ). Values so travel a whole day in one dream. With single steps they took a hundred updates for each
errand of a chain, and a life that was lost went on being worth something (docs/decisions/0001, fifth round).
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamlet.training.networks import Mlp
from hamlet.training.recall.errands import Model, look, width
from hamlet.training.recall.foresight import Foresight
from hamlet.training.recall.knowledge import Knowledge, Senses
from hamlet.training.recall.settings import RecallSettings
from hamlet.training.recall.towns import ImaginedTowns
from hamlet.worlds.world import Floats

__all__ = ["Dreams", "Lesson"]


class Lesson(NamedTuple):
    """``rows`` [N, D] describe situations, ``worth`` [N] is what they turned out to be worth, ``values`` [N, K + 2]
    what was thought of their errands, the least of them where one cannot be begun."""

    rows: Floats
    worth: Floats
    values: Floats


class Dreams:
    """``rng`` draws them. A dream is learned from ``passes`` times, in lessons of as many situations as there are
    lives, and then there is another."""

    def __init__(
        self, senses: Senses, recall: RecallSettings, gamma: float, cap: int, rng: np.random.Generator
    ) -> None:
        self._recall, self._gamma, self._rng = recall, gamma, rng
        n, shape, size = recall.lives, (recall.errands, recall.lives), width(senses.kinds, senses.meters)
        self._towns = ImaginedTowns(n, senses.kinds, senses.meters, senses.cells, cap, rng)
        self._foresight = Foresight(n, senses.kinds, size, gamma)
        self._rows = np.zeros((*shape, size), np.float32)
        self._worth = np.zeros(shape, np.float32)
        self._values = np.zeros((*shape, senses.kinds + 2), np.float32)
        self._order = np.zeros((recall.passes * recall.errands, n), np.int64)
        self._learned = np.array([len(self._order)])

    def lesson(self, network: Mlp, knowledge: Knowledge) -> Lesson:
        """The next; dreams by ``network``."""
        if self._learned[0] == len(self._order):
            self._dream(network, knowledge)
        rows = self._order[self._learned[0]]
        self._learned += 1
        return Lesson(*(array.reshape(-1, *array.shape[2:])[rows] for array in (self._rows, self._worth, self._values)))

    def _dream(self, network: Mlp, knowledge: Knowledge) -> None:
        model, recall, towns, rng = knowledge.model, self._recall, self._towns, self._rng
        most = max(model.earns[0], model.earns.sum()) / (1.0 - self._gamma)
        thought, lived = np.zeros((recall.errands + 1, recall.lives)), []
        for t in range(recall.errands):
            towns.begin(model.known, knowledge.start, knowledge.places, recall.home)
            values = self._think(network, model)
            possible = np.isfinite(values)
            thought[t] = self._expected(values)
            self._values[t] = np.where(possible, values, np.where(possible, values, np.inf).min(1, keepdims=True))
            look(model, *towns.places, towns.cells, towns.meters, self._rows[t])
            drawn = np.where(possible, rng.random(values.shape), -1.0).argmax(1)
            tried = rng.random(recall.lives) < recall.tries
            step = towns.live(model, self._gamma, np.where(tried, drawn, values.argmax(1)))
            lived.append(step)
        thought[-1] = self._expected(self._think(network, model))
        np.clip(thought, 0.0, most, out=thought)
        worth = thought[-1]
        for t in reversed(range(recall.errands)):
            step = lived[t]
            followed = step.reward + step.discount * worth
            worth = np.where(step.cut, thought[t], thought[t] + recall.trace * (followed - thought[t]))
            self._worth[t] = np.clip(worth, 0.0, most)
        order = [rng.permutation(self._worth.size) for _ in range(recall.passes)]
        self._order[:] = np.concatenate(order).reshape(self._order.shape)
        self._learned[:] = 0

    def _expected(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """[N] what lives are worth that now and then set out on a drawn errand."""
        possible = np.isfinite(values)
        best, drawn = values.max(1), np.where(possible, values, 0.0).sum(1) / possible.sum(1)
        worth: NDArray[np.float64] = best + self._recall.tries * (drawn - best)
        return worth

    def _think(self, network: Mlp, model: Model) -> NDArray[np.float64]:
        towns = self._towns
        return self._foresight(network, model, towns.places, towns.cells, towns.meters)

    def state(self) -> dict[str, NDArray[Any]]:
        """Live arrays."""
        lessons = {"rows": self._rows, "worth": self._worth, "values": self._values}
        return self._towns.state() | lessons | {"order": self._order, "learned": self._learned}
