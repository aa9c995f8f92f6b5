"""Whether somebody speaks: a probability for each 32 ms."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from hamlet.voice.audio import Samples

__all__ = ["WINDOW", "LoudnessVad", "SileroVad", "Vad", "model_file"]

WINDOW = 512
"""Samples of a window: 32 ms."""

_CONTEXT = 64
_STATE = (1, 1, 128)


class Vad(Protocol):
    """One listener; it remembers what it heard."""

    def speech(self, window: Samples) -> float:
        """The probability in [0, 1] that ``window`` [512] holds speech."""
        ...


def model_file() -> Path | None:
    """The Silero model inside the package faster-whisper, where that is installed."""
    found = find_spec("faster_whisper")
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).parent / "assets" / "silero_vad_v6.onnx"
    return path if path.is_file() else None


class SileroVad:
    """Silero VAD v6 (https://github.com/snakers4/silero-vad), window by window: it is given the 64 samples before
    each and carries its state on. The wrapper in faster-whisper begins anew at each call, so that a stream of
    windows would be all beginnings."""

    def __init__(self, model: Path) -> None:
        self._session = _opened(model)
        self._h = np.zeros(_STATE, np.float32)
        self._c = np.zeros(_STATE, np.float32)
        self._context = np.zeros(_CONTEXT, np.float32)

    def speech(self, window: Samples) -> float:
        sound = np.concatenate([self._context, window.astype(np.float32) / 32_768.0])
        self._context = sound[-_CONTEXT:]
        given = {"input": sound[None], "h": self._h, "c": self._c}
        out, self._h, self._c = self._session.run(None, given)
        return float(np.asarray(out).reshape(-1)[0])


class LoudnessVad:
    """Speech is what is far louder than the quietest of the last seconds: for tests, and where there is no model.
    ``floor``: root mean square of what counts as silence at first."""

    def __init__(self, floor: float = 80.0) -> None:
        self._floor = floor

    def speech(self, window: Samples) -> float:
        loud = float(np.sqrt(np.mean(window.astype(np.float64) ** 2)))
        self._floor = min(max(loud, 20.0), self._floor * 1.005)
        return loud / (loud + 6.0 * self._floor)


@cache
def _opened(model: Path) -> Any:
    """Shared by all sessions: it holds weights only."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
