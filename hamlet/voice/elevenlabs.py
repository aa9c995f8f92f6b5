"""ElevenLabs as a voice, over HTTP, for who has a key. What the collector says goes to that company; what you say
does not."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator

from hamlet.voice.speech import SpeakerFailed, pieces

__all__ = ["ElevenLabs"]

ADDRESS = "https://api.elevenlabs.io"
_VOICE = "21m00Tcm4TlvDq8ikWAM"  # "Rachel", which every account has
_MODEL = "eleven_flash_v2_5"  # the quickest
_PATIENCE = 10.0  # seconds


class ElevenLabs:
    """``voice``: its id there. One request a sentence, answered as 16-bit samples at ``audio.RATE``."""

    name = "elevenlabs"

    def __init__(self, key: str, voice: str = "", address: str = ADDRESS) -> None:
        self._key, self._voice, self._address = key, voice or _VOICE, address

    def __repr__(self) -> str:
        return f"ElevenLabs({self._voice})"

    def say(self, text: str) -> Iterator[bytes]:
        for piece in pieces(text):
            yield self._said(piece)

    def _said(self, text: str) -> bytes:
        asked = urllib.request.Request(
            f"{self._address}/v1/text-to-speech/{self._voice}/stream?output_format=pcm_16000",
            json.dumps({"text": text, "model_id": _MODEL}).encode(),
            {"xi-api-key": self._key, "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(asked, timeout=_PATIENCE) as answer:
                sound: bytes = answer.read()
        except urllib.error.HTTPError as error:
            error.close()
            raise SpeakerFailed(f"ElevenLabs answered with {error.code}") from None
        except (OSError, ValueError) as error:
            raise SpeakerFailed(f"ElevenLabs could not be reached ({type(error).__name__})") from None
        return sound[: len(sound) // 2 * 2]
