"""The codec of paths and actions: what goes in comes out, and nothing else is accepted."""

import base64

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamlet.events.packing import pack, unpack, unpack_many

ITEMS = st.sampled_from([15, 255, 65535]).flatmap(lambda top: st.lists(st.integers(0, top), max_size=600))


@given(ITEMS)
def test_what_is_packed_is_unpacked_equal(items: list[int]) -> None:
    assert unpack(pack(np.array(items, np.int64))).tolist() == items


@given(st.lists(ITEMS, max_size=6))
def test_many_equal_one_by_one(paths: list[list[int]]) -> None:
    texts = [pack(np.array(path, np.int64)) for path in paths]
    items, sizes = unpack_many(texts)
    assert sizes.tolist() == [len(path) for path in paths]
    assert items.tolist() == [cell for path in paths for cell in path]


@pytest.mark.parametrize(("top", "size"), [(15, 250), (255, 500), (256, 1000)])
def test_narrowest_width(top: int, size: int) -> None:
    assert len(base64.b64decode(pack(np.full(500, top)))) == size + 2


@pytest.mark.parametrize("items", [[-1], [65536], [[1, 2]]])
def test_refuses_what_it_cannot_hold(items: list[int]) -> None:
    with pytest.raises(ValueError, match="pack: expected"):
        pack(np.array(items))


RUBBISH = [b"", b"\x08", b"\x05\x00\x01", b"\x00\x00", b"\x04\x02\x01", b"\x10\x00\x01"]


@pytest.mark.parametrize("body", RUBBISH)
def test_refuses_other_bytes(body: bytes) -> None:
    text = base64.b64encode(body).decode()
    with pytest.raises(ValueError, match="unpack: "):
        unpack(text)
    with pytest.raises(ValueError, match="unpack: "):
        unpack_many([pack(np.array([1, 2, 3])), text])


@given(st.text(max_size=40))
def test_any_other_text_is_refused_or_small_integers(text: str) -> None:
    try:
        items = unpack(text)
    except ValueError:
        return
    assert items.dtype == np.uint16
    assert items.size <= 2 * len(text)
