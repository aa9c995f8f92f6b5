"""What is heard can be read from what is observed, and leads to it again."""

import numpy as np
import pytest

from hamlet.worlds.dialogue.bookkeeping import broken, cap_of, go_on, heard_between, remembered
from hamlet.worlds.dialogue.dialogue import Dialogue
from hamlet.worlds.dialogue.physics import PHYSICS
from hamlet.worlds.dialogue.settings import DialogueSettings

BUDGET = 7


@pytest.mark.parametrize("masked", [False, True])
def test_what_is_read_of_a_call_leads_to_the_same_numbers(masked: bool) -> None:
    """In real calls under random acts. From the fourth answer on only the mean is known, not of how many."""
    world, rng = Dialogue(DialogueSettings(physics=PHYSICS, masked=masked), 256), np.random.default_rng(0)
    step = world.reset(1)
    ended = np.zeros(256, np.bool_)
    for turn in range(14):
        before, allowed = step.observation.copy(), step.mask.copy()
        actions = np.array([rng.choice(np.flatnonzero(row)) for row in allowed])
        actions = np.where(rng.random(256) < 0.7, np.where(turn == 0, 0, rng.integers(1, 4, 256)), actions)
        actions = np.where(allowed[np.arange(256), actions], actions, 1)
        memory = remembered(before, world.spec.cap)
        costs = broken(memory, actions)
        step = world.step(actions)
        said = heard_between(before, step.final_observation)
        seen, mask = go_on(memory, actions, said, world.spec.cap, masked)
        few = before[:, 6] < 1.0
        off = np.abs(seen - step.final_observation)
        assert off[few].max() < 1e-5
        assert np.delete(off, BUDGET, 1).max() < 1e-5 and off[:, BUDGET].max() < 0.5
        assert (mask == step.final_mask).mean() > 0.99
        assert (costs == step.cost).all()
        for agent in np.flatnonzero(~(step.terminated | step.truncated))[:20]:
            heard = world.heard(int(agent))
            assert heard.intent == said.intents[agent]
            assert abs(heard.sentiment - said.sentiments[agent]) < 1e-4
        if turn == 0:
            assert cap_of(step.final_observation[0]) == 15
        ended |= step.terminated
    assert ended.any()


def test_before_anything_was_said_nothing_is_remembered() -> None:
    start = np.zeros((1, 20), np.float32)
    start[0, 0] = -1.0
    memory = remembered(start, 15)
    assert memory[0, 4] == memory[0, 19] == -1.0 and not np.delete(memory[0], [4, 19]).any()
