"""The town as a map: where it is, what is new to it, which paths it wears, what it would do from each cell."""

from collections.abc import Mapping

import msgspec
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, LogNorm, Normalize
from matplotlib.patches import FancyArrowPatch, Rectangle
from matplotlib.ticker import NullLocator

from hamlet.events.packing import unpack_many
from hamlet.events.types import TownEpisode
from hamlet.lab.figures.paper import FADED, HEAT, INK, PAPER, VERMILION, Drawn, Numbers, panel, sheet
from hamlet.lab.record import Record
from hamlet.projections.garden_path import INTERACT, transitions
from hamlet.runs.kept import Kept
from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.town.town import Town

__all__ = ["garden_path", "heatmaps", "state_values"]

TIME = LinearSegmentedColormap.from_list("hamlet-time", ["#3f6fe8", "#8a5bd0", "#d01f74"])
"""Early blue, late red."""
_MOST = 400  # episodes in one map
_LOW = 0.2  # of a meter, in ``state_values``
_WAYS = ((0, -1), (0, 1), (-1, 0), (1, 0))  # up, down, left, right


def heatmaps(record: Record) -> Drawn:
    """Visits and novelty at four times."""
    parts = _four(record)
    title = "Where it is, and what is new to it"
    note = (
        f"Above: share of its steps on each cell, up to {_MOST:,} episodes a map, log scale. Below: novelty (error of "
        "random network distillation, from 0 to 1 on its log scale) at the end of that time: boredom spreads."
    )
    figure, panels = sheet(title, note, rows=2, columns=4, size=(9.6, 5.9))
    novelties = [_novelty(record.lives[max(begin, end - 20) : end], *_size(record)) for begin, end in parts]
    low, high = float(np.min(novelties)), float(np.max(novelties)) + 1e-9
    for number, (begin, end) in enumerate(parts):
        lives = record.lives[begin:end]
        visits = _visits(lives, *_size(record))
        shares = 100 * visits / visits.sum()
        above, below = panels[number], panels[number + 4]
        least = float(shares[shares > 0].min())
        seen = above.imshow(np.maximum(shares, least), cmap=HEAT, norm=LogNorm(least, float(shares.max())))
        levels = novelties[number]
        new = below.imshow(levels, cmap=_gold(), vmin=low, vmax=high)
        first, last = record.number[begin], record.number[end - 1]
        panel(above, x="", y="visits, y" if not number else "", title=f"Episodes {first:,.0f} to {last:,.0f}")
        panel(below, x="x", y="novelty, y" if not number else "")
        for axes in (above, below):
            _places(axes, lives[-1].layout if not _drawn(record) else {}, _size(record)[0])
        if number == len(parts) - 1:
            scale = figure.colorbar(seen, ax=above, shrink=0.8, label="share of steps, %")
            scale.ax.yaxis.set_minor_locator(NullLocator())
            scale.set_ticks([tick for tick in (0.01, 0.1, 1, 10, 100) if least <= tick <= shares.max()])
            scale.ax.yaxis.set_major_formatter("{x:g}")
            figure.colorbar(new, ax=below, shrink=0.8, label="novelty (0 to 1)")
    for axes in panels:
        axes.grid(False)
        if not axes.images:
            axes.set_axis_off()
    return Drawn("heatmaps", title, note, figure)


