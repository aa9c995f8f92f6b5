"""A talk by voice: sound in, sound out, one turn after the other, until the talk ends or the line is closed.

IDLE → SPEAKING (the collector's words) ⇄ LISTENING → PROCESSING → SPEAKING …; what is said and thought is the
business of a ``Talk``, which is the same as for a page or a terminal.
"""

from collections import deque
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

import anyio
import anyio.to_thread
import structlog

from hamlet.clock import Clock
from hamlet.conversation.session import Turn
from hamlet.voice.audio import RATE, as_samples, seconds
from hamlet.voice.hearing import Recogniser, RecogniserLost, Transcript
from hamlet.voice.segments import Segment, Times
from hamlet.voice.settings import TurnSettings
from hamlet.voice.speech import Speaker, SpeakerFailed, pieces
from hamlet.voice.transport import AudioTransport, Caption, Latency, Noted, Stopped, Turned
from hamlet.voice.turns import Sign, Turns, unfinished
from hamlet.voice.vad import WINDOW, Vad

__all__ = ["Conversation", "Heard", "State", "Talk"]

_log = structlog.get_logger("voice")

_BEFORE = 10  # windows (0.3 s) before speech was noticed that belong to it
_CAPTIONS = 0.25  # seconds between two partial captions
_LOOK = 0.02  # seconds between two looks whether playback is over
_AHEAD = 1.0  # seconds for what was played to be acknowledged, after it should have been


class State(StrEnum):
    IDLE = "idle"
    LISTENING = "listening"
    PROCESSING = "processing"
    SPEAKING = "speaking"


class Heard(NamedTuple):
    """What was heard of the collector's words before the person spoke: the ``text``, and its ``share`` in [0, 1]."""

    text: str
    share: float


class Talk(Protocol):
    """What is talked about, turn by turn; no call blocks the loop."""

    async def begin(self) -> Sequence[Turn]:
        """The collector's first words."""
        ...

    async def say(self, text: str, *, clear: bool) -> Sequence[Turn]:
        """What the person said, as it was heard, and the answer. ``clear``: see ``Transcript``."""
        ...

    async def interrupted(self, heard: Heard) -> None:
        """The person spoke while the collector did."""
        ...


