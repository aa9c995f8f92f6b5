"""A talk by voice: sound in, sound out, one turn after the other, until the talk ends or the line is closed.

IDLE → SPEAKING (the collector's words) ⇄ LISTENING → PROCESSING → SPEAKING …; what is said and thought is the
business of a ``Talk``, which is the same as for a page or a terminal.

Who speaks while the collector does silences it in two steps. Very soon it pauses, for speech may go on; if that was
all, it goes on where it was as soon as their turn is over, and nothing has happened. If they go on, it is interrupted:
what they say is answered.
"""

from collections import deque
from collections.abc import Awaitable, Sequence
from enum import StrEnum
from functools import partial
from typing import Protocol

import anyio
import structlog

from hamlet.clock import Clock
from hamlet.conversation.session import Turn
from hamlet.voice.audio import as_samples
from hamlet.voice.hearing import Recogniser, RecogniserLost, Transcript
from hamlet.voice.playback import Heard, Playback
from hamlet.voice.segments import Segment, Times
from hamlet.voice.settings import TurnSettings
from hamlet.voice.speech import Speaker
from hamlet.voice.transport import AudioTransport, Caption, Latency, Stopped, Turned
from hamlet.voice.turns import Claim, Sign, Turns, unfinished
from hamlet.voice.vad import WINDOW, Vad

__all__ = ["Conversation", "State", "Talk"]

_log = structlog.get_logger("voice")

_BEFORE = 10  # windows (0.3 s) before speech was noticed that belong to it
_CAPTIONS = 0.25  # seconds between two partial captions


class State(StrEnum):
    """What a talk by voice is at."""

    IDLE = "idle"
    LISTENING = "listening"
    PROCESSING = "processing"
    SPEAKING = "speaking"


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
        self._recogniser, self._clock = recogniser, clock
        self._playback = Playback(speaker, transport) if speaker else None
        self._turns, self._settings = Turns(settings), settings
        self.state = State.IDLE
        self.ending = ""
        self.latencies: list[Latency] = []
        self._before: deque[bytes] = deque(maxlen=_BEFORE)
        self._segment = bytearray()  # of the turn, since its last pause
        self._paused = False
        self._segments: list[Segment] = []  # of the turn, up to its pauses
        self._speech_at = 0.0  # the clock when the last speech came in
        self._doubted = False  # it was interrupted, and perhaps nothing was said

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
        await self._give_way()
        for sign in signs:
            if sign is Sign.PAUSED:
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
        if self.state is State.SPEAKING or self.ending:  # too short to interrupt, or too late
            if self._playback and self._playback.paused:
                await self._play(self._playback, None)
            return
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
        if self._doubted and (heard_nothing or not found.clear):
            await self._turn(State.LISTENING)  # a false alarm, if silence follows
            return
        self._doubted = False
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
        if not words or self._playback is None:
            await self._timed(times)
            await self._turn(State.LISTENING)
            return
        self._playback.words(words)
        await self._play(self._playback, times)

    async def _play(self, playback: Playback, times: Times | None) -> None:
        playing = playback.begin()
        await self._turn(State.SPEAKING)
        self._group.start_soon(self._utter, playback, playing, times, name="speech")

    async def _utter(self, playback: Playback, playing: anyio.CancelScope, times: Times | None) -> None:
        if await playback.play(playing, partial(self._timed, times)):
            await self._turn(State.LISTENING)

    async def _give_way(self) -> None:
        """To the person, who may be speaking while the collector does."""
        claim, playback = self._turns.claim, self._playback
        if claim is Claim.NONE or self.state is not State.SPEAKING or self.ending or playback is None:
            return
        if not playback.paused:
            await playback.pause()
        if claim is Claim.FLOOR:
            self._doubted = True
            await self._turn(State.LISTENING)
            await self._transport.tell(Stopped(playback.heard.text))
            await self._talk.interrupted(playback.heard)

    async def _maybe_resume(self) -> None:
        """Nobody said anything after all: go on where we were stopped."""
        if not self._doubted or self.state is not State.LISTENING or self._playback is None:
            return
        if self._turns.now - self._turns.spoke_until < self._settings.false_alarm - 1e-9:
            return
        await self._transport.tell(Stopped(self._playback.heard.text, resumed=True))
        self._doubted = False
        await self._play(self._playback, None)

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

    async def _timed(self, times: Times | None) -> None:
        if times is None:
            return
        latency = times.latency(self._clock.monotonic())
        self.latencies.append(latency)
        await self._transport.tell(latency)

    async def _turn(self, state: State) -> None:
        if state is not self.state:
            self.state = state
            await self._transport.tell(Turned(state.value, self.ending))
