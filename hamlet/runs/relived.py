"""Whole episodes to learn a world from: those of a run, lived again from its log, or fresh ones of a config."""

from collections.abc import Iterator

import numpy as np

from hamlet.errors import NotTheSameEpisode, UsageError
from hamlet.events.packing import unpack
from hamlet.events.reading import read_events
from hamlet.events.types import AnyEvent, DialogueEpisode, EpisodeCompleted, RunDiverged, RunStarted, tag_of
from hamlet.settings import Paths, from_record
from hamlet.training.tasks.making import spec_of
from hamlet.training.world_models.episodes import collect, join, relive
from hamlet.training.world_models.model import Episodes
from hamlet.worlds.dialogue.acts import PERSONAS
from hamlet.worlds.dialogue.dialogue import Dialogue
from hamlet.worlds.dialogue.policies import MixedPolicy, RulePolicy
from hamlet.worlds.dialogue.settings import DialogueSettings
from hamlet.worlds.random_policy import RandomPolicy
from hamlet.worlds.settings import WorldSettings
from hamlet.worlds.town.policies import ExpertPolicy
from hamlet.worlds.town.town import Town
from hamlet.worlds.world import Spec, World

__all__ = ["fresh_episodes", "lives_again", "run_episodes"]

_AGENTS = 32  # episodes collected side by side


def run_episodes(paths: Paths, run: str, count: int) -> tuple[Spec, Episodes]:
    """The newest ``count`` episodes of ``run``, lived again as its agents saw them. Raises
    ``UsageError`` for a run without episodes, ``NotTheSameEpisode`` for one that goes another way today."""
    spec, groups = lives_again(paths, run, count)
    return spec, join([episodes for _, episodes in groups])


def lives_again(paths: Paths, run: str, count: int) -> tuple[Spec, Iterator[tuple[list[EpisodeCompleted], Episodes]]]:
    """The same, a group at a time of those that began alike, each with its events, in their order."""
    started = next(event for event in _told(paths, run, RunStarted) if isinstance(event, RunStarted))
    world = from_record(started.config, run).world
    lives: dict[int, EpisodeCompleted] = {}
    for event in _told(paths, run, EpisodeCompleted, RunDiverged):
        if isinstance(event, EpisodeCompleted):
            lives[event.episode] = event
        elif isinstance(event, RunDiverged):
            lives = {number: life for number, life in lives.items() if number < event.from_episode}
    if not lives:
        raise UsageError(f"run {run} has no episode yet; train it further, or collect fresh ones with --world CONFIG")
    alike: dict[object, list[EpisodeCompleted]] = {}
    for number in sorted(lives)[-count:]:
        alike.setdefault(_circumstances(lives[number]), []).append(lives[number])
    return spec_of(world), ((group, _again(world, group)) for group in alike.values())


def _told(paths: Paths, run: str, *kinds: type[AnyEvent]) -> Iterator[AnyEvent]:
    for batch in read_events(paths.events, run=run, types=[tag_of(kind) for kind in kinds]):
        yield from (recorded.event for recorded in batch)


def fresh_episodes(world: WorldSettings, count: int, seed: int) -> tuple[Spec, Episodes]:
    """``count`` episodes of ``world``, in which half of the steps, by chance, are random and half the script's."""
    rng = np.random.default_rng((seed, 1))
    stage: World
    match world:
        case DialogueSettings():
            stage, script = Dialogue(world, min(_AGENTS, count)), RulePolicy()
            return stage.spec, collect(stage, MixedPolicy(RandomPolicy(rng), script, 0.5, rng), count, seed)
        case _:
            stage = town = Town(world, min(_AGENTS, count))
            expert = ExpertPolicy(town)
            return stage.spec, collect(stage, MixedPolicy(RandomPolicy(rng), expert, 0.5, rng), count, seed)


def _circumstances(life: EpisodeCompleted) -> object:
    """What must be set before an episode begins; those that share it are lived side by side."""
    detail = life.detail
    who = detail.persona if isinstance(detail, DialogueEpisode) else tuple(detail.layout.items())
    return life.curriculum_stage, who


def _again(settings: WorldSettings, lives: list[EpisodeCompleted]) -> Episodes:
    first, stage = lives[0].detail, lives[0].curriculum_stage
    world: Town | Dialogue
    if isinstance(settings, DialogueSettings) and isinstance(first, DialogueEpisode):
        world = Dialogue(settings, len(lives))
        world.set_weights(stage, [float(persona == first.persona) for persona in PERSONAS])
    elif not isinstance(settings, DialogueSettings) and not isinstance(first, DialogueEpisode):
        world = Town(settings, len(lives))
        if settings.layout == "fixed":
            world.set_layout(first.layout)
    else:
        raise NotTheSameEpisode(f"episode {lives[0].episode}: recorded in another world than its run's")
    if world.spec.physics != first.physics:
        recorded = f"recorded under physics {first.physics}, the run's settings have {world.spec.physics}"
        raise NotTheSameEpisode(f"episode {lives[0].episode}: {recorded}")
    world.set_stage(stage)
    details = [life.detail for life in lives]
    world.reset_to([detail.seed for detail in details])
    packed = [detail.acts if isinstance(detail, DialogueEpisode) else detail.actions for detail in details]
    try:
        return relive(world, [unpack(actions).astype(np.int64) for actions in packed])
    except ValueError as error:
        raise NotTheSameEpisode(f"a run's episode goes another way than its record: {error}") from None
