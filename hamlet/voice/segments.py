"""A turn by voice while it is recognised: its pieces between pauses, and when things happened in it."""

from collections.abc import Callable
from itertools import pairwise

import anyio

from hamlet.voice.hearing import Transcript
from hamlet.voice.transport import Latency

__all__ = ["Segment", "Times"]


class Segment:
    """Some of a turn, and what will have been recognised of it."""

    def __init__(self, sound: bytes, now: Callable[[], float]) -> None:
        self.sound, self._now = sound, now
        self._known = anyio.Event()
        self._found = Transcript("")
        self.at = 0.0

    @property
    def text(self) -> str:
        """What is known of it so far."""
        return self._found.text

    def found(self, transcript: Transcript) -> None:
        self._found, self.at = transcript, self._now()
        self._known.set()

    async def wait(self) -> Transcript:
        await self._known.wait()
        return self._found


class Times:
    """When things happened in a turn, by the clock."""

    def __init__(self, spoke: float, ended: float) -> None:
        self.spoke, self.ended = spoke, ended
        self.recognised = self.answered = ended

    def latency(self, sounded: float) -> Latency:
        steps = (self.spoke, self.ended, self.recognised, self.answered, sounded)
        ended, recognised, answered, first = (1000.0 * max(0.0, after - before) for before, after in pairwise(steps))
        return Latency(ended, recognised, answered, first, whole=1000.0 * (sounded - self.spoke))
