"""The picture of the rooms is drawn from the imports that there are."""

from docs.rooms import PICTURE, ROOMS, picture, ways
from hamlet.settings import ROOT


def test_the_picture_is_as_the_code_has_it() -> None:
    assert PICTURE.read_text() == picture(), "draw it anew: python -m docs.rooms"


def test_every_room_is_in_it_and_nothing_is_below_worlds_and_events() -> None:
    rooms = {path.parent.name for path in (ROOT / "hamlet").glob("*/__init__.py")}
    assert rooms - {"app", "cli", "process"} == set(ROOMS), "give a new room its place in docs/rooms.py"
    assert not [way for way in ways() if way[0] in ("worlds", "events")]
