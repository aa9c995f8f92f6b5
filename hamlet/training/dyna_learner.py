"""The learner that plans: DQN, and beside every real update others, from episodes that a world model imagines.

Source: Peng et al. 2018 (Deep Dyna-Q), after Sutton 1990. The world model learns from real episodes only and is
judged on real ones that it has not seen; planning adds updates and takes nothing from the real ones.
See docs/algorithms/ddq.md.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from hamlet.errors import ConfigError
from hamlet.training.ageing import AgeingBuffer
from hamlet.training.device import HOST, Live
from hamlet.training.dqn import Report
from hamlet.training.dqn_learner import DqnLearner
from hamlet.training.dyna_settings import DynaSettings
from hamlet.training.gate import Errors, one_step_errors, openness
from hamlet.training.imagination import imagine
from hamlet.training.policy import EpsilonGreedy
from hamlet.training.refill import part, refill
from hamlet.training.replay import Batch
from hamlet.training.settings import TrainingSettings
from hamlet.training.simulators import ModelSimulator, Simulator, WorldSimulator
from hamlet.training.world_models.episodes import EpisodeStore
from hamlet.training.world_models.making import make_model
from hamlet.training.world_models.model import Episodes, WorldModel
from hamlet.worlds.world import Actions, Floats, Mask, Policy, Spec, Step, World

__all__ = ["DynaLearner"]

_TOGETHER = 32  # rollouts from the middle of episodes are imagined so many at a time


class DynaLearner(DqnLearner):
    """See ``learner.Learner`` and ``dyna_settings.DynaSettings``. ``rule`` plays the warm start; ``make`` gives
    the real world for a number of agents, where that is what imagines. Raises ``ConfigError`` where the settings
    want one that is not given."""

    def __init__(
        self,
        spec: Spec,
        settings: TrainingSettings,
        dyna: DynaSettings,
        *,
        init: np.random.Generator,
        sampling: np.random.Generator,
        acting: np.random.Generator,
        rule: Policy | None = None,
        make: Callable[[int], World] | None = None,
        device: torch.device = HOST,
    ) -> None:
        super().__init__(spec, settings, init=init, sampling=sampling, acting=acting, device=device)
        if dyna.warm_start and rule is None:
            raise ConfigError("training.dyna.warm_start", f"{dyna.warm_start}, but this world has no rule policy")
        self._dyna, self._rule = dyna, rule
        self._store = EpisodeStore(spec, dyna.episodes, settings.agents, every=dyna.hold_out)
        self._imagined = AgeingBuffer(spec, dyna.capacity, settings.batch, dyna.max_age)
        self._dreaming, modelling = init.spawn(2)
        self._acting_there = EpsilonGreedy(self._online, self._dreaming, masked=settings.masked)
        self._model: WorldModel | None = None
        self._simulator: Simulator | None = None
        if dyna.imagination == "real":
            if make is None:
                raise ConfigError("training.dyna.imagination", "real, but no world is given to play it in")
            self._simulator = WorldSimulator(make, self._dreaming)
        elif dyna.imagination == "model":
            self._model = make_model(dyna.model.kind, spec, dyna.model, modelling)
            anywhere = dyna.horizon is not None
            self._simulator = ModelSimulator(
                self._model, lambda: self._store.training, spec, self._dreaming, anywhere=anywhere
            )
        # Of the last step acted in: ε. Episodes (or rollouts) that are owed; how far the model is believed,
        # its last errors; real episodes at the last training and at the last measurement; gradient steps.
        self._told = {
            "epsilon": np.ones(1),
            "owed": np.zeros(1),
            "open": np.array([0.0 if dyna.imagination == "model" else 1.0]),
            "errors": np.zeros(3),
            "fitted": np.zeros(1, np.int64),
            "measured": np.zeros(1, np.int64),
            "steps": np.zeros(2, np.int64),
        }

    def act(self, observation: Floats, mask: Mask, epsilon: float) -> Actions:
        self._told["epsilon"][0] = epsilon
        actions = super().act(observation, mask, epsilon)
        if self._rule is None or self._store.added >= self._dyna.warm_start:
            return actions
        # What a good rule does is no trial whose consequences would have to be cut off.
        self._acts.tried = np.zeros(len(actions), np.bool_)
        return self._rule.act(observation, mask)

    def observe(self, observation: Floats, actions: Actions, novelty: Floats, step: Step) -> None:
        super().observe(observation, actions, novelty, step)
        told, dyna = self._told, self._dyna
        ended = self._store.add(observation, self._mask, actions, step)
        if ended:
            self._imagined.age(self._store.added)
            if self._model is not None:
                self._study(self._model)
        if self._simulator is None:
            return
        if dyna.horizon is None:
            told["owed"] += self.planned * ended
        else:
            told["owed"] += self.planned * len(actions) / dyna.horizon
        if told["owed"] >= (1 if dyna.horizon is None else _TOGETHER):
            self._imagine(self._simulator)

    def remember(self, episodes: Episodes) -> None:
        """What people lived is real: it is learned from, and the model learns it, too."""
        super().remember(episodes)
        self._store.put(episodes)

    def _study(self, model: WorldModel) -> None:
        """Train the model when it is time to, and find out what it is worth."""
        told, dyna, now = self._told, self._dyna, self._store.added
        training, held_out = self._store.training, self._store.held_out
        if now - told["fitted"][0] >= dyna.model_every and len(training.lengths):
            model.fit(training, dyna.model_updates)
            told["fitted"][0] = now
            if not dyna.gate.enabled:
                told["open"][0] = 1.0
        if now - told["measured"][0] >= dyna.gate.every and len(held_out.lengths):
            errors = one_step_errors(model, training, held_out)
            told["errors"][:] = errors
            if dyna.gate.enabled:
                told["open"][0] = openness(errors, dyna.gate.full)
            told["measured"][0] = now

    @property
    def planned(self) -> int:
        """Imagined episodes for a real one, and planning updates for a real one: 0 … k − 1."""
        return round((self._dyna.k - 1) * float(self._told["open"][0]))

    def _imagine(self, simulator: Simulator) -> None:
        spec, settings, told = self._spec, self._settings, self._told
        count = int(told["owed"][0])
        told["owed"] -= count
        new = imagine(
            simulator,
            count,
            self._acting_there,
            float(told["epsilon"][0]) if self._dyna.epsilon is None else self._dyna.epsilon,
            spec=spec,
            steps=self._dyna.horizon or spec.cap,
            n_step=settings.n_step,
            gamma=settings.gamma,
        )
        if not settings.masked:
            everything = np.ones_like(new.mask)
            new = new._replace(mask=everything, next_mask=everything)
        self._imagined.add(new, self._store.added)

    def update(self, novelty_weight: float, learning_rate: float) -> Report:
        """One update from real data, on which it reports, and then those of the planning."""
        report = super().update(novelty_weight, learning_rate)
        report = report._replace(q=report.q.clone())
        dyna, told = self._dyna, self._told
        told["steps"][0] += 1
        if dyna.imagination != "none" and self._imagined.size:
            for _ in range(self.planned):
                self._learn(self._mixed(), novelty_weight, learning_rate)
                told["steps"][1] += 1
        elif dyna.imagination == "none" or dyna.while_shut == "replay":
            for _ in range(dyna.k - 1):
                super().update(novelty_weight, learning_rate)
                told["steps"][0] += 1
        return report

    def _mixed(self) -> Batch:
        """``real_ratio`` of a batch from what really happened, the rest imagined."""
        real, imagined = self._replay.sample(self._sampling), self._imagined.sample(self._dreaming)
        share = round(self._dyna.real_ratio * len(real.action))
        return Batch._make(torch.cat([one[:share], other[share:]]) for one, other in zip(real, imagined, strict=True))

    def health(self) -> dict[str, float]:
        """``planned`` for each real episode; the errors on held-out episodes of the model and of the simplest
        guess (0 before the first measurement); imagined transitions kept; gradient steps from real data, and
        those of planning."""
        errors = Errors(*self._told["errors"].tolist())
        real, planning = self._told["steps"].tolist()
        return {
            "planned": float(self.planned if self._simulator is not None else self._dyna.k - 1),
            "model_error": errors.model,
            "guess_error": min(errors.copy, errors.mean),
            "imagined": float(self._imagined.size),
            "real_updates": float(real),
            "planning_updates": float(planning),
        }

    def foresight(self) -> dict[str, NDArray[Any]]:
        if self._model is None or not self._told["fitted"][0]:
            return {}
        live = self._model.networks()
        return {name: live[name].copy() for name in self._model.predicts_by}

    def forget(self, keep: int) -> None:
        super().forget(keep)
        self._imagined.forget()

    def networks(self) -> dict[str, Live]:
        if self._model is None:
            return super().networks()
        return super().networks() | {f"model.{name}": array for name, array in self._model.networks().items()}

    def memory(self) -> dict[str, NDArray[Any]]:
        parts = {"imagined.": self._imagined.state(), "episodes.": self._store.state(), "dyna.": self._told}
        return super().memory() | {f"{name}{key}": array for name, of in parts.items() for key, array in of.items()}

    def restore_memory(self, state: Mapping[str, NDArray[Any]]) -> None:
        super().restore_memory(state)
        self._imagined.restore(part(state, "imagined."))
        self._store.restore(part(state, "episodes."))
        refill(self._told, part(state, "dyna."))

    def generators(self) -> dict[str, np.random.Generator]:
        model = dict(self._model.generators()) if self._model is not None else {}
        return super().generators() | {"dreaming": self._dreaming} | model
