"""A process of ours for what must not hold up, or bring down, the one that trains: one line of JSON asks, one answers.

It ends with us, however we end, and with everything that it started: a browser is a family of processes.
"""

import ctypes
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Any, TypeVar

import anyio
import anyio.abc
import anyio.to_thread
import msgspec

from hamlet.errors import HamletError

__all__ = ["Child", "ChildFailed", "serve", "tree"]

T = TypeVar("T")
_PARENT = Path(__file__).parents[2]  # where `hamlet` is found, from whatever directory we were started
_LONGEST = 1 << 20  # bytes of an answer
_PR_SET_PDEATHSIG = 1


class ChildFailed(HamletError):
    """A process of ours did not do what it was asked; it is gone."""


class Child:
    """A running ``python -m MODULE``; for one task at a time."""

    def __init__(self, process: anyio.abc.Process, module: str) -> None:
        self._process = process
        self._module = module
        self._read = b""

    @classmethod
    @asynccontextmanager
    async def start(cls, module: str, *arguments: str) -> AsyncIterator["Child"]:
        """Ended, with all that it started, on leaving."""
        paths = [str(_PARENT), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
        environment.pop("HAMLET_CRASH_AT", None)  # it is this process that a test wants dead
        command = [sys.executable, "-m", module, *arguments]
        process = await anyio.open_process(
            command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=environment, start_new_session=True
        )
        child = cls(process, module)
        try:
            yield child
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(_end, process.pid)
                with anyio.move_on_after(2.0):
                    await process.wait()
                await process.aclose()

    async def ask(self, question: msgspec.Struct, kind: type[T], deadline: float) -> T:
        """The answer to ``question``, as ``kind``. Raises ``ChildFailed`` with what it said instead, or when it
        said nothing within ``deadline`` seconds: then it is ended."""
        assert self._process.stdin is not None
        with anyio.move_on_after(deadline):
            try:
                await self._process.stdin.send(msgspec.json.encode(question) + b"\n")
                line = await self._line()
            except (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream, BrokenPipeError):
                raise ChildFailed(f"{self._module} ended in the middle of its work") from None
            return _answer(line, kind, self._module)
        await anyio.to_thread.run_sync(_end, self._process.pid)
        raise ChildFailed(f"{self._module} took longer than {deadline:g} s and was ended")

    async def _line(self) -> bytes:
        assert self._process.stdout is not None
        while b"\n" not in self._read:
            self._read += await self._process.stdout.receive()
            if len(self._read) > _LONGEST:
                raise ChildFailed(f"{self._module} said more than {_LONGEST} bytes")
        line, _, self._read = self._read.partition(b"\n")
        return line


def serve(kind: Any, work: Callable[[Any], object]) -> None:
    """The other side: answer each line of standard input, decoded as ``kind``, by ``work``, until it ends."""
    with suppress(OSError, AttributeError):  # Linux's; elsewhere the end of standard input tells
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    for line in sys.stdin.buffer:
        try:
            answer = {"answer": work(msgspec.json.decode(line, type=kind))}
        except Exception as error:  # whatever it is, the one who asked must hear of it
            answer = {"failed": f"{type(error).__name__}: {error}".splitlines()[0]}
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        sys.stdout.buffer.flush()


def tree(root: int) -> list[int]:
    """``root`` and all that descend from it, as far as they are there."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):
            fields = path.read_text().rpartition(")")[2].split()
            parents.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found = [root]
    for one in found:
        found += parents.get(one, [])
    return found


def _end(root: int) -> None:
    """Kill the whole family: those first seen, and whom they started meanwhile."""
    for _ in range(2):
        for one in tree(root):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(one, signal.SIGKILL)


def _answer(line: bytes, kind: type[T], module: str) -> T:
    try:
        said = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
        if "failed" in said:
            raise ChildFailed(msgspec.json.decode(said["failed"], type=str))
        return msgspec.json.decode(said["answer"], type=kind)
    except (msgspec.MsgspecError, KeyError):
        raise ChildFailed(f"{module} said what nobody understands: {line[:80]!r}") from None
