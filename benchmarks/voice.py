"""``python -m benchmarks.voice``: how well speech is recognised, and how quickly the collector answers; flite speaks.

Prints tables and writes ``benchmarks/results/voice.json``. ``--sentences N`` and ``--turns N`` make it shorter.
"""

import argparse
import json
import os
import random
import statistics
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import anyio
import anyio.to_thread
import numpy as np
import yaml

from hamlet.clock import SystemClock
from hamlet.conversation.session import PolicyChooser, Turn
from hamlet.conversation.understanding import understanding
from hamlet.conversation.wording import TemplateWording, known_templates
from hamlet.talks.talk import Seat, Talk
from hamlet.voice.audio import BYTES, as_bytes, as_samples
from hamlet.voice.conversation import Conversation, Heard, State
from hamlet.voice.engines import listener, recogniser, speaker
from hamlet.voice.programs import Flite
from hamlet.voice.settings import TurnSettings, VoiceSettings
from hamlet.voice.sphinx import distance
from hamlet.voice.spoken import spoken
from hamlet.voice.transport import News
from hamlet.voice.workers import WorkerRecogniser
from hamlet.worlds.dialogue.acts import INTENTS
from hamlet.worlds.dialogue.perception import Heard as Said
from hamlet.worlds.dialogue.physics import PHYSICS
from hamlet.worlds.dialogue.policies import RulePolicy
from hamlet.worlds.dialogue.replaying import with_debtor
from hamlet.worlds.dialogue.settings import DialogueSettings

VOICES = ("kal16", "awb", "rms", "slt")
RESULTS = Path(__file__).parent / "results" / "voice.json"
HELD_OUT = Path(__file__).parents[1] / "tests" / "conversation" / "held_out.yaml"
SNR = 15.0  # decibels of speech over pink noise
PIECE = BYTES // 50
FOREIGN = (
    "The football match ended three to one after extra time.",
    "Photosynthesis turns sunlight into sugar inside green leaves.",
    "My grandmother's recipe needs two cups of flour and an egg.",
    "The volcano erupted early on Tuesday near the coast of Iceland.",
    "Turn left at the traffic lights and then straight over the bridge.",
    "Whales can hold their breath for more than an hour.",
    "The violin concerto was written in the eighteenth century.",
    "A triangle has three sides and three corners.",
    "The astronauts landed safely in the Pacific Ocean.",
    "What is the weather like in Madrid this weekend?",
    "The parliament voted against the new fishing regulations.",
    "He painted the fence green and the roof dark red.",
    "Our train to Edinburgh leaves from platform nine.",
    "Butterflies migrate thousands of miles every autumn.",
    "The professor explained quantum mechanics with a cat in a box.",
    "Add garlic, olive oil and fresh basil to the pan.",
    "The dragon guarded a mountain of silver and gold.",
    "Her bicycle has a flat tyre and no lights.",
    "The museum closes at six and opens again on Thursday.",
    "Penguins huddle together to survive the Antarctic winter.",
    "Remind me to water the tomatoes tomorrow morning.",
    "The orchestra rehearsed the symphony twice before lunch.",
    "The river froze and the children went skating.",
    "The goalkeeper jumped and missed the ball.",
    "Ancient Egyptians built pyramids for their kings.",
    "The chef sharpened his knives before breakfast.",
    "Bees dance to show each other where the flowers are.",
    "The lighthouse was painted with red and white stripes.",
    "The elephant sprayed water over the tourists.",
    "The carpenter glued the legs back onto the chair.",
)


def said_by_debtors(count: int) -> list[str]:
    """Different sentences of simulated debtors, of every intent but "other"."""
    wording, drawn = TemplateWording(known_templates()), random.Random(1)
    found: dict[str, None] = {}
    seed = 0
    while len(found) < count:
        seed += 1
        debtor = with_debtor(DialogueSettings(physics=PHYSICS), seed, None).debtor(0)
        intent = seed % (len(INTENTS) - 1)
        said = Said(intent, drawn.uniform(-1.0, 1.0), (False,) * 4, 0.0)
        found[wording.debtor(said, debtor, seed, drawn.randrange(3)).text] = None
    return list(found)


def held_out(count: int) -> list[str]:
    """Sentences by another hand, of which neither the language model nor the understanding was made."""
    every = [one["text"] for one in yaml.safe_load(HELD_OUT.read_text("utf-8")) if one["intent"] != "other"]
    return random.Random(1).sample(every, min(count, len(every)))


def noisy(pcm: bytes, seed: int) -> bytes:
    """With pink noise (power falls with 1/f), ``SNR`` below the speech."""
    sound = as_samples(pcm).astype(np.float64)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(len(sound)))
    noise = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 1)), len(sound))
    noise *= np.sqrt((sound**2).mean() / 10 ** (SNR / 10) / (noise**2).mean())
    return as_bytes(sound + noise)


def voiced(text: str, voice: str) -> bytes:
    return b"".join(Flite("flite", voice).say(text))


