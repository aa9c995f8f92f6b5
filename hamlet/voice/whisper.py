"""faster-whisper as a recogniser, from a directory. Imported in the worker process only; nothing is downloaded."""

from pathlib import Path

import numpy as np

from hamlet.errors import UsageError
from hamlet.voice.audio import as_samples
from hamlet.voice.hearing import Transcript

__all__ = ["Whisper", "require_model"]

_FILES = ("model.bin", "config.json", "tokenizer.json")
_SURE = -1.0  # mean logarithm of the probability of a word; Whisper's own bound for a failed decoding
_SILENT = 0.6  # probability of no speech; likewise


def require_model(directory: Path) -> None:
    """Raises ``UsageError`` that names what a faster-whisper model there lacks."""
    missing = [name for name in _FILES if not (directory / name).is_file()]
    if not any(directory.glob("vocabulary.*")):
        missing.append("vocabulary.json or .txt")
    if missing:
        raise UsageError(
            f"{directory}: expected a faster-whisper model (CTranslate2), found no {', '.join(missing)};"
            " docs/voice.md says how to get one"
        )


class Whisper:
    """Recognises an utterance when it is over: Whisper has no stream, so there are no partial results."""

    def __init__(self, directory: Path) -> None:
        require_model(directory)
        from faster_whisper import WhisperModel

        self._model = WhisperModel(
            str(directory), device="cpu", compute_type="int8", cpu_threads=2, local_files_only=True
        )
        self._sound = bytearray()

    def feed(self, pcm: bytes) -> None:
        self._sound += pcm

    def partial(self) -> str:
        return ""

    def finish(self) -> Transcript:
        sound = as_samples(bytes(self._sound)).astype(np.float32) / 32_768.0
        self._sound.clear()
        segments, _ = self._model.transcribe(
            sound, language="en", beam_size=1, vad_filter=True, condition_on_previous_text=False
        )
        found = list(segments)
        text = " ".join(segment.text.strip() for segment in found).strip()
        sure = [
            _SILENT - segment.no_speech_prob if segment.no_speech_prob > _SILENT else segment.avg_logprob - _SURE
            for segment in found
        ]
        return Transcript(text, sure=min(sure, default=0.0) * len(text.split()))

    def reset(self) -> None:
        self._sound.clear()
