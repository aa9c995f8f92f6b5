"""Physics 1 is these numbers: a change to what is computed shows here, and needs a new physics."""

import hashlib

import numpy as np

from hamlet.worlds.dialogue.dialogue import Dialogue
from hamlet.worlds.dialogue.policies import MixedPolicy, OraclePolicy
from hamlet.worlds.random_policy import RandomPolicy
from tests.worlds.calls import SHAPED, settings


def test_the_calls_of_physics_1_are_as_they_were() -> None:
    digest = hashlib.sha256()
    for difficulty in ("easy", "medium", "hard"):
        world = Dialogue(settings(difficulty=difficulty, shaping=SHAPED, cost_weight=0.1), 64)
        wild = RandomPolicy(np.random.default_rng(1))
        policy = MixedPolicy(wild, OraclePolicy(world), 0.6, np.random.default_rng(2))
        step = world.reset(20251030)
        for _ in range(60):
            step = world.step(policy.act(step.observation, step.mask))
            for array in (step.final_observation, step.reward, step.cost, step.terminated, world.hidden.mood):
                digest.update(array.tobytes())
    assert digest.hexdigest() == "2198e788fb653d9d03da6d3b54e6b8f9e25234b56f778b498970e671f020b115"
