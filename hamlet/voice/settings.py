"""What can be set about voice."""

from pathlib import Path
from typing import Annotated

import msgspec

__all__ = ["Secret", "TurnSettings", "VoiceSettings"]

_Seconds = Annotated[float, msgspec.Meta(gt=0.0, le=60.0)]


class Secret(msgspec.Struct, frozen=True):
    """A key of some service, which is never shown."""

    value: str

    def __repr__(self) -> str:
        return "Secret(…)"


class TurnSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When somebody has spoken and when they have finished; all in seconds of sound.

    ``silence`` ends a turn, ``longest_silence`` where what was said so far looks unfinished ("because", "and").
    ``barge_in``: speech that interrupts the collector; ``hush``: speech at which it pauses until it is clear whether
    that comes. ``false_alarm``: silence after which it goes on after all, if no words were recognised.
    ``longest``: a turn is taken as ended then. ``speech`` and ``quiet``: above which probability a window of 32 ms is
    speech, and below which it is none."""

    silence: _Seconds = 0.5
    longest_silence: _Seconds = 3.0
    hush: _Seconds = 0.25
    barge_in: _Seconds = 0.5
    false_alarm: _Seconds = 2.0
    longest: _Seconds = 30.0
    speech: Annotated[float, msgspec.Meta(gt=0.0, lt=1.0)] = 0.5
    quiet: Annotated[float, msgspec.Meta(gt=0.0, lt=1.0)] = 0.35


class VoiceSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``sessions`` at once, each for ``minutes`` at most. ``whisper``: a directory with a faster-whisper model, to be
    used instead of pocketsphinx; ``recogniser``: the engine that recognises, ``None`` for one of these two;
    ``speaker``: the engine that speaks, ``None`` for the first that is found. ``deepgram``, ``elevenlabs``: the keys
    by which those may, where they are named."""

    turns: TurnSettings = TurnSettings()
    sessions: Annotated[int, msgspec.Meta(ge=1, le=64)] = 2
    minutes: Annotated[float, msgspec.Meta(gt=0.0, le=240.0)] = 15.0
    whisper: Path | None = None
    recogniser: str | None = None
    deepgram: Secret | None = None
    speaker: str | None = None
    elevenlabs: Secret | None = None
