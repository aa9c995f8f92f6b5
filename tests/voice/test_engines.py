"""What hears, recognises and speaks: one suite for each protocol, which the fakes pass, too."""

import asyncio
import os
import shutil
import signal
import struct
from collections.abc import Awaitable
from importlib.util import find_spec
from pathlib import Path

import anyio
import anyio.to_thread
import msgspec
import numpy as np
import pytest

from hamlet.errors import UsageError
from hamlet.voice.audio import as_bytes, as_samples, read_wav, resampled, seconds, write_wav
from hamlet.voice.engines import engines, settings_of, speaker
from hamlet.voice.espeak import EspeakLibrary
from hamlet.voice.hearing import Recogniser, RecogniserLost, Transcript
from hamlet.voice.programs import EspeakProgram, Flite
from hamlet.voice.settings import VoiceSettings
from hamlet.voice.speech import Speaker
from hamlet.voice.vad import WINDOW, LoudnessVad, SileroVad, Vad, model_file
from hamlet.voice.workers import WorkerRecogniser
from tests.voice.support import FakeRecogniser, FakeSpeaker, flite, silence, tone


async def said(text: str) -> bytes:
    """As ``flite``, off the loop."""
    return await anyio.to_thread.run_sync(flite, text)


SAID = "I lost my job in spring."


class SpeakerContract:
    def made(self) -> Speaker:
        raise NotImplementedError

    def test_each_sentence_is_a_piece_of_sound(self) -> None:
        sounds = list(self.made().say("I hear you. How are you getting by at the moment?"))
        assert len(sounds) == 2, "one piece for each sentence"
        assert all(seconds(sound) > 0.3 for sound in sounds), "a sentence takes a while to be said"
        assert max(abs(int(value)) for value in as_samples(sounds[0])) > 500, "it can be heard"

    def test_nothing_is_said_of_nothing(self) -> None:
        assert list(self.made().say("  ")) == []


class TestFakeSpeaker(SpeakerContract):
    def made(self) -> Speaker:
        return FakeSpeaker()


@pytest.mark.skipif(not find_spec("espeakng_loader"), reason="no espeakng-loader")
class TestEspeakLibrary(SpeakerContract):
    def made(self) -> Speaker:
        return EspeakLibrary()


@pytest.mark.skipif(not shutil.which("espeak-ng"), reason="no espeak-ng")
class TestEspeakProgram(SpeakerContract):
    def made(self) -> Speaker:
        return EspeakProgram("espeak-ng")


class TestFlite(SpeakerContract):
    def made(self) -> Speaker:
        flite("Hello.")  # or the test is skipped
        return Flite("flite", "rms")


def test_limits_come_from_the_environment() -> None:
    found = settings_of({"HAMLET_VOICE_SESSIONS": "8", "HAMLET_VOICE_MINUTES": "30"})
    assert (found.sessions, found.minutes) == (8, 30)
    with pytest.raises(UsageError, match="HAMLET_VOICE_SESSIONS: expected 1 to 64, found 'many'"):
        settings_of({"HAMLET_VOICE_SESSIONS": "many"})


class VadContract:
    def made(self) -> Vad:
        raise NotImplementedError

    def sound(self) -> bytes:
        raise NotImplementedError

    def heard(self, pcm: bytes) -> list[float]:
        vad = self.made()
        return [vad.speech(as_samples(pcm[at : at + 2 * WINDOW])) for at in range(0, len(pcm) - 2 * WINDOW, 2 * WINDOW)]

    def test_speech_is_told_from_silence(self) -> None:
        quiet, spoken = self.heard(silence(1.0)), self.heard(silence(0.5) + self.sound())
        assert max(quiet) < 0.35, "silence is no speech"
        assert max(spoken[16:]) > 0.5, "speech is"
        assert all(0.0 <= value <= 1.0 for value in (*quiet, *spoken)), "it is a probability"


class TestLoudness(VadContract):
    def made(self) -> Vad:
        return LoudnessVad()

    def sound(self) -> bytes:
        return tone(1.0)


class TestSilero(VadContract):
    def made(self) -> Vad:
        model = model_file()
        assert model is not None, "faster-whisper comes with the extra dev"
        return SileroVad(model)

    def sound(self) -> bytes:
        return flite(SAID)

    def test_it_remembers_what_it_heard(self) -> None:
        """Begun anew with each window, as the wrapper in faster-whisper does it, less of the speech is found."""
        sound = silence(0.5) + self.sound()
        stream = sum(value > 0.5 for value in self.heard(sound))
        anew = [self.made().speech(as_samples(sound[at : at + 1024])) for at in range(0, len(sound) - 1024, 1024)]
        assert stream > sum(value > 0.5 for value in anew)

    def test_noise_is_no_speech(self) -> None:
        noise = as_bytes(800.0 * np.random.default_rng(1).standard_normal(32_000))
        assert sum(value > 0.5 for value in self.heard(noise)) <= 2


