"""What agents are shown, against the same said plainly; what is shown changes no physics."""

import numpy as np
import pytest

from hamlet.errors import ConfigError
from hamlet.worlds.contract import WorldContract
from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.town.town import Town
from tests.worlds.towns import settings, village

EVERYTHING = ["window", "places", "open", "hour", "progress", "mask", "meters", "position"]


def expected(of: TownSettings, town: Town, agent: int) -> dict[str, list[float]]:
    """Every part but meters and mask, from the situation and the settings."""
    width, height, now = of.grid.width, of.grid.height, town.now
    cell, layout = int(now.cells[agent]), [int(place) for place in now.layouts[agent]]
    x, y, hour, ticks = cell % width, cell // width, int(now.hours[agent]), int(now.progress[agent])
    offers = list(of.affordances.values())
    parts: dict[str, list[float]] = {"position": [float(c == cell) for c in range(width * height)]}
    parts["hour"] = [float(h == hour) for h in range(of.day.hours if of.day else 1)]
    parts["ways"], parts["offsets"], parts["open"] = [], [], []
    for place, offer in zip(layout, offers, strict=True):
        dx, dy = place % width - x, place // width - y
        parts["ways"] += [float(dx < 0), float(dx > 0), float(dy < 0), float(dy > 0), float(dx == dy == 0)]
        steps = (abs(dx) + abs(dy)) / (width + height - 2)
        parts["offsets"] += [dx / (width - 1), dy / (height - 1), steps]
        first, last = offer.hours or (0, 10**6)
        parts["open"].append(float(first <= hour < last or first <= hour + len(parts["hour"]) < last))
    here = offers[layout.index(cell)].ticks if cell in layout else 1
    parts["progress"] = [ticks / here]
    for dy in range(-of.radius, of.radius + 1):
        for dx in range(-of.radius, of.radius + 1):
            kind = 1
            if 0 <= x + dx < width and 0 <= y + dy < height:
                there = cell + dy * width + dx
                kind = 2 + layout.index(there) if there in layout else 0
            parts[f"window {dx:+d} {dy:+d}"] = [float(k == kind) for k in range(2 + len(offers))]
    return parts


@pytest.mark.parametrize(
    "changes",
    [
        {"sees": EVERYTHING},
        {"sees": EVERYTHING[::-1], "layout": "drawn", "radius": 1, "grid": {"width": 5, "height": 9}},
    ],
)
def test_agents_are_shown_what_is_there(changes: dict[str, object]) -> None:
    of = village(changes)
    town = Town(of, 16, cap=60)
    step = town.reset(4)
    mask = town.spec.where("mask")
    busy = 0
    for actions in WorldContract().actions(town, 150):
        actions = np.where(town.now.progress > 0, 4, actions)
        step = town.step(actions)
        busy += int((town.now.progress > 0).sum())
        for agent in range(0, 16, 5):
            for name, values in expected(of, town, agent).items():
                assert step.observation[agent, town.spec.where(name)] == pytest.approx(values), name
            assert step.observation[agent, mask].tolist() == step.mask[agent].tolist()
    assert busy > 50


def test_what_is_seen_changes_nothing_of_what_happens() -> None:
    one, other = Town(village(), 8), Town(village({"sees": EVERYTHING}), 8)
    one.reset(2), other.reset(2)
    for actions in WorldContract().actions(one, 300):
        a, b = one.step(actions), other.step(actions)
        assert np.array_equal(a.reward, b.reward) and np.array_equal(a.mask, b.mask)
    assert np.array_equal(one.now.meters, other.now.meters)


def test_places_seen_are_the_places_that_the_window_of_this_life_has_shown() -> None:
    of = village({"sees": ["window", "places_seen", "unseen", "meters", "mask"], "layout": "drawn", "radius": 1})
    plain = village({"sees": ["places", "meters", "mask"], "layout": "drawn"})
    town, told = Town(of, 12, cap=40), Town(plain, 12, cap=40)
    step, all_of_it = town.reset(3), told.reset(3)
    kinds, (y, x) = len(of.affordances), np.divmod(np.arange(of.grid.width * of.grid.height), of.grid.width)
    blank, shown = np.ones((12, x.size), np.bool_), []
    for actions in WorldContract().actions(town, 130):
        now = town.now
        dx, dy = x - x[now.cells, None], y - y[now.cells, None]
        blank &= np.maximum(abs(dx), abs(dy)) > 1
        seen = ~np.take_along_axis(blank, now.layouts, 1)
        for name, size in (("ways", 5), ("offsets", 3)):
            found = step.observation[:, town.spec.where(name)].reshape(12, kinds, size)
            wanted = all_of_it.observation[:, told.spec.where(name)].reshape(12, kinds, size) * seen[:, :, None]
            assert np.array_equal(found, wanted), name
        for agent in np.flatnonzero(blank.any(1)):
            near = min(np.flatnonzero(blank[agent]), key=lambda cell: abs(dx[agent, cell]) + abs(dy[agent, cell]))
            across, along = int(dx[agent, near]), int(dy[agent, near])
            wanted = [across < 0, across > 0, along < 0, along > 0, True]
            assert step.observation[agent, town.spec.where("unseen")].tolist() == wanted
            shares = [across / (of.grid.width - 1), along / (of.grid.height - 1)]
            assert step.observation[agent, town.spec.where("unseen_offsets")][:2] == pytest.approx(shares)
        shown.append(seen.mean())
        step, all_of_it = town.step(actions), told.step(actions)
        blank[step.terminated | step.truncated] = True
    assert min(shown) < 0.2 and max(shown) > 0.5, "lives begin without a map and draw one"
    again = Town(of, 12, cap=40)
    assert np.array_equal(again.restore(town.state()).observation, town.observe()[0])


@pytest.mark.parametrize(
    ("sees", "problem"),
    [
        (["places_seen", "meters"], "window is missing"),
        (["unseen", "meters"], "window is missing"),
        (["window", "places", "places_seen", "meters"], "choose one"),
    ],
)
def test_a_map_belongs_beside_the_window_that_draws_it(sees: list[str], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        Town(village({"sees": sees}))


def test_the_view_from_everywhere_is_that_of_a_start() -> None:
    town = Town(settings(), 2)
    rows = town.everywhere()
    assert (rows[:, town.spec.where("position")] == np.eye(64)).all()
    assert np.allclose(rows[:, town.spec.where("meters")], [meter.start for meter in settings().meters.values()])


def test_rules_that_a_physics_did_not_have_are_refused_under_it() -> None:
    with pytest.raises(ConfigError, match=r"world\.physics: found 1, but world\.layout: drawn needs 2"):
        Town(settings({"layout": "drawn", "physics": 1}))
    with pytest.raises(ConfigError, match=r"world\.physics: found 3, this Hamlet computes 1 … 2"):
        Town(settings({"physics": 3}))
    with pytest.raises(ConfigError, match="meters is missing"):
        Town(village({"sees": ["position"]}))
