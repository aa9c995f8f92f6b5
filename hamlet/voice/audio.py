"""Sound as everything here has it: 16-bit samples, one channel, 16,000 a second, in bytes."""

import math
import wave
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from hamlet.errors import UsageError

__all__ = ["BYTES", "RATE", "Samples", "as_bytes", "as_samples", "read_wav", "resampled", "seconds", "write_wav"]

RATE = 16_000
"""Samples a second."""
BYTES = 2 * RATE
"""Bytes a second."""

Samples = NDArray[np.int16]

_LONGEST = 3_600.0  # seconds of a file


def seconds(pcm: bytes) -> float:
    """How long it sounds."""
    return len(pcm) / BYTES


def as_samples(pcm: bytes) -> Samples:
    """[n]; half a sample at the end is left out."""
    return np.frombuffer(pcm[: len(pcm) // 2 * 2], np.dtype("<i2")).astype(np.int16)


def as_bytes(samples: NDArray[np.generic]) -> bytes:
    """Any numbers in −32,768 … 32,767; what is louder is clipped."""
    clipped: Samples = np.clip(np.rint(samples), -32_768, 32_767).astype("<i2")
    return clipped.tobytes()


def resampled(samples: Samples, rate: int) -> Samples:
    """Samples taken ``rate`` times a second, taken ``RATE`` times: a windowed sinc, which also keeps out what is
    too high to be held."""
    if rate == RATE or not len(samples):
        return samples
    filters = _filters(rate)
    phases, taps = filters.shape
    count = max(1, round(len(samples) * RATE / rate))
    padded = np.pad(samples.astype(np.float32), (taps // 2, taps // 2 + 1))
    near = sliding_window_view(padded, taps)
    out = np.empty(count, np.float32)
    for begin in range(0, count, RATE):  # a second at a time
        at = np.arange(begin, min(begin + RATE, count)) * (rate * phases // RATE)
        whole = np.minimum(at // phases, len(samples))
        np.einsum("ij,ij->i", near[whole], filters[at % phases], out=out[begin : begin + len(at)])
    return np.clip(np.rint(out), -32_768, 32_767).astype(np.int16)


@lru_cache(maxsize=8)
def _filters(rate: int) -> NDArray[np.float32]:
    """[phase, tap]: what each source sample near a new one counts for, for each place that the new one can have
    between two of them."""
    phases = RATE // math.gcd(rate, RATE)
    cut = min(1.0, RATE / rate)  # of the source's half rate
    half = 16 / cut  # source samples on each side
    offsets = np.arange(-int(half), int(half) + 1)
    distance = np.arange(phases)[:, None] / phases - offsets
    window = np.cos(np.clip(distance / (half + 1), -1, 1) * np.pi / 2) ** 2
    filters: NDArray[np.float32] = (cut * np.sinc(distance * cut) * window).astype(np.float32)
    return filters


def read_wav(path: Path) -> bytes:
    """The first channel of a 16-bit WAV file of any rate; raises ``UsageError``."""
    try:
        with wave.open(str(path), "rb") as file:
            width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
            if width != 2 or not 8_000 <= rate <= 192_000:
                raise UsageError(
                    f"{path}: expected 16-bit samples at 8,000 to 192,000 a second, found {8 * width} bits at {rate:,}"
                )
            if file.getnframes() > _LONGEST * rate:
                raise UsageError(f"{path}: {file.getnframes() / rate:,.0f} s is too long; an hour is the most")
            samples = as_samples(file.readframes(file.getnframes()))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from None
    except (wave.Error, EOFError) as error:
        raise UsageError(f"{path}: expected a WAV file ({error or 'it is cut off'})") from None
    return as_bytes(resampled(samples[: len(samples) // channels * channels].reshape(-1, channels)[:, 0], rate))


def write_wav(path: Path, pcm: bytes) -> None:
    """Raises ``UsageError`` where it cannot be written."""
    try:
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes(pcm)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror}); choose another file") from None
