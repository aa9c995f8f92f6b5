"""Services, kept running and taken down in order.

A ``Service`` has a name and one coroutine. A ``Plan`` says how it is kept: its ``Policy`` after a
failure, how long it may take to be ready and to stop. The ``Supervisor`` starts plans one after
the other, each when the one before is ready, and stops them in reverse. A stop is first a request
(the ``stopping`` event), then, after ``stop_deadline``, a cancellation; what is still there when
the budget of the whole stop (10 s) is spent ends with the process, exit code 70, its name printed.

A service that works in a thread waits for that thread (``abandon_on_cancel=False``), so that
"stopped" means stopped.
"""

import asyncio
import math
import os
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, Protocol

import anyio
import anyio.abc
import anyio.to_thread
import structlog

from hamlet.clock import Clock
from hamlet.errors import HamletError, Stuck
from hamlet.process.stopping import Die, Watchdog, signals_stop

__all__ = ["DEGRADE", "ESSENTIAL", "Plan", "Policy", "Service", "ServiceFailed", "ServiceState", "Supervisor"]

_CANCEL_GRACE = 1.0  # seconds from cancellation to "ignores it"

_log = structlog.get_logger("supervisor")


class ServiceFailed(HamletError):
    """A service that the app cannot do without failed on an error of its own."""

    exit_code = 1


class Service(Protocol):
    """A part of the app with a life of its own.

    ``run`` calls ``ready()`` once it does its work, and returns soon after ``stopping`` is set.
    Returning earlier counts as a failure unless the plan says ``may_finish``. After a failure
    ``run`` may be called again.
    """

    @property
    def name(self) -> str: ...

    async def run(self, ready: Callable[[], None], stopping: anyio.Event) -> None: ...


@dataclass(frozen=True)
class Policy:
    """After a failure: up to ``restarts`` new starts within ``window`` seconds, the first after
    ``backoff`` seconds, each later one after twice as long (``longest`` at most); then ``exhausted``."""

    exhausted: Literal["stop", "degrade"]
    restarts: int = 0
    window: float = 60.0
    backoff: float = 0.5
    longest: float = 30.0

    def pause(self, failures: int) -> float:
        """Seconds between the n-th failure in the window and the start that follows it."""
        return min(self.backoff * 2.0 ** (failures - 1), self.longest)


ESSENTIAL = Policy("stop")
DEGRADE = Policy("degrade")


@dataclass(frozen=True)
class Plan:
    """How one service is kept. Deadlines in seconds. ``stop_deadline=0`` cancels at once, for a
    service that has nothing to finish. ``beside``: it is stopped together with the one before it in the
    order, not before that one."""

    service: Service
    policy: Policy
    start_deadline: float = 10.0
    stop_deadline: float = 2.0
    may_finish: bool = False
    beside: bool = False

    def longest_start(self) -> float:
        """Seconds after which a service that is neither ready nor failed must be ignoring cancellation."""
        pauses = sum(self.policy.pause(n + 1) for n in range(self.policy.restarts))
        return (self.policy.restarts + 1) * (self.start_deadline + _CANCEL_GRACE) + pauses


@dataclass(frozen=True)
class ServiceState:
    """``state``: waiting · starting · running · degraded (between restarts) · failed · finished · stopped."""

    state: str = "waiting"
    detail: str = ""


@dataclass
class _Unit:
    plan: Plan
    status: ServiceState = ServiceState()
    said: str = ""  # of its last failure
    begun: bool = False
    failures: deque[float] = field(default_factory=deque)
    scope: anyio.CancelScope | None = None  # of the attempt of the moment; a scope is born inside a loop
    settled: anyio.Event = field(default_factory=anyio.Event)
    stopping: anyio.Event = field(default_factory=anyio.Event)
    done: anyio.Event = field(default_factory=anyio.Event)

    @property
    def name(self) -> str:
        return self.plan.service.name

    def become(self, state: str, detail: str = "") -> None:
        self.status = ServiceState(state, detail)
        _log.debug("service", service=self.name, state=state, detail=detail)


