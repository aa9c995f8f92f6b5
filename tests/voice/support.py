"""Fakes for the protocols of voice, and a line on which a test speaks."""

import math
import os
import shutil
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import anyio
import numpy as np
import pytest

from hamlet.clock import SystemClock
from hamlet.conversation.session import Turn
from hamlet.voice.audio import BYTES, RATE, as_bytes
from hamlet.voice.conversation import Conversation
from hamlet.voice.hearing import RecogniserLost, Transcript
from hamlet.voice.playback import Heard
from hamlet.voice.programs import Flite
from hamlet.voice.settings import TurnSettings
from hamlet.voice.speech import Speaker, SpeakerFailed, pieces
from hamlet.voice.transport import News
from hamlet.voice.vad import LoudnessVad

PIECE = BYTES // 50


def silence(seconds: float) -> bytes:
    return bytes(int(seconds * RATE) * 2)


def tone(seconds: float, loud: float = 6000.0) -> bytes:
    """What ``LoudnessVad`` takes for speech."""
    return as_bytes(loud * np.sin(np.arange(int(seconds * RATE)) * 2 * math.pi * 220 / RATE))


@cache
def flite(text: str, voice: str = "slt") -> bytes:
    """``text`` spoken by flite; without it the test is skipped, but not in CI."""
    path = shutil.which("flite")
    if path is None:
        if os.environ.get("CI") == "true":
            raise AssertionError("found no flite in CI: tools/get_test_tools.sh installs it")
        pytest.skip("no flite (apt install flite)")
    return b"".join(Flite(path, voice).say(text))


class FakeRecogniser:
    """Hears in one utterance after the other what it was told it would; ``lose`` so many answers first."""

    def __init__(self, *texts: str | Transcript, lose: int = 0) -> None:
        self._texts = [text if isinstance(text, Transcript) else Transcript(text) for text in texts]
        self._lose = lose
        self.sound = bytearray()
        self.utterances: list[bytes] = []
        self.closed = False

    async def start(self) -> None: ...

    def feed(self, pcm: bytes) -> None:
        self.sound += pcm

    def reset(self) -> None:
        self.sound.clear()

    async def partial(self) -> str:
        return self._texts[0].text if self._texts else ""

    def finish(self) -> Awaitable[Transcript]:
        sound = bytes(self.sound)
        self.sound.clear()
        return self._found(sound)

    async def _found(self, sound: bytes) -> Transcript:
        if self._lose:
            self._lose -= 1
            raise RecogniserLost
        self.utterances.append(sound)
        return self._texts.pop(0) if self._texts and sound else Transcript("")

    async def close(self) -> None:
        self.closed = True


class FakeSpeaker:
    """Half a second of sound for each sentence."""

    name = "fake"

    def __init__(self, *, fails: bool = False) -> None:
        self.fails = fails

    def say(self, text: str) -> Iterator[bytes]:
        for _ in pieces(text):
            if self.fails:
                raise SpeakerFailed("the fake was told to fail")
            yield tone(0.5)


class FakeTalk:
    """Answers "Answer N. And more. And so on." until ``turns`` are over."""

    def __init__(self, turns: int = 3) -> None:
        self._turns = turns
        self.said: list[tuple[str, bool]] = []
        self.interruptions: list[Heard] = []

    async def begin(self) -> Sequence[Turn]:
        return [Turn(number=0, who="collector", text="Who is there? Tell me. Please.")]

    async def say(self, text: str, *, clear: bool) -> Sequence[Turn]:
        self.said.append((text, clear))
        number = len(self.said)
        ending = "agreed" if number >= self._turns else ""
        answer = f"Answer {number}. And more. And so on."
        return [
            Turn(number=number - 1, who="debtor", text=text),
            Turn(number=number, who="collector", text=answer, ending=ending),
        ]

    async def interrupted(self, heard: Heard) -> None:
        self.interruptions.append(heard)


class Line:
    """A line in virtual time: each piece of 20 ms that is heard is also 20 ms of what is played."""

    def __init__(self) -> None:
        self._given: list[bytes | Callable[[], bool]] = []
        self._queue = bytearray()
        self._played = 0
        self._empty = anyio.Event()
        self._empty.set()
        self.heard = bytearray()
        self.news: list[News] = []
        self.flushed = 0

    def say(self, pcm: bytes) -> None:
        self._given += [pcm[at : at + PIECE] for at in range(0, len(pcm), PIECE)]

    def until(self, reached: Callable[[], bool]) -> None:
        """Silence until then."""
        self._given.append(reached)

    async def receive(self) -> bytes | None:
        await anyio.sleep(0.0005)  # the others have to think, too
        if not self._given:
            return None
        first = self._given[0]
        if isinstance(first, bytes):
            del self._given[0]
            piece = first
        else:
            if first():
                del self._given[0]
            piece = bytes(PIECE)
        playing = bytes(self._queue[: len(piece)])
        del self._queue[: len(piece)]
        self.heard += playing
        self._played += len(playing)
        if not self._queue:
            self._empty.set()
        return piece

    async def play(self, pcm: bytes) -> None:
        self._queue += pcm
        self._empty = anyio.Event()

    async def flush(self) -> None:
        self._queue.clear()
        self._empty.set()
        self.flushed += 1

    async def all_played(self) -> None:
        await self._empty.wait()

    @property
    def played(self) -> float:
        return self._played / BYTES

    async def tell(self, news: News) -> None:
        self.news.append(news)

    def told(self, kind: type) -> list[News]:
        return [one for one in self.news if isinstance(one, kind)]


def conversation(
    line: Line, talk: FakeTalk, recogniser: FakeRecogniser, speaker: Speaker | None, **turns: float
) -> Conversation:
    return Conversation(talk, line, LoudnessVad(), recogniser, speaker, TurnSettings(**turns), SystemClock())


FIXTURES = Path(__file__).parent
