"""What the rooms know, as the wire's messages: fields of the same names, copied."""

from collections.abc import Iterable
from typing import TypeVar

import msgspec

__all__ = ["all_as_wire", "as_wire"]

T = TypeVar("T")


def as_wire(kind: type[T], known: object) -> T:
    """A ``kind`` from the attributes of ``known``, nested ones too; raises ``msgspec.ValidationError`` when one is
    missing (and has no default) or of another type, and for a tuple, a named one too."""
    return msgspec.convert(known, kind, from_attributes=True)


def all_as_wire(kind: type[T], known: Iterable[object]) -> list[T]:
    """``as_wire`` of each."""
    return [as_wire(kind, each) for each in known]
