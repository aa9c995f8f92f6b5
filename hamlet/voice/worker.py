"""The process in which speech is recognised: what does it holds the interpreter for tenths of a second.

``python -m hamlet.voice.worker sphinx``, ``… whisper DIRECTORY`` or ``… deepgram ADDRESS``.

On standard input: a letter, a length (4 bytes, little endian) and so many bytes; on standard output for each request a
length and JSON. First of all it says whether it could load what it needs.
"""

import os
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec

from hamlet.voice.hearing import Transcript

__all__ = ["FEED", "FINISH", "PARTIAL", "RESET", "Ready", "framed"]

FEED, PARTIAL, FINISH, RESET = b"F", b"P", b"E", b"R"
_HEAD = struct.Struct("<cI")


class Ready(msgspec.Struct):
    """What the worker says first; ``problem``: why it cannot work, or ""."""

    problem: str = ""


class Engine(Protocol):
    """As ``hearing.Recogniser``, but it blocks."""

    def feed(self, pcm: bytes) -> None: ...

    def partial(self) -> str: ...

    def finish(self) -> Transcript: ...

    def reset(self) -> None: ...


def framed(what: bytes, data: bytes = b"") -> bytes:
    """A request."""
    return _HEAD.pack(what, len(data)) + data


def serve(engine: Engine, asked: BinaryIO, answered: BinaryIO) -> None:
    """Answer until the end of input."""
    while len(head := asked.read(_HEAD.size)) == _HEAD.size:
        what, length = _HEAD.unpack(head)
        data = asked.read(length)
        if what == FEED:
            engine.feed(data)
        elif what == RESET:
            engine.reset()
        elif what == PARTIAL:
            _answer(answered, engine.partial())
        elif what == FINISH:
            _answer(answered, engine.finish())


def _answer(answered: BinaryIO, value: object) -> None:
    data = msgspec.json.encode(value)
    answered.write(struct.pack("<I", len(data)) + data)
    answered.flush()


def _engine(name: str, *arguments: str) -> Callable[[], Engine]:
    if name == "whisper":
        from hamlet.voice.whisper import Whisper

        return lambda: Whisper(Path(arguments[0]))
    if name == "deepgram":
        from hamlet.voice.deepgram import KEY, Deepgram

        return lambda: Deepgram(os.environ[KEY], arguments[0])
    from hamlet.voice.sphinx import Sphinx

    return Sphinx


def main() -> None:
    answered = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    try:
        engine = _engine(*sys.argv[1:])()
    except Exception as error:  # whatever a library raises when it cannot load: said to who started us
        _answer(answered, Ready(f"{type(error).__name__}: {error}"))
        return
    _answer(answered, Ready())
    serve(engine, sys.stdin.buffer, answered)


if __name__ == "__main__":
    main()