class RecogniserContract:
    async def made(self) -> Recogniser:
        raise NotImplementedError

    async def test_one_utterance_after_the_other(self) -> None:
        ears = await self.made()
        try:
            assert await ears.finish() == Transcript(""), "nothing was said"
            for text in (SAID, "Please stop calling me."):
                sound = silence(0.3) + await said(text) + silence(0.3)
                ears.feed(b"")  # a pause can leave nothing to begin with
                for at in range(0, len(sound), 1024):
                    ears.feed(sound[at : at + 1024])
                found = await ears.finish()
                assert found.clear
                assert found.text.lower().strip(".") == text.lower().strip(".")
            ears.feed(await said(SAID))
            ears.reset()
            assert (await ears.finish()).text == "", "what was begun is forgotten"
        finally:
            await ears.close()


class TestFakeRecogniser(RecogniserContract):
    async def made(self) -> Recogniser:
        return FakeRecogniser(SAID, "Please stop calling me.")


@pytest.mark.timeout(300)
class TestSphinx(RecogniserContract):
    async def made(self) -> Recogniser:
        ears = WorkerRecogniser(["sphinx"])
        await ears.start()
        return ears

    async def test_a_worker_that_is_killed_in_the_middle_of_a_sentence_is_started_again(self) -> None:
        ears = WorkerRecogniser(["sphinx"])
        await ears.start()
        try:
            sound = silence(0.3) + await said(SAID) + silence(0.3)
            ears.feed(sound[: len(sound) // 2])
            assert ears.process is not None
            os.kill(ears.process, signal.SIGKILL)
            with pytest.raises(RecogniserLost):
                await ears.finish()
            ears.feed(sound)
            assert (await ears.finish()).text == SAID.lower().strip(".")
            assert ears.started == 2
        finally:
            await ears.close()

    async def test_what_has_nothing_to_do_with_it_is_not_clear(self) -> None:
        ears = await self.made()
        try:
            ears.feed(silence(0.3) + await said("The dragon guarded a mountain of silver and gold.") + silence(0.3))
            assert not (await ears.finish()).clear
        finally:
            await ears.close()


class Pipe:
    """A worker's process as far as a ``WorkerRecogniser`` sees it; its answers come when the test says so."""

    def __init__(self) -> None:
        self.stdin, self.returncode, self.killed = None, None, 0
        self.stdout = asyncio.StreamReader()

    def answer(self, text: str) -> bytes:
        data = msgspec.json.encode(text)
        return struct.pack("<I", len(data)) + data

    def kill(self) -> None:
        self.killed += 1


@pytest.mark.parametrize("read", [0, 2, 4, 6], ids=["waiting", "in its length", "after its length", "in the answer"])
async def test_who_stops_waiting_for_an_answer_costs_nobody_anything(read: int) -> None:
    """Neither who reads an answer, of which so many bytes have come, nor who waits for another to have read theirs."""
    ears, pipe = WorkerRecogniser([]), Pipe()
    ears._process = pipe  # type: ignore[assignment]
    found: list[str] = []

    async def want(answer: Awaitable[str]) -> None:
        found.append(await answer)

    sound = pipe.answer("first")
    async with anyio.create_task_group() as group:
        for _ in range(2):
            group.start_soon(want, ears.partial())
        await anyio.wait_all_tasks_blocked()
        pipe.stdout.feed_data(sound[:read])
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    pipe.stdout.feed_data(sound[read:] + pipe.answer("second") + pipe.answer("third"))
    await want(ears.partial())
    assert (found, pipe.killed) == (["third"], 0)
    assert not ears._unwanted and not ears._answers, "nothing is kept of them"


def test_a_directory_that_holds_no_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(UsageError, match=r"found no model\.bin, tokenizer\.json, vocabulary"):
        settings_of({"HAMLET_WHISPER": str(tmp_path)})


async def test_a_worker_that_cannot_load_says_why(tmp_path: Path) -> None:
    ears = WorkerRecogniser(["whisper", str(tmp_path)])
    with pytest.raises(UsageError, match="expected a faster-whisper model"):
        await ears.start()
    await ears.close()


def test_without_a_voice_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hamlet.voice.engines.find_spec", lambda name: None)
    monkeypatch.setattr("hamlet.voice.engines.shutil.which", lambda name: None)
    assert speaker(VoiceSettings()) is None
    with pytest.raises(UsageError, match="apt install flite"):
        speaker(VoiceSettings(speaker="flite"))
    commands = {engine.name: engine.get for engine in engines(VoiceSettings()) if not engine.where}
    assert commands["pocketsphinx"] == "pip install -e '.[voice]'"


def test_an_unknown_voice_is_told() -> None:
    with pytest.raises(
        UsageError, match="expected espeakng-loader, espeak-ng, flite, elevenlabs or none, found 'parrot'"
    ):
        speaker(VoiceSettings(speaker="parrot"))
    assert speaker(VoiceSettings(speaker="none")) is None


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000])
def test_another_rate_keeps_the_tone(rate: int) -> None:
    time = np.arange(rate) / rate
    found = resampled((8_000 * np.sin(2 * np.pi * 440 * time)).astype(np.int16), rate)
    wanted = 8_000 * np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)
    assert len(found) == 16_000
    assert np.abs(found - wanted)[200:-200].max() < 100


def test_wavs_come_back_and_bad_ones_are_named(tmp_path: Path) -> None:
    write_wav(tmp_path / "tone.wav", tone(0.2))
    assert read_wav(tmp_path / "tone.wav") == tone(0.2)
    for name, content in (("none.wav", None), ("text.wav", b"this is no sound"), ("cut.wav", b"RIFF")):
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(UsageError, match=name):
            read_wav(path)
