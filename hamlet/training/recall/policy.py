"""The greedy policy of an agent with a memory of places."""

import numpy as np

from hamlet.training.networks import Mlp
from hamlet.training.recall.atlas import Places, remember
from hamlet.training.recall.errands import set_out, width
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
        self, network: Mlp, knowledge: Knowledge, places: Places, observation: Floats, mask: Mask
    ) -> tuple[Floats, Actions]:
        """Q-values [n, A] and the action [n] with which errands go on. Where it would be to use what cannot
        be used, something else stands there than was remembered: ``places`` learn it, and it is chosen again."""
        senses, model, cells = self._senses, knowledge.model, self._senses.cell(observation)
        for _ in range(2):
            begun = self.errands.copy()
            values = self._foresight(network, model, places, cells, observation[:, senses.felt])
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
        senses, cells = self._senses, self._senses.cell(observation)
        if self._places is None:
            self._places = self._knowledge.places.copies(len(observation))
            self._choice = Choice(len(observation), senses, self._gamma)
        else:
            stayed = self._acted & (cells == self._cells)  # or the life is another
            remember(*self._places, cells, stayed, senses.found(observation))
        q, actions = self._choice(self._network, self._knowledge, self._places, observation, mask)
        self._cells, self._acted = cells, (actions == senses.moves) & mask[:, -1]
        return q, actions

    def act(self, observation: Floats, mask: Mask) -> Actions:
        return self.decide(observation, mask)[1]
