"""The baseline of every world: any allowed action, evenly."""

import numpy as np

from hamlet.worlds.world import Actions, Floats, Mask

__all__ = ["RandomPolicy"]


class RandomPolicy:
    """Any allowed action, evenly."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def act(self, observation: Floats, mask: Mask) -> Actions:
        action: Actions = np.argmax(np.where(mask, self._rng.random(mask.shape), -1.0), axis=1)
        return action
