"""What the tests of the worlds share: the demo's settings, changed ones, and a small exam."""

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import yaml

from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.town.town import Town
from hamlet.worlds.world import Policy

CONFIGS = Path(__file__).parents[2] / "configs" / "town"


def settings(changes: Mapping[str, object] = {}, config: str = "sparse_adaptive") -> TownSettings:
    """The demo's town, with values changed by key path: ``{"affordances.Job.income": 5}``."""
    world: dict[str, Any] = yaml.safe_load((CONFIGS / f"{config}.yaml").read_text())["world"]
    for path, value in changes.items():
        *way, last = path.split(".")
        place: Any = world
        for key in way:
            place = place[key]
        place[last] = value
    return msgspec.convert(world, TownSettings)


def village(changes: Mapping[str, object] = {}) -> TownSettings:
    """The village, which uses every rule there is."""
    return settings(changes, "village")


def moved(town: TownSettings, layout: Mapping[str, int]) -> TownSettings:
    width = town.grid.width
    spots = {
        name: msgspec.structs.replace(spot, at=(layout[name] % width, layout[name] // width))
        for name, spot in town.affordances.items()
    }
    return msgspec.structs.replace(town, affordances=spots)


class Exam(NamedTuple):
    survival: np.ndarray[Any, Any]
    returns: np.ndarray[Any, Any]
    causes: Counter[str]


def exam(
    of: TownSettings, make: Callable[[Town], Policy], *, n: int, cap: int = 500, seed: int = 5, jitter: bool = True
) -> Exam:
    """First lives of ``n`` agents; also checks that the policy does only what its mask allows."""
    town = Town(of, n, exam=jitter, cap=cap)
    step, policy = town.reset(seed), make(town)
    alive, survival, returns = np.ones(n, bool), np.zeros(n, int), np.zeros(n)
    causes: Counter[str] = Counter()
    while alive.any():
        actions = policy.act(step.observation, step.mask)
        assert actions.dtype == np.int64 and actions.shape == (n,)
        assert step.mask[np.arange(n), actions].all()
        step = town.step(actions)
        survival += alive
        returns += step.reward * alive
        ended = (step.terminated | step.truncated) & alive
        causes.update(town.episode(int(agent)).cause for agent in np.flatnonzero(ended))
        alive &= ~ended
    return Exam(survival, returns, causes)
