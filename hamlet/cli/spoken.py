"""``talk --voice``: a talk from one WAV file into another, for scripts and tests."""

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread

from hamlet.clock import Clock
from hamlet.conversation.session import Turn
from hamlet.errors import UsageError
from hamlet.talks.talk import Talk
from hamlet.voice.audio import read_wav, write_wav
from hamlet.voice.conversation import Conversation
from hamlet.voice.engines import listener, recogniser, settings_of, speaker
from hamlet.voice.files import FileTransport
from hamlet.voice.playback import Heard

__all__ = ["speak"]


class _Private:
    """A talk that nobody else takes part in; it thinks in a worker thread."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk

    async def begin(self) -> Sequence[Turn]:
        return await anyio.to_thread.run_sync(self._talk.begin)

    async def say(self, text: str, *, clear: bool) -> Sequence[Turn]:
        return await anyio.to_thread.run_sync(partial(self._talk.say, text, clear=clear))

    async def interrupted(self, heard: Heard) -> None:
        """A file does not interrupt: it waits for its turn."""


def speak(talk: Talk, heard: Path, out: Path | None, clock: Clock) -> list[str]:
    """Hold ``talk`` with what is said in ``heard``; what was to be heard on the line goes to ``out``. Returns
    what is to be told besides. Raises ``UsageError`` for files, or engines that are missing."""
    sound = read_wav(heard)
    if out is not None and not out.parent.is_dir():
        raise UsageError(f"{out}: {out.parent} is no directory; choose another file with --out")
    transport = FileTransport(sound)
    notes = anyio.run(_spoken, talk, transport, clock)
    if not talk.ending:
        talk.leave()
    if out is not None:
        write_wav(out, bytes(transport.line))
    return notes


async def _spoken(talk: Talk, transport: FileTransport, clock: Clock) -> list[str]:
    settings = await anyio.to_thread.run_sync(settings_of, os.environ)
    voice = await anyio.to_thread.run_sync(speaker, settings)
    vad = await anyio.to_thread.run_sync(listener)
    ears = await anyio.to_thread.run_sync(recogniser, settings)
    try:
        await ears.start()
        await Conversation(_Private(talk), transport, vad, ears, voice, settings.turns, clock).run()
    finally:
        await ears.close()
    return [] if voice else ["Nothing here speaks: the answers are text only. Get a voice with: apt install flite"]
