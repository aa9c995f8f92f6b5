"""One life as a picture: how new each cell was to the agent, where things stood, and how the life went.

A picture is an array of palette indices, drawn with numpy; Pillow writes the letters and reads the
buildings (``art/``, made by ``tools/draw_places.py`` from the page's own drawings).
"""

import json
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from hamlet.events.packing import unpack
from hamlet.events.types import EpisodeCompleted, TownEpisode

__all__ = ["LEVELS", "PALETTE", "Plot", "draw", "plot_of"]

Pixels = NDArray[np.uint8]

LEVELS = 96
"""Shades of novelty; a novelty byte above is drawn as the last. A new run's cells lie about 55, a town that is
known by heart at 0, so that the same shade means the same in every picture of a run (a shade is 1/16 octave of RND's
error, relative to its running scale)."""

_PAPER, _INK, _FADED = (0xF6, 0xF1, 0xE4), (0x1D, 0x1A, 0x16), (0x64, 0x5D, 0x51)
_RAMP = ((0xEC, 0xE4, 0xCF), (0xFF, 0xC9, 0x4D), (0xF2, 0x8A, 0x00), (0xA8, 0x42, 0x00))  # familiar … new
_SHADES = 10  # from paper to ink, for the edges of letters
_BUILDING = ((0xFF, 0xFD, 0xF6), (0xC9, 0xB4, 0x8C), (0xFF, 0xD4, 0x79), (0xB9, 0xC8, 0x91), _INK, (0x8E, 0x86, 0x76))
_ART = Path(__file__).parent / "art"
_MARGIN, _HEAD, _FOOT, _SIDE, _GAP = 22, 64, 62, 440, 2


def _between(stops: tuple[tuple[int, int, int], ...], count: int) -> NDArray[np.uint8]:
    """[count, 3] colours from the first stop to the last."""
    at = np.linspace(0, len(stops) - 1, count)
    channels = [np.interp(at, np.arange(len(stops)), [stop[channel] for stop in stops]) for channel in range(3)]
    return np.rint(np.stack(channels, axis=1)).astype(np.uint8)


_TEXT = LEVELS
_FAINT = LEVELS + _SHADES
_SPRITE = LEVELS + 2 * _SHADES
PALETTE: NDArray[np.uint8] = np.concatenate(
    [
        _between(_RAMP, LEVELS),
        _between((_PAPER, _INK), _SHADES),
        _between((_PAPER, _FADED), _SHADES),
        np.array(_BUILDING, np.uint8),
    ]
)
"""[at most 128, 3]: the shades of novelty first."""


