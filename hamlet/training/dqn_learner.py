"""The memoryless learner: DQN with a small network, n-step returns and replay, in all its variants."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hamlet.training import dqn
from hamlet.training.device import HOST, Live, host, lent
from hamlet.training.dueling import Dueling
from hamlet.training.imagination import transitions_of
from hamlet.training.networks import Adam, Mlp, kept
from hamlet.training.nstep import NStep, Transitions
from hamlet.training.policy import EpsilonGreedy, GreedyPolicy
from hamlet.training.prioritised import Priorities
from hamlet.training.refill import part, refill
from hamlet.training.replay import Batch, ReplayBuffer
from hamlet.training.settings import TrainingSettings
from hamlet.training.world_models.model import Episodes
from hamlet.worlds.world import Actions, Floats, Mask, Spec, Step

__all__ = ["DqnLearner"]


class DqnLearner:
    """See ``learner.Learner``; which variant is in ``settings``: double, dueling, prioritised, masked, n_step."""

    surprised = False

    def __init__(
        self,
        spec: Spec,
        settings: TrainingSettings,
        *,
        init: np.random.Generator,
        sampling: np.random.Generator,
        acting: np.random.Generator,
        device: torch.device = HOST,
    ) -> None:
        self._spec = spec
        self._settings = settings
        self._init = init
        self._sampling = sampling
        self._acting = acting
        self._device = device
        self._online, self._target, self._averaged = (_network(spec, settings, device) for _ in range(3))
        self._adam = Adam(self._online, settings.learning_rate, settings.max_gradient_norm)
        self._begin()
        self._replay = ReplayBuffer(spec, settings.capacity, settings.batch)
        self._priorities = Priorities(settings.prioritised, settings.capacity) if settings.prioritised else None
        self._window = NStep(settings.n_step, settings.gamma, settings.agents, spec.observation_size, len(spec.actions))
        self._mask = np.ones((settings.agents, len(spec.actions)), np.bool_)  # of the step acted in, not yet observed
        self._acts = EpsilonGreedy(self._online, acting, masked=settings.masked)

    def act(self, observation: Floats, mask: Mask, epsilon: float) -> Actions:
        self._mask = mask.copy()
        return self._acts.act(observation, mask, epsilon)

    def observe(self, observation: Floats, actions: Actions, novelty: Floats, step: Step) -> None:
        new = self._window.add(observation, self._mask, actions, self._acts.tried, novelty, step)
        if new is not None:
            self._keep(new)

    def remember(self, episodes: Episodes) -> None:
        settings, spec = self._settings, self._spec
        new = transitions_of(episodes, spec, settings.n_step, settings.gamma)
        self._keep(Transitions._make(array[-settings.capacity :] for array in new))  # the newest that there is room for

    def _keep(self, new: Transitions) -> None:
        if not self._settings.masked:
            everything = np.ones_like(new.mask)
            new = new._replace(mask=everything, next_mask=everything)
        rows = self._replay.add(new)
        if self._priorities is not None:
            self._priorities.add(rows)

    @property
    def ready(self) -> bool:
        return self._replay.size >= self._settings.warm_up

    def update(self, novelty_weight: float, learning_rate: float) -> dqn.Report:
        settings, priorities = self._settings, self._priorities
        weights = None
        if priorities is None:
            batch = self._replay.sample(self._sampling)
        else:
            rows, importance = priorities.draw(settings.batch, self._sampling)
            batch, weights = self._replay.take(rows), torch.from_numpy(importance).to(self._device)
        report, errors = self._learn(batch, novelty_weight, learning_rate, weights)
        if priorities is not None:
            priorities.learned(rows, errors)
        return report

    def _learn(
        self, batch: Batch, novelty_weight: float, learning_rate: float, weights: Tensor | None = None
    ) -> tuple[dqn.Report, NDArray[np.float32]]:
        settings = self._settings
        self._adam.learning_rate = learning_rate
        report, errors = dqn.update(
            Batch._make(lent(batch, self._device)),
            self._online,
            self._target,
            self._adam,
            novelty_weight=novelty_weight,
            tau=settings.tau,
            double=settings.double,
            gap=settings.action_gap,
            weights=weights,
        )
        self._averaged.average_towards(self._online, settings.averaging)
        return report, host(errors)

    def health(self) -> dict[str, float]:
        return {}

    def policy(self) -> GreedyPolicy:
        return GreedyPolicy(self._averaged, masked=self._settings.masked)

    @staticmethod
    def policy_from(spec: Spec, settings: TrainingSettings, weights: NDArray[np.float32]) -> GreedyPolicy:
        """See ``learner.policy_from``."""
        network = _network(spec, settings, HOST)
        refill({"weights": network.flat.numpy()}, {"weights": weights})
        return GreedyPolicy(network, masked=settings.masked)

    def weights(self) -> NDArray[np.float32]:
        return host(self._averaged.flat).copy()

    def _begin(self) -> None:
        settings = self._settings
        self._online.copy_from(_network(self._spec, settings, self._device, self._init))
        self._online.shift_output(settings.optimism / (1.0 - settings.gamma))
        self._target.copy_from(self._online)
        self._averaged.copy_from(self._online)
        self._adam.forget()

    def foresight(self) -> dict[str, NDArray[Any]]:
        return {}

    def forget(self, keep: int) -> None:
        rows = self._replay.forget(keep)
        if self._priorities is not None:
            self._priorities.keep(rows)

    def networks(self) -> dict[str, Live]:
        return kept(self._online, self._target, self._averaged, self._adam)

    def memory(self) -> dict[str, NDArray[Any]]:
        replay = {f"replay.{name}": array for name, array in self._replay.state().items()}
        window = {f"window.{name}": array for name, array in self._window.state().items()}
        if self._priorities is None:
            return replay | window
        priorities = {f"priorities.{name}": array for name, array in self._priorities.state(self._replay.size).items()}
        return replay | window | priorities

    def restore_memory(self, state: Mapping[str, NDArray[Any]]) -> None:
        self._replay.restore(part(state, "replay."))
        self._window.restore(part(state, "window."))
        if self._priorities is not None:
            self._priorities.restore(part(state, "priorities."), self._replay.size)

    def generators(self) -> dict[str, np.random.Generator]:
        return {"init": self._init, "sampling": self._sampling, "acting": self._acting}


def _network(
    spec: Spec, settings: TrainingSettings, device: torch.device, rng: np.random.Generator | None = None
) -> Mlp:
    kind = Dueling if settings.dueling else Mlp
    return kind((spec.observation_size, *settings.hidden, len(spec.actions)), rng, last_gain=0.01, device=device)
