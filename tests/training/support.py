"""What the tests of the learning share: a tiny town, a log in memory, a clock that ticks, and digests."""

import hashlib
import queue
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from hamlet.commands import Command
from hamlet.events.types import (
    OPERATIONAL,
    AnyEvent,
    CommandApplied,
    EpisodeCompleted,
    Event,
    Recorded,
    RunExtended,
    RunStarted,
    TrainingProgress,
    decode,
    encode,
)
from hamlet.settings import RunConfig, read_config
from hamlet.training.device import host
from hamlet.training.dyna_settings import DynaSettings, GateSettings
from hamlet.training.live import Live
from hamlet.training.recorder import facts
from hamlet.training.service import Run, RunPlan
from hamlet.training.settings import (
    AnnealingSettings,
    CurriculumSettings,
    NoveltySettings,
    PrioritisedSettings,
    TrainingSettings,
)
from hamlet.training.states import RunFiles
from hamlet.training.trainer import Trainer
from hamlet.training.world_models.model import Episodes
from hamlet.training.world_models.settings import WorldModelSettings
from hamlet.worlds.settings import WorldSettings

TINY = Path(__file__).with_name("tiny.yaml")
CONFIG: RunConfig = read_config(TINY)
TOWN = CONFIG.world
RUN = "town-test"
# A life begins without money here: at the last stage the fridge is forbidden until the job is done.
POOR = msgspec.structs.replace(
    TOWN, meters=TOWN.meters | {"money": msgspec.structs.replace(TOWN.meters["money"], start=0.0)}
)
AT_ONCE = CurriculumSettings(enabled=False)
# What can be switched, each by itself, as changes of the training's settings.
VARIANTS: dict[str, dict[str, object]] = {
    "single": {"double": False},
    "dueling": {"dueling": True},
    "prioritised": {"prioritised": PrioritisedSettings(beta_steps=200)},
    "unmasked": {"masked": False},
    "incurious": {"novelty": NoveltySettings(enabled=False)},
    "plain annealing": {"annealing": AnnealingSettings(adaptive=False, epsilon_steps=20_000, weight_steps=2_000)},
    "no curriculum": {"curriculum": AT_ONCE},
    "one step": {"n_step": 1},
    "planning": {
        "novelty": NoveltySettings(enabled=False),
        "dyna": DynaSettings(
            k=2,
            model=WorldModelSettings(kind="mlp", hidden=16, batch=16),
            model_updates=2,
            model_every=5,
            gate=GateSettings(enabled=False),
            episodes=20,
            horizon=4,
        ),
    },
}
ALL_AT_ONCE: dict[str, object] = {name: value for changes in VARIANTS.values() for name, value in changes.items()}


def settings(**changes: object) -> TrainingSettings:
    return msgspec.structs.replace(CONFIG.training, **changes)


def advance(trainer: Trainer, steps: int) -> list[AnyEvent]:
    return [event for _ in range(steps) for event in trainer.advance()]


def digest(trainer: Trainer) -> str:
    """SHA-256 of everything that decides the trainer's future: networks, optimizers, buffer, RNGs, world."""
    arrays, scalars = trainer.state()
    sha = hashlib.sha256(msgspec.json.encode(scalars, order="sorted"))
    for name in sorted(arrays):
        array = np.ascontiguousarray(host(arrays[name]))
        sha.update(f"{name} {array.dtype} {array.shape}".encode())
        sha.update(array.tobytes())
    return sha.hexdigest()


class TickingClock:
    """Every look at it takes a millisecond: intervals pass as the work does, on every machine alike."""

    def __init__(self, tick: float = 0.001) -> None:
        self._now = 1.7e9
        self._tick = tick

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        self._now += self._tick
        return self._now

    def pass_by(self, seconds: float) -> None:
        self._now += seconds


class Killed(BaseException):
    """The process is gone: nothing of the run may go on."""


