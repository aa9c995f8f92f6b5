"""The greedy policy of an agent with a memory of places."""

import numpy as np
from numpy.typing import NDArray

from hamlet.training.networks import Mlp
from hamlet.training.recall.atlas import Places, remember
from hamlet.training.recall.errands import go_on, set_out, tempt, width
from hamlet.training.recall.foresight import Foresight
from hamlet.training.recall.knowledge import Knowledge, Senses
from hamlet.worlds.world import Actions, Floats, Mask

__all__ = ["Choice", "RecallPolicy"]


class Choice:
    """Actions for ``n`` lives, and their values. An errand is seen through, as it is in imagined lives;
    ``errands`` [n]: which one, −1: none."""

    def __init__(self, n: int, senses: Senses, gamma: float) -> None:
        self._senses = senses
        self._foresight = Foresight(n, senses.kinds, width(senses.kinds, senses.meters), gamma)
        self.errands = np.full(n, -1)
        self._q = np.zeros((n, senses.moves + 1))
        self._actions = np.zeros(n, np.int64)

    def __call__(
        self,
        network: Mlp,
        knowledge: Knowledge,
        places: Places,
        observation: Floats,
        mask: Mask,
        *,
        bonus: NDArray[np.float64] | None = None,
        weighed: bool = True,
    ) -> tuple[Floats, Actions]:
        """Q-values [n, A] and the action [n] with which errands go on. Where it would be to use what cannot
        be used, something else stands there than was remembered: ``places`` learn it, and it is chosen again.
        ``bonus`` [cells]: what there is besides for an errand that leads there. Not ``weighed``: nothing is thought
        of while an errand is under way, and the Q-values of then mean nothing."""
        senses, model, cells = self._senses, knowledge.model, self._senses.cell(observation)
        meters = observation[:, senses.felt]
        for _ in range(2):
            go_on(model, *places, cells, meters, self.errands)
            begun = self.errands.copy()
            values = self._foresight(network, model, places, cells, meters, None if weighed else begun)
            if bonus is not None:
                tempt(model, *places, cells, bonus, values)
            set_out(model, *places, cells, values, self.errands, self._q, self._actions)
            barred = (self._actions == senses.moves) & ~mask[:, -1]
            if not barred.any():
                break
            remember(*places, cells, barred, np.full(len(cells), -1))
            self.errands[:] = np.where(barred, -1, begun)
        actions = np.where(mask[np.arange(len(mask)), self._actions], self._actions, mask.argmax(1))
        return self._q.astype(np.float32), actions


class RecallPolicy:
    """Greedy, for one life a row. Each begins with what is known now, and remembers what it finds on its way."""

    def __init__(self, network: Mlp, knowledge: Knowledge, senses: Senses, gamma: float) -> None:
        self._network, self._knowledge, self._senses, self._gamma = network, knowledge, senses, gamma
        self._places: Places | None = None
        self._cells: Actions = np.zeros(0, np.int64)  # of the last decision, and who tried something then
        self._acted: Mask = np.zeros(0, np.bool_)

    def decide(self, observation: Floats, mask: Mask) -> tuple[Floats, Actions]:
        return self._choose(observation, mask, weighed=True)

    def act(self, observation: Floats, mask: Mask) -> Actions:
        return self._choose(observation, mask, weighed=False)[1]

    def _choose(self, observation: Floats, mask: Mask, *, weighed: bool) -> tuple[Floats, Actions]:
        senses, cells = self._senses, self._senses.cell(observation)
        if self._places is None:
            self._places = self._knowledge.places.copies(len(observation))
            self._choice = Choice(len(observation), senses, self._gamma)
        else:
            stayed = self._acted & (cells == self._cells)  # or the life is another
            remember(*self._places, cells, stayed, senses.found(observation))
        known = self._knowledge
        q, actions = self._choice(self._network, known, self._places, observation, mask, weighed=weighed)
        self._cells, self._acted = cells, (actions == senses.moves) & mask[:, -1]
        return q, actions
