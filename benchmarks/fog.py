"""What a memory is worth where little is seen: ``python -m benchmarks.fog``.

Before anything is learned, scripts say what could be. They are one and the same, the exam's expert, and
differ in what they believe of the layout: *told* knows it; *remembers* knows what it has seen so far and
looks around for the rest; *forgets* knows what it sees at the moment, and looks for the rest along the
walls (a memory of the way it came would be one). Mean steps lived from 200 held-out starts.
"""

from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from hamlet.settings import ROOT, read_config
from hamlet.training.evaluate import EXAM_SEED, exam
from hamlet.worlds.random_policy import RandomPolicy
from hamlet.worlds.town.policies import ExpertPolicy, StandStillPolicy
from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.town.town import AgentStates, Town
from hamlet.worlds.world import Actions, Floats, Mask, Policy

__all__ = ["Fogged", "ladder", "main"]

STARTS = 200
_UP, _DOWN, _LEFT, _RIGHT, _INTERACT = range(5)


class _Believed:
    """A town as somebody takes it to be: of where things are it has a belief, all else is so."""

    def __init__(self, town: Town) -> None:
        self._town, self.settings, self.layouts = town, town.settings, town.now.layouts

    @property
    def now(self) -> AgentStates:
        return self._town.now._replace(layouts=self.layouts)


class _Ground(NamedTuple):
    """Of a town's cells: columns and rows [cells], steps between any two and who sees whom [cells, cells]."""

    x: NDArray[np.int64]
    y: NDArray[np.int64]
    steps: NDArray[np.int64]
    sees: NDArray[np.bool_]

    @staticmethod
    def of(settings: TownSettings) -> "_Ground":
        y, x = np.divmod(np.arange(settings.grid.width * settings.grid.height), settings.grid.width)
        dx, dy = np.abs(x[:, None] - x), np.abs(y[:, None] - y)
        return _Ground(x, y, dx + dy, np.maximum(dx, dy) <= settings.radius)


class Fogged:
    """The expert on one life of each of ``town``'s agents, told nothing: it sees what an agent sees. Where it does
    not know where a thing is, it believes it to be where it looks next; with something unknown it
    does not rest."""

    def __init__(self, town: Town, *, remembers: bool) -> None:
        self._town, self._remembers = town, remembers
        self._believed = _Believed(town)
        self._expert = ExpertPolicy(cast(Town, self._believed))  # it asks for settings and now
        self._ground = _Ground.of(town.settings)
        self._seen = np.zeros((town.n, len(self._ground.x)), np.bool_)

    def act(self, observation: Floats, mask: Mask) -> Actions:
        now, ground = self._town.now, self._ground
        self._seen = ground.sees[now.cells] | (self._seen & self._remembers)
        known = self.known(now.layouts)
        look, there = self._nearest(now.cells) if self._remembers else self._along_the_wall(now.cells)
        self._believed.layouts = np.where(known, now.layouts, there[:, None])
        actions = self._expert.act(observation, mask)
        useful = ((now.layouts == now.cells[:, None]) & known).any(1) & (actions == _INTERACT)
        lost = ~known.all(1) & ~useful & (self._remembers | (actions == _INTERACT))
        return np.where(lost, look, actions)

    def known(self, layouts: NDArray[np.int64]) -> Mask:
        """[N, K] of the affordances at ``layouts`` [N, K]: does it know that they are there?"""
        return np.take_along_axis(self._seen, layouts, 1)

    def _nearest(self, cells: NDArray[np.int64]) -> tuple[Actions, NDArray[np.int64]]:
        """A step towards the nearest cell that was not seen, and that cell."""
        ground = self._ground
        there = np.where(self._seen, ground.x.size * 2, ground.steps[cells]).argmin(1)
        dx, dy = ground.x[there] - ground.x[cells], ground.y[there] - ground.y[cells]
        across, along = np.where(dx < 0, _LEFT, _RIGHT), np.where(dy < 0, _UP, _DOWN)
        return np.where(np.abs(dx) >= np.abs(dy), across, along), there

    def _along_the_wall(self, cells: NDArray[np.int64]) -> tuple[Actions, NDArray[np.int64]]:
        """A step up to the wall or along it, clockwise, as far from it as it can be seen; and the cell it leads to."""
        settings, ground = self._town.settings, self._ground
        x, y, near = ground.x[cells], ground.y[cells], settings.radius - 1
        right, bottom = settings.grid.width - 1 - near, settings.grid.height - 1 - near
        conditions = [(x <= near) & (y > near), (y >= bottom), (x >= right), (y <= near)]
        step = np.select(conditions, [_UP, _LEFT, _DOWN, _RIGHT], _UP)
        dx, dy = np.array([(0, -1), (0, 1), (-1, 0), (1, 0)])[step].T
        there = (y + dy).clip(0, settings.grid.height - 1) * settings.grid.width
        return step, there + (x + dx).clip(0, settings.grid.width - 1)


def ladder(settings: TownSettings, starts: int = STARTS) -> dict[str, tuple[float, float]]:
    """Script → steps lived: the mean and the shortest life."""
    town = Town(settings, starts, exam=True)
    scripts: dict[str, Policy] = {
        "random": RandomPolicy(np.random.default_rng(EXAM_SEED)),
        "stands still": StandStillPolicy(town),
        "forgets": Fogged(town, remembers=False),
        "remembers": Fogged(town, remembers=True),
        "told": ExpertPolicy(town),
    }
    results = {name: exam(script, town) for name, script in scripts.items()}
    return {name: (result.mean, result.worst) for name, result in results.items()}


def main() -> None:
    """Print a table: script, mean steps lived, shortest life."""
    settings = read_config(ROOT / "configs/town/fog.yaml").world
    assert isinstance(settings, TownSettings)
    print("| Script | Steps lived | Shortest life |\n|---|--:|--:|")
    for name, (mean, worst) in ladder(settings).items():
        print(f"| {name} | {mean:,.0f} | {worst:,.0f} |")


if __name__ == "__main__":
    main()
