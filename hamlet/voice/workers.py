"""A recogniser in a process of its own, started again when it is lost."""

import asyncio
import contextlib
import os
import struct
import sys
from collections.abc import Awaitable, Callable, Coroutine, Generator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import anyio
import msgspec

from hamlet.errors import UsageError
from hamlet.voice.hearing import RecogniserLost, Transcript
from hamlet.voice.settings import Secret
from hamlet.voice.worker import FEED, FINISH, PARTIAL, RESET, Ready, framed

__all__ = ["WorkerRecogniser"]

T = TypeVar("T")

_START = 60.0  # seconds to load its models
_ANSWER = 60.0  # seconds for one answer


class WorkerRecogniser:
    """A ``Recogniser``. ``arguments``: those of ``hamlet.voice.worker``; ``secrets``: what it finds in its environment
    besides, so that no list of processes shows it."""

    def __init__(self, arguments: Sequence[str], secrets: Mapping[str, Secret] = MappingProxyType({})) -> None:
        self.arguments, self._secrets = arguments, secrets
        self._process: asyncio.subprocess.Process | None = None
        self._reading = anyio.Lock()
        self._asked = self._read = 0  # questions to this process, and answers from it
        self._answers: dict[int, bytes] = {}  # that were read by who waits for a later one
        self._unwanted: set[int] = set()  # answers that nobody waits for any more, not read yet
        self._length: int | None = None  # of the answer that comes next, where it is known already
        self.started = 0  # how often it was

    @property
    def process(self) -> int | None:
        """Its id while it lives."""
        alive = self._process is not None and self._process.returncode is None
        return self._process.pid if alive and self._process else None

    async def start(self) -> None:
        """Return when it can listen; raises ``UsageError`` with the reason when it cannot."""
        async with self._reading:
            await self._start()

    def feed(self, pcm: bytes) -> None:
        # Asyncio keeps what the pipe does not take; a turn has an end, so there is not much of it.
        self._write(framed(FEED, pcm))

    def reset(self) -> None:
        self._write(framed(RESET))

    async def partial(self) -> str:
        return await self._ask(PARTIAL, str)

    def finish(self) -> Awaitable[Transcript]:
        return self._ask(FINISH, Transcript)

    async def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await _end(process)

    async def _start(self) -> None:
        if self._process is not None:
            await _end(self._process)
        command = [sys.executable, "-m", "hamlet.voice.worker", *self.arguments]
        environment = {**os.environ, **{name: secret.value for name, secret in self._secrets.items()}}
        pipes: dict[str, Any] = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
        self._process = await asyncio.create_subprocess_exec(
            *command, **pipes, stderr=asyncio.subprocess.DEVNULL, env=environment
        )
        self.started += 1
        self._asked = self._read = 0
        self._answers.clear()
        self._unwanted.clear()
        self._length = None
        try:
            with anyio.fail_after(_START):
                ready = msgspec.json.decode(await self._next(), type=Ready)
        except anyio.get_cancelled_exc_class():
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()  # or what it says first is taken for an answer
            raise
        except (RecogniserLost, TimeoutError, msgspec.DecodeError):
            raise UsageError(f"what recognises speech did not start; try: {' '.join(command)} < /dev/null") from None
        if ready.problem:
            await self.close()
            raise UsageError(f"what recognises speech cannot start: {ready.problem}")

    def _ask(self, what: bytes, kind: type[T]) -> Awaitable[T]:
        """Asked with this call, so that what is fed after it belongs to the next utterance."""
        self._write(framed(what))
        self._asked += 1
        return _Later(partial(self._answer, self._asked, self.started, kind))

    async def _answer(self, number: int, life: int, kind: type[T]) -> T:
        try:
            with anyio.fail_after(_ANSWER):
                async with self._reading:
                    if life != self.started:
                        raise RecogniserLost  # and started again by who noticed it first
                    try:
                        while number not in self._answers:
                            answer = await self._next()
                            self._read += 1
                            if self._read in self._unwanted:
                                self._unwanted.remove(self._read)
                            else:
                                self._answers[self._read] = answer
                        return msgspec.json.decode(self._answers.pop(number), type=kind)
                    except (RecogniserLost, msgspec.DecodeError):
                        await self._start()
                        raise RecogniserLost from None
        except TimeoutError:
            async with self._reading:
                if life == self.started:
                    await self._start()
            raise RecogniserLost from None
        except anyio.get_cancelled_exc_class():  # its answer comes all the same, and is read by whoever asked next
            if life == self.started and self._answers.pop(number, None) is None:
                self._unwanted.add(number)
            raise

    def _write(self, data: bytes) -> None:
        if self._process is not None and self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(data)  # what is written to a dead one shows when an answer is wanted

    async def _next(self) -> bytes:
        assert self._process is not None and self._process.stdout is not None
        try:
            if self._length is None:
                (self._length,) = struct.unpack("<I", await self._process.stdout.readexactly(4))
            answer = await self._process.stdout.readexactly(self._length)
        except (asyncio.IncompleteReadError, ConnectionError):
            raise RecogniserLost from None
        self._length = None
        return answer


class _Later(Generic[T]):
    """Something to be awaited once; unlike a coroutine it may also be left."""

    def __init__(self, answer: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._answer = answer

    def __await__(self) -> Generator[Any, Any, T]:
        return self._answer().__await__()


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
