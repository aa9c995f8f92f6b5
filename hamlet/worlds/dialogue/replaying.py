"""A recorded call, had again turn by turn from its event alone: no network, no checkpoint.

What comes out is compared with the record: a caller that reaches the end has a proof.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from hamlet.errors import NotTheSameEpisode
from hamlet.events.packing import unpack
from hamlet.events.types import DialogueEpisode, EpisodeCompleted
from hamlet.worlds.dialogue.acts import PERSONAS
from hamlet.worlds.dialogue.dialogue import Dialogue
from hamlet.worlds.dialogue.perception import Heard
from hamlet.worlds.dialogue.profiles import Profile
from hamlet.worlds.dialogue.settings import DialogueSettings

__all__ = ["Turn", "hold_again", "with_debtor"]


class Turn(NamedTuple):
    """What was done (position in ``ACTS``), the rules that it broke, what was heard, and what it earned."""

    act: int
    violations: tuple[str, ...]
    heard: Heard
    reward: float


def with_debtor(
    settings: DialogueSettings, seed: int, persona: str | None = None, stage: int | None = None
) -> Dialogue:
    """A world of one agent at the beginning of the call ``seed``, with ``persona`` where one is named, at a stage (by
    default the last)."""
    world = Dialogue(settings)
    stage = stage or world.spec.stages
    world.set_stage(stage)
    if persona is not None:
        world.set_weights(stage, [float(name == persona) for name in PERSONAS])
    world.reset_to([seed])
    return world


def hold_again(event: EpisodeCompleted, settings: DialogueSettings) -> tuple[Profile, Iterator[Turn]]:
    """Who was on the line, and the turns, in a world of the run's ``settings``. Raises
    ``NotTheSameEpisode`` when the call goes another way than its record, or is of other physics or no call."""
    detail = event.detail
    if not isinstance(detail, DialogueEpisode):
        raise NotTheSameEpisode(f"episode {event.episode}: expected a call, found an episode of another world")
    if detail.physics != settings.physics:
        raise NotTheSameEpisode(
            f"episode {event.episode}: recorded under physics {detail.physics}, the run's is {settings.physics}"
        )
    world = with_debtor(settings, detail.seed, detail.persona, event.curriculum_stage)
    return world.debtor(0), _turns(event, detail, world)


def _turns(event: EpisodeCompleted, detail: DialogueEpisode, world: Dialogue) -> Iterator[Turn]:
    acts = unpack(detail.acts)
    for number, act in enumerate(acts.astype(np.int64), start=1):
        broken = world.forbids(0, int(act))
        step = world.step(act[None])
        ended = bool(step.terminated[0] or step.truncated[0])
        if ended != (number == acts.size):
            raise NotTheSameEpisode(f"episode {event.episode}: had again, it ends after another turn than {acts.size}")
        heard = world.episode(0).heard(number - 1) if ended else world.heard(0)
        yield Turn(int(act), broken, heard, float(step.reward[0]))
    call = world.episode(0)
    found = (call.persona, call.cause, call.success, dict(call.violations))
    expected = (detail.persona, event.cause, detail.success, detail.violations)
    if found != expected:
        raise NotTheSameEpisode(f"episode {event.episode}: had again, it is {found}, recorded as {expected}")
