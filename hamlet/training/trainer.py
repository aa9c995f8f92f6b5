"""The learning itself: a deterministic machine that turns vector steps into facts.

``advance`` computes one vector step (all agents act, live, and the learner updates) and returns
the events it led to, in order. Config, seed and the layout and commands it was given decide every
bit of what follows: no clock, no queue, no viewer is read here. ``state``/``restore`` carry all of
it over a crash.
"""

import math
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from hamlet.commands import Command, RandomizeAffordances
from hamlet.events.packing import pack
from hamlet.events.types import (
    AffordancesRandomized,
    AnyEvent,
    EpisodeCompleted,
    EvaluationCompleted,
    StageChanged,
    TownEpisode,
)
from hamlet.training import dqn
from hamlet.training.curriculum.adversarial import AdversarialCurriculum
from hamlet.training.evaluate import Examiner
from hamlet.training.networks import Adam, Mlp, one_thread
from hamlet.training.novelty import Novelty
from hamlet.training.nstep import NStep
from hamlet.training.policy import EpsilonGreedy, GreedyPolicy
from hamlet.training.progress import Progress
from hamlet.training.refill import refill
from hamlet.training.replay import ReplayBuffer
from hamlet.training.schedules import Annealing
from hamlet.training.settings import TrainingSettings
from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.town.town import Town, random_layout

__all__ = ["Counters", "NotFinite", "Trainer"]


class NotFinite(ArithmeticError):
    """The learner's loss or gradient is no longer a number."""


class Counters(msgspec.Struct):
    """Where the run stands. ``checkpoint``: the episode that calls for one at the end of the last
    vector step, or 0."""

    vector_step: int = 0
    episode: int = 0
    updates: int = 0
    checkpoint: int = 0