class Supervisor:
    """Runs ``plans`` (in start order) until a signal, ``request_stop``, or a failure that one of them may not survive.

    ``stop_budget`` seconds from the request to the end; the stop deadlines must fit into it.
    ``die`` ends a process that does not stop.
    """

    def __init__(self, plans: Sequence[Plan], clock: Clock, *, stop_budget: float = 10.0, die: Die = os._exit) -> None:
        names = [plan.service.name for plan in plans]
        if len(set(names)) < len(names):
            raise ValueError(f"service names must differ, found {names}")
        self._units = [_Unit(plan) for plan in plans]
        needed = sum(_deadline(rank) for rank in _ranks(self._units))
        if needed > stop_budget:
            raise ValueError(f"stop deadlines add up to {needed:g} s, more than the budget of {stop_budget:g} s")
        self._clock = clock
        self._die = die
        self._watchdog = Watchdog(stop_budget, self._unfinished, die)
        self._stop = anyio.Event()
        self._starting: anyio.CancelScope | None = None
        self._error: HamletError | None = None
        self._ready = False

    @property
    def ready(self) -> bool:
        """All services have started (some may have degraded), and no stop was asked for."""
        return self._ready and not self._stop.is_set()

    def health(self) -> dict[str, ServiceState]:
        """Service name → its state, in start order."""
        return {unit.name: unit.status for unit in self._units}

    def request_stop(self, why: str) -> None:
        """Ask for an ordered stop (from the event loop); asking again changes nothing."""
        self._watchdog.arm()
        if not self._stop.is_set():
            _log.info("stopping", why=why)
            self._stop.set()
            if self._starting is not None:
                self._starting.cancel()

    def problem(self) -> str:
        """Why no visitor should be sent here now; "" when all that is needed runs."""
        if self._stop.is_set():
            return "stopping"
        if not self._ready:
            waited_for = [unit.name for unit in self._units if not unit.settled.is_set()]
            return "starting: " + ", ".join(waited_for)
        return ""

    async def run(self) -> None:
        """Start, keep and stop the services; call it once.

        Returns after an ordered stop, or once every service has finished. Raises the ``HamletError`` of
        the service that ended the app, ``ServiceFailed`` around any other exception of it, ``Stuck``
        when it was not ready in time.
        """
        loop = asyncio.get_running_loop()

        def on_signal(name: str) -> None:
            self._watchdog.arm()  # before the loop hears of it: the loop may be what is stuck
            loop.call_soon_threadsafe(self.request_stop, name)

        with self._watchdog, signals_stop(on_signal, self._die):
            async with anyio.create_task_group() as group:
                await self._start_all(group)
                await self._stop.wait()
                await self._stop_all()
        if self._error is not None:
            raise self._error

    async def _start_all(self, group: anyio.abc.TaskGroup) -> None:
        with anyio.CancelScope() as self._starting:
            for unit in self._units:
                if self._stop.is_set():
                    return
                unit.begun = True
                group.start_soon(self._keep, unit, name=unit.name)
                with anyio.move_on_after(unit.plan.longest_start()) as patience:
                    await unit.settled.wait()
                if patience.cancelled_caught:
                    return self._end(unit, Stuck(f"{unit.name} neither started nor let itself be cancelled"))
            self._ready = True
            _log.info("ready", services=[unit.name for unit in self._units])

    async def _stop_all(self) -> None:
        for rank in reversed(_ranks(self._units)):
            units = [unit for unit in rank if unit.begun]
            for unit in units:
                unit.stopping.set()
            late = await _not_done(units, _deadline(units))
            for unit in late:
                if unit.plan.stop_deadline:
                    _log.warning("did not stop when asked, cancelling", service=unit.name)
                if unit.scope is not None:
                    unit.scope.cancel()
            for unit in await _not_done(late, _CANCEL_GRACE):
                _log.error("ignores cancellation", service=unit.name)

    async def _keep(self, unit: _Unit) -> None:
        """One service from its first start to its last end, restarts included."""
        try:
            while not unit.stopping.is_set():
                error = await self._attempt(unit)
                if error is None and self._stop.is_set():
                    break
                if error is None and unit.plan.may_finish:
                    return unit.become("finished")
                error = error or ServiceFailed(f"{unit.name} ended early")
                pause = self._after_failure(unit, error)
                if len(unit.failures) == 1 or unit.said != _describe(error):
                    await _report(unit.name, error)  # once, however often it comes back
                unit.said = _describe(error)
                if pause is None:
                    return
                with anyio.move_on_after(pause):
                    await unit.stopping.wait()
            unit.become("stopped")
        finally:
            unit.settled.set()
            unit.done.set()
            if all(other.done.is_set() for other in self._units):
                self._all_done()

    async def _attempt(self, unit: _Unit) -> Exception | None:
        """Run the service once; what it failed with, if it did."""
        unit.become("starting")
        deadline = unit.plan.start_deadline
        unit.scope = scope = anyio.CancelScope(deadline=anyio.current_time() + deadline)

        def ready() -> None:
            scope.deadline = math.inf
            unit.become("running")
            unit.settled.set()

        try:
            with scope:
                await unit.plan.service.run(ready, unit.stopping)
        except Exception as error:
            return _single(error)
        if scope.cancelled_caught and not unit.stopping.is_set():
            return Stuck(f"{unit.name} was not ready within {deadline:g} s")
        return None

    def _after_failure(self, unit: _Unit, error: Exception) -> float | None:
        """Seconds until the next start, or ``None`` when there is none."""
        policy, now = unit.plan.policy, self._clock.monotonic()
        detail = _describe(error)
        unit.failures.append(now)
        while unit.failures[0] < now - policy.window:
            unit.failures.popleft()
        if len(unit.failures) <= policy.restarts and not self._stop.is_set():
            pause = policy.pause(len(unit.failures))
            unit.become("degraded", f"{detail}; starting again in {pause:g} s")
            if policy.exhausted == "degrade":
                unit.settled.set()  # the others need not wait for it
            return pause
        unit.become("failed", detail)
        if policy.exhausted == "stop":
            self._end(unit, error)
        return None

    def _end(self, unit: _Unit, error: Exception) -> None:
        if self._error is None:
            if isinstance(error, HamletError):
                self._error = error
            else:
                self._error = ServiceFailed(f"{unit.name} failed: {_describe(error)}")
                self._error.__cause__ = error
        self.request_stop(f"{unit.name} failed")

    def _all_done(self) -> None:
        failed = [unit.name for unit in self._units if unit.status.state == "failed"]
        if failed and self._error is None and not self._stop.is_set():
            self._error = ServiceFailed(f"nothing is left running; failed: {', '.join(failed)}")
        self.request_stop("every service has ended")

    def _unfinished(self) -> list[str]:
        return [unit.name for unit in self._units if unit.begun and not unit.done.is_set()]


