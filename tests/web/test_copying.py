"""Messages that are copied field by field from what the rooms know: each field is there, of the type that is sent.

``as_wire`` copies by name while the program runs, so no type checker sees a pair that does not fit.
"""

import ast
from pathlib import Path
from typing import Any, get_type_hints

import msgspec
import pytest

from hamlet.projections.rows import CallRow, EpisodeRow, MarkRow, RecoveryRow
from hamlet.settings import ROOT
from hamlet.snapshots.products import Product
from hamlet.talks.collectors import Candidate
from hamlet.talks.room import Asked
from hamlet.web.wire import CallPoint, EpisodePoint, Mark, Recovery
from hamlet.web.wire.downloads import Download
from hamlet.web.wire.talks import TalkAsked, TalkCollector, TalkDebtor
from hamlet.worlds.dialogue.profiles import Profile

COPIED: dict[type[msgspec.Struct], type] = {
    Mark: MarkRow,
    Recovery: RecoveryRow,
    EpisodePoint: EpisodeRow,
    CallPoint: CallRow,
    TalkCollector: Candidate,
    TalkDebtor: Profile,
    Download: Product,
    Asked: TalkAsked,  # the other way: what a page asks for
}


def known(source: type) -> dict[str, Any]:
    """Attribute → type: its fields and properties."""
    found = get_type_hints(source)
    for name, value in ((name, value) for kind in source.__mro__ for name, value in vars(kind).items()):
        if isinstance(value, property) and value.fget is not None:
            found.setdefault(name, get_type_hints(value.fget)["return"])
    return found


@pytest.mark.parametrize("target", COPIED, ids=lambda kind: kind.__name__)
def test_every_field_is_known_and_of_its_type(target: type[msgspec.Struct]) -> None:
    there = known(COPIED[target])
    for name, kind in get_type_hints(target).items():
        assert name in there, f"{COPIED[target].__name__} has no {name}: it has {', '.join(there)}"
        assert there[name] == kind, f"{name}: {COPIED[target].__name__} has {there[name]}, {target.__name__} {kind}"


def test_no_pair_is_left_out() -> None:
    calls = [
        node
        for path in Path(ROOT / "hamlet").rglob("*.py")
        if path.name != "copying.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    named = {ast.unparse(call.args[0]) for call in calls if ast.unparse(call.func) in ("as_wire", "all_as_wire")}
    assert named == {kind.__name__ for kind in COPIED} - {"Asked"}