async def recognised(ears: WorkerRecogniser, pcm: bytes) -> tuple[str, bool]:
    edge = as_bytes(np.random.default_rng(0).integers(-2, 3, BYTES // 2 * 3 // 10))
    sound = edge + pcm + edge
    for at in range(0, len(sound), 1024):
        ears.feed(sound[at : at + 1024])
    found = await ears.finish()
    return found.text, found.clear


async def recognition(count: int, foreign: int) -> dict[str, object]:
    ears, known = WorkerRecogniser(["sphinx"]), understanding()
    await ears.start()
    rows: dict[str, object] = {}
    for name, texts in (("said by debtors", said_by_debtors(count)), ("held out", held_out(count // 2))):
        for noise in (False, True):
            wrong = words = right = clear = total = 0
            for number, text in enumerate(texts):
                wanted = spoken(text)
                intent = known.understand(text).intent
                for voice in VOICES:
                    pcm = await anyio.to_thread.run_sync(voiced, text, voice)
                    heard, understood = await recognised(ears, noisy(pcm, number) if noise else pcm)
                    wrong += distance(wanted, spoken(heard))
                    words += len(wanted)
                    clear += understood
                    right += understood and known.understand(heard).intent == intent
                    total += 1
            key = f"{name}, {'pink noise' if noise else 'clean'}"
            rows[key] = {"wer": wrong / words, "intent": right / total, "clear": clear / total, "spoken": total}
            print(key, json.dumps(rows[key]), flush=True)
    rejected = total = 0
    for text in FOREIGN[:foreign]:
        for voice in VOICES:
            heard, clear = await recognised(ears, await anyio.to_thread.run_sync(voiced, text, voice))
            rejected += not clear or known.understand(heard).asks_again
            total += 1
    rows["out of domain"] = {"rejected": rejected / total, "spoken": total}
    print("out of domain", json.dumps(rows["out of domain"]), flush=True)
    await ears.close()
    return rows


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


_UNHEARD = 6.0  # seconds: the longest end of turn is 3; who is still listened to then was not heard


class _Person:
    """A line on which somebody speaks in real time, each time that they are listened to; playback is skipped."""

    def __init__(self, sounds: Iterator[bytes]) -> None:
        self._sounds = sounds
        self._saying = b""
        self._state = ""
        self._played = 0.0
        self._due = anyio.current_time()
        self.speech_ended = 0.0
        self.first_sound: list[float] = []
        self.unanswered = 0
        self._waiting = False

    async def receive(self) -> bytes | None:
        self._due = max(self._due + 0.02, anyio.current_time() - 0.1)
        await anyio.sleep_until(self._due)
        listened_to = self._waiting and not self._saying and self._state == State.LISTENING
        if listened_to and anyio.current_time() > self.speech_ended + _UNHEARD:
            self.unanswered, self._waiting = self.unanswered + 1, False
        if not self._saying and self._state == State.LISTENING and not self._waiting:
            sound = next(self._sounds, None)
            if sound is None:
                return None
            self._saying, self._waiting = sound, True
        piece, self._saying = self._saying[:PIECE], self._saying[PIECE:]
        if piece and not self._saying:
            self.speech_ended = anyio.current_time()
        return piece.ljust(PIECE, b"\0")

    async def play(self, pcm: bytes) -> None:
        if self._waiting:
            self.first_sound.append(1000.0 * (anyio.current_time() - self.speech_ended))
            self._waiting = False
        self._played += len(pcm) / BYTES

    async def flush(self) -> None: ...

    @property
    def played(self) -> float:
        return self._played

    async def tell(self, news: News) -> None:
        self._state = getattr(news, "state", self._state)


def trimmed(pcm: bytes) -> bytes:
    """Without the silence at the end: what is measured is from the end of *speech*."""
    loud = np.nonzero(np.abs(as_samples(pcm)) > 300)[0]
    return pcm[: 2 * (int(loud[-1]) + 1)]


async def latency(turns: int) -> dict[str, object]:
    texts = said_by_debtors(turns)
    sounds = [trimmed(voiced(text, voice)) for text, voice in zip(texts, cycle(VOICES), strict=False)]
    ears = recogniser(VoiceSettings())
    await ears.start()
    gaps: list[float] = []
    person = _Person(islice(sounds, turns))
    talk = Conversation(_Talk(), person, listener(), ears, speaker(VoiceSettings()), TurnSettings(), SystemClock())
    async with anyio.create_task_group() as group:
        group.start_soon(_stalls, gaps)
        await talk.run()
        group.cancel_scope.cancel()
    await ears.close()
    answered = {"answered": len(person.first_sound), "unanswered": person.unanswered}
    found: dict[str, object] = {"turns": answered, "voice to voice": _percentiles(person.first_sound)}
    for stage in ("end_of_turn", "recognised", "answered", "first_sound"):
        found[stage] = _percentiles([getattr(one, stage) for one in talk.latencies])
    found["loop stall"] = {"p50": statistics.median(gaps), "p99": float(np.percentile(gaps, 99))}
    for name, value in found.items():
        print(name, json.dumps(value), flush=True)
    return found


async def _stalls(gaps: list[float]) -> None:
    """How much later than asked for the loop comes back, in ms."""
    while True:
        begun = anyio.current_time()
        await anyio.sleep(0.005)
        gaps.append(1000.0 * (anyio.current_time() - begun - 0.005))


def _percentiles(values: list[float]) -> dict[str, float]:
    half, most = np.percentile(values, [50, 95])
    return {"p50": round(float(half), 1), "p95": round(float(most), 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sentences", type=int, default=100)
    parser.add_argument("--turns", type=int, default=60)
    parser.add_argument("--foreign", type=int, default=len(FOREIGN))
    chosen = parser.parse_args()
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    found: dict[str, object] = {"load": os.getloadavg()[0]}
    if chosen.turns:
        found["latency"] = anyio.run(latency, chosen.turns)
    if chosen.sentences:
        found["recognition"] = anyio.run(recognition, chosen.sentences, chosen.foreign)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=1))
    print(RESULTS)


if __name__ == "__main__":
    main()
