"""The settings of a learner with a memory of places (``training.recall``)."""

from typing import Annotated

import msgspec
from msgspec import Meta

__all__ = ["RecallSettings"]

_Share = Annotated[float, Meta(ge=0, le=1)]
_Count = Annotated[int, Meta(ge=1)]


class RecallSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``lives``: imagined side by side, each in a town of its own; an update goes on with all of them by one
    errand. They set out on a drawn one with probability ``tries``. ``rate``: of the means that the model of what things
    do keeps; ``begin``: real steps (of all agents together) before anything is imagined."""

    lives: _Count = 128
    tries: _Share = 0.1
    rate: _Share = 0.02
    begin: _Count = 5_000
