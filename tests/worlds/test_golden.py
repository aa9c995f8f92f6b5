"""Lives recorded once, lived again: physics that changes needs a new ``kernel.PHYSICS``.

``HAMLET_UPDATE_GOLDEN=1 pytest tests/worlds/test_golden.py`` writes the file of the physics of today.
"""

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from hamlet.events.packing import pack, unpack
from hamlet.worlds.town.kernel import PHYSICS
from hamlet.worlds.town.policies import ExpertPolicy, RandomPolicy
from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.town.town import Town, random_layout
from tests.worlds.towns import moved, settings

FILE = Path(__file__).parent / "golden" / f"physics_{PHYSICS}.json"


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
            here = moved(settings(), random_layout(settings(), rng))
            town = Town(here, exam=expert)
            town.set_stage(stage)
            step = town.reset_to([int(rng.integers(2**53))])
            plan = ExpertPolicy(town.spec, here, town.layout) if expert else RandomPolicy(rng)
            while not (step.terminated[0] or step.truncated[0]):
                step = town.step(plan.act(step.observation, step.mask))
            life = town.episode(0)
            lives.append(trace(here, expert, life.seed, stage, life.actions))
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps({"world": msgspec.to_builtins(settings()), "lives": lives}, indent=1) + "\n")


def test_recorded_lives_are_lived_again() -> None:
    if os.environ.get("HAMLET_UPDATE_GOLDEN"):
        write()
    golden = json.loads(FILE.read_text())
    world = msgspec.convert(golden["world"], TownSettings)
    assert len(golden["lives"]) == 10
    for life in golden["lives"]:
        here = moved(world, life["layout"])
        again = trace(here, life["exam"], life["seed"], life["stage"], unpack(life["actions"]))
        assert again == life, "the physics is another than the recorded one: give it a new kernel.PHYSICS"
