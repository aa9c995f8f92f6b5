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
import torch
from numpy.typing import NDArray

from hamlet.commands import Command, RandomizeAffordances
from hamlet.errors import ConfigError
from hamlet.events.types import (
    AffordancesRandomized,
    AnyEvent,
    EpisodeCompleted,
    EvaluationCompleted,
    StageChanged,
)
from hamlet.training.device import Live, device_of
from hamlet.training.learner import make_learner
from hamlet.training.networks import one_thread
from hamlet.training.novelty import NoNovelty, Novelty
from hamlet.training.plain_annealing import PlainAnnealing
from hamlet.training.progress import Progress
from hamlet.training.refill import part, refill
from hamlet.training.schedules import Annealing
from hamlet.training.settings import TrainingSettings
from hamlet.training.tasks.making import make_task
from hamlet.training.world_models.model import Episodes
from hamlet.worlds.settings import WorldSettings
from hamlet.worlds.world import Spec

__all__ = ["Counters", "NotFinite", "Trainer"]

_NEAR_A_MOVE = 1000  # episodes after it in which exams are more frequent


class NotFinite(ArithmeticError):
    """The learner's loss or gradient is no longer a number."""


class Counters(msgspec.Struct):
    """Where the run stands. ``checkpoint``: the episode that calls for one at the end of the last
    vector step, or 0. ``moved_at``: the episode after which the affordances moved last, or 0."""

    vector_step: int = 0
    episode: int = 0
    updates: int = 0
    checkpoint: int = 0
    moved_at: int = 0


