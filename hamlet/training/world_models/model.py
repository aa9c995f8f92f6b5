"""What a world model is: it says what comes next, and how sure it is.

One protocol for all kinds, over any world: observations are described by the world's ``Spec``, so
that a model knows which numbers are continuous and which are one-hot or binary. Histories are
plain arrays; a kind that remembers nothing looks at their last moment.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from hamlet.worlds.world import Actions, Floats, Mask

__all__ = ["Episodes", "Fit", "History", "Imagines", "Outcome", "Prediction", "Scenarios", "WorldModel"]


class History(NamedTuple):
    """What was seen and done so far by B agents, oldest first, the moment asked about last.

    ``observations`` [B, T, D] float32; ``actions`` [B, T] int64, the last of them the one whose outcome is
    asked for; ``lengths`` [B] int64, 1 … T: rows are filled from the left, the rest is padding."""

    observations: Floats
    actions: Actions
    lengths: NDArray[np.int64]


class Scenarios(NamedTuple):
    """K things that can come next for each of B agents, of which one will: ``chances`` [B, K] sum to 1; then the
    ``observation`` [B, K, D] (continuous numbers: its mean, ``deviation`` [B, D] around it), ``reward`` [B, K],
    ``done`` [B, K] and ``mask`` [B, K, A] that go with it."""

    chances: Floats
    observation: Floats
    reward: Floats
    done: Mask
    mask: Mask
    deviation: Floats


class Prediction(NamedTuple):
    """The distribution over what comes next, for B agents.

    ``observation`` [B, D]: the mean of continuous features, the probability of binary and one-hot ones;
    ``deviation`` [B, D]: standard deviation of the continuous ones (0 for a kind that does not say);
    ``reward`` [B] and ``reward_deviation`` [B]; ``done`` [B]: probability that the episode *terminates* (a cut
    by the cap is no event of the world); ``mask`` [B, A]: probability that an action is allowed next;
    ``disagreement`` [B]: how far members differ, 0 for a single model, and where one member was asked;
    ``levels`` [B, K, L]: the probabilities of the values of those that take few (``levels.Levels``), of which
    ``observation`` has the mean; empty for a kind that does not say; ``scenarios``: for a kind that knows which
    numbers come together, what all of the above is made of, and what steps are drawn from."""

    observation: Floats
    deviation: Floats
    reward: Floats
    reward_deviation: Floats
    done: Floats
    mask: Floats
    disagreement: Floats
    levels: Floats = np.zeros((0, 0, 0), np.float32)
    scenarios: Scenarios | None = None


class Outcome(NamedTuple):
    """One drawn (or most likely) next step: as ``World.step`` would have said."""

    observation: Floats
    reward: Floats
    done: Mask
    mask: Mask


class Episodes(NamedTuple):
    """E whole real episodes, padded to the longest T. ``observations`` [E, T + 1, D] (the final one
    included), ``masks`` [E, T + 1, A], ``actions`` [E, T], ``rewards`` [E, T], ``lengths`` [E] steps,
    ``terminated`` [E]: ended by itself (else cut off)."""

    observations: Floats
    masks: Mask
    actions: Actions
    rewards: Floats
    lengths: NDArray[np.int64]
    terminated: Mask


class Fit(NamedTuple):
    """Means over the updates of one ``fit``: the training loss, and the gradient's norm."""

    loss: float
    gradient_norm: float


class WorldModel(Protocol):
    """Learns a world from real episodes. Deterministic: generators are given at the making. ``window``: the
    moments of a history that it looks at, the last ones; ``members``: how many models it is, 1 but for an ensemble."""

    kind: str
    window: int
    members: int

    predicts_by: tuple[str, ...]
    """Which of ``networks`` are all that ``predict`` needs."""

    def fit(self, episodes: Episodes, updates: int) -> Fit:
        """``updates`` gradient steps on batches drawn from ``episodes``."""
        ...

    def predict(self, history: History, members: NDArray[np.int64] | None = None) -> Prediction:
        """The distribution over the next step of each agent: of all members together, or of the one that
        ``members`` [B] names for each (Thompson sampling: an imagined episode follows one to its end)."""
        ...

    def networks(self) -> dict[str, NDArray[Any]]:
        """What a checkpoint keeps, as live arrays: weights and optimizer. Written into, they are the model's."""
        ...

    def generators(self) -> Mapping[str, np.random.Generator]:
        """Every generator that it draws from, by name."""
        ...


@runtime_checkable
class Imagines(WorldModel, Protocol):
    """A world model that draws next steps itself, more cheaply than from a whole prediction."""

    def imagined(self, history: History, members: NDArray[np.int64] | None, rng: np.random.Generator) -> Outcome:
        """A next step for each row, drawn as ``sampling.draw`` would from ``predict(history, members)``."""
        ...
