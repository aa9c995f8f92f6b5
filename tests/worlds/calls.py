"""What the tests of the dialogue share: settings, and every call that some policy leads to."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from hamlet.worlds.dialogue.dialogue import Call, Dialogue
from hamlet.worlds.dialogue.settings import DialogueSettings, Shaping, Shares, Weights
from hamlet.worlds.world import Policy


def settings(**changes: Any) -> DialogueSettings:
    return DialogueSettings(physics=1, **changes)


def only(persona: str, **changes: Any) -> DialogueSettings:
    """Everybody is of one persona."""
    return settings(stages=(Weights(**{persona: 1.0}),), **changes)


NOBODY_FOR_A_SPECIALIST = Shares(cannot_pay=0.0, disputes=0.0, wrong_party=0.0, vulnerable=0.0, tight=0.0)
SHAPED = Shaping(weight=0.5, gamma=0.97)


def calls(world: Dialogue, policy: Policy, steps: int, seed: int = 1) -> Iterator[Call]:
    """The calls that end within ``steps`` turns."""
    step = world.reset(seed)
    for _ in range(steps):
        step = world.step(policy.act(step.observation, step.mask))
        for agent in np.flatnonzero(step.terminated | step.truncated):
            yield world.episode(int(agent))


def play_again(of: DialogueSettings, call: Call, cap: int | None = None) -> Call:
    """The call, had once more from its seed, stage and acts alone."""
    world = Dialogue(of, cap=cap)
    world.set_stage(call.stage)
    world.reset_to([call.seed])
    for act in call.actions:
        world.step(np.array([act], np.int64))
    return world.episode(0)
