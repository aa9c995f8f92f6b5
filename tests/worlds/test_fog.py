"""Fog is a town in which a memory counts, as far as scripts can tell before anything is learned."""

import numpy as np

from benchmarks.fog import Fogged, ladder
from hamlet.worlds.town.town import Town
from tests.worlds.towns import settings

FOG = settings(config="fog")


def test_who_remembers_lives_and_who_forgets_does_not() -> None:
    lived = {name: mean / FOG.cap for name, (mean, _) in ladder(FOG, 40).items()}
    assert lived["told"] == 1.0 and lived["remembers"] > 0.98
    assert lived["forgets"] < 0.75
    assert lived["random"] < 0.2 and lived["stands still"] < 0.2


def test_most_cells_look_like_others() -> None:
    town = Town(FOG)
    rows = town.everywhere()[:, town.spec.where("window -1 -1").start : town.spec.where("window +1 +1").stop]
    assert len({row.tobytes() for row in rows}) < len(rows) / 2


def test_what_is_remembered_is_what_was_in_sight() -> None:
    town = Town(FOG, 40, exam=True)
    one, step = Fogged(town, remembers=True), town.reset(7)
    width, seen = FOG.grid.width, [set[int]() for _ in range(town.n)]
    for _ in range(12):
        for life, cell in zip(seen, town.now.cells.tolist(), strict=True):
            y, x = divmod(cell, width)
            near = [(x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
            life |= {v * width + u for u, v in near if 0 <= u < width and 0 <= v < FOG.grid.height}
        step = town.step(one.act(step.observation, step.mask))
    known = np.array([[place in life for place in places] for life, places in zip(seen, town.now.layouts, strict=True)])
    assert known.any() and not known.all()
    assert np.array_equal(known, one.known(town.now.layouts))
