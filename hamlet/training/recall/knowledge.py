"""All that an agent knows besides its network: ways, places, and what things are good for."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamlet.errors import ConfigError
from hamlet.training.recall.atlas import Atlas, Places, remember
from hamlet.training.recall.effects import Effects
from hamlet.training.recall.errands import Model
from hamlet.training.refill import refill
from hamlet.worlds.world import Actions, Floats, Mask, Spec, Step

__all__ = ["Knowledge", "Senses"]

_NEEDED = ("position", "meters", "found")


class Senses:
    """Where in ``spec``'s observations an agent finds its cell, its meters, and what it met. Raises ``ConfigError``
    for a world in which it is not shown them."""

    def __init__(self, spec: Spec) -> None:
        sizes = {feature.name: feature.size for feature in spec.features}
        if missing := [name for name in _NEEDED if name not in sizes]:
            raise ConfigError(
                "training.recall", f"the agent is not shown {', '.join(missing)}", "add it to world.sees, or write null"
            )
        self.cells, self.meters, self.kinds = sizes["position"], sizes["meters"], sizes["found"] - 1
        self.moves = len(spec.actions) - 1
        self._cell, self.felt, self._found = (spec.where(name) for name in _NEEDED)

    def cell(self, observation: Floats) -> Actions:
        """[N]"""
        cells: Actions = observation[:, self._cell].argmax(1)
        return cells

    def found(self, observation: Floats) -> Actions:
        """[N] the kind of what the last step was with, −1: nothing."""
        kinds: Actions = observation[:, self._found].argmax(1) - 1
        return kinds


class Knowledge:
    """Of all lives of a run together. ``start`` [M]: the meters with which lives began of late; ``surprised``: what
    was remembered of places proved wrong in the last step."""

    def __init__(self, senses: Senses, rate: float) -> None:
        self._senses = senses
        self.places = Places.unknown(1, senses.kinds, senses.cells)
        self.start = np.ones(senses.meters)
        self.surprised = False
        self.lived = np.zeros(1, np.int64)  # steps of all agents together
        self._atlas = Atlas(senses.cells, senses.moves)
        self._effects = Effects(senses.kinds, senses.meters, rate)

    def learn(self, observation: Floats, mask: Mask, actions: Actions, step: Step) -> None:
        """``actions`` [N] took everyone from ``observation`` to ``step``."""
        senses, after = self._senses, step.final_observation
        cells, found, acts = senses.cell(after), senses.found(after), actions == senses.moves
        acted = acts & mask[:, -1]
        used = acted & (found >= 0)
        deeds = np.where(used, found, np.where(acts, senses.kinds, senses.kinds + 1))
        self._atlas.learn(senses.cell(observation), actions, cells)
        felt = senses.felt
        self._effects.learn(deeds, observation[:, felt], after[:, felt], step.reward, step.terminated)
        self.surprised = remember(*self.places, cells, acted, found)
        if (ended := step.terminated | step.truncated).any():
            self.start[:] = step.observation[ended][:, felt].mean(0)
        self.lived += len(actions)

    @property
    def model(self) -> Model:
        """As it is now: live arrays."""
        effects, atlas = self._effects, self._atlas
        earns = np.array(effects.earns)
        return Model(atlas.way, atlas.steps, effects.change, effects.known, effects.deadly, effects.purse, earns)

    def state(self) -> dict[str, NDArray[Any]]:
        """Live arrays; written into, ``survey`` again."""
        effects = {f"effects.{name}": array for name, array in self._effects.state().items()}
        places = self.places._asdict()
        return {"way": self._atlas.way, "start": self.start, "lived": self.lived} | places | effects

    def survey(self) -> None:
        """Ways have changed."""
        self._atlas.survey()

    def flat(self) -> NDArray[np.float32]:
        """Everything, in one vector."""
        return np.concatenate([array.ravel() for array in self.state().values()]).astype(np.float32)

    def fill(self, flat: NDArray[np.float32]) -> None:
        """From ``flat``; raises ``ValueError`` for one of another length."""
        arrays = self.state()
        refill({"knowledge": np.zeros(sum(array.size for array in arrays.values()), np.float32)}, {"knowledge": flat})
        start = 0
        for array in arrays.values():
            array[...] = flat[start : start + array.size].reshape(array.shape)
            start += array.size
        self.survey()
