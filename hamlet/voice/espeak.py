"""eSpeak NG through its library (the package espeakng-loader), in this process.

GPL-3.0: it comes only with the extra that names it.
"""

import ctypes
from collections.abc import Iterator
from threading import Lock
from typing import Any

import numpy as np

from hamlet.voice.audio import as_bytes, as_samples, resampled
from hamlet.voice.speech import SpeakerFailed, pieces

__all__ = ["EspeakLibrary"]

_SYNCHRONOUS = 2
_UTF8 = 1
_RATE_PARAMETER = 1
_WORDS_A_MINUTE = 165
_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class EspeakLibrary:
    """The library knows one utterance at a time: sentences of several listeners wait for each other."""

    name = "espeakng-loader"

    def __init__(self) -> None:
        import espeakng_loader

        self._lock = Lock()
        self._library: Any = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(espeakng_loader.get_data_path()).encode()
        self._rate = int(self._library.espeak_Initialize(_SYNCHRONOUS, 200, data, 0))
        if self._rate <= 0:
            raise SpeakerFailed("eSpeak NG found no voices where espeakng-loader put them")
        self._library.espeak_SetVoiceByName(b"en-us")
        self._library.espeak_SetParameter(_RATE_PARAMETER, _WORDS_A_MINUTE, 0)

    def say(self, text: str) -> Iterator[bytes]:
        for piece in pieces(text):
            yield self._said(piece)

    def _said(self, text: str) -> bytes:
        found: list[bytes] = []

        def take(samples: Any, count: int, _: Any) -> int:
            if samples and count:
                found.append(ctypes.string_at(samples, 2 * count))
            return 0

        callback, encoded = _Callback(take), text.encode()
        with self._lock:
            self._library.espeak_SetSynthCallback(callback)
            code = self._library.espeak_Synth(encoded, len(encoded) + 1, 0, 1, 0, _UTF8, None, None)
        if code:
            raise SpeakerFailed(f"eSpeak NG answered with {code}")
        return as_bytes(resampled(as_samples(b"".join(found)).astype(np.int16), self._rate))
