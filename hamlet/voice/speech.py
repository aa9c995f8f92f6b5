"""What speaks: text to sound, piece by piece, behind one protocol."""

import re
from collections.abc import Iterator
from typing import Protocol

__all__ = ["Speaker", "SpeakerFailed", "pieces"]

_ENDS = re.compile(r"(?<=[.!?…])\s+")


class SpeakerFailed(Exception):
    """It could not speak; what it said of that is the message. It holds no words of a talk."""


class Speaker(Protocol):
    """Speaks for one process, to any number of listeners. ``name`` is how it is called and configured."""

    name: str

    def say(self, text: str) -> Iterator[bytes]:
        """``text`` as sound (``audio.RATE``), sentence by sentence: the first is there while the others are made.
        Blocks: for worker threads. Raises ``SpeakerFailed``."""
        ...


def pieces(text: str) -> list[str]:
    """The sentences of ``text``."""
    return [piece for piece in _ENDS.split(text.strip()) if piece]
