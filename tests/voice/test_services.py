"""Services that hear and speak, for who has a key: held against small ones of our own, which answer as their references
say."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from hamlet.errors import UsageError
from hamlet.voice.deepgram import KEY, Deepgram
from hamlet.voice.elevenlabs import ElevenLabs
from hamlet.voice.engines import recogniser, settings_of, speaker
from hamlet.voice.hearing import Recogniser, Transcript
from hamlet.voice.settings import Secret, VoiceSettings
from hamlet.voice.speech import Speaker, SpeakerFailed
from hamlet.voice.workers import WorkerRecogniser
from tests.voice.support import tone
from tests.voice.test_engines import SAID, RecogniserContract, SpeakerContract


class _ElevenLabs(BaseHTTPRequestHandler):
    """Half a second of a tone for a sentence, as the service would send it; 401 for another key."""

    asked: ClassVar[list[tuple[str, dict[str, str]]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.path, body))
        self.send_response(200 if self.headers["xi-api-key"] == "right" else 401)
        self.end_headers()
        self.wfile.write(tone(0.5))

    def log_message(self, *_: object) -> None: ...


class _Deepgram(BaseHTTPRequestHandler):
    """What is said, in the order of ``said``, as the service's reference has it; 401 for another key."""

    said: ClassVar[list[str]] = []
    asked: ClassVar[list[tuple[str, int]]] = []

    def do_POST(self) -> None:
        sound = self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append((self.path, len(sound)))
        text = self.said.pop(0) if any(sound) else ""
        best = {"transcript": text, "confidence": 0.98 if text else 0.0, "words": []}
        answer = {"metadata": {"channels": 1}, "results": {"channels": [{"alternatives": [best]}]}}
        self.send_response(200 if self.headers["Authorization"] == "Token right" else 401)
        self.end_headers()
        self.wfile.write(b"?" if text == "nonsense" else json.dumps(answer).encode())

    def log_message(self, *_: object) -> None: ...


@contextmanager
def served(service: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address of such a service."""
    with ThreadingHTTPServer(("127.0.0.1", 0), service) as server, ThreadPoolExecutor(1) as threads:
        threads.submit(server.serve_forever)
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def elevenlabs() -> Iterator[str]:
    _ElevenLabs.asked.clear()
    with served(_ElevenLabs) as address:
        yield address


@pytest.fixture
def deepgram() -> Iterator[str]:
    _Deepgram.said[:], _Deepgram.asked[:] = [SAID, "Please stop calling me."], []
    with served(_Deepgram) as address:
        yield address


class TestElevenLabs(SpeakerContract):
    @pytest.fixture(autouse=True)
    def _served(self, elevenlabs: str) -> None:
        self.address = elevenlabs

    def made(self) -> Speaker:
        return ElevenLabs("right", "somebody", self.address)

    def test_the_words_are_in_the_body_and_the_key_in_no_message(self) -> None:
        list(self.made().say("I hear you."))
        ((path, body),) = _ElevenLabs.asked
        assert path == "/v1/text-to-speech/somebody/stream?output_format=pcm_16000"
        assert body["text"] == "I hear you."
        with pytest.raises(SpeakerFailed, match="answered with 401") as refused:
            list(ElevenLabs("wrong-key", "", self.address).say("I hear you."))
        assert "wrong-key" not in str(refused.value)
        with pytest.raises(SpeakerFailed, match="could not be reached"):
            list(ElevenLabs("right", "", "http://127.0.0.1:9").say("I hear you."))


def test_a_service_speaks_only_where_it_is_asked_for_and_has_a_key() -> None:
    found = settings_of({"ELEVENLABS_API_KEY": "right", "HAMLET_SPEAKER": "elevenlabs:somebody"})
    assert isinstance(speaker(found), ElevenLabs)
    assert "right" not in repr(found)
    assert not isinstance(speaker(settings_of({"ELEVENLABS_API_KEY": "right"})), ElevenLabs)
    with pytest.raises(UsageError, match="set ELEVENLABS_API_KEY"):
        speaker(VoiceSettings(speaker="elevenlabs"))


class TestDeepgram(RecogniserContract):
    """In its process, against a service of our own that answers as the reference says."""

    @pytest.fixture(autouse=True)
    def _served(self, deepgram: str) -> None:
        self.address = deepgram

    async def made(self, key: str = "right") -> Recogniser:
        ears = WorkerRecogniser(["deepgram", self.address], {KEY: Secret(key)})
        await ears.start()
        return ears

    async def test_another_key_is_refused_at_the_beginning_and_shown_nowhere(self) -> None:
        with pytest.raises(UsageError, match=r"answered with 401; is DEEPGRAM_API_KEY right") as refused:
            await self.made("wrong-key")
        assert "wrong-key" not in str(refused.value)

    def test_an_utterance_is_one_request_and_what_fails_is_not_clear(self) -> None:
        _Deepgram.said[:] = ["Yes, speaking.", "nonsense"]
        ears = Deepgram("right", self.address)
        for _ in range(2):
            ears.feed(tone(0.5))
        assert ears.finish() == Transcript("Yes, speaking.", sure=pytest.approx(0.96))
        (checked, least), (path, size) = _Deepgram.asked
        assert checked == path and "encoding=linear16&sample_rate=16000" in path and path.startswith("/v1/listen?")
        assert (least, size) == (3200, len(tone(0.5)) * 2)
        ears.feed(tone(0.5))
        assert not ears.finish().clear, "an answer that is none"
        ears._address = "http://127.0.0.1:9"
        ears.feed(tone(0.5))
        assert ears.finish() == Transcript("", sure=-1.0)
        with pytest.raises(UsageError, match="could not be reached"):
            Deepgram("right", "http://127.0.0.1:9")


def test_a_service_hears_only_where_it_is_asked_to_and_has_a_key() -> None:
    told = {"DEEPGRAM_API_KEY": "right"}
    assert "right" not in repr(settings_of(told)) and recogniser(settings_of(told)).arguments == ["sphinx"]
    asked = recogniser(settings_of({**told, "HAMLET_RECOGNISER": "deepgram"}))
    assert asked.arguments == ["deepgram", "https://api.deepgram.com"] and "right" not in str(asked.arguments)
    with pytest.raises(UsageError, match="found no deepgram; get it with: set DEEPGRAM_API_KEY"):
        recogniser(settings_of({"HAMLET_RECOGNISER": "deepgram"}))
    with pytest.raises(UsageError, match="found no faster-whisper; get it with: set HAMLET_WHISPER"):
        recogniser(settings_of({"HAMLET_RECOGNISER": "faster-whisper"}))
    with pytest.raises(UsageError, match="expected faster-whisper, pocketsphinx, deepgram, found 'parrot'"):
        recogniser(settings_of({"HAMLET_RECOGNISER": "parrot"}))
