"""What recognisers have in common: sound in, words out."""

from collections.abc import Awaitable, Iterable
from typing import Protocol

import msgspec

__all__ = ["Recogniser", "RecogniserLost", "Transcript"]


class Transcript(msgspec.Struct, frozen=True):
    """``text``: what was said, as people write it; ``sure``: how sure it is that it was said and belongs into such a
    talk, summed over its words, on the recogniser's own scale. Below 0 it is not ``clear``: ``text`` is a guess to be
    shown, and the person is to be asked again."""

    text: str
    sure: float = 0.0

    @property
    def clear(self) -> bool:
        return self.sure >= 0.0

    @staticmethod
    def joined(parts: "Iterable[Transcript]") -> "Transcript":
        """One after the other as one: a turn with a pause in it."""
        every = list(parts)
        return Transcript(" ".join(part.text for part in every if part.text), sum(part.sure for part in every))


class RecogniserLost(Exception):
    """What recognises speech broke off in the middle of an utterance, which is lost; the next one begins anew."""


class Recogniser(Protocol):
    """Listens to one person. An utterance is fed piece by piece; ``finish`` ends it, and the next begins with the next
    piece, also before the answer is there. What is waited for may raise ``RecogniserLost``."""

    async def start(self) -> None:
        """Return when it can listen; raises ``UsageError`` when it cannot."""
        ...

    def feed(self, pcm: bytes) -> None:
        """Some more of the utterance, at any length; never waits."""
        ...

    async def partial(self) -> str:
        """What seems to have been said so far."""
        ...

    def finish(self) -> Awaitable[Transcript]:
        """End the utterance with this call; what was said, once it is known."""
        ...

    def reset(self) -> None:
        """Forget the utterance that was begun."""
        ...

    async def close(self) -> None:
        """Let go of everything; nothing is called after it."""
        ...
