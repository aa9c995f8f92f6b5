"""What every message and record of the wire is."""

import msgspec

__all__ = ["Wire"]


class Wire(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent to the page: immutable, its fields by name."""
