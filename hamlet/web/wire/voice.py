"""The messages of voice sessions over HTTP. What goes over a session's websocket is in docs/voice.md."""

from typing import Annotated, Literal

import msgspec

from hamlet.web.wire.talks import TalkAsked

__all__ = ["VoiceAsked", "VoiceLatency", "VoiceOpened", "VoiceState"]


class VoiceAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A talk to be held by voice: ``talk`` is the link of one that goes on, with a person as the debtor; without it one
    is begun as ``asked`` says. ``transport``: over which line; ``null``: LiveKit where it is configured."""

    talk: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    asked: TalkAsked | None = None
    transport: Literal["websocket", "livekit"] | None = None


class VoiceOpened(msgspec.Struct, frozen=True, kw_only=True):
    """``name`` is the only key to the session, ``talk`` the link of its talk. ``url``: a path for a websocket on this
    host, or LiveKit's address with a ``token`` for its one room."""

    name: str
    talk: str
    transport: Literal["websocket", "livekit"]
    url: str
    token: str


class VoiceLatency(msgspec.Struct, frozen=True, kw_only=True):
    """A turn, in ms from the end of speech: until it was taken as ended, then recognised, then answered, then heard;
    ``whole``: all of it."""

    end_of_turn: float
    recognised: float
    answered: float
    first_sound: float
    whole: float


class VoiceState(msgspec.Struct, frozen=True, kw_only=True):
    """``state``: waiting, loading, idle, listening, processing, speaking or over. ``p50`` and ``p95`` of voice to
    voice, in ms."""

    state: str
    transport: Literal["websocket", "livekit"]
    latencies: list[VoiceLatency]
    p50: float
    p95: float