class MemoryLog:
    """A log in memory that is also the run's ``EventSink``. ``kill_at``: when it holds so many events the
    process dies, in the middle of a batch if need be."""

    def __init__(self) -> None:
        self.recorded: list[Recorded] = []
        self.kill_at: int | None = None
        self.on_event: Callable[[AnyEvent], None] = lambda event: None

    def submit(self, events: Sequence[Event], version: int) -> None:
        assert version == len(self.recorded), "a batch that does not follow the log"
        for event in events:
            if len(self.recorded) == self.kill_at:
                raise Killed
            number = len(self.recorded) + 1
            self.recorded.append(Recorded(number, RUN, number, 0.0, decode(encode(event))))
            self.on_event(self.recorded[-1].event)

    def flush(self) -> None:
        pass

    @property
    def events(self) -> list[AnyEvent]:
        return [recorded.event for recorded in self.recorded]

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def facts(self) -> list[AnyEvent]:
        """What happened to the run, whatever happened to its processes."""
        return [recorded.event for recorded in facts(self.recorded)]

    def milestones(self) -> list[Recorded]:
        return [r for r in self.recorded if not isinstance(r.event, EpisodeCompleted | TrainingProgress)]

    def history(self, after: int) -> Iterable[Recorded]:
        return self.recorded[after:]


class Script(queue.Queue[Command]):
    """An inbox whose commands arrive just in time for given vector steps, ``(step, command)`` in order;
    those that the log holds, and no divergence gave up, have arrived."""

    def __init__(self, commands: Sequence[tuple[int, Command]], log: MemoryLog, clock: TickingClock) -> None:
        super().__init__()
        self._commands = commands
        self._log = log
        self._clock = clock
        self.next_step: Callable[[], int] = lambda: 0

    def get(self, block: bool = True, timeout: float | None = None) -> Command:
        arrived = sum(isinstance(event, CommandApplied) for event in self._log.facts())
        if arrived < len(self._commands) and self._commands[arrived][0] <= self.next_step():
            return self._commands[arrived][1]
        self._clock.pass_by(timeout or 0.0)
        raise queue.Empty


class Process:
    """One life of a process that works on the run in ``log`` and ``directory``, as the app composes it."""

    def __init__(
        self,
        log: MemoryLog,
        directory: Path,
        training: TrainingSettings,
        *,
        commands: Sequence[tuple[int, Command]] = (),
        resume_every: float = 0.25,
        world: WorldSettings = TOWN,
        experience: Episodes | None = None,
    ) -> None:
        started = log.of(RunStarted)
        goals = [event.episodes for event in started + log.of(RunExtended)]
        announce: list[AnyEvent] = []
        if not goals:
            announce.append(run_started(training, world))
        elif training.episodes > goals[-1]:
            announce.append(RunExtended(old_episodes=goals[-1], episodes=training.episodes))
        if announce:
            goals.append(training.episodes)
        plan = RunPlan(
            run=RUN,
            world=world,
            training=training,
            goals=tuple(goals),
            announce=announce,
            version=len(log.recorded),
            milestones=log.milestones,
            history=log.history,
            versions={},
            resume_every=resume_every,
            experience=experience,
        )
        clock = TickingClock()
        self.live = Live()
        script = self.live.inbox = Script(commands, log, clock)
        self.run = Run(plan, RunFiles(directory), log, self.live, clock)
        script.next_step = lambda: self.run.trainer.counters.vector_step + 1

    def work(self) -> None:
        self.run.work()

    def work_until_killed(self, log: MemoryLog, at: int) -> bool:
        """Die when the log holds ``at`` events; says whether it came to that."""
        log.kill_at = at
        try:
            self.run.work()
        except Killed:
            return True
        finally:
            log.kill_at = None
        return False

    def work_until_stopped(self, log: MemoryLog, at: int) -> bool:
        """A clean stop, asked for when the log holds ``at`` events; says whether it came to that."""

        def look(_: AnyEvent) -> None:
            if len(log.recorded) >= at:
                self.run.stop.set()

        log.on_event = look
        self.run.work()
        log.on_event = lambda event: None
        return self.run.stop.is_set()


def run_started(training: TrainingSettings, world: WorldSettings = TOWN) -> RunStarted:
    return RunStarted(
        world=RunConfig(world=world).kind,
        config_name="tiny",
        config=msgspec.json.decode(msgspec.json.encode(RunConfig(world=world, training=training))),
        seed=training.seed,
        episodes=training.episodes,
        physics=world.physics,
        versions={},
        device="cpu",
    )


def operational(event: AnyEvent) -> bool:
    return isinstance(event, OPERATIONAL)
