"""Noise that goes on is taken out, and what comes and goes is left."""

import numpy as np
from numpy.typing import NDArray

from hamlet.voice.audio import RATE, as_bytes, as_samples
from hamlet.voice.denoise import Denoiser


def cleaned(sound: NDArray[np.float64], piece: int = 320) -> NDArray[np.float64]:
    denoiser, pcm = Denoiser(), as_bytes(sound)
    out = b"".join(denoiser.feed(pcm[at : at + piece]) for at in range(0, len(pcm), piece))
    return as_samples(out + denoiser.finish()).astype(np.float64)[: len(sound)]


def power(sound: NDArray[np.float64]) -> float:
    return float(10 * np.log10((sound**2).mean() + 1e-9))


def test_noise_is_taken_out_and_bursts_of_sound_are_left() -> None:
    t = np.arange(4 * RATE) / RATE
    sounding = (t % 0.5 >= 0.3) & (t > 1.0)  # a fifth of a second in every half
    voice = 8_000 * np.sin(2 * np.pi * 440 * t) * sounding
    noise = np.random.default_rng(0).normal(0, 400, len(t))
    clean = cleaned(voice + noise)
    late = t > 1.5
    within = late & sounding & np.roll(sounding, 1_000) & np.roll(sounding, -1_000)
    without = late & ~sounding & ~np.roll(sounding, 2_000) & ~np.roll(sounding, -2_000)
    assert len(clean) == len(t)
    assert power(noise[without]) - power(clean[without]) > 3
    assert abs(power(voice[within]) - power(clean[within])) < 1


def test_of_nothing_comes_nothing_and_pieces_do_not_matter() -> None:
    denoiser = Denoiser()
    assert denoiser.finish() == denoiser.feed(b"") == denoiser.finish() == b""
    sound = np.random.default_rng(1).normal(0, 1_000, 5_000)
    assert np.array_equal(cleaned(sound, 64), cleaned(sound, 4_096))
