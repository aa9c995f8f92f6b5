"""What a benchmark finds: one figure of ours, a peer's beside it where there is one, and the bar."""

import msgspec

__all__ = ["Row"]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """``ours`` and ``peer`` in ``unit``: medians of interleaved repeats. The ``bar`` is for
    ``ratio``, or for ``ours`` where there is no peer; ``at_most`` says that less is better."""

    name: str
    ours: float
    unit: str
    peer: float | None = None
    ratio: float | None = None
    bar: float | None = None
    at_most: bool = False
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the bar is met; ``None`` without one."""
        if self.bar is None:
            return None
        found = self.ours if self.ratio is None else self.ratio
        return found <= self.bar if self.at_most else found >= self.bar
