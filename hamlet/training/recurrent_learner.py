"""The learner that remembers: acts with a carried memory, learns from sequences (``training.drqn``)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from hamlet.errors import ConfigError
from hamlet.training import drqn
from hamlet.training.device import HOST, Live, host
from hamlet.training.dqn import Report
from hamlet.training.networks import Adam, kept
from hamlet.training.policy import explore
from hamlet.training.recurrent import NONE, Columns, Recollection, RecurrentNetwork, RecurrentPolicy
from hamlet.training.refill import part, refill
from hamlet.training.sequences import Moment, SequenceReplay, Windows
from hamlet.training.settings import TrainingSettings
from hamlet.training.world_models.model import Episodes
from hamlet.worlds.world import Actions, Floats, Mask, Spec, Step

__all__ = ["RecurrentLearner"]

_REPLAY = "replay."


class RecurrentLearner:
    """Double DQN with an LSTM on ``settings.agents`` lives side by side; sizes and windows are
    ``settings.recurrent``. ``init`` draws the first weights, ``sampling`` the windows, ``acting``
    the exploration. Raises ``ConfigError`` when the capacity
    is too small for the windows or the warm-up."""

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
        self._spec, self._settings = spec, settings
        self._init, self._sampling, self._acting, self._device = init, sampling, acting, device
        self._online, self._target, self._averaged = (_network(spec, settings, device) for _ in range(3))
        self._adam = Adam(self._online, settings.learning_rate, settings.max_gradient_norm)
        self._begin()
        recurrent = settings.recurrent
        self._replay = SequenceReplay(
            spec,
            n=settings.agents,
            capacity=settings.capacity,
            stride=recurrent.stride,
            cells=recurrent.memory,
            batch=recurrent.batch,
            length=recurrent.burn_in + recurrent.sequence + settings.n_step,
            early=recurrent.early,
        )
        if settings.warm_up > self._replay.steps * settings.agents:
            raise ConfigError(
                "training.warm_up",
                f"{settings.warm_up}, but capacity {settings.capacity} holds {self._replay.steps * settings.agents} "
                f"transitions in whole strides of {recurrent.stride} steps",
                "raise capacity",
            )
        self._predicted = _predicted(spec, settings)
        size, actions = spec.observation_size, len(spec.actions)
        self._lives = Recollection(settings.agents, size, actions, recurrent.memory, self._predicted)
        # Of the step that was acted in and not yet observed: what was remembered, and allowed.
        self._memory_before = np.zeros_like(self._lives.memory.numpy())
        self._mask = np.zeros((settings.agents, len(spec.actions)), np.bool_)

    def act(self, observation: Floats, mask: Mask, epsilon: float) -> Actions:
        """ε-greedy [N], by the online network; the situation is remembered. ``observe`` comes next."""
        self._memory_before[...] = self._lives.memory.numpy()
        self._mask[...] = mask
        values = self._lives.values(self._online, observation)
        greedy = np.where(mask, values, -np.inf).argmax(1)
        return explore(greedy, mask, epsilon, self._acting)

    def observe(self, observation: Floats, actions: Actions, novelty: Floats, step: Step) -> None:
        """Keep what ``actions``, chosen by ``act`` for ``observation``, brought; ended lives are forgotten."""
        moment = Moment(
            observation=observation,
            previous=self._lives.previous,
            mask=self._mask,
            action=actions,
            reward=step.reward,
            novelty=novelty,
            terminated=step.terminated,
            truncated=step.truncated,
        )
        self._replay.add(moment, self._memory_before)
        self._lives.previous[...] = actions
        self._lives.forget(step.terminated | step.truncated)

    def remember(self, episodes: Episodes) -> None:
        raise ConfigError("training", "q_network: lstm cannot learn from conversations", "choose q_network: mlp")

    @property
    def ready(self) -> bool:
        """Enough remembered to update, and this is one of the vector steps at which to."""
        replay = self._replay
        if replay.count % self._settings.recurrent.every:
            return False
        return replay.size >= self._settings.warm_up and replay.drawable

    def update(self, novelty_weight: float, learning_rate: float) -> Report:
        """One gradient step on a batch of windows; the target and the averaged network follow."""
        settings = self._settings
        self._adam.learning_rate = learning_rate
        report = drqn.update(
            self._sample(),
            self._online,
            self._target,
            self._adam,
            burn_in=settings.recurrent.burn_in,
            n_step=settings.n_step,
            gamma=settings.gamma,
            novelty_weight=novelty_weight,
            tau=settings.tau,
            gap=settings.action_gap,
            predicted=self._predicted,
            predicting=settings.recurrent.predicting,
        )
        self._averaged.average_towards(self._online, settings.averaging)
        return report

    def health(self) -> dict[str, float]:
        return {}

    def _sample(self) -> Windows:
        return self._replay.sample(self._sampling)

    def policy(self) -> RecurrentPolicy:
        """Greedy by the averaged network as it is from now on, with nothing remembered yet."""
        return RecurrentPolicy(self._averaged, self._predicted)

    @staticmethod
    def policy_from(spec: Spec, settings: TrainingSettings, weights: NDArray[np.float32]) -> RecurrentPolicy:
        """See ``learner.policy_from``."""
        network = _network(spec, settings, HOST)
        refill({"weights": network.flat.numpy()}, {"weights": weights})
        return RecurrentPolicy(network, _predicted(spec, settings))

    def weights(self) -> NDArray[np.float32]:
        """Those of the averaged network, in one vector (a copy)."""
        return host(self._averaged.flat).copy()

    def _begin(self) -> None:
        settings = self._settings
        self._online.flat.copy_(_network(self._spec, settings, self._device, self._init).flat)
        self._online.shift_output(settings.optimism / (1.0 - settings.gamma))
        for network in (self._target, self._averaged):
            network.flat.copy_(self._online.flat)
        self._adam.forget()

    def foresight(self) -> dict[str, NDArray[Any]]:
        return {}

    def forget(self, keep: int) -> None:
        """Learn no more from any but the newest ``keep`` steps; running lives remember on."""
        self._replay.forget(keep)

    def networks(self) -> dict[str, Live]:
        """What a checkpoint keeps, live."""
        return kept(self._online, self._target, self._averaged, self._adam)

    def memory(self) -> dict[str, NDArray[Any]]:
        """What a resume state keeps besides, between two vector steps."""
        replay = {f"{_REPLAY}{name}": array for name, array in self._replay.state().items()}
        return replay | self._remembered()

    def restore_memory(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from ``memory``; raises ``KeyError`` or ``ValueError`` when it is not of such a learner."""
        self._replay.restore(part(state, _REPLAY))
        refill(self._remembered(), state)

    def _remembered(self) -> dict[str, NDArray[Any]]:
        return {"lives.memory": self._lives.memory.numpy(), "lives.previous": self._lives.previous}

    def generators(self) -> dict[str, np.random.Generator]:
        """Those it draws from while it learns, by name."""
        return {"init": self._init, "sampling": self._sampling, "acting": self._acting}


def _network(
    spec: Spec, settings: TrainingSettings, device: torch.device, rng: np.random.Generator | None = None
) -> RecurrentNetwork:
    actions, recurrent = len(spec.actions), settings.recurrent
    inputs, outputs = spec.observation_size + actions, actions + len(_predicted(spec, settings))
    return RecurrentNetwork(inputs, recurrent.hidden, recurrent.memory, outputs, rng, 0.01, device)


def _predicted(spec: Spec, settings: TrainingSettings) -> Columns:
    """The columns of ``settings.recurrent.predicts``; raises ``ConfigError`` for one that is not shown."""
    try:
        parts = [np.arange(spec.observation_size)[spec.where(name)] for name in settings.recurrent.predicts]
    except KeyError as name:
        shown = ", ".join(feature.name for feature in spec.features)
        raise ConfigError("training.recurrent.predicts", f"nothing is called {name}", f"shown are {shown}") from None
    return np.concatenate([NONE, *parts])
