"""The picture of the rooms in docs/architecture.md, drawn from who imports whom: ``python -m docs.rooms``.

Where a room stands is decided here; what is drawn are the imports that there are (of all but ``app``
and ``cli``, which use every room, and ``process``, which every room may use). A test fails when the picture is
not what the code says.
"""

from typing import NamedTuple

import grimp

from hamlet.atomic import write_atomic
from hamlet.settings import ROOT

__all__ = ["PICTURE", "main", "picture"]

PICTURE = ROOT / "docs" / "images" / "rooms.svg"


class Room(NamedTuple):
    """``x``, ``y``: its middle; ``words``: what it holds, a line each."""

    x: int
    y: int
    words: tuple[str, ...]


ROOMS = {
    "lab": Room(430, 70, ("studies, reports,", "comparisons")),
    "criteria": Room(690, 70, ("a run judged",)),
    "snapshots": Room(950, 70, ("pictures of", "a run")),
    "voice": Room(170, 70, ("a talk, spoken", "and heard")),
    "talks": Room(170, 230, ("calls that", "people hold")),
    "web": Room(690, 230, ("the page, sockets,", "the API")),
    "exports": Room(950, 230, ("tables for", "other programs")),
    "runs": Room(430, 230, ("what can be asked", "of a run")),
    "conversation": Room(170, 390, ("acts as words,", "words as acts")),
    "training": Room(430, 390, ("learners, the run,", "exams, exhibitions")),
    "projections": Room(690, 390, ("views: folds", "of the log")),
    "lectures": Room(950, 390, ("chapters, told with", "a run's numbers")),
    "worlds": Room(300, 550, ("the town and the", "dialogue: pure")),
    "events": Room(690, 550, ("the log: facts,", "for ever")),
}
_W, _H, _WIDTH, _HEIGHT = 176, 84, 1120, 640
_STYLE = """
svg{--paper:#f6f0e2;--card:#fffaf0;--ink:#33291f;--faded:#75695a;--line:#b3a48d}
@media (prefers-color-scheme:dark){svg{--paper:#1f1b17;--card:#2a2520;--ink:#eae0cf;--faded:#a89a85;--line:#6d6152}}
.paper{fill:var(--paper)} .room{fill:var(--card);stroke:var(--ink);stroke-width:1.6}
.name{fill:var(--ink);font:600 21px "EB Garamond",Georgia,serif}
.words{fill:var(--faded);font:14px Inter,system-ui,sans-serif}
.way{fill:none;stroke:var(--line);stroke-width:1.8} .head{fill:var(--line)} text{text-anchor:middle}
"""


def ways() -> list[tuple[str, str]]:
    """Who builds on whom: every import from room to room but those that follow from others (who builds on the views
    may read the log). Two modules of the vocabulary are leaves, which anyone may import."""
    graph = grimp.build_graph("hamlet")
    leaves = {"hamlet.events.types", "hamlet.events.packing"}
    found = set()
    for room in ROOMS:
        for module in {f"hamlet.{room}", *graph.find_descendants(f"hamlet.{room}")}:
            for other in graph.find_modules_directly_imported_by(module) - leaves:
                target = other.partition(".")[2].partition(".")[0]  # of hamlet itself: none
                if target in ROOMS and target != room:
                    found.add((room, target))
    return sorted(way for way in found if not _follows(*way, found - {way}))


def _follows(room: str, target: str, ways: set[tuple[str, str]]) -> bool:
    """Whether one comes from ``room`` to ``target`` by ``ways``."""
    return any(one == room and (other == target or _follows(other, target, ways)) for one, other in ways)


def picture() -> str:
    """The SVG."""
    names = ", ".join(f"{a} on {b}" for a, b in ways())
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-labelledby="title">',
        f'<title id="title">The rooms of hamlet/ and who builds on whom: {names}</title>',
        f"<style>{_STYLE}</style>",
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path class="head" d="M0 0 8 4 0 8Z"/></marker></defs>',
        f'<rect class="paper" width="{_WIDTH}" height="{_HEIGHT}" rx="10"/>',
        *(_way(ROOMS[one], ROOMS[other]) for one, other in ways()),
        *(_room(name, room) for name, room in ROOMS.items()),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def main() -> None:
    write_atomic(PICTURE, picture().encode())


def _room(name: str, room: Room) -> str:
    x, y = room.x - _W // 2, room.y - _H // 2
    lines = "".join(
        f'<text class="words" x="{room.x}" y="{room.y + 6 + 18 * number}">{words}</text>'
        for number, words in enumerate(room.words)
    )
    return (
        f'<rect class="room" x="{x}" y="{y}" width="{_W}" height="{_H}" rx="7"/>'
        f'<text class="name" x="{room.x}" y="{room.y - 14}">{name}</text>{lines}'
    )


def _way(one: Room, other: Room) -> str:
    """From the edge of ``one`` to the edge of ``other``: along a row below the rooms, else down and across."""
    if one.y == other.y:
        side = 1 if other.x > one.x else -1
        start, end = (one.x + side * _W // 2, one.y), (other.x - side * _W // 2, other.y)
        if abs(one.x - other.x) <= 300:
            return f'<path class="way" marker-end="url(#head)" d="M{start[0]} {start[1]}H{end[0]}"/>'
        low = one.y + _H // 2 + 26
        return (
            f'<path class="way" marker-end="url(#head)" d="M{one.x + side * 40} {one.y + _H // 2}'
            f'V{low}H{other.x - side * 40}V{other.y + _H // 2}"/>'
        )
    down = 1 if other.y > one.y else -1
    shift = max(-60, min(60, (other.x - one.x) // 6))  # ways of one room leave it side by side
    x1, y1 = one.x + shift, one.y + down * _H // 2
    x2, y2 = other.x - shift, other.y - down * _H // 2
    bend = 46 * down
    return f'<path class="way" marker-end="url(#head)" d="M{x1} {y1}C{x1} {y1 + bend} {x2} {y2 - bend} {x2} {y2}"/>'


if __name__ == "__main__":
    main()
