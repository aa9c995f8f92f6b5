"""What an agent is shown: which numbers stand where in its observation, and how they are written.

``TownSettings.sees`` lists the parts, each of which is one or more features:

==========  =======================================================================================
position    the cell, one-hot
meters      all of them
mask        which actions are allowed
places      ``ways``: for each affordance five bits, is it to the left, right, up, down, here;
            ``offsets``: columns, rows and steps to each, as shares of the most there can be
hour        the hour of the day, one-hot
progress    how much of the running interaction is done, in [0, 1)
open        for each affordance, whether it may be begun now
window      for each cell within ``radius`` what stands there, one-hot: nothing, outside the grid,
            or one of the affordances
==========  =======================================================================================
"""

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.world import Feature

__all__ = ["Sight", "features", "look", "look_around", "sight"]

_NOTHING, _OUTSIDE, _KINDS = 0, 1, 2  # a window cell's one-hot: these two, then the affordances


class Sight(NamedTuple):
    """The column at which each part begins; −1: not shown. ``around``: is anything shown but
    position, meters and mask?"""

    position: int
    meters: int
    mask: int
    ways: int
    offsets: int
    hour: int
    progress: int
    open: int
    window: int
    radius: int
    width: int
    height: int
    around: bool


def features(settings: TownSettings, actions: int) -> tuple[Feature, ...]:
    """The observation of ``settings``, in its order."""
    grid, kinds = settings.grid, len(settings.affordances)
    reach = range(-settings.radius, settings.radius + 1)
    parts = {
        "position": [Feature("position", grid.width * grid.height, "onehot")],
        "meters": [Feature("meters", len(settings.meters), "unit")],
        "mask": [Feature("mask", actions, "binary")],
        "places": [Feature("ways", 5 * kinds, "binary"), Feature("offsets", 3 * kinds, "unit")],
        "hour": [Feature("hour", settings.day.hours if settings.day else 1, "onehot")],
        "progress": [Feature("progress", 1, "unit")],
        "open": [Feature("open", kinds, "binary")],
        "window": [Feature(f"window {dx:+d} {dy:+d}", _KINDS + kinds, "onehot") for dy in reach for dx in reach],
    }
    return tuple(feature for part in settings.sees for feature in parts[part])


def sight(settings: TownSettings, actions: int) -> Sight:
    """The columns of ``features(settings, actions)``."""
    columns: dict[str, int] = {}
    column = 0
    for feature in features(settings, actions):
        columns.setdefault(feature.name.split()[0], column)
        column += feature.size
    return Sight(
        position=columns.get("position", -1),
        meters=columns.get("meters", -1),
        mask=columns.get("mask", -1),
        ways=columns.get("ways", -1),
        offsets=columns.get("offsets", -1),
        hour=columns.get("hour", -1),
        progress=columns.get("progress", -1),
        open=columns.get("open", -1),
        window=columns.get("window", -1),
        radius=settings.radius,
        width=settings.grid.width,
        height=settings.grid.height,
        around=not set(settings.sees) <= {"position", "meters", "mask"},
    )


# Inlined, for what every agent needs in every step: a call that passes arrays costs as much as its work.
@numba.njit(nogil=True, cache=True, forceinline=True)
def look(
    position: int,
    levels: int,
    allowed: int,
    count: int,
    observation: NDArray[np.float32],
    mask: NDArray[np.bool_],
    marked: NDArray[np.int64],
    i: int,
    cell: int,
    meters: NDArray[np.float64],
    interact: int,
    ready: bool,
) -> None:
    """Write what changed of agent ``i``'s position (one-hot), ``count`` meters and mask, each at its
    column unless that is −1: of the mask only interacting ever does, and ``marked[i]`` is the column
    whose one-hot is set."""
    if position >= 0:
        observation[i, marked[i]] = 0.0
        marked[i] = position + cell
        observation[i, marked[i]] = 1.0
    if levels >= 0:
        for m in range(count):
            observation[i, levels + m] = meters[i, m]
    mask[i, interact] = ready
    if allowed >= 0:
        observation[i, allowed + interact] = ready


@numba.njit(nogil=True, cache=True)
def look_around(
    sight: Sight,
    observation: NDArray[np.float32],
    i: int,
    cell: int,
    layout: NDArray[np.int64],
    side: int,
    at: NDArray[np.int16],
    opens: NDArray[np.bool_],
    hour: int,
    progress: float,
) -> None:
    """Write the other parts of agent ``i``'s observation. ``layout`` [2, N, K], ``at`` [N, cells],
    ``opens`` [K + 1, hours], ``progress`` in [0, 1)."""
    kinds, hours = layout.shape[2], opens.shape[1]
    x, y = cell % sight.width, cell // sight.width
    if sight.ways >= 0:
        for k in range(kinds):
            other = layout[side, i, k]
            dx, dy = other % sight.width - x, other // sight.width - y
            ways = sight.ways + 5 * k
            observation[i, ways] = dx < 0
            observation[i, ways + 1] = dx > 0
            observation[i, ways + 2] = dy < 0
            observation[i, ways + 3] = dy > 0
            observation[i, ways + 4] = dx == 0 and dy == 0
            offsets = sight.offsets + 3 * k
            observation[i, offsets] = dx / (sight.width - 1)
            observation[i, offsets + 1] = dy / (sight.height - 1)
            observation[i, offsets + 2] = (abs(dx) + abs(dy)) / (sight.width + sight.height - 2)
    if sight.hour >= 0:
        observation[i, sight.hour : sight.hour + hours] = 0.0
        observation[i, sight.hour + hour] = 1.0
    if sight.progress >= 0:
        observation[i, sight.progress] = progress
    if sight.open >= 0:
        for k in range(kinds):
            observation[i, sight.open + k] = opens[k, hour]
    if sight.window >= 0:
        column = sight.window
        for wy in range(y - sight.radius, y + sight.radius + 1):
            for wx in range(x - sight.radius, x + sight.radius + 1):
                observation[i, column : column + kinds + _KINDS] = 0.0
                here = _OUTSIDE
                if 0 <= wx < sight.width and 0 <= wy < sight.height:
                    k = at[i, wy * sight.width + wx]
                    here = _NOTHING if k < 0 else _KINDS + k
                observation[i, column + here] = 1.0
                column += kinds + _KINDS
