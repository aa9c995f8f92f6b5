"""The settings of a learner with a memory of places (``training.recall``)."""

from typing import Annotated

import msgspec
from msgspec import Meta

__all__ = ["RecallSettings"]

_Share = Annotated[float, Meta(ge=0, le=1)]
_Count = Annotated[int, Meta(ge=1)]


class RecallSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``lives``: imagined side by side, each in a town of its own, for ``errands`` each before they are learned
    from, ``passes`` times, in batches of ``lives``. The share ``home`` of their towns is the real one as it is
    remembered, the others are drawn. They set out on a drawn errand with probability ``tries``;
    ``trace``: the λ of what their situations are worth. ``rate``: of the means that the model of what things do
    keeps; ``begin``: real steps (of all agents together) before anything is imagined."""

    lives: _Count = 256
    errands: _Count = 16
    passes: _Count = 2
    tries: _Share = 0.1
    trace: _Share = 0.9
    home: _Share = 0.0
    rate: _Share = 0.02
    begin: _Count = 5_000
