"""A recogniser in a process of its own, started again when it is lost."""

import asyncio
import contextlib
import struct
import sys
from collections.abc import Sequence
from typing import Any, TypeVar

import anyio
import msgspec

from hamlet.errors import UsageError
from hamlet.voice.hearing import RecogniserLost, Transcript
from hamlet.voice.worker import FEED, FINISH, PARTIAL, RESET, Ready, framed

__all__ = ["WorkerRecogniser"]

T = TypeVar("T")

_START = 60.0  # seconds to load its models
_ANSWER = 60.0  # seconds for one answer


class WorkerRecogniser:
    """A ``Recogniser``. ``arguments``: those of ``hamlet.voice.worker``."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self._arguments = arguments
        self._process: asyncio.subprocess.Process | None = None
        self._one = anyio.Lock()  # a question and its answer
        self.started = 0  # how often it was

    @property
    def process(self) -> int | None:
        """Its id while it lives."""
        alive = self._process is not None and self._process.returncode is None
        return self._process.pid if alive and self._process else None

    async def start(self) -> None:
        """Return when it can listen; raises ``UsageError`` with the reason when it cannot."""
        async with self._one:
            await self._start()

    def feed(self, pcm: bytes) -> None:
        # Asyncio keeps what the pipe does not take; a turn has an end, so there is not much of it.
        self._write(framed(FEED, pcm))

    def reset(self) -> None:
        self._write(framed(RESET))

    async def partial(self) -> str:
        return await self._ask(PARTIAL, str)

    async def finish(self) -> Transcript:
        return await self._ask(FINISH, Transcript)

    async def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await _end(process)

    async def _start(self) -> None:
        if self._process is not None:
            await _end(self._process)
        command = [sys.executable, "-m", "hamlet.voice.worker", *self._arguments]
        pipes: dict[str, Any] = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
        self._process = await asyncio.create_subprocess_exec(*command, **pipes, stderr=asyncio.subprocess.DEVNULL)
        self.started += 1
        try:
            with anyio.fail_after(_START):
                ready = await self._read(Ready)
        except (RecogniserLost, TimeoutError):
            raise UsageError(f"what recognises speech did not start; try: {' '.join(command)} < /dev/null") from None
        if ready.problem:
            raise UsageError(f"what recognises speech cannot start: {ready.problem}")

    async def _ask(self, what: bytes, kind: type[T]) -> T:
        async with self._one:
            try:
                self._write(framed(what))
                with anyio.fail_after(_ANSWER):
                    return await self._read(kind)
            except (RecogniserLost, TimeoutError):
                await self._start()
                raise RecogniserLost from None
            except BaseException:  # cancelled between question and answer: the next would get this one's
                if self._process is not None and self._process.returncode is None:
                    self._process.kill()
                raise

    def _write(self, data: bytes) -> None:
        if self._process is not None and self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(data)  # what is written to a dead one shows when an answer is wanted

    async def _read(self, kind: type[T]) -> T:
        assert self._process is not None and self._process.stdout is not None
        try:
            (length,) = struct.unpack("<I", await self._process.stdout.readexactly(4))
            return msgspec.json.decode(await self._process.stdout.readexactly(length), type=kind)
        except (asyncio.IncompleteReadError, ConnectionError, msgspec.DecodeError):
            raise RecogniserLost from None


async def _end(process: asyncio.subprocess.Process) -> None:
    with anyio.CancelScope(shield=True):
        if process.stdin is not None:
            process.stdin.close()
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await process.wait()
        transport: Any = getattr(process, "_transport", None)
        if transport is not None:
            transport.close()  # or its pipes are closed by the garbage collector, which is a warning
