"""How quickly the collector answers, how soon it falls silent, and whether the loop waits for any of it.

Time is real: sixty turns of people who speak take some five minutes.
"""

import sys
from collections.abc import Iterator, Sequence

import anyio
import anyio.to_thread
import numpy as np

from benchmarks.voice.people import PIECE, VOICES, said_by_debtors, speech_reaches, spoken_in_turn, trimmed, voiced
from hamlet.clock import SystemClock
from hamlet.conversation.session import PolicyChooser, Turn
from hamlet.conversation.wording import TemplateWording, known_templates
from hamlet.talks.talk import Seat, Talk
from hamlet.voice.audio import BYTES, RATE, as_samples
from hamlet.voice.conversation import Conversation, State
from hamlet.voice.engines import listener, recogniser, speaker
from hamlet.voice.playback import Heard
from hamlet.voice.settings import TurnSettings, VoiceSettings
from hamlet.voice.transport import Latency, News, Stopped
from hamlet.voice.turns import Claim, Turns
from hamlet.voice.vad import WINDOW, Vad
from hamlet.worlds.dialogue.physics import PHYSICS
from hamlet.worlds.dialogue.policies import RulePolicy
from hamlet.worlds.dialogue.settings import DialogueSettings

__all__ = ["Percentiles", "barge_in", "latency", "percentiles"]

Percentiles = dict[str, float]

_STAGES = ("end_of_turn", "recognised", "answered", "first_sound")
_UNHEARD = 6.0  # seconds: the longest end of turn is 3; who is still listened to then was not heard
_SHORT = ("Hm.", "Oh.", "Yeah.", "Yes.", "No.", "Okay.", "Right.", "I see.")  # while one listens
_DECISIONS = ((Claim.HUSH, 0.0), (Claim.FLOOR, 0.5))
_INTO = 0.3  # seconds of the collector's words after which one interrupts


class _Talk:
    """Any talk that goes on for ever: the rule collects, and begins again when a talk has ended."""

    def __init__(self) -> None:
        self._seed = 0
        self._begin()

    def _begin(self) -> None:
        self._seed += 1
        seat = Seat(PolicyChooser(RulePolicy()), DialogueSettings(physics=PHYSICS))
        self._talk = Talk("debtor", self._seed, None, seat, TemplateWording(known_templates()))
        self._talk.begin()

    async def begin(self) -> list[Turn]:
        return self._talk.turns

    async def say(self, text: str, *, clear: bool) -> list[Turn]:
        turns = await anyio.to_thread.run_sync(lambda: self._talk.say(text, clear=clear))
        if turns[-1].ending:
            self._begin()
            return [turns[0], self._talk.turns[-1]]
        return turns

    async def interrupted(self, heard: Heard) -> None: ...


class _Person:
    """A line on which somebody speaks in real time, each time that they are listened to, and hears no answer out; or,
    where they ``interrupt``, each time that they have listened for a moment."""

    def __init__(self, sounds: Iterator[bytes], *, interrupt: bool = False) -> None:
        self._sounds, self._interrupt = sounds, interrupt
        self._saying = b""
        self._state = ""
        self._since = 0.0  # when it came to that state
        self._given = 0.0  # seconds of sound to be heard
        self._heard_at = 0.0  # when all of that was
        self._due = anyio.current_time()
        self._waiting = False
        self.speech_began = self._half_spoken = self.speech_ended = 0.0
        self.first_sound: list[float] = []  # ms after speech ended
        self._silent_at = 0.0
        self.silent: list[float] = []  # ms after speech began, where it stayed silent
        self.interrupted: list[float] = []  # ms after half a second was spoken
        self.unanswered = 0

    async def receive(self) -> bytes | None:
        self._due = max(self._due + 0.02, anyio.current_time() - 0.1)
        await anyio.sleep_until(self._due)
        now = anyio.current_time()
        if self._waiting and not self._saying and now > self.speech_ended + _UNHEARD:
            self.unanswered, self._waiting = self.unanswered + 1, False
        if not self._saying and not self._waiting and self._may_speak(now):
            sound = next(self._sounds, None)
            if sound is None:
                return None
            self._saying, self._waiting = sound, True
            self.speech_began, self._half_spoken = (now + speech_reaches(sound, spoken) for spoken in (0.0, 0.5))
        piece, self._saying = self._saying[:PIECE], self._saying[PIECE:]
        if piece and not self._saying:
            self.speech_ended = anyio.current_time()
        return piece.ljust(PIECE, b"\0")

    def _may_speak(self, now: float) -> bool:
        if self._interrupt:
            return self._state == State.SPEAKING and now > self._since + _INTO
        return self._state == State.LISTENING

    async def play(self, pcm: bytes) -> None:
        if self._waiting and not self._saying:
            self.first_sound.append(1000.0 * (anyio.current_time() - self.speech_ended))
            self._waiting = False
        self._given += len(pcm) / BYTES
        if self._interrupt:
            self._heard_at = max(self._heard_at, anyio.current_time()) + len(pcm) / BYTES

    async def flush(self) -> None:
        self._silent_at = anyio.current_time()
        self._given, self._heard_at = self.played, self._silent_at

    @property
    def played(self) -> float:
        return self._given - max(0.0, self._heard_at - anyio.current_time())

    async def all_played(self) -> None:
        await anyio.sleep(max(0.0, self._heard_at - anyio.current_time()))

    async def tell(self, news: News) -> None:
        state = getattr(news, "state", self._state)
        if state != self._state:
            self._state, self._since = state, anyio.current_time()
        if isinstance(news, Stopped) and not news.resumed:
            self.silent.append(1000.0 * (self._silent_at - self.speech_began))
            self.interrupted.append(1000.0 * (anyio.current_time() - self._half_spoken))
        if isinstance(news, Latency):
            print(f"\r{len(self.first_sound)} answers, {len(self.silent)} times silent", end="", file=sys.stderr)


