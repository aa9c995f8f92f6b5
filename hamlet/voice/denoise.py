"""Noise that goes on and on is taken out of speech before it is recognised.

Spectral subtraction (Boll 1979): of every frequency so much power is taken away as it had when least was to be heard
of late (minimum statistics, Martin 2001), and never all of it, which would leave chirps.
"""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from hamlet.voice.audio import as_bytes, as_samples

__all__ = ["Denoiser"]

_SIZE = 512  # samples of a frame, 32 ms; the next begins half a frame later
_LATELY = 60  # frames, 1 s
_MEAN = 0.2  # how fast the power that is compared follows
_BIAS = 1.5  # the least of many is below the mean
_FLOOR = 0.15  # of the amplitude, at least


class Denoiser:
    """For one voice in one room, over all of its utterances: ``feed`` it PCM16, ``finish`` each."""

    def __init__(self) -> None:
        self._window = np.sqrt(np.hanning(_SIZE + 1)[:-1])  # twice, before and after: halves add up to one
        self._power: deque[NDArray[np.float64]] = deque(maxlen=_LATELY)
        self._waiting = np.zeros(0)
        self._over = np.zeros(_SIZE // 2)  # of the last frame, what overlaps with the next

    def feed(self, pcm: bytes) -> bytes:
        """What is clear by now: half a frame stays behind, at least."""
        self._waiting = np.concatenate([self._waiting, as_samples(pcm)])
        clean = []
        while len(self._waiting) >= _SIZE:
            clean.append(self._next())
            self._waiting = self._waiting[_SIZE // 2 :]
        return as_bytes(np.concatenate(clean)) if clean else b""

    def finish(self) -> bytes:
        """The rest of an utterance; of nothing, nothing."""
        if not len(self._waiting):
            return b""
        rest = self.feed(bytes(2 * _SIZE))
        self._waiting, self._over = np.zeros(0), np.zeros(_SIZE // 2)
        return rest

    def _next(self) -> NDArray[np.float64]:
        spectrum = np.fft.rfft(self._waiting[:_SIZE] * self._window)
        power = np.abs(spectrum) ** 2
        before = self._power[-1] if self._power else power
        self._power.append(before + _MEAN * (power - before))
        noise = _BIAS * np.min(self._power, axis=0)
        left = np.maximum(1.0 - noise / np.maximum(power, 1e-9), _FLOOR**2)
        frame = np.fft.irfft(spectrum * np.sqrt(left), _SIZE) * self._window
        clean: NDArray[np.float64] = self._over + frame[: _SIZE // 2]
        self._over = frame[_SIZE // 2 :]
        return clean
