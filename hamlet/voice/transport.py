"""How sound goes to and fro: what a websocket, a LiveKit room and a pair of files have in common."""

from typing import Protocol

import msgspec

__all__ = ["AudioTransport", "Caption", "Latency", "News", "Noted", "Stopped", "Turned"]


class _News(msgspec.Struct, frozen=True, tag_field="type"):
    pass


class Turned(_News, frozen=True, tag="state"):
    """``state``: idle, listening, processing or speaking. ``ending``: of the talk, or ""."""

    state: str
    ending: str = ""


class Caption(_News, frozen=True, tag="caption"):
    """What ``who`` ("debtor", "collector") says. ``final``: nothing of it will change."""

    who: str
    text: str
    final: bool
    clear: bool = True


class Stopped(_News, frozen=True, tag="stopped"):
    """The collector was interrupted: ``heard`` is what was heard of its words; ``resumed``: it goes on with the rest,
    for it was a false alarm."""

    heard: str
    resumed: bool = False


class Latency(_News, frozen=True, tag="latency"):
    """One turn, in milliseconds from the end of speech: until the turn was taken as ended, then until it was
    recognised, then until it was understood and answered, then until the first sound of the answer; ``whole``."""

    end_of_turn: float
    recognised: float
    answered: float
    first_sound: float
    whole: float


class Noted(_News, frozen=True, tag="note"):
    """Something that the person should know, in a sentence."""

    text: str


News = Turned | Caption | Stopped | Latency | Noted


class AudioTransport(Protocol):
    """One person's line. Sound is ``audio.RATE`` samples a second of 16 bits."""

    async def receive(self) -> bytes | None:
        """The next piece of what is heard, of any length; ``None`` when the line is closed."""
        ...

    async def play(self, pcm: bytes) -> None:
        """Append to what is played; may wait while much is waiting to be played."""
        ...

    async def flush(self) -> None:
        """Stop at once and forget what was not played."""
        ...

    @property
    def played(self) -> float:
        """Seconds of all that was given to ``play`` that have been heard so far, by the listener's own account."""
        ...

    async def all_played(self) -> None:
        """Return when all that was given to ``play`` was heard."""
        ...

    async def tell(self, news: News) -> None:
        """Show it, where there is something to show it on."""
        ...
