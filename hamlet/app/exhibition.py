"""What the stage shows of a run: the newest policy in its world, as frames for the viewers."""

from collections.abc import Callable
from functools import partial

import numpy as np

from hamlet.app.showing import call_frame_of, frame_of
from hamlet.settings import RunConfig
from hamlet.training.call_exhibition import CallExhibition
from hamlet.training.exhibition import Exhibition
from hamlet.training.live import LivePolicy
from hamlet.web.wire import Message
from hamlet.worlds.town.settings import TownSettings

__all__ = ["Play", "exhibition"]

Play = Callable[[LivePolicy], tuple[Callable[[], None], float]]

_STEP, _CURTAIN = 0.2, 2.5  # seconds that a step in the town stands, and the last of a life
_TURN, _HANGING_UP = 2.5, 6.0  # seconds to read a turn of a call, and how it ended


def exhibition(run: str, config: RunConfig, rng: np.random.Generator, publish: Callable[[Message], None]) -> Play:
    """Plays one scene a call, in a worker thread; returns what publishes it, and for how many seconds it stands."""
    world = config.world
    if isinstance(world, TownSettings):
        lives, town = Exhibition(world, config.training, rng), world

        def step(newest: LivePolicy) -> tuple[Callable[[], None], float]:
            scene = lives.next(newest)
            return partial(publish, frame_of(scene, run, town)), _CURTAIN if scene.ended else _STEP

        return step
    calls = CallExhibition(world, config.training, rng)

    def turn(newest: LivePolicy) -> tuple[Callable[[], None], float]:
        scene = calls.next(newest)
        return partial(publish, call_frame_of(scene, run, config.training.dyna)), _HANGING_UP if scene.ended else _TURN

    return turn
