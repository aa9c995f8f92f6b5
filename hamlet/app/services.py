"""The parts of the app as supervised services, each wrapped around what its room offers."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import anyio
import anyio.from_thread
import anyio.to_thread
import structlog

from hamlet.crashpoints import crash_point
from hamlet.events.log import EventLog
from hamlet.events.types import Event, Recorded
from hamlet.process.interrupting import in_thread
from hamlet.projections.projector import Projector
from hamlet.training.live import LivePolicy
from hamlet.training.service import Run

__all__ = ["LogSink", "ProjectorService", "StageService", "TrainerService", "WriterService"]

Ready = Callable[[], None]

_log = structlog.get_logger("services")

_DRAIN = 0.8  # seconds that the projector may take for what is committed already when told to stop
_PATIENCE = 4.0  # seconds that training may take to come to where it can stop
_IDLE = 0.2  # seconds between two looks whether somebody watches


class LogSink:
    """A run's ``EventSink``: from the training thread into the log's queue, over the loop."""

    def __init__(self, log: EventLog, run: str) -> None:
        self._log = log
        self._run = run

    def submit(self, events: Sequence[Event], version: int) -> None:
        anyio.from_thread.run(partial(self._log.submit, self._run, list(events), expected=version))

    def flush(self) -> None:
        anyio.from_thread.run(self._log.flush)


class WriterService:
    """The log's one writer."""

    name = "log"

    def __init__(self, log: EventLog) -> None:
        self._log = log

    async def run(self, ready: Ready, stopping: anyio.Event) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(self._log.run, name="log writer")
            ready()
            await stopping.wait()
            group.cancel_scope.cancel()


class ProjectorService:
    """The views, kept at the head of the log."""

    name = "projector"

    def __init__(self, projector: Projector, log: EventLog, on_applied: Callable[[Sequence[Recorded]], None]) -> None:
        self._projector = projector
        self._log = log
        self._on_applied = on_applied
        self._applied = anyio.Event()

    def _tell(self, events: Sequence[Recorded]) -> None:
        crash_point("publish")
        self._on_applied(events)
        self._applied.set()
        self._applied = anyio.Event()

    async def run(self, ready: Ready, stopping: anyio.Event) -> None:
        def give_way(_: int) -> None:
            if stopping.is_set():
                raise anyio.BrokenResourceError

        try:
            await anyio.to_thread.run_sync(partial(self._projector.catch_up, progress=give_way))
        except anyio.BrokenResourceError:
            return
        self._tell([])
        ready()
        async with anyio.create_task_group() as group:
            subscription = self._log.subscribe(self._projector.position)
            group.start_soon(self._projector.run, subscription, self._tell, name="projector")
            await stopping.wait()
            with anyio.move_on_after(_DRAIN):
                await self.caught_up()
            group.cancel_scope.cancel()

    async def caught_up(self) -> None:
        """Return when the views show all that is committed now."""
        head = self._log.head
        while self._projector.position < head:
            await self._applied.wait()


class TrainerService:
    """One run in a worker thread of its own; ``finished`` is awaited when its goal is reached."""

    def __init__(self, run: Run, finished: Callable[[], Awaitable[None]], name: str = "trainer") -> None:
        self.name = name
        self._run = run
        self._finished = finished

    async def run(self, ready: Ready, stopping: anyio.Event) -> None:
        async def give_up() -> None:
            await stopping.wait()
            self._run.stop.set()
            await anyio.sleep(_PATIENCE)
            while self._run.saving:  # noqa: ASYNC110  # set by another thread
                await anyio.sleep(_IDLE)
            _log.warning("left in the middle of an exam or of kernels: what was not saved is computed again")

        ready()
        await in_thread(self._run.work, give_up)
        if not self._run.stop.is_set():
            await self._finished()


class StageService:
    """The exhibition: a scene now and then while somebody watches. ``play`` shows the next one, by the newest
    policy, and returns for how many seconds it stands; it is called in a worker thread."""

    def __init__(
        self,
        play: Callable[[LivePolicy], tuple[Callable[[], None], float]],
        policy: Callable[[], LivePolicy | None],
        watched: Callable[[], bool],
        name: str = "stage",
    ) -> None:
        self.name = name
        self._play = play
        self._policy = policy
        self._watched = watched

    async def run(self, ready: Ready, stopping: anyio.Event) -> None:
        ready()
        while not stopping.is_set():
            policy = self._policy()
            pause = _IDLE
            if policy is not None and self._watched():
                scene = await in_thread(partial(self._play, policy), stopping.wait)
                if scene is None:
                    return
                show, pause = scene
                show()
            with anyio.move_on_after(pause):
                await stopping.wait()
