"""Fifty lives as a moving picture: made from the log, and from where an earlier process left off."""

import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
from PIL import Image

from hamlet.atomic import write_atomic
from hamlet.events.reading import Reader
from hamlet.events.types import EpisodeCompleted, Recorded, RunDiverged, tag_of
from hamlet.snapshots.orders import Gif, GifOrder
from hamlet.snapshots.picture import PALETTE, draw, plot_of
from hamlet.snapshots.products import gif_name

__all__ = ["Rewound", "Window", "gif_of", "make_gifs", "windows"]

FRAME = 160
"""Milliseconds that a life stands: 50 of them take 8 s."""

_BATCH = 200


class Rewound(Exception):
    """The run diverged before what was made already: begin again from what still holds."""


class Window(msgspec.Struct, frozen=True):
    """Lives one after the other; ``position``: of the last one's event."""

    lives: list[EpisodeCompleted]
    position: int


def windows(
    events: Iterable[Recorded], done: int, size: int, diverged: Sequence[tuple[int, int]] = ()
) -> Iterator[Window]:
    """Every whole window of ``size`` lives after episode ``done``, in order. ``events``: episodes and divergences;
    lives that one of those ``diverged`` (position, from which episode on) took back are left out.

    Raises ``Rewound`` when another divergence takes back an episode that a finished window holds.
    """
    lives: list[EpisodeCompleted] = []
    for recorded in events:
        event = recorded.event
        if isinstance(event, RunDiverged):
            if any(recorded.position == at for at, _ in diverged):
                continue
            if event.from_episode <= done:
                raise Rewound
            lives = [life for life in lives if life.episode < event.from_episode]
        elif isinstance(event, EpisodeCompleted) and event.episode > done:
            if any(recorded.position < at and event.episode >= first for at, first in diverged):
                continue
            lives.append(event)
            if len(lives) == size:
                done = event.episode
                yield Window(lives, recorded.position)
                lives = []


def gif_of(lives: list[EpisodeCompleted], width: int, height: int) -> bytes:
    """A frame a life, in a town of ``width`` × ``height``; the same bytes for the same lives."""
    plot = plot_of(width, height)
    frames = []
    for life in lives:
        frame = Image.fromarray(draw(life, plot))
        frame.putpalette(PALETTE.tobytes())
        frames.append(frame)
    out = io.BytesIO()
    frames[0].save(
        out, "GIF", save_all=True, append_images=frames[1:], duration=FRAME, loop=0, optimize=True, disposal=1
    )
    return out.getvalue()


def make_gifs(order: GifOrder) -> list[Gif]:
    """Those that were made, in order; fewer than ``most`` when there are no more whole windows yet."""
    directory = Path(order.directory)
    directory.mkdir(parents=True, exist_ok=True)
    made: list[Gif] = []
    for window in windows(_lives(order), order.done, order.size, order.diverged):
        first, last = window.lives[0].episode, window.lives[-1].episode
        path = directory / gif_name(first, last)
        write_atomic(path, gif_of(window.lives, order.width, order.height))
        made.append(Gif(str(path), first, last, window.position))
        if len(made) == order.most:
            break
    return made


def _lives(order: GifOrder) -> Iterator[Recorded]:
    kinds = [tag_of(EpisodeCompleted), tag_of(RunDiverged)]
    reader, after = Reader(Path(order.events), run=order.run, types=kinds), order.position
    try:
        while events := reader.read(after, None, _BATCH):
            yield from events
            after = events[-1].position
    finally:
        reader.close()
