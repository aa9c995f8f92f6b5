"""The vocabulary: every event comes back equal, and what would not is refused when it is made."""

import math
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hamlet.commands import SetPace
from hamlet.events import types
from hamlet.events.types import Event, RunStarted, decode, encode, tag_of
from tests.events.support import episode

KINDS: tuple[type[Event], ...] = get_args(types.AnyEvent)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | NUMBERS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of a field's type."""
    simple: dict[Any, st.SearchStrategy[Any]] = {
        Any: JSON,
        int: st.integers(-(2**63), 2**63 - 1),
        float: NUMBERS,
        str: st.text(max_size=10),
        bool: st.booleans(),
        type(None): st.none(),
    }
    if hint in simple:
        return simple[hint]
    if get_origin(hint) is list:
        return st.lists(values(get_args(hint)[0]), max_size=3)
    if get_origin(hint) is tuple:
        return st.lists(values(get_args(hint)[0]), max_size=3).map(tuple)
    if get_origin(hint) is dict:
        return st.dictionaries(st.text(max_size=5), values(get_args(hint)[1]), max_size=3)
    if isinstance(hint, UnionType):
        return st.one_of([values(kind) for kind in get_args(hint)])
    return structs(hint)


def structs(kind: type) -> st.SearchStrategy[Any]:
    """Any Struct of this kind."""
    if kind is SetPace:  # the one field with a range
        return st.builds(SetPace, st.none() | st.floats(min_value=0, exclude_min=True, allow_infinity=False))
    return st.fixed_dictionaries({name: values(hint) for name, hint in get_type_hints(kind).items()}).map(
        lambda fields: kind(**fields)
    )


@pytest.mark.parametrize("kind", KINDS, ids=tag_of)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_comes_back_equal(kind: type[Event], data: st.DataObject) -> None:
    event = data.draw(structs(kind))
    back = decode(encode(event))
    assert back == event
    assert type(back) is kind


WITH_FLOATS = [(kind, name) for kind in KINDS for name, hint in get_type_hints(kind).items() if hint is float]


@pytest.mark.parametrize(("kind", "name"), WITH_FLOATS)
@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@settings(max_examples=2)
@given(st.data())
def test_a_number_that_is_not_finite_is_refused(
    kind: type[Event], name: str, number: float, data: st.DataObject
) -> None:
    event = msgspec.structs.replace(data.draw(structs(kind)), **{name: number})
    with pytest.raises(ValueError, match=rf"{kind.__name__}.*not finite"):
        encode(event)


def test_a_number_deep_in_the_configuration_is_refused() -> None:
    config = {"training": {"rates": [1.0, math.nan]}}
    fields: dict[str, Any] = {
        "config_name": "c",
        "seed": 1,
        "episodes": 1,
        "physics": 1,
        "versions": {},
        "device": "cpu",
    }
    with pytest.raises(ValueError, match="would not come back equal"):
        encode(RunStarted(world="town", config=config, **fields))


def test_tags_are_unique_versioned_and_listed() -> None:
    tags = [tag_of(kind) for kind in KINDS]
    assert len(set(tags)) == len(tags)
    assert all(tag.rpartition(".v")[2].isdigit() for tag in tags)
    exported = {name for name in types.__all__ if isinstance(getattr(types, name), type)}
    assert {kind.__name__ for kind in KINDS} <= exported


def test_the_payload_names_its_tag() -> None:
    assert msgspec.json.decode(encode(episode(1)))["type"] == tag_of(episode(1)) == "episode_completed.v1"


@pytest.mark.parametrize(
    "payload", ["", "{}", "nonsense", '{"type": "run_finished.v9"}', '{"type": "run_finished.v1"}']
)
def test_what_is_no_event_is_refused(payload: str) -> None:
    with pytest.raises(msgspec.MsgspecError):
        decode(payload)