class Conversation:
    """``speaker`` ``None``: the collector's words are shown only. ``run`` it once."""

    def __init__(
        self,
        talk: Talk,
        transport: AudioTransport,
        vad: Vad,
        recogniser: Recogniser,
        speaker: Speaker | None,
        settings: TurnSettings,
        clock: Clock,
    ) -> None:
        self._talk, self._transport, self._vad = talk, transport, vad
        self._recogniser, self._speaker, self._clock = recogniser, speaker, clock
        self._turns, self._settings = Turns(settings), settings
        self.state = State.IDLE
        self.ending = ""
        self.latencies: list[Latency] = []
        self._before: deque[bytes] = deque(maxlen=_BEFORE)
        self._segment = bytearray()  # of the turn, since its last pause
        self._paused = False
        self._segments: list[Segment] = []  # of the turn, up to its pauses
        self._speech_at = 0.0  # the clock when the last speech came in
        self._said = 0.0  # seconds given to the transport
        self._words = ""  # what is spoken
        self._parts: list[_Part] = []  # of it, what is being played
        self._left: list[_Part] = []  # of it, what was cut off by a barge-in
        self._heard: list[str] = []  # of it, what was heard before that
        self._cut_at: float | None = None  # seconds of sound at the barge-in that is not decided yet
        self._speaking: anyio.CancelScope | None = None
        self._base = 0.0  # ``played`` when it began

    async def run(self) -> str:
        """Talk until the end; returns how the talk ended, "" where the line was closed."""
        async with anyio.create_task_group() as group:
            self._group = group
            await self._speak(await self._talk.begin(), None)
            group.start_soon(self._caption, name="captions")
            await self._listen()
            group.cancel_scope.cancel()
        await self._turn(State.IDLE)
        return self.ending

    async def _listen(self) -> None:
        rest = b""
        while not (self.ending and self.state is State.LISTENING):
            piece = await self._transport.receive()
            if piece is None:
                return
            rest += piece
            while len(rest) >= 2 * WINDOW:
                await self._window(rest[: 2 * WINDOW])
                rest = rest[2 * WINDOW :]
                if self.ending and self.state is State.LISTENING:
                    return

    async def _window(self, pcm: bytes) -> None:
        was_in_turn = self._turns.in_turn
        signs = self._turns.step(self._vad.speech(as_samples(pcm)))
        if self._turns.in_turn and self._turns.spoke_until == self._turns.now:
            self._speech_at = self._clock.monotonic()
        if not was_in_turn and not self._turns.in_turn:
            self._before.append(pcm)
            await self._maybe_resume()
            return
        if Sign.BEGAN in signs or Sign.WENT_ON in signs:
            self._paused = False
            self._segment[:] = b"".join(self._before)
            self._recogniser.feed(bytes(self._segment))
        if self._paused:
            self._before.append(pcm)
        else:
            self._before.clear()
            self._segment += pcm
            self._recogniser.feed(pcm)
        for sign in signs:
            if sign is Sign.BARGED_IN and self.state is State.SPEAKING and not self.ending:
                await self._cut()
            elif sign is Sign.PAUSED:
                self._end_segment()
            elif sign is Sign.ENDED:
                await self._ended()

    def _end_segment(self) -> None:
        """At each pause, whether the turn ends with it or not, so that the answer is there when it does."""
        segment, self._paused = Segment(bytes(self._segment), self._clock.monotonic), True
        self._segments.append(segment)
        self._group.start_soon(self._recognise, segment, self._recogniser.finish(), name="recognition")

    async def _ended(self) -> None:
        if not self._paused:  # too long, not silent
            self._end_segment()
        segments, self._segments = self._segments, []
        if self.state is State.SPEAKING or self.ending:
            return  # too short to interrupt, or too late
        await self._turn(State.PROCESSING)
        times = Times(self._speech_at, self._clock.monotonic())
        self._group.start_soon(self._answer, segments, times, name="answer")

    async def _recognise(self, segment: Segment, asked: Awaitable[Transcript]) -> None:
        """Where the recogniser is lost, the same sound once more."""
        try:
            found = await asked
        except RecogniserLost:
            _log.warning("the recogniser was lost and started again")
            try:
                found = await self._heard_again(segment.sound)
            except RecogniserLost:
                found = Transcript("", sure=-1.0)
        segment.found(found)
        if self._segments[-1:] == [segment] and self._paused:
            text = Transcript.joined([await each.wait() for each in self._segments]).text
            self._turns.patient = unfinished(text)

    def _heard_again(self, sound: bytes) -> Awaitable[Transcript]:
        """What is asked of a recogniser that knows nothing: ``sound``, and then what is being said now."""
        self._recogniser.reset()
        self._recogniser.feed(sound)
        asked = self._recogniser.finish()
        if not self._paused:
            self._recogniser.feed(bytes(self._segment))
        return asked

    async def _answer(self, segments: Sequence[Segment], times: Times) -> None:
        found = Transcript.joined([await segment.wait() for segment in segments])
        times.recognised = max(times.ended, *(segment.at for segment in segments))
        heard_nothing = not found.text.strip()
        if self._cut_at is not None and (heard_nothing or not found.clear):
            await self._turn(State.LISTENING)  # a false alarm, if silence follows
            return
        self._cut_at, self._left = None, []
        if heard_nothing and found.clear:
            await self._turn(State.LISTENING)
            return
        await self._transport.tell(Caption("debtor", found.text, final=True, clear=found.clear))
        turns = await self._talk.say(found.text, clear=found.clear)
        times.answered = self._clock.monotonic()
        await self._speak(turns, times)

    async def _speak(self, turns: Sequence[Turn], times: Times | None) -> None:
        self.ending = turns[-1].ending if turns else self.ending
        words = " ".join(turn.text for turn in turns if turn.who == "collector")
        if words:
            await self._transport.tell(Caption("collector", words, final=True))
        if not words or self._speaker is None:
            if times:
                await self._timed(times)
            await self._turn(State.LISTENING)
            return
        self._words, self._heard = words, []
        await self._play([_Part(piece) for piece in pieces(words)], self._speaker, times)

    async def _play(self, parts: "list[_Part]", speaker: Speaker, times: Times | None) -> None:
        self._parts = parts
        self._base = self._said = self._transport.played
        await self._turn(State.SPEAKING)
        self._group.start_soon(self._utter, parts, speaker, times, name="speech")

    async def _utter(self, parts: "list[_Part]", speaker: Speaker, times: Times | None) -> None:
        with anyio.CancelScope() as self._speaking:
            try:
                for part in parts:
                    part.sound = part.sound or await anyio.to_thread.run_sync(_spoken, speaker, part.text)
                    self._said += seconds(part.sound)
                    if times:
                        await self._timed(times)
                        times = None
                    await self._transport.play(part.sound)
            except SpeakerFailed as error:
                _log.warning("the collector's words could not be spoken", error=str(error))
                await self._transport.tell(Noted("The voice failed; the words are shown."))
            await self._played()
            await self._turn(State.LISTENING)

    async def _played(self) -> None:
        """Return when all was heard; a listener who does not say so is believed to have heard it in time."""
        late = self._clock.monotonic() + max(0.0, self._said - self._transport.played) + _AHEAD
        while True:
            if self._transport.played >= self._said - 0.01 or self._clock.monotonic() >= late:
                return
            await anyio.sleep(_LOOK)

    async def _cut(self) -> None:
        """The person speaks: stop, and remember what was not heard."""
        if self._speaking is not None:
            self._speaking.cancel()
        await self._transport.flush()
        self._left = self._cut_off(int((self._transport.played - self._base) * RATE) * 2)
        self._cut_at = self._turns.now
        await self._turn(State.LISTENING)
        heard = Heard(" ".join(filter(None, self._heard)), min(1.0, len(" ".join(self._heard)) / len(self._words)))
        await self._transport.tell(Stopped(heard.text))
        await self._talk.interrupted(heard)

    def _cut_off(self, played: int) -> "list[_Part]":
        """What of the parts was not heard when so many bytes were; the rest goes to ``_heard``."""
        for at, part in enumerate(self._parts):
            if not part.sound or played < len(part.sound):
                share = played / len(part.sound) if part.sound else 0.0
                said, rest = _divided(part.text, share)
                self._heard.append(said)
                return [_Part(rest, part.sound[played:]), *self._parts[at + 1 :]]
            self._heard.append(part.text)
            played -= len(part.sound)
        return []

    async def _maybe_resume(self) -> None:
        """Nobody said anything after all: go on where we were stopped."""
        if self._cut_at is None or self.state is not State.LISTENING or self._speaker is None:
            return
        if self._turns.now - self._turns.spoke_until < self._settings.false_alarm - 1e-9:
            return
        await self._transport.tell(Stopped(" ".join(filter(None, self._heard)), resumed=True))
        left, self._left, self._cut_at = self._left, [], None
        await self._play(left, self._speaker, None)

    async def _caption(self) -> None:
        """Partial captions while somebody speaks."""
        shown = ""
        while True:
            await anyio.sleep(_CAPTIONS)
            if not self._turns.in_turn:
                shown = ""
            if not self._turns.in_turn or self._paused:
                continue
            try:
                text = " ".join(
                    [*(part.text for part in self._segments if part.text), await self._recogniser.partial()]
                )
            except RecogniserLost:
                self._recogniser.feed(bytes(self._segment))
                continue
            if text and text != shown and self._turns.in_turn:
                await self._transport.tell(Caption("debtor", text, final=False))
                shown = text

    async def _timed(self, times: Times) -> None:
        latency = times.latency(self._clock.monotonic())
        self.latencies.append(latency)
        await self._transport.tell(latency)

    async def _turn(self, state: State) -> None:
        if state is not self.state:
            self.state = state
            await self._transport.tell(Turned(state.value, self.ending))


@dataclass
class _Part:
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
