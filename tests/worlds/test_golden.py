"""Lives recorded once, lived again: physics that changes needs a new ``kernel.PHYSICS``.

``HAMLET_UPDATE_GOLDEN=1 pytest tests/worlds/test_golden.py`` writes the file of the physics of today.
"""

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from hamlet.events.packing import pack, unpack
from hamlet.worlds.random_policy import RandomPolicy
from hamlet.worlds.town.kernel import OLDEST, PHYSICS
from hamlet.worlds.town.policies import ExpertPolicy
from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.town.town import Town, random_layout
from tests.worlds import towns
from tests.worlds.towns import moved

GOLDEN = Path(__file__).parent / "golden"
FILE = GOLDEN / f"physics_{PHYSICS}.json"
# The physics of today is recorded in a town that uses all of it; earlier ones in the demo of their time.
TODAY = towns.village({"layout": "drawn"})


def trace(of: TownSettings, exam: bool, seed: int, stage: int, actions: np.ndarray[Any, Any]) -> dict[str, Any]:
    """One life with these actions: its path, end, and return, and meters on the way, to the bit."""
    town = Town(of, exam=exam)
    town.set_stage(stage)
    town.reset_to([seed])
    rewards, meters = 0.0, town.spec.where("meters")
    levels: list[list[str]] = []
    for action in actions.tolist():
        step = town.step(np.array([action], np.int64))
        rewards += float(step.reward[0])
        levels.append([float(level).hex() for level in step.final_observation[0, meters]])
        if step.terminated[0] or step.truncated[0]:
            break
    life = town.episode(0)
    return {
        "seed": seed,
        "stage": stage,
        "exam": exam,
        "layout": dict(life.layout),
        "actions": pack(life.actions),
        "path": pack(life.path),
        "cause": life.cause,
        "used": dict(life.used),
        "return": rewards.hex(),
        "meters": levels[:: len(levels) // 6],
    }


def write() -> None:
    """Lives of chance and of the expert, in every stage, on layouts of their own; the expert's from exam starts."""
    lives = []
    for stage in range(1, 6):
        for expert in (False, True):
            rng = np.random.default_rng((stage, expert))
            here = TODAY if stage % 2 else moved(towns.village(), random_layout(towns.village(), rng))
            town = Town(here, exam=expert)
            town.set_stage(stage)
            step = town.reset_to([int(rng.integers(2**53))])
            plan = ExpertPolicy(town) if expert else RandomPolicy(rng)
            while not (step.terminated[0] or step.truncated[0]):
                step = town.step(plan.act(step.observation, step.mask))
            life = town.episode(0)
            lives.append(trace(here, expert, life.seed, stage, life.actions))
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps({"world": msgspec.to_builtins(TODAY), "lives": lives}, indent=1) + "\n")


@pytest.mark.parametrize("physics", range(OLDEST, PHYSICS + 1))
def test_recorded_lives_are_lived_again(physics: int) -> None:
    if os.environ.get("HAMLET_UPDATE_GOLDEN") and physics == PHYSICS:
        write()
    golden = json.loads((GOLDEN / f"physics_{physics}.json").read_text())
    world = msgspec.convert(golden["world"], TownSettings)
    assert world.physics == physics and len(golden["lives"]) == 10
    for life in golden["lives"]:
        # Recorded on a layout of its own or on a drawn one: the recorded layout holds.
        here = msgspec.structs.replace(moved(world, life["layout"]), layout="fixed")
        again = trace(here, life["exam"], life["seed"], life["stage"], unpack(life["actions"]))
        assert again == life, "the physics is another than the recorded one: give it a new kernel.PHYSICS"


def test_a_drawn_layout_follows_from_the_seed() -> None:
    drawn = Town(TODAY, 3)
    drawn.reset_to([11, 12, 11])
    one, other, again = (drawn.situation(agent)[2] for agent in range(3))
    assert one == again != other and len(set(one.values())) == len(one)
