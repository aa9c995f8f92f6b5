"""What is no speech: held against Silero itself, and in a talk."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from hamlet.voice.audio import RATE, as_bytes, as_samples
from hamlet.voice.engines import listener
from hamlet.voice.hearing import Transcript
from hamlet.voice.settings import TurnSettings
from hamlet.voice.transport import Stopped
from hamlet.voice.turns import Claim, Turns
from hamlet.voice.vad import WINDOW, SileroVad
from tests.voice.support import FakeRecogniser, FakeSpeaker, FakeTalk, Line, conversation, silence, tone

Sound = NDArray[np.float64]


def noise(seconds: float, low: float, high: float) -> Sound:
    """Of frequencies between these, in Hz."""
    spectrum = np.fft.rfft(np.random.default_rng(0).standard_normal(int(seconds * RATE)))
    frequencies = np.fft.rfftfreq(int(seconds * RATE), 1 / RATE)
    return np.fft.irfft(np.where((frequencies > low) & (frequencies < high), spectrum, 0.0), int(seconds * RATE))


def fading(sound: Sound, attack: float, decay: float) -> Sound:
    time = np.arange(len(sound)) / RATE
    return sound * np.minimum(time / attack, 1.0) * np.exp(-np.maximum(time - attack, 0.0) / decay)


def cough() -> Sound:
    """A burst of air, and then a moment of voice."""
    time = np.arange(int(0.4 * RATE)) / RATE
    voice = sum(np.sin(2 * np.pi * 140 * (1 - 0.3 * time) * k * time) / k for k in range(1, 20)) * (time > 0.05)
    return 4 * fading(noise(0.4, 300, 5000), 0.004, 0.05) + 0.3 * fading(voice, 0.03, 0.07)


def again(sound: Sound, *starts: float) -> Sound:
    found = np.zeros(4 * RATE)
    for start in starts:
        at = int(start * RATE)
        found[at : at + len(sound)] += sound
    return found


SOUNDS = {
    "clicks": again(np.repeat([1.0, -1.0], 8), 0.5, 1.0, 1.2, 1.4, 1.45, 2.2),
    "typing": again(fading(noise(0.1, 1000, 7000), 0.0005, 0.008), *np.arange(0.3, 3.7, 0.13)),
    "claps": again(fading(noise(0.25, 700, 5000), 0.001, 0.03), 0.5, 0.9, 1.3),
    "knocks": again(fading(noise(0.2, 80, 900), 0.001, 0.03), 0.5, 0.8, 1.1, 1.4, 2.5),
    "a door": again(fading(noise(1.0, 40, 400), 0.002, 0.15), 0.5),
    "coughs": again(cough(), 0.6, 1.05, 2.5),
    "a breath": again(noise(1.0, 300, 6000) * np.hanning(RATE), 0.5, 2.0),
    "hum": np.sin(2 * np.pi * 50 * np.arange(4 * RATE) / RATE),
    "a tone": np.sin(2 * np.pi * 440 * np.arange(4 * RATE) / RATE),
    "white noise": noise(4.0, 0, 8000),
}


@pytest.mark.parametrize("name", SOUNDS)
def test_what_is_no_speech_does_not_interrupt(name: str) -> None:
    sound = SOUNDS[name] / np.abs(SOUNDS[name]).max()
    for loud in (3_000, 12_000, 28_000):
        claims = claimed(as_bytes(loud * sound))
        assert Claim.FLOOR not in claims
        assert Claim.HUSH not in claims or name in ("knocks", "coughs", "a door"), "as steep as a syllable's beginning"


def claimed(pcm: bytes) -> Sequence[Claim]:
    """By all of it, in its order."""
    ears, turns = listener(), Turns(TurnSettings())
    assert isinstance(ears, SileroVad)
    samples, found = as_samples(silence(0.5) + pcm + silence(0.6)), []
    for at in range(0, len(samples) - WINDOW + 1, WINDOW):
        turns.step(ears.speech(samples[at : at + WINDOW]))
        found.append(turns.claim)
    return found


async def test_a_very_short_sound_is_not_noticed() -> None:
    line, talk = Line(), FakeTalk()
    whole = conversation(line, talk, FakeRecogniser("hm"), FakeSpeaker())
    line.say(silence(0.3) + tone(0.15) + silence(2.0))
    await whole.run()
    assert (line.flushed, talk.interruptions, talk.said) == (0, [], [])
    assert len(line.heard) == 3 * len(tone(0.5))


async def test_after_a_short_word_it_goes_on_and_nothing_has_happened() -> None:
    line, talk = Line(), FakeTalk()
    whole = conversation(line, talk, FakeRecogniser("hm"), FakeSpeaker())
    line.say(silence(0.3) + tone(0.3) + silence(2.0))
    await whole.run()
    assert line.flushed == 1, "it paused"
    assert (line.told(Stopped), talk.interruptions, talk.said) == ([], [], [])
    assert len(line.heard) == 3 * len(tone(0.5)), "nothing is said twice and nothing is left out"


async def test_it_pauses_for_the_first_words_and_is_interrupted_by_the_next() -> None:
    line, talk = Line(), FakeTalk(turns=1)
    whole = conversation(line, talk, FakeRecogniser("hm no"), FakeSpeaker())
    line.say(silence(0.3) + tone(0.3) + silence(0.4))
    line.say(tone(0.3) + silence(0.8))
    line.until(lambda: False)
    await whole.run()
    assert line.flushed == 1
    (heard,) = talk.interruptions
    assert heard.share < 0.45, "of 1.5 s what was heard before it paused, 0.6 s"
    assert talk.said == [("hm no", True)]


async def test_after_a_false_alarm_it_goes_on_where_it_was_stopped() -> None:
    line, talk = Line(), FakeTalk()
    whole = conversation(line, talk, FakeRecogniser(Transcript("", sure=-1.0)), FakeSpeaker())
    line.say(silence(0.3) + tone(0.7) + silence(4.0))
    await whole.run()
    assert [(news.resumed) for news in line.told(Stopped)] == [False, True]
    assert talk.said == [], "noise is no turn"
    assert len(line.heard) == 3 * len(tone(0.5)), "nothing is said twice and nothing is left out"
