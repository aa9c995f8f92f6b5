"""What is said to the collector in the benchmarks of voice, by whom, and in which noise; flite speaks."""

import random
from collections.abc import Iterator
from functools import cache
from itertools import cycle
from pathlib import Path

import numpy as np
import yaml

from hamlet.conversation.wording import TemplateWording, known_templates
from hamlet.voice.audio import BYTES, as_bytes, as_samples
from hamlet.voice.programs import Flite
from hamlet.worlds.dialogue.acts import INTENTS
from hamlet.worlds.dialogue.perception import Heard
from hamlet.worlds.dialogue.physics import PHYSICS
from hamlet.worlds.dialogue.replaying import with_debtor
from hamlet.worlds.dialogue.settings import DialogueSettings

__all__ = [
    "FOREIGN",
    "PIECE",
    "VOICES",
    "held_out",
    "noisy",
    "said_by_debtors",
    "speech_reaches",
    "spoken_in_turn",
    "trimmed",
    "voiced",
]

VOICES = ("kal16", "awb", "rms", "slt")
PIECE = BYTES // 50
"""Bytes of 20 ms."""

_HELD_OUT = Path(__file__).parents[2] / "tests" / "conversation" / "held_out.yaml"
_LOUD = 300  # of 32,767: speech is louder, the silence around it is not
_SNR = 15.0  # decibels of speech over pink noise
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
        said = Heard(intent, drawn.uniform(-1.0, 1.0), (False,) * 4, 0.0)
        found[wording.debtor(said, debtor, seed, drawn.randrange(3)).text] = None
    return list(found)


def held_out(count: int) -> list[str]:
    """Sentences by another hand, of which neither the language model nor the understanding was made."""
    every = [one["text"] for one in yaml.safe_load(_HELD_OUT.read_text("utf-8")) if one["intent"] != "other"]
    return random.Random(1).sample(every, min(count, len(every)))


@cache
def voiced(text: str, voice: str) -> bytes:
    """Spoken by flite. Blocks."""
    return b"".join(Flite("flite", voice).say(text))


def spoken_in_turn(texts: list[str]) -> Iterator[tuple[str, bytes]]:
    """Each text and its sound, by one voice after the other. Blocks."""
    for text, voice in zip(texts, cycle(VOICES), strict=False):
        yield text, voiced(text, voice)


def noisy(pcm: bytes, seed: int) -> bytes:
    """With pink noise (power falls with 1/f), 15 dB below the speech."""
    sound = as_samples(pcm).astype(np.float64)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(len(sound)))
    noise = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 1)), len(sound))
    noise *= np.sqrt((sound**2).mean() / 10 ** (_SNR / 10) / (noise**2).mean())
    return as_bytes(sound + noise)


def speech_reaches(pcm: bytes, seconds: float) -> float:
    """Where in ``pcm`` so many seconds of it have been speech, as far as loudness tells in pieces of 20 ms; its end,
    where there is less."""
    samples = as_samples(pcm)
    pieces = samples[: len(samples) // (PIECE // 2) * (PIECE // 2)].reshape(-1, PIECE // 2)
    loud = np.nonzero(np.abs(pieces).max(1) > _LOUD)[0]
    count = max(1, round(seconds * BYTES / PIECE))
    return float(loud[min(count, len(loud)) - 1] + 1) * PIECE / BYTES


def trimmed(pcm: bytes) -> bytes:
    """Without the silence at the end: what is measured is from the end of *speech*."""
    loud = np.nonzero(np.abs(as_samples(pcm)) > _LOUD)[0]
    return pcm[: 2 * (int(loud[-1]) + 1)]