class Plot(msgspec.Struct, frozen=True):
    """The measures of a town's pictures, in pixels: a cell's side, and where the map begins."""

    columns: int
    rows: int
    cell: int
    left: int
    top: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height; both even, as films want them."""
        width = max(self.columns * self.cell, _SIDE) + 2 * _MARGIN
        return width + width % 2, (height := self.rows * self.cell + _HEAD + _FOOT) + height % 2

    def centre(self, cell: int) -> tuple[int, int]:
        """x and y of a point of ``cell`` that no building hides: near its upper left corner."""
        return self.left + cell % self.columns * self.cell + 5, self.top + cell // self.columns * self.cell + 5


def plot_of(columns: int, rows: int) -> Plot:
    """Where a town of ``columns`` × ``rows`` cells stands in a picture: as large as fits, in the middle."""
    cell = max(6, min(55, _SIDE // max(columns, rows)))
    return Plot(columns, rows, cell, _MARGIN + max(0, (_SIDE - columns * cell) // 2), _HEAD)


def _level_of(novelty: NDArray[np.integer]) -> Pixels:
    """Novelty bytes → palette indices."""
    levels: Pixels = np.minimum(novelty, LEVELS - 1).astype(np.uint8)
    return levels


def draw(life: EpisodeCompleted, plot: Plot) -> Pixels:
    """The picture of ``life`` [height, width]. Raises ``ValueError`` when it is no life on this grid."""
    detail = life.detail
    cells = plot.columns * plot.rows
    if not isinstance(detail, TownEpisode):
        raise ValueError(f"episode {life.episode}: expected a life in the town")
    novelty = unpack(detail.novelty)
    if novelty.size != cells or any(not 0 <= cell < cells for cell in detail.layout.values()):
        raise ValueError(f"episode {life.episode}: expected a grid of {plot.columns} × {plot.rows}")
    page = np.full(plot.size[::-1], _TEXT, np.uint8)
    _lots(page, _level_of(novelty).reshape(plot.rows, plot.columns), plot)
    _places(page, detail.layout, plot)
    _words(page, life, plot)
    return page


def _lots(page: Pixels, levels: Pixels, plot: Plot) -> None:
    lots = levels.repeat(plot.cell, 0).repeat(plot.cell, 1)
    edge = np.zeros(plot.cell, bool)
    edge[: _GAP // 2] = edge[plot.cell - _GAP // 2 :] = True
    corner = np.zeros((plot.cell, plot.cell), bool)
    for y, x in ((1, 1), (1, -2), (-2, 1), (-2, -2)):
        corner[y, x] = True
    mask = np.tile(edge[:, None] | edge[None, :] | corner, (plot.rows, plot.columns))
    lots[mask] = _TEXT
    page[plot.top : plot.top + lots.shape[0], plot.left : plot.left + lots.shape[1]] = lots


def _places(page: Pixels, layout: Mapping[str, int], plot: Plot) -> None:
    for name, cell in layout.items():
        sprite, solid = _sprite(name, plot.cell - 6)
        y = plot.top + cell // plot.columns * plot.cell + 4
        x = plot.left + cell % plot.columns * plot.cell + 3
        ground = page[y : y + sprite.shape[0], x : x + sprite.shape[1]]
        ground[solid] = sprite[solid]


def _words(page: Pixels, life: EpisodeCompleted, plot: Plot) -> None:
    width, height = plot.size
    _write(page, f"Episode {life.episode:,}", (_MARGIN, 16), 30, _TEXT)
    _write(page, "how new each place is to it", (width - _MARGIN, 28), 17, _FAINT, right=True)
    ended = ", as long as a life lasts" if life.cause == "cap" else f" until its {life.cause} ran out"
    _write(page, f"Lived {life.survival_time:,} steps{ended}", (_MARGIN, height - 48), 18, _TEXT)
    curious = f"Stage {life.curriculum_stage} · curiosity weighs {life.intrinsic_weight:.2f}"
    _write(page, curious, (_MARGIN, height - 27), 15, _FAINT)
    scale = np.linspace(0, LEVELS - 1, 84).astype(np.uint8)
    right = width - _MARGIN - 28
    page[height - 20 : height - 13, right - 84 : right] = scale
    _write(page, "known", (right - 90, height - 27), 15, _FAINT, right=True)
    _write(page, "new", (width - _MARGIN, height - 27), 15, _FAINT, right=True)


def _write(page: Pixels, text: str, at: tuple[int, int], size: int, first: int, *, right: bool = False) -> None:
    """Letters in shades of ``first`` …; their upper left corner (upper right one) at x, y."""
    letters = _letters(text, size)
    x = at[0] - letters.shape[1] if right else at[0]
    ground = page[at[1] : at[1] + letters.shape[0], max(0, x) : max(0, x) + letters.shape[1]]
    shades = letters[: ground.shape[0], : ground.shape[1]]
    ground[shades > 0] = first + shades[shades > 0]


@lru_cache(maxsize=64)
def _letters(text: str, size: int) -> Pixels:
    """[height, width] shades, 0 where there is paper."""
    font = _font(size)
    image = Image.new("L", (int(font.getlength(text)) + 2, round(size * 1.3)))
    ImageDraw.Draw(image).text((0, 0), text, fill=255, font=font)
    return np.rint(np.asarray(image) * ((_SHADES - 1) / 255)).astype(np.uint8)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_ART / "eb-garamond.woff"), size)


@cache
def _sprite(name: str, side: int) -> tuple[Pixels, NDArray[np.bool_]]:
    """A building [side, side] in palette indices, and where it is not transparent."""
    names: list[str] = json.loads((_ART / "places.json").read_text())
    at = names.index(name) if name in names else len(names) - 1
    with Image.open(_ART / "places.png") as sheet:
        whole = sheet.height
        one = sheet.convert("RGBA").crop((at * whole, 0, (at + 1) * whole, whole))
    pixels = np.asarray(one.resize((side, side), Image.Resampling.LANCZOS)).astype(np.int16)
    distance = np.abs(pixels[:, :, None, :3] - np.array(_BUILDING, np.int16)).sum(3)
    return (_SPRITE + distance.argmin(2)).astype(np.uint8), pixels[:, :, 3] > 120
