"""Work in a thread that can be told to leave off in the middle of whatever Python code it runs.

An exam, or kernels that are compiled at a first start, do not ask whether to go on, and the
supervisor's budget for a stop does not wait for them. So an exception is raised in the thread itself,
between two bytecodes (``PyThreadState_SetAsyncExc`` of CPython's C API): only for work of which
whatever is left half done is thrown away. Native code that does not return stays stuck.
"""

import ctypes
import threading
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import anyio
import anyio.to_thread

__all__ = ["in_thread"]

T = TypeVar("T")


async def in_thread(function: Callable[[], T], give_up: Callable[[], Awaitable[object]]) -> T | None:
    """``function()`` in a worker thread of its own. What is still at work once ``give_up()`` has returned is
    interrupted; then the result is ``None``."""
    work = _Work(function)

    async def end() -> None:
        await give_up()
        work.interrupt()

    async with anyio.create_task_group() as group:
        group.start_soon(end, name="end of the work")
        result = await anyio.to_thread.run_sync(work, limiter=anyio.CapacityLimiter(1))
        group.cancel_scope.cancel()
    return result


class _Interrupted(BaseException):
    """Not an ``Exception``: what handles errors must not take it for one."""


class _Work(Generic[T]):
    def __init__(self, function: Callable[[], T]) -> None:
        self._function = function
        self._interrupted = False
        self._thread: int | None = None
        self._lock = threading.Lock()  # held while the thread may be hit: never before or after its work

    def __call__(self) -> T | None:
        try:
            with self._lock:
                if self._interrupted:
                    return None
                self._thread = threading.get_ident()
            try:
                return self._function()
            finally:
                with self._lock:
                    self._thread = None
        except _Interrupted:
            return None

    def interrupt(self) -> None:
        with self._lock:
            self._interrupted = True
            if self._thread is not None:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._thread), ctypes.py_object(_Interrupted))