class Trainer:
    """Double DQN with RND, annealing and curriculum on ``settings.agents`` lives side by side."""

    def __init__(self, town: TownSettings, settings: TrainingSettings) -> None:
        one_thread()
        self.settings = settings
        root = np.random.default_rng(settings.seed)
        init, self._sampling, self._acting, self._moving, novelty = root.spawn(5)
        self.world = Town(town, settings.agents)
        self._examiner = Examiner(town, settings.exam_episodes)
        spec = self.world.spec
        sizes = (spec.observation_size, *settings.hidden, len(spec.actions))
        self.online = Mlp(sizes, init, last_gain=0.01)
        self.online.shift_output(settings.optimism / (1.0 - settings.gamma))
        self._target = Mlp(sizes)
        self._target.copy_from(self.online)
        self.averaged = Mlp(sizes)
        self.averaged.copy_from(self.online)
        self._adam = Adam(self.online, settings.learning_rate, settings.max_gradient_norm)
        self._replay = ReplayBuffer(spec, settings.capacity, settings.batch)
        self._window = NStep(settings.n_step, settings.gamma, settings.agents, spec.observation_size, len(spec.actions))
        self.novelty = Novelty(
            spec.observation_size,
            settings.agents,
            novelty,
            learning_rate=settings.novelty.learning_rate,
            gamma=settings.novelty.gamma,
        )
        self._policy = EpsilonGreedy(self.online, self._acting)
        self.annealing = Annealing(settings.annealing, spec.cap)
        self.curriculum = AdversarialCurriculum(settings.curriculum, spec.stages, spec.cap)
        self.progress = Progress(len(spec.actions), settings.curriculum.temperature)
        self.counters = Counters()
        # Undiscounted sums of the running episodes, [2, N]: extrinsic, intrinsic.
        self._sums = np.zeros((2, settings.agents))
        self._reference = self.world.everywhere().copy()
        self.world.set_stage(self.curriculum.stage)
        self._step = self.world.reset(settings.seed)

    def advance(self) -> list[AnyEvent]:
        """Compute one vector step; returns what happened, in order."""
        settings, counters = self.settings, self.counters
        events: list[AnyEvent] = [] if counters.vector_step else [self.examine(0)]
        counters.checkpoint = 0
        observation, mask = self._step.observation.copy(), self._step.mask
        actions = self._policy.act(observation, mask, self.annealing.epsilon)
        step = self._step = self.world.step(actions)
        counters.vector_step += 1
        novelty = self.novelty.observe(step.final_observation)
        if (transitions := self._window.add(observation, actions, novelty, step)) is not None:
            self._replay.add(transitions)
        self._sums += (step.reward, novelty)
        if self._replay.size >= settings.warm_up:
            for _ in range(settings.updates_per_step):
                self._update()
        for agent in np.flatnonzero(step.terminated | step.truncated):
            events += self._completed(int(agent))
        self.annealing.stepped(settings.agents)
        self.curriculum.stepped()
        if counters.updates and counters.vector_step % settings.progress_every == 0:
            events.append(self.progress.report(counters.vector_step, counters.updates, self.novelty.loss))
        return events

    def apply(self, command: Command) -> list[AnyEvent]:
        """A command takes effect before the next vector step; returns what it led to."""
        if isinstance(command, RandomizeAffordances):
            return self._randomize("asked for")
        return []

    def examine(self, episode: int) -> EvaluationCompleted:
        """Greedy exam of the averaged network on the layout of the moment, beside the baselines."""
        settings = self.settings
        return EvaluationCompleted(
            episode=episode,
            vector_step=self.counters.vector_step,
            episodes=settings.exam_episodes,
            cap=self.world.spec.cap,
            layout=self.world.layout,
            results=self._examiner.compare(GreedyPolicy(self.averaged), self.world.layout),
        )

    def _update(self) -> None:
        settings = self.settings
        self._adam.learning_rate = settings.learning_rate * max(settings.settled, math.sqrt(self.annealing.weight))
        report = dqn.update(
            self._replay.sample(self._sampling),
            self.online,
            self._target,
            self._adam,
            novelty_weight=self.annealing.weight,
            tau=settings.tau,
        )
        self.averaged.average_towards(self.online, settings.averaging)
        self.counters.updates += 1
        if not math.isfinite(report.loss + report.gradient_norm):
            raise NotFinite(
                f"loss {report.loss}, gradient norm {report.gradient_norm} in update {self.counters.updates}"
            )
        self.progress.add(report)

    def _completed(self, agent: int) -> list[AnyEvent]:
        counters, settings = self.counters, self.settings
        counters.episode += 1
        life = self.world.episode(agent)
        extrinsic, intrinsic = (float(value) for value in self._sums[:, agent])
        self._sums[:, agent] = 0.0
        weight = self.annealing.weight
        events: list[AnyEvent] = [
            EpisodeCompleted(
                episode=counters.episode,
                survival_time=life.survival_time,
                total_reward=extrinsic + weight * intrinsic,
                extrinsic_reward=extrinsic,
                intrinsic_reward=intrinsic,
                intrinsic_weight=weight,
                curriculum_stage=life.stage,
                epsilon=self.annealing.epsilon,
                cause=life.cause,
                agent=agent,
                vector_step=counters.vector_step,
                detail=TownEpisode(
                    seed=life.seed,
                    physics=self.world.spec.physics,
                    layout=dict(life.layout),
                    path=pack(life.path),
                    actions=pack(life.actions),
                    novelty=pack(self._novelty_map()),
                    affordances=dict(life.used),
                ),
            )
        ]
        old = self.curriculum.stage
        if life.stage == old and self.annealing.completed(life.survival_time):
            reason = self.curriculum.start_again()
        else:
            reason = self.curriculum.completed(life.survival_time, life.stage, self.progress.entropy)
        if reason:
            self.annealing.stage_changed()
            self.world.set_stage(self.curriculum.stage)
            events.append(
                StageChanged(
                    episode=counters.episode,
                    vector_step=counters.vector_step,
                    old_stage=old,
                    new_stage=self.curriculum.stage,
                    reason=reason,
                )
            )
        if counters.episode % settings.checkpoint_every == 0:
            counters.checkpoint = counters.episode
        if counters.episode % settings.exam_every == 0:
            events.append(self.examine(counters.episode))
        if counters.episode == settings.shift_at:
            events += self._randomize("scheduled")
        return events

    def _randomize(self, reason: str) -> list[AnyEvent]:
        """Move everything, and examine what the policy is worth now."""
        old = self.world.layout
        self.world.set_layout(random_layout(self.world.settings, self._moving))
        moved = AffordancesRandomized(
            episode=self.counters.episode,
            vector_step=self.counters.vector_step,
            old_positions=old,
            new_positions=self.world.layout,
            reason=reason,
        )
        return [moved, self.examine(self.counters.episode)]

    def _novelty_map(self) -> NDArray[np.uint8]:
        """One byte a cell: 16 · log2(error / its running scale) + 128, clipped; the error of RND
        at that cell with all other features at their reference (start meters, all allowed)."""
        relative = self.novelty.at(self._reference) / max(self.novelty.typical, 1e-12)
        levels = 128.0 + 16.0 * np.log2(np.maximum(relative, 1e-12))
        return np.clip(np.rint(levels), 0, 255).astype(np.uint8)

    def networks(self) -> dict[str, NDArray[Any]]:
        """What a checkpoint keeps, as live arrays: policy, target, optimizer, RND."""
        moments = {f"adam.{name}": tensor.numpy() for name, tensor in self._adam.state().items()}
        novelty = {f"novelty.{name}": array for name, array in self.novelty.state().items()}
        networks = {"online": self.online, "target": self._target, "averaged": self.averaged}
        return {name: network.flat.numpy() for name, network in networks.items()} | moments | novelty

    def scalars(self) -> dict[str, Any]:
        """What a checkpoint keeps beside the arrays, as plain JSON values."""
        return {
            "counters": msgspec.to_builtins(self.counters),
            "annealing": msgspec.to_builtins(self.annealing.state),
            "curriculum": msgspec.to_builtins(self.curriculum.state),
            "layout": self.world.layout,
        }

    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Everything that decides the future: named arrays, and plain JSON values."""
        world = {f"world.{name}": array for name, array in self.world.state().items()}
        replay = {f"replay.{name}": array for name, array in self._replay.state().items()}
        window = {f"window.{name}": array for name, array in self._window.state().items()}
        generators = {name: generator.bit_generator.state for name, generator in self._generators().items()}
        scalars = self.scalars() | {"generators": generators, "progress": self.progress.state()}
        return self.networks() | world | replay | window | {"sums": self._sums}, scalars

    def _generators(self) -> dict[str, np.random.Generator]:
        return {"sampling": self._sampling, "acting": self._acting, "moving": self._moving}

    def restore(self, arrays: Mapping[str, NDArray[Any]], scalars: Mapping[str, Any]) -> None:
        """Continue from ``state``; raises ``KeyError`` or ``ValueError`` when it is not of this run."""
        refill(self.networks() | {"sums": self._sums}, arrays)
        self._replay.restore(_part(arrays, "replay."))
        self._window.restore(_part(arrays, "window."))
        self._step = self.world.restore(_part(arrays, "world."))
        self.counters = msgspec.convert(scalars["counters"], Counters)
        self.annealing.restore(scalars["annealing"])
        self.curriculum.restore(scalars["curriculum"])
        self.progress.restore(scalars["progress"])
        for name, generator in self._generators().items():
            generator.bit_generator.state = scalars["generators"][name]


def _part(arrays: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {name[len(prefix) :]: array for name, array in arrays.items() if name.startswith(prefix)}
