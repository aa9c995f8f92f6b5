"""Programs that speak: espeak-ng and flite, one process a sentence."""

import re
import subprocess
import tempfile
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path

from hamlet.voice.audio import as_bytes, as_samples, resampled
from hamlet.voice.speech import SpeakerFailed, pieces

__all__ = ["EspeakProgram", "Flite"]

_PATIENCE = 20.0  # seconds for a sentence

# What flite's letter-to-sound rules get wrong ("hay-vent", "aitch-em"), and what makes it say it right.
_FLITE = {"haven't": "hav unt", "havent": "hav unt", "hm": "hum", "hmm": "hum", "mm": "um", "pff": "puff"}
_FLITE_WORDS = re.compile(rf"\b({'|'.join(_FLITE)})\b", re.IGNORECASE)


class _Program:
    name: str

    def __init__(self, path: str) -> None:
        self._path = path

    def say(self, text: str) -> Iterator[bytes]:
        for piece in pieces(text):
            yield self._said(piece)

    def _options(self, text: Path, sound: Path) -> Sequence[str]:
        raise NotImplementedError

    def _spelt(self, text: str) -> str:
        return text

    def _said(self, text: str) -> bytes:
        # Files that only we can read, not arguments, which every user of a machine can; and not pipes: flite reads
        # from none (2.2 waits for ever).
        with tempfile.TemporaryDirectory(prefix="hamlet-voice-") as directory:
            written, sound = Path(directory) / "text", Path(directory) / "sound.wav"
            written.write_text(self._spelt(text), "utf-8")
            command = [self._path, *self._options(written, sound)]
            try:
                found = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE)
                if found.returncode:
                    raise SpeakerFailed(f"{self.name} ended with {found.returncode}")
                with wave.open(str(sound), "rb") as file:
                    shape, rate = (file.getsampwidth(), file.getnchannels()), file.getframerate()
                    samples = as_samples(file.readframes(file.getnframes()))
            except (OSError, subprocess.TimeoutExpired, wave.Error, EOFError) as error:
                raise SpeakerFailed(f"{self.name}: {type(error).__name__}") from None
        if shape != (2, 1):
            raise SpeakerFailed(f"{self.name} gave {shape[1]} channels of {8 * shape[0]} bits")
        return as_bytes(resampled(samples, rate))


class EspeakProgram(_Program):
    """Debian's espeak-ng, as a program."""

    name = "espeak-ng"

    def _options(self, text: Path, sound: Path) -> Sequence[str]:
        return ["-v", "en-us", "-s", "165", "-f", str(text), "-w", str(sound)]


class Flite(_Program):
    """``voice``: kal, kal16, awb, rms or slt."""

    name = "flite"

    def __init__(self, path: str, voice: str = "slt") -> None:
        super().__init__(path)
        self._voice = voice

    def _options(self, text: Path, sound: Path) -> Sequence[str]:
        return ["-voice", self._voice, "-f", str(text), "-o", str(sound)]

    def _spelt(self, text: str) -> str:
        return _FLITE_WORDS.sub(lambda found: _FLITE[found[0].lower()], text)