class Trainer:
    """A learner with RND, annealing and curriculum on ``settings.agents`` lives side by side; ``experience``: whole
    episodes that it remembers from the beginning. Raises ``ConfigError`` where world and settings do not agree."""

    def __init__(self, world: WorldSettings, settings: TrainingSettings, experience: Episodes | None = None) -> None:
        one_thread()
        self.settings = settings
        self.device = device_of(settings.device)
        root = np.random.default_rng(settings.seed)
        init, sampling, acting, self._moving, self._curious = root.spawn(5)
        self.task = make_task(world, settings)
        self.world = self.task.world
        if settings.shift_at and not self.task.layout:
            problem = f"found {settings.shift_at}, but every life of this world draws a layout of its own, or has none"
            raise ConfigError("training.shift_at", problem, "write shift_at: 0")
        spec = self.world.spec
        rule, make = self.task.rule, self.task.another
        self.learner = make_learner(
            spec,
            settings,
            init=init,
            sampling=sampling,
            acting=acting,
            rule=rule,
            make=make,
            device=self.device,
        )
        if experience is not None:
            self.learner.remember(experience)
        self.novelty = _novelty(spec, settings, self._curious, self.device)
        adaptive = settings.annealing.adaptive
        self.annealing = Annealing(settings.annealing, spec.cap) if adaptive else PlainAnnealing(settings.annealing)
        self.curriculum = self.task.curriculum()
        self.progress = Progress(len(spec.actions), settings.curriculum.temperature)
        self.counters = Counters()
        # Undiscounted sums of the running episodes, [2, N]: extrinsic, intrinsic.
        self._sums = np.zeros((2, settings.agents))
        self.task.follow(self.curriculum)
        self._step = self.world.reset(settings.seed)

    def advance(self) -> list[AnyEvent]:
        """Compute one vector step; returns what happened, in order."""
        settings, counters = self.settings, self.counters
        events: list[AnyEvent] = [] if counters.vector_step else self.examine(0)
        counters.checkpoint = 0
        observation, mask = self._step.observation.copy(), self._step.mask
        actions = self.learner.act(observation, mask, self.annealing.epsilon)
        step = self._step = self.world.step(actions)
        counters.vector_step += 1
        novelty = self.novelty.observe(step.final_observation)
        self.learner.observe(observation, actions, novelty, step)
        if self.learner.surprised:
            self.annealing.surprised()
        self._sums += (step.reward, novelty)
        if self.learner.ready:
            for _ in range(max(settings.updates_per_step, round(settings.updates_curious * self.annealing.weight))):
                self._update()
        for agent in np.flatnonzero(step.terminated | step.truncated):
            events += self._completed(int(agent))
        self.annealing.stepped(settings.agents)
        self.curriculum.stepped()
        if counters.updates and counters.vector_step % settings.progress_every == 0:
            progress = self.progress.report(counters.vector_step, counters.updates, self.novelty.loss)
            events.append(msgspec.structs.replace(progress, learner=self.learner.health()))
        return events

    def apply(self, command: Command) -> list[AnyEvent]:
        """A command takes effect before the next vector step; returns what it led to."""
        if isinstance(command, RandomizeAffordances):
            return self._randomize("asked for")
        return []

    def examine(self, episode: int) -> list[AnyEvent]:
        """Greedy exam of the averaged network on the layout of the moment, beside the baselines, and what is kept
        of it turn by turn."""
        settings = self.settings
        exam = EvaluationCompleted(
            episode=episode,
            vector_step=self.counters.vector_step,
            episodes=settings.exam_episodes,
            cap=self.world.spec.cap,
            layout=self.task.layout,
            results=self.task.examine(self.learner.policy()),
        )
        kept = self.task.transcripts(self.learner.policy, episode, self.counters.vector_step)
        return [exam, *kept]

    def _update(self) -> None:
        settings = self.settings
        weight = self.annealing.weight
        report = self.learner.update(weight, settings.learning_rate * max(settings.settled, math.sqrt(weight)))
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
                detail=self.task.detail(agent, self.novelty.levels),
            )
        ]
        old = self.curriculum.stage
        if life.stage == old and self.annealing.completed(life.survival_time):
            self._collapsed()
            reason = self.curriculum.start_again()
        else:
            reason = self.curriculum.completed(self.task.ended(agent, self.progress.entropy))
        self.task.follow(self.curriculum)
        if reason:
            self.annealing.stage_changed()
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
        if self._exam_due():
            events += self.examine(counters.episode)
        if counters.episode == settings.shift_at:
            events += self._randomize("scheduled")
        return events

    def _collapsed(self) -> None:
        """What had been mastered holds no longer: older memories may tell of a town that is gone, and all of it is
        worth a look again. The networks stay: learned anew the way back took as long, and where nothing had
        moved, a bad day would have cost all that was known (docs/decisions/0001, third round)."""
        self.learner.forget(self.settings.keep_on_collapse)
        self.novelty = _novelty(self.world.spec, self.settings, self._curious, self.device)

    def _exam_due(self) -> bool:
        settings, episode = self.settings, self.counters.episode
        since = episode - self.counters.moved_at
        soon = self.counters.moved_at and since <= _NEAR_A_MOVE and since % settings.exam_after_move == 0
        return bool(soon) or episode % settings.exam_every == 0

    def _randomize(self, reason: str) -> list[AnyEvent]:
        """Move everything, and examine what the policy was worth before and is worth now."""
        episode, old = self.counters.episode, self.task.layout
        before = [] if reason == "scheduled" and self._exam_due() else self.examine(episode)
        self.task.rearrange(self._moving)
        moved = AffordancesRandomized(
            episode=episode,
            vector_step=self.counters.vector_step,
            old_positions=old,
            new_positions=self.task.layout,
            reason=reason,
        )
        self.counters.moved_at = episode
        return [*before, moved, *self.examine(episode)]

    def networks(self) -> dict[str, Live]:
        """What a checkpoint keeps, live: policy, target, optimizer, RND."""
        novelty = {f"novelty.{name}": array for name, array in self.novelty.state().items()}
        return self.learner.networks() | novelty

    def scalars(self) -> dict[str, Any]:
        """What a checkpoint keeps beside the arrays, as plain JSON values."""
        return {
            "counters": msgspec.to_builtins(self.counters),
            "annealing": msgspec.to_builtins(self.annealing.state),
            "curriculum": msgspec.to_builtins(self.curriculum.state),
            "layout": self.task.layout,
        }

    def state(self) -> tuple[dict[str, Live], dict[str, Any]]:
        """Everything that decides the future: named arrays, and plain JSON values."""
        world = {f"world.{name}": array for name, array in self.world.state().items()}
        generators = {name: generator.bit_generator.state for name, generator in self._generators().items()}
        scalars = self.scalars() | {"generators": generators, "progress": self.progress.state()}
        return self.networks() | world | self.learner.memory() | {"sums": self._sums}, scalars

    def _generators(self) -> dict[str, np.random.Generator]:
        return self.learner.generators() | {"moving": self._moving, "curious": self._curious}

    def restore(self, arrays: Mapping[str, NDArray[Any]], scalars: Mapping[str, Any]) -> None:
        """Continue from ``state``; raises ``KeyError`` or ``ValueError`` when it is not of this run."""
        refill(self.networks() | {"sums": self._sums}, arrays)
        self.learner.restore_memory(arrays)
        self._step = self.world.restore(part(arrays, "world."))
        if scalars["layout"]:
            self.task.layout = scalars["layout"]
        self.counters = msgspec.convert(scalars["counters"], Counters)
        self.annealing.restore(scalars["annealing"])
        self.curriculum.restore(scalars["curriculum"])
        self.progress.restore(scalars["progress"])
        for name, generator in self._generators().items():
            generator.bit_generator.state = scalars["generators"][name]


def _novelty(
    spec: Spec, settings: TrainingSettings, rng: np.random.Generator, device: torch.device
) -> Novelty | NoNovelty:
    rnd = settings.novelty
    if not rnd.enabled:
        return NoNovelty(settings.agents)
    return Novelty(
        spec.observation_size,
        settings.agents,
        rng,
        learning_rate=rnd.learning_rate,
        gamma=rnd.gamma,
        device=device,
    )
