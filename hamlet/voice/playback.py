"""What the collector says, sentence by sentence: it can be silenced at once, and go on where it was."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

import anyio
import anyio.lowlevel
import anyio.to_thread
import msgspec
import structlog

from hamlet.voice.audio import RATE, seconds
from hamlet.voice.speech import Speaker, SpeakerFailed, pieces
from hamlet.voice.transport import AudioTransport, Noted

__all__ = ["Heard", "Playback"]

_log = structlog.get_logger("voice")

_AHEAD = 1.0  # seconds for what was played to be acknowledged, after it should have been


class Heard(NamedTuple):
    """What was heard of the collector's words before the person spoke: the ``text``, and its ``share`` in [0, 1]."""

    text: str
    share: float


class Playback:
    """Give it ``words``, ``begin`` and ``play``; ``pause``; ``begin`` and ``play`` the rest."""

    def __init__(self, speaker: Speaker, transport: AudioTransport) -> None:
        self._speaker, self._transport = speaker, transport
        self._words = ""
        self._heard: list[str] = []  # of them, before what is left was begun
        self._left: list[_Part] = []
        self._base = self._given = 0.0  # seconds: ``played`` when that was begun, and what it will be
        self._playing = anyio.CancelScope()
        self.paused = False

    @property
    def heard(self) -> Heard:
        """Up to the pause."""
        text = " ".join(filter(None, self._heard))
        return Heard(text, min(1.0, len(text) / len(self._words)))

    def words(self, text: str) -> None:
        """To be played next; what is left of others is forgotten."""
        self._words, self._heard, self._left = text, [], [_Part(piece) for piece in pieces(text)]

    def begin(self) -> anyio.CancelScope:
        """What is left is going to be played: what to ``play`` in, which may be paused before it has begun."""
        self._base = self._given = self._transport.played
        self._playing, self.paused = anyio.CancelScope(), False
        return self._playing

    async def play(self, playing: anyio.CancelScope, sounding: Callable[[], Awaitable[None]]) -> bool:
        """Play what is left; true when all was heard, false where it was paused. ``sounding``: called once, when there
        is something to be heard. A voice that fails is told to the person, and leaves its words out."""
        with playing:
            await anyio.lowlevel.checkpoint()
            try:
                for number, part in enumerate(self._left):
                    part.sound = part.sound or await anyio.to_thread.run_sync(_spoken, self._speaker, part.text)
                    self._given += seconds(part.sound)
                    if number == 0:
                        await sounding()
                    await self._transport.play(part.sound)
            except SpeakerFailed as error:
                _log.warning("the collector's words could not be spoken", error=str(error))
                await self._transport.tell(Noted("The voice failed; the words are shown."))
            # A listener who does not say what was played is believed to have heard it in time.
            with anyio.move_on_after(max(0.0, self._given - self._transport.played) + _AHEAD):
                await self._transport.all_played()
        return not playing.cancel_called

    async def pause(self) -> None:
        """Silent at once, with what was not heard left."""
        self._playing.cancel()
        self.paused = True
        await self._transport.flush()
        self._left = self._unheard(int((self._transport.played - self._base) * RATE) * 2)

    def _unheard(self, played: int) -> "list[_Part]":
        """What of the parts was not heard when so many bytes were; the rest goes to ``_heard``."""
        for at, part in enumerate(self._left):
            if not part.sound or played < len(part.sound):
                said, rest = _divided(part.text, played / len(part.sound) if part.sound else 0.0)
                self._heard.append(said)
                return [_Part(rest, part.sound[played:]), *self._left[at + 1 :]]
            self._heard.append(part.text)
            played -= len(part.sound)
        return []


class _Part(msgspec.Struct):
    """A sentence, and its sound once it is made."""

    text: str
    sound: bytes = b""


def _spoken(speaker: Speaker, text: str) -> bytes:
    return b"".join(speaker.say(text))


def _divided(words: str, share: float) -> tuple[str, str]:
    """The words that were heard when ``share`` of the sound was, and the others: one that was begun is among these."""
    end = int(len(words) * share + 1e-9)
    end = end if end >= len(words) else words[:end].rfind(" ") + 1
    return words[:end].strip(), words[end:]
