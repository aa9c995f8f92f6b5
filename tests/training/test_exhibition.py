"""What the audience is shown of a town with a clock: the hour, what is closed, what is being done."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from hamlet.app.showing import frame_of, hello_of
from hamlet.settings import RunConfig, read_config
from hamlet.training.exhibition import Exhibition, Scene
from hamlet.training.learner import make_learner
from hamlet.training.live import LivePolicy
from hamlet.web.wire import Day
from hamlet.worlds.town.town import Town

CONFIGS = Path(__file__).parents[2] / "configs" / "town"


def config(name: str) -> RunConfig:
    return read_config(CONFIGS / f"{name}.yaml")


def scenes(of: RunConfig, seed: int = 0) -> Iterator[Scene]:
    """An untaught policy's lives, one after the other."""
    town = Town(of.world)
    rng = np.random.default_rng(seed)
    learner = make_learner(town.spec, of.training, init=rng, sampling=rng, acting=rng)
    newest = LivePolicy(episode=0, weights=learner.weights(), layout=town.layout)
    stage = Exhibition(of.world, of.training, rng)
    while True:
        yield stage.next(newest)


def life(of: RunConfig, seed: int = 0) -> list[Scene]:
    shown: list[Scene] = []
    for scene in scenes(of, seed):
        shown.append(scene)
        if scene.ended:
            return shown
    raise AssertionError


def test_the_clock_goes_from_dawn_and_places_close() -> None:
    shown = life(config("village"))
    assert [scene.hour for scene in shown[:20]] == [*range(6, 24), 0, 1]
    assert "Job" in shown[0].closed and "Job" not in shown[2].closed and "Job" in shown[12].closed
    assert "Bar" not in shown[21].closed and "Bar" in shown[22].closed, "open past midnight, from 18 to 4"
    assert shown[-1].hour == (6 + shown[-1].step) % 24


def test_what_takes_its_time_is_shown_until_it_is_done() -> None:
    village = config("village")
    running = [scene for seed in range(8) for scene in life(village, seed) if scene.progress]
    assert running, "no untaught life began anything that takes more than a step"
    for scene in running:
        assert 0 < scene.progress < scene.ticks == village.world.affordances[scene.happened].ticks
        assert scene.layout[scene.happened] == scene.cell and scene.mask[-1]


def test_a_need_that_kills_through_others_is_a_need() -> None:
    shown = [scene for seed in range(4) for scene in life(config("village"), seed)]
    needs = {scene.need for scene in shown}
    assert needs >= {"energy", "satiation"} and not needs & {"money", "social"}
    names = list(config("village").world.meters)
    for scene in shown:
        levels = dict(zip(names, scene.meters, strict=True))
        below = {
            name: level for name, level in levels.items() if name in ("hygiene", "satiation", "mood") and level < 0.3
        }
        if below and not scene.ended:
            assert scene.need == min(below, key=lambda name: below[name]), levels


def test_the_page_is_told_of_the_clock_and_of_the_window() -> None:
    village, fog = (hello_of("r", name, config(name)) for name in ("village", "fog"))
    assert isinstance(village.day, Day) and (village.day.hours, village.day.dawn) == (24, 6)
    assert village.day.opening["Bar"] == [18, 28] and "Bed" not in village.day.opening
    assert village.radius is None and fog.radius == 1
    demo = hello_of("r", "sparse_adaptive", config("sparse_adaptive"))
    assert demo.day is None and demo.radius is None and len(demo.affordances) == 8


def test_a_drawn_layout_is_known_by_the_life_only() -> None:
    wanderer = config("wanderer")
    assert hello_of("r", "wanderer", wanderer).affordances == []
    first = life(wanderer)
    frame = frame_of(first[0], "r", wanderer.world)
    assert len(frame.layout) == 8 and (frame.hour, frame.closed, frame.progress, frame.ticks) == (0, [], 0, 0)
    assert all(scene.layout == first[0].layout for scene in first)
    layouts = {tuple(scene.layout.values()) for scene, _ in zip(scenes(wanderer), range(900), strict=False)}
    assert len(layouts) > 1


@pytest.mark.parametrize("name", ["sparse_adaptive", "village", "wanderer", "fog", "rememberer"])
def test_every_town_that_ships_can_be_shown(name: str) -> None:
    of = config(name)
    ended = frame_of(life(of)[-1], "r", of.world)
    assert ended.action == -1 and ended.progress == 0 and len(ended.meters) == len(of.world.meters)