def garden_path(record: Record) -> Drawn:
    """What is used after what, as paths between the places: before and after everything moved, else by halves."""
    split = next((int(move.episode) for move in record.moves), len(record.lives) // 2)
    split = min(max(1, split), max(1, len(record.lives) - 1))
    halves = [(0, split, "Before everything moved"), (split, len(record.lives), "After it")]
    if not record.moves:
        halves = [(0, split, "First half"), (split, len(record.lives), "Second half")]
    title = "The garden path: paths worn by use"
    note = (
        "An arrow: this place was used next after that one. Width: how often; colour: when, on average, "
        f"from the first (blue) to the last episode (red). The strongest {_STRONGEST} of each map."
    )
    figure, panels = sheet(title, note, columns=2, size=(9.6, 5.6))
    for axes, (begin, end, name) in zip(panels, halves, strict=True):
        lives = record.lives[begin:end]
        rows = transitions([int(number) for number in record.number[begin:end]], lives) if lives else []
        places = _positions(record, lives)
        width, height = _size(record)
        axes.set_xlim(-0.7, width - 0.3)
        axes.set_ylim(height - 0.3, -0.7)
        axes.set_aspect("equal")
        axes.set_facecolor("#f4ecd9")
        axes.set_xticks(range(width))
        axes.set_yticks(range(height))
        axes.grid(True, axis="both", color=PAPER, lw=3, alpha=1)
        _paths(axes, rows, places, len(lives), len(record.lives))
        for place, (x, y) in places.items():
            axes.plot([x], [y], "s", ms=15, color=PAPER, mec=INK, mew=0.9, zorder=4)
            axes.text(x, y + 0.56, place, ha="center", va="center", size=7, color=INK, zorder=6)
        panel(axes, x="x", y="y", title=f"{name}: episodes {begin + 1:,} to {end:,}")
    scale = figure.colorbar(_mappable(len(record.lives)), ax=panels, shrink=0.6, pad=0.01, label="episode, on average")
    scale.ax.yaxis.set_major_formatter("{x:,.0f}")
    return Drawn("garden_path", title, note, figure)


def state_values(record: Record, kept: Kept) -> Drawn:
    """State-action values of the kept policy, cell by cell, by what it needs."""
    settings = record.config.world
    assert isinstance(settings, TownSettings)
    town = _town(settings, kept.moment.layout)
    needs: dict[str, dict[str, float]] = {"Fresh: as a life begins": {}} | {
        f"{name.capitalize()} low ({_LOW:g})": {name: _LOW} for name, meter in settings.meters.items() if meter.vital
    }
    money = settings.money.meter
    needs |= {f"No {money}": {money: 0.0}, "Everything low": dict.fromkeys(settings.meters, _LOW)}
    chosen = list(needs.items())[:6]
    title = "State-action values: what it would do from each cell"
    note = (
        f"The greedy policy of episode {kept.moment.episode:,}. Arrow: where to go; dot: interact, or wait. Colour: "
        "Q of the best action, from each map's lowest to its highest. Vermilion: interact on a place."
    )
    figure, panels = sheet(title, note, rows=2, columns=3, size=(9.6, 7.4))
    policy_rows = settings.grid.width * settings.grid.height
    for axes, (name, levels) in zip(panels, chosen, strict=False):
        observation = town.everywhere(levels)
        mask = np.ones((policy_rows, len(town.spec.actions)), np.bool_)
        if "mask" in settings.sees:
            mask = observation[:, town.spec.where("mask")] > 0.5
        values, actions = kept.policy().decide(observation, mask)
        best = np.where(mask, values, -np.inf).max(1).reshape(settings.grid.height, settings.grid.width)
        axes.imshow(best, cmap=HEAT, alpha=0.8)
        axes.grid(False)
        _choices(axes, actions.tolist(), best, set(town.layout.values()))
        _places(axes, town.layout, settings.grid.width, inside=True)
        panel(axes, x="x", y="y", title=f"{name}: Q {best.min():.1f} to {best.max():.1f}")
    for axes in panels[len(chosen) :]:
        axes.set_axis_off()
    return Drawn("state_action_values", title, note, figure)


_STRONGEST = 24


def _four(record: Record) -> list[tuple[int, int]]:
    """The beginning, before and after the first move (or the middle), and the end."""
    count = len(record.lives)
    if count < 8:
        return [(0, count)]
    size = min(_MOST, count // 4)
    middle = next((min(count - 1, int(move.episode)) for move in record.moves), count // 2)
    begins = (0, max(0, middle - size), min(count - size, middle), count - size)
    return [(begin, begin + size) for begin in begins]


def _size(record: Record) -> tuple[int, int]:
    world = record.config.world
    assert isinstance(world, TownSettings)
    return world.grid.width, world.grid.height


def _drawn(record: Record) -> bool:
    """Each life has its own layout."""
    return getattr(record.config.world, "layout", "") == "drawn"


def _visits(lives: list[TownEpisode], width: int, height: int) -> Numbers:
    cells, _ = unpack_many([life.path for life in lives])
    counts: Numbers = np.bincount(cells, minlength=width * height).reshape(height, width).astype(float)
    return counts


def _novelty(lives: list[TownEpisode], width: int, height: int) -> Numbers:
    """Mean over these lives, [height, width] in [0, 1]."""
    levels, _ = unpack_many([life.novelty for life in lives])
    found: Numbers = levels.reshape(-1, height, width).mean(0) / 255
    return found


def _positions(record: Record, lives: list[TownEpisode]) -> dict[str, tuple[float, float]]:
    """Where each place is drawn; on a circle where every life has its own layout."""
    width, height = _size(record)
    layout = lives[-1].layout if lives else {}
    if not _drawn(record):
        return {name: (cell % width, cell // width) for name, cell in layout.items()}
    turn = 2 * np.pi / max(1, len(layout))
    x, y, radius = (width - 1) / 2, (height - 1) / 2, 0.42 * min(width, height)
    return {
        name: (x + radius * np.cos(number * turn), y + radius * np.sin(number * turn))
        for number, name in enumerate(sorted(layout))
    }


def _paths(
    axes: Axes, rows: list[tuple[object, ...]], places: Mapping[str, tuple[float, float]], lives: int, last: int
) -> None:
    counts: dict[tuple[str, str], list[float]] = {}
    for episode, source, target, count in rows:
        if source != target and source in places and target in places:
            sums = counts.setdefault((str(source), str(target)), [0.0, 0.0])
            sums[0] += float(count)  # type: ignore[arg-type]
            sums[1] += float(count) * float(episode)  # type: ignore[arg-type]
    strongest = sorted(counts.items(), key=lambda item: -item[1][0])[:_STRONGEST]
    top = strongest[0][1][0] if strongest else 1.0
    for (source, target), (count, weighed) in reversed(strongest):
        axes.add_patch(
            FancyArrowPatch(
                places[source],
                places[target],
                connectionstyle="arc3,rad=0.16",
                arrowstyle="-|>",
                mutation_scale=7 + 6 * count / top,
                lw=0.5 + 6.5 * count / top,
                color=TIME(weighed / count / max(1, last)),
                alpha=0.35 + 0.55 * count / top,
                shrinkA=7,
                shrinkB=8,
                zorder=3,
                gid=f"{source} → {target}: {count:.0f}",
            )
        )
    if strongest:
        (source, target), (count, _) = strongest[0]
        axes.text(
            0.99, 0.012, f"widest: {source} to {target}, {100 * count / max(1, lives):,.0f} in 100 episodes",
            transform=axes.transAxes, ha="right", va="bottom", size=6.5, color=FADED, zorder=6,
        )  # fmt: skip


def _choices(axes: Axes, actions: list[int], best: Numbers, places: set[int]) -> None:
    width = best.shape[1]
    low, high = float(best.min()), float(best.max())
    for cell, action in enumerate(actions):
        x, y = cell % width, cell // width
        dark = (best[y, x] - low) / max(1e-9, high - low) > 0.5
        color = VERMILION if cell in places and action == INTERACT else PAPER if dark else INK
        if action == INTERACT:
            axes.plot([x], [y], "o", color=color, ms=5 if cell in places else 2.5, zorder=4)
            continue
        dx, dy = _WAYS[action]
        axes.annotate(
            "", (x + 0.32 * dx, y + 0.32 * dy), (x - 0.32 * dx, y - 0.32 * dy),
            arrowprops={"arrowstyle": "->", "color": color, "lw": 0.9, "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip


def _places(axes: Axes, layout: Mapping[str, int], width: int, *, inside: bool = False) -> None:
    """Outlines where something stands, with its name."""
    axes.set_xticks(range(0, width, 2))
    axes.set_yticks(range(0, width, 2))
    for name, cell in layout.items():
        x, y = cell % width, cell // width
        axes.add_patch(_box(x, y))
        axes.text(x, y + 0.42, name if inside else name[:4], ha="center", va="bottom", size=4.6, color=INK,
                  bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.4, "alpha": 0.75})  # fmt: skip


def _box(x: int, y: int) -> Rectangle:
    return Rectangle((x - 0.47, y - 0.47), 0.94, 0.94, fill=False, ec=INK, lw=0.8)


def _town(settings: TownSettings, layout: Mapping[str, int]) -> Town:
    """With the policy's layout; where every life draws its own, with the one of the config."""
    town = Town(msgspec.structs.replace(settings, layout="fixed"))
    if layout:
        town.set_layout(layout)
    return town


def _gold() -> LinearSegmentedColormap:
    return LinearSegmentedColormap.from_list("hamlet-novelty", ["#f7f1e2", "#ffd479", "#ffb000", "#a05a00"])


def _mappable(last: int) -> ScalarMappable:
    return ScalarMappable(Normalize(1, max(2, last)), TIME)
