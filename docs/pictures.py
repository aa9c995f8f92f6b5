"""The pictures of docs/worlds.md, drawn from the shipped configs: ``python -m docs.pictures``.

Buildings and colours are the page's own (``frontend/src/map/drawings.ts``, ``styles/tokens.css``),
so that a place looks the same there and here. Every picture carries both themes.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from hamlet.settings import ROOT, read_config
from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.town.town import Town

__all__ = ["FOLDER", "main", "pictures"]

FOLDER = ROOT / "docs" / "images"
_PAGE = ROOT / "frontend" / "src"
_LOT = 64
_FONT = 'font-family="Inter, system-ui, sans-serif"'
_STYLE = """
.lot{fill:var(--lot)} .wall{fill:var(--wall)} .roof{fill:var(--roof)} .glow{fill:var(--glow)} .leaf{fill:var(--leaf)}
.line,.smoke,.thick{fill:none} .wall,.roof,.glow,.leaf,.line,.smoke{stroke:var(--ink);stroke-width:2}
.thick{stroke:var(--ink);stroke-width:4} .smoke{opacity:.45} path{stroke-linejoin:round;stroke-linecap:round}
text{fill:var(--ink)} .faded{fill:var(--faded)} .paper{fill:var(--paper)} .fog{fill:var(--paper);opacity:.74}
.edge{fill:none;stroke:var(--agent);stroke-width:2;stroke-dasharray:2 6} .agent{fill:var(--agent);stroke:var(--card)}
.open{fill:var(--glow)} .always{fill:var(--track)} .night{fill:var(--dark-hour);opacity:.28} .rule{stroke:var(--rule)}
.label{paint-order:stroke;stroke:var(--lot);stroke-width:3px;stroke-linejoin:round}
"""


def pictures() -> dict[str, str]:
    """File name in ``FOLDER`` → SVG."""
    towns = {name: read_config(ROOT / f"configs/town/{name}.yaml").world for name in _TOWNS}
    demo, wanderer, village, fog = (towns[name] for name in _TOWNS)
    return {
        "town-sparse_adaptive.svg": _maps(demo, [demo.positions]),
        "town-wanderer.svg": _maps(wanderer, _drawn(wanderer, 2)),
        "town-village.svg": _maps(village, [village.positions]),
        "town-fog.svg": _maps(fog, _drawn(fog, 2), agent=(4, 3)),
        "village-day.svg": _day(village),
    }


_TOWNS = ("sparse_adaptive", "wanderer", "village", "fog")


def _drawn(town: TownSettings, lives: int) -> list[dict[str, int]]:
    world = Town(town, lives)
    world.reset(0)
    return [world.situation(life)[2] for life in range(lives)]


# -- maps --------------------------------------------------------------------------------------------


def _maps(town: TownSettings, layouts: list[dict[str, int]], agent: tuple[int, int] | None = None) -> str:
    """The layouts side by side; with ``agent`` what it sees from there, and the fog around it."""
    width, height = town.grid.width * _LOT, town.grid.height * _LOT
    gap = 28
    parts = []
    for number, layout in enumerate(layouts):
        drawn = _map(town, layout) + (_window(town, agent) if agent else "")
        parts.append(f'<g transform="translate({number * (width + gap)} 0)">{drawn}</g>')
    whole = width * len(layouts) + gap * (len(layouts) - 1)
    shown = ", ".join(town.affordances)
    return _svg(whole, height, f"Map, {town.grid.width} by {town.grid.height} lots: {shown}", parts)


def _map(town: TownSettings, layout: Mapping[str, int]) -> str:
    columns, rows = town.grid.width, town.grid.height
    lots = [
        f'<rect class="lot" x="{x * _LOT + 2}" y="{y * _LOT + 2}" width="{_LOT - 4}" height="{_LOT - 4}" rx="6"/>'
        for y in range(rows)
        for x in range(columns)
    ]
    return "".join([*lots, *(_place(name, cell % columns, cell // columns) for name, cell in layout.items())])


def _place(name: str, x: int, y: int) -> str:
    left, top = x * _LOT, y * _LOT
    text = _text(left + _LOT / 2, top + 60, name, "middle", 12, "label")
    return f'<g transform="translate({left + 9} {top + 3}) scale(.72)">{_building(name)}</g>{text}'


def _window(town: TownSettings, agent: tuple[int, int]) -> str:
    x, y, reach = *agent, town.radius
    left, top = max(0, x - reach) * _LOT, max(0, y - reach) * _LOT
    right = min(town.grid.width, x + reach + 1) * _LOT
    bottom = min(town.grid.height, y + reach + 1) * _LOT
    seen = f"M{left} {top}H{right}V{bottom}H{left}Z"
    fog = f"M0 0H{town.grid.width * _LOT}V{town.grid.height * _LOT}H0Z{seen}"
    at = f'transform="translate({(x + 0.5) * _LOT:g} {(y + 0.5) * _LOT:g}) scale(.8)"'
    figure = '<path d="M-15 30V20C-15 9-8 4 0 4S15 9 15 20V30Z"/><circle cx="0" cy="-9" r="10.5"/>'
    return (
        f'<path class="fog" fill-rule="evenodd" d="{fog}"/><path class="edge" d="{seen}"/>'
        f'<g class="agent" stroke-width="3" {at}>{figure}</g>'
    )


# -- the day -----------------------------------------------------------------------------------------


def _day(town: TownSettings) -> str:
    """When each place can be begun, from dawn to dawn, and what it takes and costs."""
    assert town.day is not None
    hours, dawn = town.day.hours, town.day.dawn
    left, hour, row, top = 118, 22, 26, 34
    width, height = left + hours * hour + 128, top + row * len(town.affordances) + 6
    parts = [f'<rect class="paper" width="{width}" height="{height}" rx="8"/>']
    dark = hours * 2 // 3
    parts.append(
        f'<rect class="night" x="{left + dark * hour}" y="{top - 6}" width="{(hours - dark) * hour}"'
        f' height="{height - top}" rx="4"/>'
    )
    for since in range(0, hours + 1, 2):
        x = left + since * hour
        parts.append(f'<line class="rule" x1="{x}" x2="{x}" y1="{top - 6}" y2="{height - 6}"/>')
        parts.append(_text(x, 20, str((dawn + since) % hours), "middle", 11, "faded"))
    for number, (name, offer) in enumerate(town.affordances.items()):
        y = top + number * row
        parts.append(_text(left - 10, y + 14, name, "end", 13))
        kind = "open" if offer.hours else "always"
        for begin, end in _spans([offer.open_at((dawn + since) % hours, hours) for since in range(hours)]):
            span = f'x="{left + begin * hour + 1}" width="{(end - begin) * hour - 2}"'
            parts.append(f'<rect class="{kind}" {span} y="{y + 3}" height="{row - 10}" rx="5"/>')
        price = f"+${offer.income:g}" if offer.income else f"−${offer.cost:g}" if offer.cost else "free"
        parts.append(_text(left + hours * hour + 12, y + 14, f"{offer.ticks} h", "start", 12, "faded"))
        parts.append(_text(width - 14, y + 14, price, "end", 12))
    return _svg(width, height, "Opening hours of each place, from dawn to dawn", parts)


def _spans(open_: list[bool]) -> Iterable[tuple[int, int]]:
    begin = None
    for since, now in enumerate([*open_, False]):
        if now and begin is None:
            begin = since
        elif not now and begin is not None:
            yield begin, since
            begin = None


def _text(x: float, y: float, text: str, anchor: str, size: int, kind: str = "") -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" font-size="{size}" text-anchor="{anchor}">{text}</text>'


# -- the page's drawings and colours -----------------------------------------------------------------


def _building(name: str) -> str:
    source = (_PAGE / "map" / "drawings.ts").read_text()
    found = re.search(rf"^  {name}: strokes\((.*?)^  \),", source, re.DOTALL | re.MULTILINE)
    found = found or re.search(r"^const HOUSE = strokes\((.*?)^\);", source, re.DOTALL | re.MULTILINE)
    assert found, "drawings.ts holds no HOUSE"
    return "".join(f'<path class="{part}" d="{d}"/>' for part, d in re.findall(r'\["(\w+)", "([^"]+)"\]', found[1]))


def _colours(theme: str) -> str:
    tokens = (_PAGE / "styles" / "tokens.css").read_text()
    block = re.search(rf':root\[data-theme="{theme}"\] {{(.*?)}}', tokens, re.DOTALL)
    assert block, f"tokens.css holds no theme {theme}"
    return "".join(f"{name}:{value};" for name, value in re.findall(r"(--[\w-]+): (#\w+);", block[1]))


def _svg(width: int, height: int, title: str, parts: Iterable[str]) -> str:
    night = f"@media (prefers-color-scheme: dark){{svg{{{_colours('night')}}}}}"
    style = f"<style>svg{{{_colours('day')}}}{night}{_STYLE}</style>"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -4 {width + 8} {height + 8}" role="img" {_FONT}>'
    return "\n".join([head, f"<title>{title}</title>", style, *parts, "</svg>"]) + "\n"


def main(folder: Path = FOLDER) -> None:
    """Write every picture into ``folder``."""
    for name, svg in pictures().items():
        (folder / name).write_text(svg)


if __name__ == "__main__":
    main()
