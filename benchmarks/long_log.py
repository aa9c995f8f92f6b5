"""A log as a long run of the demo's town leaves it, made up quickly: real lives, over and over.

A few dozen lives are lived in the town by a script that errs less and less; the run's episodes are these
under other numbers, so every path, map and replay is a real one, and only the course of the run is invented.
"""

from pathlib import Path

import anyio
import msgspec
import numpy as np

from hamlet.clock import SystemClock
from hamlet.events.log import EventLog
from hamlet.events.packing import pack
from hamlet.events.types import CheckpointSaved, EpisodeCompleted, Event, RunStarted, StageChanged, TownEpisode
from hamlet.projections.replay import replay
from hamlet.runs.choosing import package_versions
from hamlet.settings import ROOT, Paths, read_config
from hamlet.worlds.town.policies import ExpertPolicy
from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.town.town import Town, TownLife

__all__ = ["RUN", "write"]

RUN = "town-long"
CONFIG = ROOT / "configs" / "town" / "sparse_adaptive.yaml"
_BATCH = 5000
_LIVES = 24  # a skill
_SKILLS = (0.0, 0.5, 0.8, 0.95)  # share of steps that are the script's
_CHECKPOINT = 100  # episodes


def write(directory: Path, episodes: int) -> Paths:
    """A data directory with ``episodes`` in its log, and its views."""
    paths = Paths.of(directory, {})
    paths.create()
    anyio.run(_log, paths, episodes)
    replay(paths.events, paths.views)
    return paths


async def _log(paths: Paths, episodes: int) -> None:
    config = read_config(CONFIG)
    assert isinstance(config.world, TownSettings)
    lives = [[_event(life, config.world.physics) for life in _lived(config.world, skill)] for skill in _SKILLS]
    started = RunStarted(
        world="town",
        config_name="sparse_adaptive",
        config=msgspec.json.decode(msgspec.json.encode(config)),
        seed=0,
        episodes=episodes,
        physics=config.world.physics,
        versions=package_versions(),
        device="cpu",
    )
    async with EventLog.open(paths.events, SystemClock()) as log, anyio.create_task_group() as tasks:
        tasks.start_soon(log.run)
        await log.submit(RUN, [started], expected=0)
        version, stage, batch = 1, 1, list[Event]()
        rng = np.random.default_rng(0)
        for episode in range(1, episodes + 1):
            share = episode / episodes
            skill = min(len(_SKILLS) - 1, int(share * 3 * len(_SKILLS) + rng.random()))
            life = lives[skill][int(rng.integers(len(lives[skill])))]
            batch.append(
                msgspec.structs.replace(
                    life, episode=episode, vector_step=episode * 8, epsilon=max(0.02, 1 - 3 * share)
                )
            )
            if episode % _CHECKPOINT == 0:
                batch.append(CheckpointSaved(episode=episode, vector_step=episode * 8, file=f"ep{episode}", sha256=""))
            if stage < 5 and share > 0.1 * stage:
                stage += 1
                batch.append(
                    StageChanged(
                        episode=episode,
                        vector_step=episode * 8,
                        old_stage=stage - 1,
                        new_stage=stage,
                        reason="long log",
                    )
                )
            if len(batch) >= _BATCH or episode == episodes:
                await log.submit(RUN, batch, expected=version)
                version += len(batch)
                batch = []
        await log.flush()
        tasks.cancel_scope.cancel()


def _lived(settings: TownSettings, skill: float) -> list[TownLife]:
    town, rng, found = Town(settings, 8), np.random.default_rng(int(skill * 100)), list[TownLife]()
    script = ExpertPolicy(town)
    step = town.reset(int(skill * 1000))
    while len(found) < _LIVES:
        allowed = np.where(step.mask, rng.random(step.mask.shape), -1.0).argmax(axis=1)
        actions = np.where(rng.random(town.n) < skill, script.act(step.observation, step.mask), allowed).astype(
            np.int64
        )
        step = town.step(actions)
        found += [town.episode(int(agent)) for agent in np.flatnonzero(step.terminated | step.truncated)]
    return found


def _event(life: TownLife, physics: int) -> EpisodeCompleted:
    novelty = np.full(64, 200, np.uint8)
    novelty[np.unique(life.path)] = 40
    return EpisodeCompleted(
        episode=1,
        survival_time=life.survival_time,
        total_reward=life.survival_time * 0.11,
        extrinsic_reward=life.survival_time * 0.1,
        intrinsic_reward=life.survival_time * 0.02,
        intrinsic_weight=0.5,
        curriculum_stage=life.stage,
        epsilon=0.1,
        cause=life.cause,
        agent=0,
        vector_step=0,
        detail=TownEpisode(
            seed=life.seed,
            physics=physics,
            layout=dict(life.layout),
            path=pack(life.path),
            actions=pack(life.actions),
            novelty=pack(novelty),
            affordances=dict(life.used),
        ),
    )
