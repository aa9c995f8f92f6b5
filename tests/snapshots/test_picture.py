"""A GIF shows the lives that it says it shows: frame by frame, cell by cell."""

import io
import time

import numpy as np
import pytest
from PIL import Image

from hamlet.events.packing import unpack
from hamlet.events.types import EpisodeCompleted, TownEpisode
from hamlet.snapshots.gifs import gif_of
from hamlet.snapshots.picture import LEVELS, PALETTE, draw, plot_of
from tests.events.support import episode
from tests.projections.support import lived as small
from tests.snapshots.support import lived


def test_fifty_lives_are_fifty_frames_whose_cells_have_the_colours_of_the_events_novelty() -> None:
    lives = [lived(number) for number in range(101, 151)]
    data = gif_of(lives, 8, 8)
    plot = plot_of(8, 8)
    assert len(data) < 1_000_000  # and these change everywhere at every frame
    with Image.open(io.BytesIO(data)) as gif:
        assert gif.n_frames == 50
        shown = 0
        for number, life in enumerate(lives):
            gif.seek(number)
            shown += gif.info["duration"]
            frame = np.asarray(gif.convert("RGB"))
            for cell, byte in enumerate(unpack(life.detail.novelty)):  # type: ignore[union-attr]
                x, y = plot.centre(cell)
                assert tuple(frame[y, x]) == tuple(PALETTE[min(byte, LEVELS - 1)]), (life.episode, cell)
        assert shown == 8000  # milliseconds
        assert gif.info["loop"] == 0


def test_places_are_drawn_where_they_stand_and_nowhere_else() -> None:
    life = lived(1)
    plot = plot_of(8, 8)
    page = draw(life, plot)
    assert isinstance(life.detail, TownEpisode)
    for cell in range(64):
        x, y = plot.centre(cell)
        lot = page[y : y + plot.cell - 10, x : x + plot.cell - 10]
        assert bool((lot >= LEVELS).any()) == (cell in life.detail.layout.values()), cell


def test_the_same_lives_are_the_same_bytes_and_other_captions_are_not() -> None:
    assert gif_of([lived(1), lived(2)], 8, 8) == gif_of([lived(1), lived(2)], 8, 8)
    assert not np.array_equal(draw(lived(7), plot_of(8, 8)), draw(lived(7, steps=13), plot_of(8, 8)))


def test_another_grid_has_its_own_measures_and_a_life_on_none_is_refused() -> None:
    other = small(1, np.random.default_rng(0), steps=3)
    assert draw(other, plot_of(5, 4)).shape == plot_of(5, 4).size[::-1]
    with pytest.raises(ValueError, match="expected a grid of 8 × 8"):
        draw(other, plot_of(8, 8))


def test_a_gif_of_fifty_lives_takes_less_than_a_200th_of_three_minutes() -> None:
    lives: list[EpisodeCompleted] = [episode(number) for number in range(1, 51)]
    gif_of(lives, 8, 8)
    begun = time.process_time()
    gif_of(lives, 8, 8)
    assert time.process_time() - begun < 180 / 200
