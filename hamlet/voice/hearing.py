"""What recognisers have in common: sound in, words out."""

from typing import Protocol

import msgspec

__all__ = ["Recogniser", "RecogniserLost", "Transcript"]


class Transcript(msgspec.Struct, frozen=True):
    """``text``: what was said, as people write it; ``clear``: it was understood as words of such a talk. Where not,
    ``text`` is a guess to be shown, and the person is to be asked again."""

    text: str
    clear: bool = True


class RecogniserLost(Exception):
    """What recognises speech broke off in the middle of an utterance, which is lost; the next one begins anew."""


class Recogniser(Protocol):
    """Listens to one person. An utterance is fed piece by piece; ``finish`` ends it, and the next begins with the next
    piece. Each call may raise ``RecogniserLost``."""

    async def start(self) -> None:
        """Return when it can listen; raises ``UsageError`` when it cannot."""
        ...

    def feed(self, pcm: bytes) -> None:
        """Some more of the utterance, at any length; never waits."""
        ...

    async def partial(self) -> str:
        """What seems to have been said so far."""
        ...

    async def finish(self) -> Transcript:
        """What was said."""
        ...

    def reset(self) -> None:
        """Forget the utterance that was begun."""
        ...

    async def close(self) -> None:
        """Let go of everything; nothing is called after it."""
        ...
