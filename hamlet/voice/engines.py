"""Which engines this machine has, and the command for each that is missing."""

import shutil
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import msgspec

from hamlet.errors import UsageError
from hamlet.voice.deepgram import ADDRESS, KEY
from hamlet.voice.elevenlabs import ElevenLabs
from hamlet.voice.settings import Secret, VoiceSettings
from hamlet.voice.speech import Speaker
from hamlet.voice.vad import LoudnessVad, SileroVad, Vad, model_file
from hamlet.voice.whisper import require_model
from hamlet.voice.workers import WorkerRecogniser

__all__ = ["Engine", "engines", "listener", "recogniser", "settings_of", "speaker"]

_EXTRA = "pip install -e '.[voice]'"


class Engine(msgspec.Struct, frozen=True):
    """``where``: its place, or "" where it is missing; ``get``: the command that gets it."""

    part: str
    name: str
    where: str
    get: str


def settings_of(environment: Mapping[str, str]) -> VoiceSettings:
    """From the environment; raises ``UsageError``."""
    whisper, key, hears = (environment.get(name) for name in ("HAMLET_WHISPER", "ELEVENLABS_API_KEY", KEY))
    settings = VoiceSettings(
        whisper=Path(whisper) if whisper else None,
        recogniser=environment.get("HAMLET_RECOGNISER") or None,
        deepgram=Secret(hears) if hears else None,
        speaker=environment.get("HAMLET_SPEAKER"),
        sessions=int(_number(environment, "HAMLET_VOICE_SESSIONS", VoiceSettings().sessions, 64)),
        minutes=_number(environment, "HAMLET_VOICE_MINUTES", VoiceSettings().minutes, 240),
        elevenlabs=Secret(key) if key else None,
    )
    if settings.whisper is not None:
        require_model(settings.whisper)
    return settings


def _number(environment: Mapping[str, str], name: str, usual: float, most: int) -> float:
    if not (told := environment.get(name)):
        return usual
    if not (told.isdecimal() and 1 <= int(told) <= most):
        raise UsageError(f"{name}: expected 1 to {most}, found {told!r}")
    return int(told)


def engines(settings: VoiceSettings) -> list[Engine]:
    """All that Hamlet knows, in the order in which they are chosen."""
    whisper = str(settings.whisper) if settings.whisper else ""
    return [
        Engine("hears speech", "Silero VAD", str(model_file() or ""), _EXTRA),
        Engine("recognises", "faster-whisper", whisper, "set HAMLET_WHISPER to a model's directory (docs/voice.md)"),
        Engine("recognises", "pocketsphinx", _package("pocketsphinx"), _EXTRA),
        Engine(
            "recognises",
            "deepgram",
            "its key is set" if settings.deepgram else "",
            f"set {KEY} and HAMLET_RECOGNISER=deepgram (docs/voice.md)",
        ),
        Engine("speaks", "espeakng-loader", _package("espeakng_loader"), "pip install -e '.[espeak]'"),
        Engine("speaks", "espeak-ng", shutil.which("espeak-ng") or "", "apt install espeak-ng"),
        Engine("speaks", "flite", shutil.which("flite") or "", "apt install flite"),
        Engine(
            "speaks",
            "elevenlabs",
            "its key is set" if settings.elevenlabs else "",
            "set ELEVENLABS_API_KEY and HAMLET_SPEAKER=elevenlabs (docs/voice.md)",
        ),
        Engine("rooms", "livekit", _package("livekit.rtc"), "pip install -e '.[livekit]' (docs/voice.md)"),
    ]


def listener() -> Vad:
    """Whether somebody speaks: Silero, or loudness where its model is missing."""
    model = model_file()
    return SileroVad(model) if model and find_spec("onnxruntime") else LoudnessVad()


def recogniser(settings: VoiceSettings) -> WorkerRecogniser:
    """The one that is configured, not started yet. Raises ``UsageError`` with the command that gets one."""
    name = settings.recogniser or ("faster-whisper" if settings.whisper else "pocketsphinx")
    known = {engine.name: engine for engine in engines(settings) if engine.part == "recognises"}
    if name not in known:
        raise UsageError(f"HAMLET_RECOGNISER: expected {', '.join(known)}, found {name!r}")
    if name == "deepgram" and settings.deepgram:
        return WorkerRecogniser(["deepgram", ADDRESS], {KEY: settings.deepgram})
    if settings.recogniser and not known[name].where:
        raise UsageError(f"HAMLET_RECOGNISER: found no {name}; get it with: {known[name].get}")
    if name == "faster-whisper":
        if not find_spec("faster_whisper"):
            raise UsageError(f"found no faster-whisper, which is to recognise speech; install it with: {_EXTRA}")
        return WorkerRecogniser(["whisper", str(settings.whisper)])
    if not find_spec("pocketsphinx"):
        raise UsageError(f"found nothing that recognises speech; install it with: {_EXTRA}")
    return WorkerRecogniser(["sphinx"])


def speaker(settings: VoiceSettings) -> Speaker | None:
    """The one that is configured, else the first that is found, else ``None``. Raises ``UsageError`` where the
    configured one is missing."""
    from hamlet.voice.espeak import EspeakLibrary
    from hamlet.voice.programs import EspeakProgram, Flite

    wanted = settings.speaker
    name, _, voice = (wanted or "").partition(":")
    if name == "elevenlabs" and settings.elevenlabs:
        return ElevenLabs(settings.elevenlabs.value, voice)
    espeak, flite = shutil.which("espeak-ng"), shutil.which("flite")
    if name in ("", "espeakng-loader") and find_spec("espeakng_loader"):
        return EspeakLibrary()
    if name in ("", "espeak-ng") and espeak:
        return EspeakProgram(espeak)
    if name in ("", "flite") and flite:
        return Flite(flite, voice or "slt")
    if not name or name == "none":
        return None
    known = [engine for engine in engines(settings) if engine.part == "speaks"]
    get = next((engine.get for engine in known if engine.name == name), "")
    if not get:
        expected = ", ".join(engine.name for engine in known)
        raise UsageError(f"HAMLET_SPEAKER: expected {expected} or none, found {name!r}")
    raise UsageError(f"HAMLET_SPEAKER: found no {name}; get it with: {get}")


def _package(name: str) -> str:
    try:
        found = find_spec(name)
    except ModuleNotFoundError:
        return ""
    return str(Path(found.origin).parent) if found and found.origin else ""
