"""What an agent is shown: which numbers stand where in its observation, and how they are written.

``TownSettings.sees`` lists the parts, each of which is one or more features:

==========  =======================================================================================
position    the cell, one-hot
meters      all of them
mask        which actions are allowed
places      ``ways``: for each affordance five bits, is it to the left, right, up, down, here;
            ``offsets``: columns, rows and steps to each, as shares of the most there can be
places_seen the same, but zeros for what this life has not had in its ``window`` yet: of a map that it
            draws as it goes
unseen      of the same map, the nearest cell that is blank: is it to the left, right, up, down, is there
            one; columns, rows and steps to it, as shares of the most there can be
hour        the hour of the day, one-hot
progress    how much of the running interaction is done, in [0, 1)
open        for each affordance, whether it may be begun now
window      for each cell within ``radius`` what stands there, one-hot: nothing, outside the grid,
            or one of the affordances
found       what the last step's interaction was with, one-hot: nothing (also after a move), or one of
            the affordances, whether or not it could be paid
==========  =======================================================================================
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamlet.worlds.compiled import compiled
from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.world import Feature

__all__ = ["ObservationColumns", "columns_of", "features", "look", "look_around"]

_NOTHING, _OUTSIDE, _KINDS = 0, 1, 2  # a window cell's one-hot: these two, then the affordances


class ObservationColumns(NamedTuple):
    """The column at which each part begins; −1: not shown. ``around``: is anything
    shown of the town itself?"""

    position: int
    meters: int
    mask: int
    ways: int
    offsets: int
    hour: int
    progress: int
    open: int
    window: int
    unseen: int
    found: int
    radius: int
    width: int
    height: int
    around: bool
    told: bool  # of ``ways`` and ``offsets``: those of all affordances, not of the seen ones only


def features(settings: TownSettings, actions: int) -> tuple[Feature, ...]:
    """The observation of ``settings``, in its order."""
    grid, kinds = settings.grid, len(settings.affordances)
    reach = range(-settings.radius, settings.radius + 1)
    places = [Feature("ways", 5 * kinds, "binary"), Feature("offsets", 3 * kinds, "unit")]
    parts = {
        "position": [Feature("position", grid.width * grid.height, "onehot")],
        "meters": [Feature("meters", len(settings.meters), "unit")],
        "mask": [Feature("mask", actions, "binary")],
        "places": places,
        "places_seen": places,
        "unseen": [Feature("unseen", 5, "binary"), Feature("unseen_offsets", 3, "unit")],
        "hour": [Feature("hour", settings.day.hours if settings.day else 1, "onehot")],
        "progress": [Feature("progress", 1, "unit")],
        "open": [Feature("open", kinds, "binary")],
        "window": [Feature(f"window {dx:+d} {dy:+d}", _KINDS + kinds, "onehot") for dy in reach for dx in reach],
        "found": [Feature("found", 1 + kinds, "onehot")],
    }
    return tuple(feature for part in settings.sees for feature in parts[part])


def columns_of(settings: TownSettings, actions: int) -> ObservationColumns:
    """The columns of ``features(settings, actions)``."""
    found: dict[str, int] = {}
    column = 0
    for feature in features(settings, actions):
        found.setdefault(feature.name.split()[0], column)
        column += feature.size
    return ObservationColumns(
        position=found.get("position", -1),
        meters=found.get("meters", -1),
        mask=found.get("mask", -1),
        ways=found.get("ways", -1),
        offsets=found.get("offsets", -1),
        hour=found.get("hour", -1),
        progress=found.get("progress", -1),
        open=found.get("open", -1),
        window=found.get("window", -1),
        unseen=found.get("unseen", -1),
        found=found.get("found", -1),
        radius=settings.radius,
        width=settings.grid.width,
        height=settings.grid.height,
        around=not {"places", "window"}.isdisjoint(settings.sees),
        told="places" in settings.sees,
    )


@compiled
def look(
    columns: ObservationColumns,
    start: tuple[float, ...],
    ticks: tuple[int, ...],
    observation: NDArray[np.float32],
    mask: NDArray[np.bool_],
    marked: NDArray[np.int64],
    cells: NDArray[np.int64],
    meters: NDArray[np.float64],
    tick: NDArray[np.int64],
    hour: NDArray[np.int64],
    opens: NDArray[np.float32],
) -> None:
    """Write what all agents see of themselves and of the clock. Of a one-hot only what changes is
    written: ``marked`` [2, N] are those that are set, of the position's and of the hour's; of the
    mask only its last column, since the other actions are always allowed."""
    last = mask.shape[1] - 1
    for i in range(cells.size):
        now = hour[tick[i]]
        if columns.position >= 0:
            column = columns.position + cells[i]
            observation[i, marked[0, i]] = 0.0
            observation[i, column] = 1.0
            marked[0, i] = column
        if columns.meters >= 0:
            for m in range(len(start)):
                observation[i, columns.meters + m] = meters[m, i]
        if columns.mask >= 0:
            observation[i, columns.mask + last] = mask[i, last]
        if columns.hour >= 0:
            column = columns.hour + now
            observation[i, marked[1, i]] = 0.0
            observation[i, column] = 1.0
            marked[1, i] = column
        if columns.open >= 0:
            for k in range(len(ticks)):
                observation[i, columns.open + k] = opens[now, k]


@compiled
def look_around(
    columns: ObservationColumns,
    observation: NDArray[np.float32],
    cells: NDArray[np.int64],
    layout: NDArray[np.int64],
    sides: NDArray[np.int64],
    at: NDArray[np.int16],
    shown: NDArray[np.bool_],
) -> None:
    """Write what all agents see of the town, and note in ``shown`` [N, cells] what is in the window
    (in none where it is [N, 0]). ``layout`` [2, N, K], ``at`` [N, cells]."""
    kinds, maps = layout.shape[2], shown.shape[1] > 0
    for i in range(cells.size):
        x, y = cells[i] % columns.width, cells[i] // columns.width
        if columns.window >= 0:
            column = columns.window
            for wy in range(y - columns.radius, y + columns.radius + 1):
                for wx in range(x - columns.radius, x + columns.radius + 1):
                    for kind in range(kinds + _KINDS):
                        observation[i, column + kind] = 0.0
                    here = _OUTSIDE
                    if 0 <= wx < columns.width and 0 <= wy < columns.height:
                        k = at[i, wy * columns.width + wx]
                        here = _NOTHING if k < 0 else _KINDS + k
                        if maps:
                            shown[i, wy * columns.width + wx] = True
                    observation[i, column + here] = 1.0
                    column += kinds + _KINDS
        if columns.ways >= 0:
            for k in range(kinds):
                other = layout[sides[i], i, k]
                dx, dy = other % columns.width - x, other // columns.width - y
                known = columns.told or shown[i, other]
                if not known:
                    dx, dy = 0, 0
                _point(columns, observation[i], columns.ways + 5 * k, columns.offsets + 3 * k, dx, dy)
                observation[i, columns.ways + 5 * k + 4] = known and dx == 0 and dy == 0
        if columns.unseen >= 0:
            dx, dy, least = 0, 0, columns.width + columns.height
            for cell in range(columns.width * columns.height):
                if not shown[i, cell]:
                    across, along = cell % columns.width - x, cell // columns.width - y
                    if abs(across) + abs(along) < least:
                        dx, dy, least = across, along, abs(across) + abs(along)
            _point(columns, observation[i], columns.unseen, columns.unseen + 5, dx, dy)
            observation[i, columns.unseen + 4] = dx != 0 or dy != 0


@compiled
def _point(columns: ObservationColumns, row: NDArray[np.float32], ways: int, offsets: int, dx: int, dy: int) -> None:
    """Write where something lies that is ``dx`` columns and ``dy`` rows away."""
    row[ways] = dx < 0
    row[ways + 1] = dx > 0
    row[ways + 2] = dy < 0
    row[ways + 3] = dy > 0
    row[offsets] = dx / (columns.width - 1)
    row[offsets + 1] = dy / (columns.height - 1)
    row[offsets + 2] = (abs(dx) + abs(dy)) / (columns.width + columns.height - 2)
