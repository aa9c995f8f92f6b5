"""The codec of paths, actions and bytes inside events: small integers, packed, base64.

A leaf. The first byte states the width of one item in bits (4, 8 or 16). The second is 1 when
there is an odd number of 4-bit items, so that the last high nibble is padding, and else 0. The
items follow in little-endian order, of two 4-bit items in a byte the first in the low nibble. A
path of 500 steps takes one byte a step on any map of up to 256 cells.
"""

import base64
import binascii
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["pack", "unpack", "unpack_many"]

_WIDTHS = (4, 8, 16)


def pack(items: NDArray[np.integer]) -> str:
    """``items`` (1-D, 0 … 65535) as base64 text, in the narrowest width that holds the largest."""
    values = np.asarray(items)
    if values.ndim != 1:
        raise ValueError(f"pack: expected 1-D, found shape {values.shape}")
    top = int(values.max()) if values.size else 0
    if values.size and (int(values.min()) < 0 or top > 0xFFFF):
        raise ValueError(f"pack: expected 0 … 65535, found {values.min()} … {top}")
    if top < 16:
        nibbles = values.astype(np.uint8)
        odd = nibbles.size % 2
        if odd:
            nibbles = np.append(nibbles, np.uint8(0))
        body = bytes((4, odd)) + (nibbles[0::2] | (nibbles[1::2] << 4)).tobytes()
    elif top < 256:
        body = bytes((8, 0)) + values.astype(np.uint8).tobytes()
    else:
        body = bytes((16, 0)) + values.astype("<u2").tobytes()
    return base64.b64encode(body).decode("ascii")


def unpack(text: str) -> NDArray[np.uint16]:
    """The items that ``pack`` packed; raises ``ValueError`` when ``text`` is not of its making."""
    try:
        body = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"unpack: not base64 ({error})") from None
    if len(body) < 2 or body[0] not in _WIDTHS or body[1] > 1:
        raise ValueError(f"unpack: expected a width of {_WIDTHS} and padding 0 or 1 in the first two bytes")
    raw = np.frombuffer(body, np.uint8, offset=2)
    if body[0] == 4:
        items = np.empty(raw.size * 2, np.uint16)
        items[0::2] = raw & 15
        items[1::2] = raw >> 4
        return items[: items.size - body[1]]
    if body[0] == 8:
        return raw.astype(np.uint16)
    if raw.size % 2:
        raise ValueError("unpack: 16-bit items need an even number of bytes")
    return raw.view("<u2").astype(np.uint16)


def unpack_many(texts: Sequence[str]) -> tuple[NDArray[np.uint8 | np.uint16], NDArray[np.int64]]:
    """``unpack`` of every text, end to end, and the number of items of each [len(texts)].

    Texts of one width (nearly all are) take a few array operations together instead of a dozen
    Python calls each. Raises ``ValueError`` as ``unpack`` does.
    """
    try:
        bodies = [binascii.a2b_base64(text, strict_mode=True) for text in texts]
    except binascii.Error as error:
        raise ValueError(f"unpack: not base64 ({error})") from None
    headers = {body[:2] for body in bodies}
    if headers == {b"\x08\x00"}:
        raw = np.frombuffer(b"".join([body[2:] for body in bodies]), np.uint8)
        return raw, np.array([len(body) - 2 for body in bodies], np.int64)
    if headers and headers <= {b"\x04\x00", b"\x04\x01"}:
        raw = np.frombuffer(b"".join([body[2:] for body in bodies]), np.uint8)
        items = np.empty(raw.size * 2, np.uint8)
        items[0::2] = raw & 15
        items[1::2] = raw >> 4
        sizes = np.array([(len(body) - 2) * 2 for body in bodies], np.int64)
        odd = np.array([body[1] for body in bodies], np.int64)
        if np.any(odd > sizes):
            raise ValueError("unpack: padding without items")
        return np.delete(items, np.cumsum(sizes)[odd == 1] - 1), sizes - odd
    each = [unpack(text) for text in texts]
    flat = np.concatenate(each) if each else np.empty(0, np.uint16)
    return flat, np.array([items.size for items in each], np.int64)
