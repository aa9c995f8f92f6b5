"""What a projection is: a pure fold of the log into rows, a batch of events at a time.

A projection says what to write; ``projector`` writes it, and commits the rows, the projection's
position and its memory together, so that each event counts exactly once. Folding a log in one
batch or in many leaves the same rows: whatever a fold must know of earlier batches is in its
``memory``, a JSON text that is "" before the first event.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from hamlet.events.types import Recorded

__all__ = ["Folded", "Projection", "Row", "Write"]

Row = tuple[Any, ...]
"""The parameters of one execution of a statement: ``None``, int, float or str each."""


class Write(NamedTuple):
    """One SQL statement and the parameters of each of its executions, in order."""

    sql: str
    rows: Sequence[Row] = ((),)


class Folded(NamedTuple):
    """What a batch does to the tables, in order, and what to remember for the next."""

    writes: list[Write]
    memory: str


class Projection(Protocol):
    """``tables`` are written by this projection alone; another ``version`` empties and refills them."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> int: ...

    @property
    def tables(self) -> tuple[str, ...]: ...

    def fold(self, events: Sequence[Recorded], memory: str) -> Folded:
        """``events`` follow, in the order of the log, those that gave ``memory``.

        Raises ``ValueError`` when an event contradicts itself (a path that leaves the grid).
        """
        ...
