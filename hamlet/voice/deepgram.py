"""Deepgram as a recogniser, over HTTP, for who has a key. What you *say* goes to that company, as sound. Runs in the
worker process, for an answer is waited for.

https://developers.deepgram.com/reference/speech-to-text/listen-pre-recorded: an utterance is one request."""

import json
import urllib.error
import urllib.request

from hamlet.errors import UsageError
from hamlet.voice.audio import BYTES, RATE
from hamlet.voice.hearing import Transcript

__all__ = ["ADDRESS", "KEY", "Deepgram"]

ADDRESS = "https://api.deepgram.com"
KEY = "DEEPGRAM_API_KEY"
# Raw samples need both; ``mip_opt_out``: nothing of it is kept to train their models.
_ASKED = f"model=nova-3&language=en&punctuate=true&encoding=linear16&sample_rate={RATE}&channels=1&mip_opt_out=true"
_PATIENCE = 8.0  # seconds
_SURE = 0.5  # confidence of an utterance, of 1, below which it is a guess


class _Failed(Exception):
    """Why there was no answer."""


class Deepgram:
    """Recognises an utterance when it is over. Raises ``UsageError`` where the service cannot be reached or does not
    take the ``key``: it is asked once at the beginning, with a tenth of a second of silence."""

    def __init__(self, key: str, address: str = ADDRESS) -> None:
        self._key, self._address = key, address
        self._sound = bytearray()
        try:
            self._answer(bytes(BYTES // 10))
        except _Failed as error:
            raise UsageError(f"{error}; is {KEY} right, and the net there?") from None

    def feed(self, pcm: bytes) -> None:
        self._sound += pcm

    def partial(self) -> str:
        return ""

    def finish(self) -> Transcript:
        """Where the service fails, nothing is clear, and the person is asked again."""
        sound = bytes(self._sound)
        self._sound.clear()
        try:
            return self._answer(sound) if sound else Transcript("")
        except _Failed:
            return Transcript("", sure=-1.0)

    def reset(self) -> None:
        self._sound.clear()

    def _answer(self, sound: bytes) -> Transcript:
        head = {"Authorization": f"Token {self._key}", "Content-Type": "application/octet-stream"}
        asked = urllib.request.Request(f"{self._address}/v1/listen?{_ASKED}", sound, head)
        try:
            with urllib.request.urlopen(asked, timeout=_PATIENCE) as answer:
                best = json.load(answer)["results"]["channels"][0]["alternatives"][0]
            text, confidence = str(best["transcript"]).strip(), float(best["confidence"])
        except urllib.error.HTTPError as error:
            error.close()
            raise _Failed(f"Deepgram answered with {error.code}") from None
        except OSError as error:
            raise _Failed(f"Deepgram could not be reached ({type(error).__name__})") from None
        except (ValueError, LookupError, TypeError):
            raise _Failed("Deepgram's answer was none that is known") from None
        return Transcript(text, sure=(confidence - _SURE) * len(text.split()))
