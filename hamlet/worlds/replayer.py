"""A recorded episode, lived again step by step from its event alone.

The event's detail holds seed, layout, actions and path; the run's settings hold the physics. No
network, no checkpoint. What is lived again is compared with the record on the way: the first
difference raises ``NotTheSameEpisode``, so a caller that reaches the end has a proof.
"""

from collections.abc import Iterator

import msgspec
import numpy as np

from hamlet.errors import NotTheSameEpisode
from hamlet.events.packing import unpack
from hamlet.events.types import EpisodeCompleted, TownEpisode
from hamlet.worlds.town.kernel import INTERACT, OLDEST, PHYSICS
from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.town.town import Town, TownLife

__all__ = ["Situation", "recorded", "replay"]


class Situation(msgspec.Struct, frozen=True):
    """Where the agent is after ``step`` steps (0: the start) and what brought it there.

    ``meters`` by name, to float32 precision; ``action`` and ``used`` (the affordance that took
    effect) are ``None`` where there is none; ``ended``: the meter that ran out, ``"cap"``, or "".
    ``mask``: which actions could be taken then; ``progress`` in steps of the running interaction.
    When the life is over: none, and 0.
    """

    step: int
    cell: int
    meters: dict[str, float]
    action: str | None
    used: str | None
    reward: float
    ended: str
    mask: list[bool]
    progress: int


def recorded(event: EpisodeCompleted) -> TownLife:
    """The episode as the event holds it, unpacked; raises ``ValueError`` for a packing not of ours, and for
    an episode of another world."""
    detail = event.detail
    if not isinstance(detail, TownEpisode):
        raise ValueError(f"episode {event.episode}: expected a life in the town, found one of another world")
    return TownLife(
        seed=detail.seed,
        survival_time=event.survival_time,
        stage=event.curriculum_stage,
        cause=event.cause,
        layout=detail.layout,
        path=unpack(detail.path),
        actions=unpack(detail.actions).astype(np.uint8),
        used=detail.affordances,
    )


def replay(event: EpisodeCompleted, settings: TownSettings) -> Iterator[Situation]:
    """The ``survival_time + 1`` situations of the episode, in a town of the run's ``settings``.

    Raises ``NotTheSameEpisode`` for an unknown physics version at once, and at the first step
    that differs from the record in cell, end, cause or affordances used.
    """
    if not OLDEST <= event.detail.physics <= PHYSICS:
        physics = f"recorded under physics {event.detail.physics}, this Hamlet computes {OLDEST} … {PHYSICS}"
        raise NotTheSameEpisode(f"episode {event.episode}: {physics}; play it with the Hamlet that recorded it")
    try:
        episode = recorded(event)
    except ValueError as error:
        raise NotTheSameEpisode(f"episode {event.episode}: {error}") from None
    if not episode.path.size - 1 == episode.actions.size == episode.survival_time:
        found = f"{episode.path.size} cells and {episode.actions.size} actions for {episode.survival_time} steps"
        raise NotTheSameEpisode(f"episode {event.episode}: found {found}")
    return _live(event.episode, episode, _town(event.episode, episode, settings))


def _town(number: int, episode: TownLife, settings: TownSettings) -> Town:
    width = settings.grid.width
    if episode.layout.keys() != settings.affordances.keys():
        found, expected = ", ".join(sorted(episode.layout)), ", ".join(sorted(settings.affordances))
        raise NotTheSameEpisode(f"episode {number}: affordances {found}, the settings have {expected}")
    moved = {
        name: msgspec.structs.replace(spot, at=(episode.layout[name] % width, episode.layout[name] // width))
        for name, spot in settings.affordances.items()
    }
    seen = ("position", "meters", "mask")  # what is compared, whatever the agent was shown
    town = Town(msgspec.structs.replace(settings, affordances=moved, layout="fixed", sees=seen))
    town.set_stage(episode.stage)
    return town


def _live(number: int, episode: TownLife, town: Town) -> Iterator[Situation]:
    step = town.reset_to([episode.seed])
    places = {cell: name for name, cell in episode.layout.items()}
    position, levels = town.spec.where("position"), town.spec.where("meters")

    def situation(at: int, action: int | None, able: bool, ended: str) -> Situation:
        cell = int(step.final_observation[0, position].argmax())
        if cell != episode.path[at]:
            raise NotTheSameEpisode(f"episode {number}, step {at}: at cell {cell}, recorded {episode.path[at]}")
        used = places.get(cell) if action == INTERACT and able else None
        meters = dict(zip(town.meters, step.final_observation[0, levels].tolist(), strict=True))
        name = None if action is None else town.spec.actions[action]
        mask = [not ended and bool(can) for can in step.mask[0]]
        progress = 0 if ended else int(town.now.progress[0])
        return Situation(at, cell, meters, name, used, float(step.reward[0]), ended, mask, progress)

    yield situation(0, None, False, "")
    for at, action in enumerate(episode.actions.tolist(), start=1):
        able = bool(step.mask[0, INTERACT])
        step = town.step(np.array([action], np.int64))
        over = bool(step.terminated[0] or step.truncated[0])
        if over != (at == episode.survival_time):
            happened = "ended" if over else "went on"
            raise NotTheSameEpisode(f"episode {number}, step {at}: {happened}, recorded {episode.survival_time} steps")
        yield situation(at, action, able, town.episode(0).cause if over else "")
    lived = town.episode(0)
    if (lived.cause, dict(lived.used)) != (episode.cause, dict(episode.used)):
        found, expected = f"{lived.cause} {dict(lived.used)}", f"{episode.cause} {dict(episode.used)}"
        raise NotTheSameEpisode(f"episode {number}: ended by {found}, recorded {expected}")
