"""From a signal to the end of the process: the first asks for an ordered stop, the second ends it.

The handlers are plain ``signal.signal`` ones, not asyncio's: they also run while the event
loop is held up in Python code or a sleep, so that a stuck process can still be told to go.
The watchdog is a thread for the same reason. What neither survives is native code that never
gives the interpreter lock back; kernels release it (``nogil``), torch does too.
"""

import contextlib
import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Self

from hamlet.errors import Stuck

__all__ = ["Die", "Watchdog", "complain", "signals_stop"]

Die = Callable[[int], object]
"""Ends the process at once with an exit code: ``os._exit``, or something milder in a test."""


def complain(line: str) -> None:
    """Write one line to standard error past every buffer and lock (safe in a signal handler)."""
    with contextlib.suppress(OSError):
        os.write(2, f"{line}\n".encode())


@contextlib.contextmanager
def signals_stop(request_stop: Callable[[str], None], die: Die = os._exit) -> Iterator[None]:
    """While open, the first SIGTERM or SIGINT calls ``request_stop(its name)`` in the main thread,
    between two bytecodes; any later one ends the process with 128 + its number.

    Outside the main thread (where Python allows no handlers) nothing is installed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = False

    def handle(number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        name = signal.Signals(number).name
        if asked:
            complain(
                f"second signal ({name}): ending at once; what was not committed is computed again at the next start"
            )
            die(128 + number)
        asked = True
        request_stop(name)

    before = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Watchdog:
    """Ends the process with ``Stuck.exit_code`` (70) when it is still in the context ``budget`` seconds after ``arm``.

    The thread exists before it is needed, and is told through a ``SimpleQueue`` (bound: the few
    orders of one stop; its ``put`` is reentrant): a signal handler may neither start a thread nor
    wait for a lock, since the code it interrupted may hold it.
    """

    def __init__(self, budget: float, unfinished: Callable[[], list[str]], die: Die = os._exit) -> None:
        self._budget = budget
        self._unfinished = unfinished
        self._die = die
        self._orders: queue.SimpleQueue[bool] = queue.SimpleQueue()  # True: count down; False: all has stopped
        self._armed = False

    def __enter__(self) -> Self:
        threading.Thread(target=self._watch, name="stop watchdog", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._orders.put(False)

    def arm(self) -> None:
        """Start the countdown; once started, another call changes nothing. Safe in a signal handler."""
        if not self._armed:
            self._armed = True
            self._orders.put(True)

    def _watch(self) -> None:
        order = self._orders.get()
        while order:
            try:
                order = self._orders.get(timeout=self._budget)
            except queue.Empty:
                names = ", ".join(self._unfinished()) or "the event loop"
                complain(f"stuck: {names} did not stop within {self._budget:g} s; ending without it")
                self._die(Stuck.exit_code)
                return
