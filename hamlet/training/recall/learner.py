"""The learner with a memory of places: it learns to live in imagined towns, and where things are in the real one.

What is learned from real steps is small and learned fast: ways, places, what things do (``knowledge``). What
a situation is worth is learned from imagined lives, by fitted value iteration (Ernst et al. 2005) on the errands of
``errands``: since no two imagined towns are alike, it holds wherever things are, and after a move only the
places have to be found again. In the manner of Dyna (Sutton 1990), with a model of the parts of the world.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from hamlet.errors import ConfigError
from hamlet.training.device import HOST, Live, host, lent
from hamlet.training.dqn import Report
from hamlet.training.networks import Adam, Mlp, kept
from hamlet.training.policy import explore
from hamlet.training.recall.dreams import Dreams
from hamlet.training.recall.errands import width
from hamlet.training.recall.knowledge import Knowledge, Senses
from hamlet.training.recall.policy import Choice, RecallPolicy
from hamlet.training.recall.settings import RecallSettings
from hamlet.training.refill import part, refill
from hamlet.training.settings import TrainingSettings
from hamlet.training.world_models.model import Episodes
from hamlet.worlds.world import Actions, Floats, Mask, Spec, Step

__all__ = ["RecallLearner"]

_KNOWN, _IMAGINED = "knowledge.", "imagined."


class RecallLearner:
    """See ``learner.Learner`` and ``recall.settings``. Raises ``ConfigError`` for a world that does not show what
    it needs."""

    def __init__(
        self,
        spec: Spec,
        settings: TrainingSettings,
        recall: RecallSettings,
        *,
        init: np.random.Generator,
        acting: np.random.Generator,
        device: torch.device = HOST,
    ) -> None:
        self._settings, self._recall = settings, recall
        self._init, self._acting, self._device = init, acting, device
        (self._imagining,) = init.spawn(1)
        senses = self._senses = Senses(spec)
        self._online, self._target, self._averaged = (_network(senses, settings, device) for _ in range(3))
        self._online.copy_from(_network(senses, settings, device, init))
        self._online.shift_output(settings.optimism / (1.0 - settings.gamma))
        self._target.copy_from(self._online)
        self._averaged.copy_from(self._online)
        self._adam = Adam(self._online, settings.learning_rate, settings.max_gradient_norm)
        self._knowledge = Knowledge(senses, recall.rate)
        self._dreams = Dreams(senses, recall, settings.gamma, spec.cap, self._imagining)
        self._choice = Choice(settings.agents, senses, settings.gamma)
        self._mask = np.zeros((settings.agents, len(spec.actions)), np.bool_)  # of the step that is not observed yet
        # How new it was to be in each cell when somebody was there last, and how much that counts.
        self._novelty, self._curiosity = np.zeros(senses.cells), np.zeros(1)

    def act(self, observation: Floats, mask: Mask, epsilon: float) -> Actions:
        self._mask[...] = mask
        knowledge = self._knowledge
        bonus = self._curiosity * self._novelty
        _, greedy = self._choice(
            self._online, knowledge, knowledge.places, observation, mask, bonus=bonus, weighed=False
        )
        return explore(greedy, mask, epsilon, self._acting)

    def observe(self, observation: Floats, actions: Actions, novelty: Floats, step: Step) -> None:
        self._knowledge.learn(observation, self._mask, actions, step)
        self._novelty[self._senses.cell(step.final_observation)] = novelty
        self._choice.errands[step.terminated | step.truncated] = -1

    def remember(self, episodes: Episodes) -> None:
        raise ConfigError("training", "recall cannot learn from conversations", "leave it out")

    @property
    def surprised(self) -> bool:
        return self._knowledge.surprised

    @property
    def ready(self) -> bool:
        return bool(self._knowledge.lived[0] >= self._recall.begin)

    def update(self, novelty_weight: float, learning_rate: float) -> Report:
        """One gradient step towards what imagined lives turned out to be worth; real ones are led by novelty too,
        by its weight."""
        settings = self._settings
        self._curiosity[0] = novelty_weight
        lesson = self._dreams.lesson(self._target, self._knowledge)
        rows, worth = lent((torch.from_numpy(lesson.rows), torch.from_numpy(lesson.worth)), self._device)
        error = self._online.forward(rows)[:, 0] - worth
        slope = error.clamp(-1.0, 1.0)
        self._online.backward((slope / len(error))[:, None])
        self._adam.learning_rate = learning_rate
        norm = self._adam.step()
        self._target.average_towards(self._online, settings.tau)
        self._averaged.average_towards(self._online, settings.averaging)
        return Report(float((slope * (error - 0.5 * slope)).mean()), norm, torch.from_numpy(lesson.values))

    def health(self) -> dict[str, float]:
        """How many kinds of things were ever used, of how many it knows where they are, and cells tried."""
        places = self._knowledge.places
        known = float(self._knowledge.model.known.sum())
        return {"kinds": known, "places": float((places.where >= 0).sum()), "tried": float(places.tried.sum())}

    def policy(self) -> RecallPolicy:
        return RecallPolicy(
            self._averaged, _recalled(self._senses, self._knowledge.flat()), self._senses, self._settings.gamma
        )

    @staticmethod
    def policy_from(spec: Spec, settings: TrainingSettings, weights: NDArray[np.float32]) -> RecallPolicy:
        """See ``learner.policy_from``."""
        senses = Senses(spec)
        network = _network(senses, settings, HOST)
        count = network.flat.numel()
        refill({"weights": network.flat.numpy()}, {"weights": weights[:count]})
        return RecallPolicy(network, _recalled(senses, weights[count:]), senses, settings.gamma)

    def weights(self) -> NDArray[np.float32]:
        """The averaged network, and all that is known."""
        return np.concatenate([host(self._averaged.flat), self._knowledge.flat()])

    @staticmethod
    def kept_weights(spec: Spec, arrays: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """See ``learner.kept_weights``."""
        known = Knowledge(Senses(spec), 0.0)
        refill(known.state(), part(arrays, _KNOWN))
        return np.concatenate([arrays["averaged"], known.flat()])

    def foresight(self) -> dict[str, NDArray[Any]]:
        return {}

    def forget(self, keep: int) -> None:
        """Nothing is remembered that would have to be: a place that is gone is forgotten when it is not found."""

    def networks(self) -> dict[str, Live]:
        known = {f"{_KNOWN}{name}": array for name, array in self._knowledge.state().items()}
        return kept(self._online, self._target, self._averaged, self._adam) | known

    def memory(self) -> dict[str, NDArray[Any]]:
        imagined = {f"{_IMAGINED}{name}": array for name, array in self._dreams.state().items()}
        led = {"errands": self._choice.errands, "novel": self._novelty, "curiosity": self._curiosity}
        return imagined | led

    def restore_memory(self, state: Mapping[str, NDArray[Any]]) -> None:
        refill(self.memory(), state)
        self._knowledge.survey()

    def generators(self) -> dict[str, np.random.Generator]:
        return {"init": self._init, "acting": self._acting, "imagining": self._imagining}


def _network(
    senses: Senses, settings: TrainingSettings, device: torch.device, rng: np.random.Generator | None = None
) -> Mlp:
    return Mlp((width(senses.kinds, senses.meters), *settings.hidden, 1), rng, last_gain=0.01, device=device)


def _recalled(senses: Senses, flat: NDArray[np.float32]) -> Knowledge:
    knowledge = Knowledge(senses, 0.0)
    knowledge.fill(flat)
    return knowledge
