"""A run from its first vector step to its goal, over any number of processes.

Synchronous; lives in a worker thread of its own. It resumes from the newest state that verifies,
meets the log's facts again, goes on from there, takes commands, keeps checkpoints, and tells the
live lane how it goes. What is learned depends on config, seed and logged commands alone: the clock
is read here only to save states, keep the pace and show rates.
"""

import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NoReturn, TypeVar

import msgspec
import structlog

from hamlet.clock import Clock
from hamlet.commands import CheckpointNow, Command, Pause, SetPace, Unpause
from hamlet.errors import HamletError
from hamlet.events.types import (
    AnyEvent,
    CheckpointRejected,
    CheckpointSaved,
    CheckpointsPruned,
    CommandApplied,
    EpisodeCompleted,
    Event,
    Recorded,
    RunFinished,
    RunResumed,
    TrainingFailed,
)
from hamlet.space import Room, Space, no_room
from hamlet.training.checkpoint import Rejected
from hamlet.training.live import Live, LivePolicy, Status
from hamlet.training.pace import Pace
from hamlet.training.recorder import EventSink, Recorder, facts, last_pace, resume_states
from hamlet.training.run_logger import RunLogger
from hamlet.training.settings import TrainingSettings
from hamlet.training.states import RunFiles
from hamlet.training.trainer import NotFinite, Trainer
from hamlet.training.world_models.model import Episodes
from hamlet.worlds.settings import WorldSettings

__all__ = ["Run", "RunPlan", "TrainingStopped"]

_SHOW_EVERY = 0.5  # seconds between two looks of the live lane at the training
_DISK_NAP = 1.0  # seconds between two tries to write to a full disk
_SOONER = 16  # the first state of a process comes so many times sooner than later ones, then twice as late each time
_NAP = 0.2  # seconds between two looks at the stop flag while paused or slow

_log = structlog.get_logger("training")
T = TypeVar("T")


class TrainingStopped(HamletError):
    """Training ended on an error of its own; the log says where."""

    exit_code = 1


class _GaveUpWaiting(Exception):
    """Told to stop while the disk was full: what was not written is computed again."""


class RunPlan(msgspec.Struct, frozen=True):
    """``goals``: the episodes at which the run finished or will, rising. ``announce``: what has to
    be in the log before the work begins, after ``version``, the run's version so far.
    ``milestones``: the run's events in the log but for episodes and progress, which may be
    millions; ``history``: all its events after a position of the log. ``versions``: package →
    version, now. ``resume_every``: seconds between resume states. ``experience``: what the run had learned from
    before its first step."""

    run: str
    world: WorldSettings
    training: TrainingSettings
    goals: tuple[int, ...]
    announce: Sequence[Event]
    version: int
    milestones: Callable[[], Sequence[Recorded]]
    history: Callable[[int], Iterable[Recorded]]
    versions: dict[str, str]
    resume_every: float = 30.0
    experience: Episodes | None = None