def _ranks(units: Sequence[_Unit]) -> list[list[_Unit]]:
    """Those that are stopped together, in start order."""
    ranks: list[list[_Unit]] = []
    for unit in units:
        if unit.plan.beside and ranks:
            ranks[-1].append(unit)
        else:
            ranks.append([unit])
    return ranks


def _deadline(units: Sequence[_Unit]) -> float:
    return max((unit.plan.stop_deadline for unit in units), default=0.0)


async def _not_done(units: Sequence[_Unit], patience: float) -> list[_Unit]:
    """Those that have not ended within ``patience`` seconds, all waited for at once."""
    with anyio.move_on_after(patience):
        for unit in units:
            await unit.done.wait()
    return [unit for unit in units if not unit.done.is_set()]


def _single(error: Exception) -> Exception:
    """What a service's task group wrapped: the first ``HamletError`` in it, or its only exception."""
    while isinstance(error, ExceptionGroup):
        found = error.subgroup(HamletError) or error
        if found is error and len(error.exceptions) > 1:
            return error
        error = found.exceptions[0]
    return error


def _describe(error: Exception) -> str:
    return str(error) if isinstance(error, HamletError) else f"{type(error).__name__}: {error}"


async def _report(name: str, error: Exception) -> None:
    """Log a failure, with its traceback unless it is meant for the user: in a thread, since a
    traceback is rendered from source files."""
    trace = None if isinstance(error, HamletError) else error
    write = partial(_log.error, "service failed", service=name, error=_describe(error), exc_info=trace)
    with anyio.CancelScope(shield=True):
        await anyio.to_thread.run_sync(write, limiter=anyio.CapacityLimiter(1))