async def latency(turns: int) -> dict[str, Percentiles]:
    """In ms, of ``turns`` spoken ones. ``voice to voice``: from the last sample of speech to the first of the answer,
    with the waiting for the end of the turn; the stages are as in ``transport.Latency``."""
    person, told, gaps = await _talked(turns, interrupt=False)
    found = {"voice to voice": percentiles(person.first_sound)}
    for stage in _STAGES:
        found[stage] = percentiles([getattr(one, stage) for one in told])
    found["loop stall"] = percentiles(gaps)
    return found | {"turns": {"answered": len(person.first_sound), "unanswered": person.unanswered}}


async def barge_in(times: int) -> dict[str, Percentiles]:
    """In ms, of the collector, which was speaking: from the first sample of speech until it is silent, and from where
    half a second was spoken, in a sentence with pauses or without, until it is interrupted; ``by the sound's clock``:
    when that is decided, however busy the machine is. And how many of the short words by which one says that one
    listens make it pause, and interrupt it."""
    person, _, _ = await _talked(times, interrupt=True)
    decided = await anyio.to_thread.run_sync(_decided, times)
    short = await anyio.to_thread.run_sync(
        lambda: [_claims(trimmed(voiced(w, v)), listener()) for w in _SHORT for v in VOICES]
    )
    return {
        "silent, from the first sample": percentiles(person.silent),
        "interrupted, from half a second of speech": percentiles(person.interrupted),
        "silent, from the first sample, by the sound's clock": percentiles([first for first, _ in decided]),
        "interrupted, from half a second of speech, by the sound's clock": percentiles([half for _, half in decided]),
        "silent within 600 ms, by the sound's clock": {"share": sum(one <= 600.0 for one, _ in decided) / len(decided)},
        "times": {"interrupted": len(person.interrupted), "tried": times},
        "short words": {
            "pause it": sum(Claim.HUSH in claims for claims in short),
            "interrupt it": sum(Claim.FLOOR in claims for claims in short),
            "said": len(short),
        },
    }


def _decided(times: int) -> list[tuple[float, float]]:
    """Ms from the first sample until who is speaking pauses, and from half a second of speech until it is decided that
    somebody interrupts; each sentence eight times on a line that goes on, for what Silero makes of a short first word
    depends on what it heard before, and on where a window begins."""
    found, ears, drawn = [], listener(), np.random.default_rng(0)
    sounds = [trimmed(pcm) for _, pcm in spoken_in_turn(said_by_debtors(times))]
    for pcm in sounds * 8:
        claims = _claims(pcm, ears, int(drawn.integers(3 * RATE, 6 * RATE)))
        if Claim.FLOOR in claims:
            hush, floor = (claims[claim] - speech_reaches(pcm, spoken) for claim, spoken in _DECISIONS)
            found.append((1000.0 * hush, 1000.0 * floor))
    return found


def _claims(pcm: bytes, ears: Vad, before: int = RATE) -> dict[Claim, float]:
    """After how many seconds of ``pcm``, with silence on both sides (``before``: samples), its speaker claims how
    much."""
    turns = Turns(TurnSettings())
    samples = as_samples(bytes(2 * before) + pcm + bytes(BYTES))
    found: dict[Claim, float] = {}
    for at in range(0, len(samples) - WINDOW + 1, WINDOW):
        turns.step(ears.speech(samples[at : at + WINDOW]))
        found.setdefault(turns.claim, turns.now - before / RATE)
    return found


async def _talked(turns: int, *, interrupt: bool) -> tuple[_Person, Sequence[Latency], list[float]]:
    texts = said_by_debtors(turns)
    sounds = await anyio.to_thread.run_sync(lambda: [trimmed(pcm) for _, pcm in spoken_in_turn(texts)])
    settings, gaps = VoiceSettings(), list[float]()
    ears = recogniser(settings)
    await ears.start()
    person = _Person(iter(sounds), interrupt=interrupt)
    talk = Conversation(_Talk(), person, listener(), ears, speaker(settings), TurnSettings(), SystemClock())
    async with anyio.create_task_group() as group:
        group.start_soon(_stalls, gaps)
        await talk.run()
        group.cancel_scope.cancel()
    await ears.close()
    print(file=sys.stderr)
    return person, talk.latencies, gaps


async def _stalls(gaps: list[float]) -> None:
    """How much later than asked for the loop comes back, in ms."""
    while True:
        begun = anyio.current_time()
        await anyio.sleep(0.005)
        gaps.append(1000.0 * (anyio.current_time() - begun - 0.005))


def percentiles(values: Sequence[float]) -> Percentiles:
    """The median, and what is exceeded once in twenty and once in a hundred; nothing of nothing."""
    if not values:
        return {}
    return {f"p{share}": round(float(np.percentile(values, share)), 1) for share in (50, 95, 99)}