class Run:
    """``work`` does it all, in the calling thread, until the goal is reached or ``stop`` is set."""

    def __init__(
        self, plan: RunPlan, files: RunFiles, sink: EventSink, live: Live, clock: Clock, space: Space | None = None
    ) -> None:
        self._plan = plan
        self._files = files
        self._sink = sink
        self._live = live
        self._clock = clock
        self._space = space or Space(files.directory, 0, clock)
        self._pace = Pace(clock)
        self._paused = False  # a pause ends with its process: who starts one wants it to train
        # Facts that the trainer's state has behind it but the log does not hold yet: of the newest
        # vector step, or beyond the goal that it reached. They are saved with the state.
        self._outbox: list[AnyEvent] = []
        self._finished_at = 0
        self._episode = 0
        self._catch_up_to = 0
        self._shown = (clock.monotonic(), 0)
        self._saved_at = clock.monotonic()
        self._save_after = plan.resume_every / _SOONER
        self._run_logger = RunLogger(plan.run, clock)
        self.saving = False  # on its way to a resume state, which is worth waiting for
        self.stop = threading.Event()

    def work(self) -> None:
        """Run to the last goal, or until ``stop``. Raises ``HamletError`` when the log fails and
        ``TrainingStopped`` when the learning does."""
        try:
            self._resume()
            for goal in self._plan.goals:
                if self._finished_at < goal and not self._run_to(goal):
                    self._save()
                    return self._show("stopped")
            self._show("finished")
        except _GaveUpWaiting:
            self._show("stopped")
        except NotFinite as error:
            self._fail(str(error))
        except Exception as error:
            self._show("failed", str(error))
            raise

    # -- beginning and end -----------------------------------------------------------------------

    def _resume(self) -> None:
        """The newest state that verifies, or the very beginning; the facts after it are met again."""
        plan = self._plan
        self._show("waiting", "getting ready")
        # A config that cannot start is not announced.
        self.trainer = Trainer(plan.world, plan.training, plan.experience)
        if plan.announce:
            self._sink.submit(plan.announce, plan.version)
            self._sink.flush()
        version = plan.version + len(plan.announce)
        milestones = plan.milestones()
        self._files.clean()
        rejected: list[CheckpointRejected] = []
        included = 1
        for saved in resume_states(milestones)[:2]:
            try:
                self._outbox, self._finished_at = self._files.load_resume_state(saved, self.trainer)
            except Rejected as error:
                _log.warning("resume state rejected", file=saved.file, reason=str(error))
                rejected.append(CheckpointRejected(file=saved.file, reason=str(error)))
                self._outbox, self._finished_at = [], 0
                self.trainer = Trainer(plan.world, plan.training, plan.experience)
                continue
            included = saved.version
            break
        after = max(milestone.position for milestone in milestones if milestone.version <= included)
        past = facts(fact for fact in plan.history(after) if fact.version > included)
        self._recorder = Recorder(self._sink, past, version, self._clock)
        for event in rejected:
            self._recorder.note(event)
        counters = self.trainer.counters
        self._episode = counters.episode - sum(isinstance(event, EpisodeCompleted) for event in self._outbox)
        lived = [fact.event.episode for fact in past if isinstance(fact.event, EpisodeCompleted)]
        self._catch_up_to = max(lived, default=self._episode)
        self._pace.set(last_pace(milestones), self._episode)
        self._shown = (self._clock.monotonic(), counters.vector_step)
        if plan.version and self._finished_at < plan.goals[-1]:
            _log.info("resuming", run=plan.run, episode=self._episode, catch_up_to=self._catch_up_to)
            self._recorder.note(
                RunResumed(
                    vector_step=counters.vector_step,
                    episode=self._episode,
                    catch_up_to=self._catch_up_to,
                    versions=plan.versions,
                    device=self.trainer.device.type,
                )
            )

    def _finish(self, goal: int) -> None:
        settings = self._plan.training
        events: list[AnyEvent] = []
        if goal % settings.checkpoint_every:
            events.append(self._checkpoint(goal))
        if goal % settings.exam_every:
            events += self.trainer.examine(goal)
        self._record([*events, RunFinished(episode=goal, vector_step=self.trainer.counters.vector_step)])
        self._finished_at = goal
        self._save()

    def _fail(self, reason: str) -> NoReturn:
        where = self.trainer.counters
        self._recorder.note(TrainingFailed(episode=where.episode, vector_step=where.vector_step, reason=reason))
        self._recorder.flush()
        self._show("failed", reason)
        raise TrainingStopped(f"run {self._plan.run}, episode {where.episode:,}: {reason}")

    # -- running ---------------------------------------------------------------------------------

    def _run_to(self, goal: int) -> bool:
        """Vector step after vector step; says whether ``goal`` was reached (else: stopped)."""
        self._show()
        pending, self._outbox = self._outbox, []
        while True:
            self._record([event for event in pending if _episode_of(event) <= goal])
            self._outbox = [event for event in pending if _episode_of(event) > goal]
            if self._episode >= goal:
                self._finish(goal)
                return True
            self._take_commands()
            while self._space.room() is Room.NO_TRAINING and not self.stop.is_set():
                self._wait_for_space(self._space.why)
            if self.stop.is_set():
                return False
            pending = self.trainer.advance()
            if due := self.trainer.counters.checkpoint:
                pending.append(self._checkpoint(due))
            self._show_now_and_then()
            if self._clock.monotonic() - self._saved_at >= self._save_after:
                self._outbox = pending
                self._save()
                self._save_after = min(2 * self._save_after, self._plan.resume_every)

    def _record(self, events: Sequence[AnyEvent]) -> None:
        self._recorder.record(events)
        self._run_logger.tell(events, self._plan.goals[-1], self.trainer.world.spec.stages)
        for event in events:
            if isinstance(event, EpisodeCompleted):
                self._episode = event.episode

    def _save(self) -> None:
        """A resume state, once all that came before it is acknowledged; also while catching up, so that a
        process that never lives for long gets further than the one before it."""
        self.saving = True
        self._recorder.flush()
        version = self._recorder.included
        save = partial(self._files.save_resume_state, self.trainer, self._outbox, self._finished_at, version)
        state = self._when_there_is_space(save)
        self._recorder.note(state)
        self._recorder.flush()
        self._files.prune(state)
        self._saved_at = self._clock.monotonic()
        self.saving = False

    def _checkpoint(self, episode: int, *, asked_for: bool = False) -> CheckpointSaved:
        save = partial(self._files.save_checkpoint, self.trainer, episode, asked_for=asked_for)
        saved = self._when_there_is_space(save)
        if self._space.room() <= Room.NEWEST_CHECKPOINT and (gone := self._files.thin(saved)):
            _log.warning("the disk fills: older checkpoints deleted", files=len(gone), kept=saved.file)
            self._recorder.note(CheckpointsPruned(files=gone, reason="the disk fills"))
        return saved

    def _when_there_is_space(self, write: Callable[[], T]) -> T:
        """``write()``, tried again every second while the disk is full, until ``stop``."""
        while True:
            try:
                return write()
            except OSError as error:
                if not no_room(error):
                    raise
                if self.stop.is_set():
                    raise _GaveUpWaiting from error
                self._wait_for_space(f"the disk is full ({error.filename}); training goes on when there is space")

    def _wait_for_space(self, why: str) -> None:
        self._live.stalled = why
        self._show("waiting", why)
        self.stop.wait(_DISK_NAP)
        self._live.stalled = ""

    # -- commands --------------------------------------------------------------------------------

    def _take_commands(self) -> None:
        """Apply what is due before the next vector step; wait here while paused or ahead of pace."""
        next_step = self.trainer.counters.vector_step + 1
        while (known := self._recorder.known_command(next_step)) is not None:
            self._learn_of(known)
        if self._recorder.catching_up:
            # Episodes lived again count for no pace: it begins where the log ends.
            self._pace.restart(self._episode)
            return
        while not self.stop.is_set():
            wait = _NAP if self._paused else min(_NAP, self._pace.wait(self._episode))
            try:
                command = self._live.inbox.get(timeout=wait) if wait else self._live.inbox.get_nowait()
            except queue.Empty:
                if not wait:
                    return
                self._recorder.hand_over()
                self._show_now_and_then()
                continue
            self._recorder.record([CommandApplied(episode=self._episode, vector_step=next_step, command=command)])
            self._recorder.flush()
            _log.info("command", command=type(command).__name__, episode=self._episode)
            self._learn_of(command)
            if isinstance(command, Pause | Unpause):
                self._paused = isinstance(command, Pause)
            elif isinstance(command, SetPace):
                self._pace.set(command.episodes_per_hour, self._episode)
            self._show()

    def _learn_of(self, command: Command) -> None:
        if isinstance(command, CheckpointNow):
            self._record([self._checkpoint(self._episode, asked_for=True)])
        else:
            self._record(self.trainer.apply(command))

    # -- showing ---------------------------------------------------------------------------------

    def _show_now_and_then(self) -> None:
        if self._clock.monotonic() - self._shown[0] >= _SHOW_EVERY:
            self._show()

    def _show(self, status: str = "", detail: str = "") -> None:
        rate = 0.0
        if hasattr(self, "trainer"):
            since, step = self._shown
            now, counters = self._clock.monotonic(), self.trainer.counters
            if now > since and not status:
                rate = (counters.vector_step - step) * self._plan.training.agents / (now - since)
            self._shown = (now, counters.vector_step)
            self._live.policy = LivePolicy(
                episode=self._episode,
                weights=self.trainer.learner.weights(),
                layout=self.trainer.task.layout,
                model=self.trainer.learner.foresight(),
                health=self.trainer.learner.health(),
            )
        if not status:
            status = "paused" if self._paused else "training"
            if self._recorder.catching_up:
                status, detail = "catching_up", f"re-living episodes {self._episode:,} … {self._catch_up_to:,}"
        self._live.beats += 1
        self._live.status = Status(
            run=self._plan.run,
            status=status,
            detail=detail,
            episode=self._catch_up_to if status == "catching_up" else self._episode,
            episodes=self._plan.goals[-1],
            steps_per_second=rate,
        )


def _episode_of(event: AnyEvent) -> int:
    return getattr(event, "episode", 0)
