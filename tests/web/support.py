"""A small town to show, a server to show it, and a viewer that can be made to stop reading."""

import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import anyio.to_thread
import httpx
import msgspec

from hamlet.clock import Clock, SystemClock
from hamlet.commands import Command
from hamlet.errors import NotTheSameEpisode, UsageError
from hamlet.projections.curves import ExamPoint, SuccessPoint
from hamlet.projections.rows import (
    ActsRow,
    CallRow,
    DeathRow,
    EpisodeRow,
    EvaluationRow,
    MarkRow,
    PersonaRow,
    PolicyRow,
    RecoveryRow,
    RunRow,
    TransitionRow,
)
from hamlet.projections.stretches import Series, StretchRow
from hamlet.web.app import create_app
from hamlet.web.downloads import Downloads
from hamlet.web.findings import Findings
from hamlet.web.frontend import Frontend
from hamlet.web.guards import GuardMiddleware
from hamlet.web.hub import Hub
from hamlet.web.live import Live
from hamlet.web.service import WebService, bind
from hamlet.web.settings import WebSettings
from hamlet.web.sources import Sources, Taken, Watched
from hamlet.web.talks import TalkRoom
from hamlet.web.voice import VoiceRoom
from hamlet.web.wire import Affordance, Gauge, Health, Hello, Meter, RunState, ServiceHealth, StageFrame
from hamlet.web.wire.past import Life

TOKEN = "the-operator's-token"
RUN = "town-1"
HEALTHY = Health(ok=True, reason="", services={"log": ServiceHealth(state="running", detail="")})


def episode(number: int) -> EpisodeRow:
    return EpisodeRow(
        episode=number,
        timestamp=1.7e9 + number,
        survival_time=100 + number % 7,
        total_reward=2.5,
        extrinsic_reward=2.0,
        intrinsic_reward=1.0,
        intrinsic_weight=0.5,
        curriculum_stage=1 + number // 100,
        epsilon=0.3,
        cause="energy",
        vector_step=number * 100,
        agent=0,
        position=number,
    )


@dataclass
class Readings:
    """Views of a run with ``count`` episodes; notes the threads that ask."""

    count: int = 120
    fails_with: Exception | None = None
    asked_by: set[str] = field(default_factory=set)
    look_ups: int = 0

    def _asked(self) -> None:
        self.asked_by.add(threading.current_thread().name)
        self.look_ups += 1
        if self.fails_with is not None:
            raise self.fails_with

    def run(self, run: str) -> RunRow | None:
        self._asked()
        return self.runs()[0] if run == RUN else None

    def newest_run(self, world: str = "town") -> str | None:
        return RUN

    def runs(self) -> list[RunRow]:
        self._asked()
        return [
            RunRow(
                run=RUN, world="town", config_name="sparse_adaptive", seed=7, episodes_goal=10_000,
                config={"world": {"stages": [{}] * 5}},
                status="training", detail="", started_at=1.7e9, finished_at=None, episode=self.count,
                vector_step=1, env_steps=1, width=3, height=2, physics=1, device="cpu",
            )
        ]  # fmt: skip

    def latest_episode(self, run: str) -> EpisodeRow | None:
        self._asked()
        return episode(self.count) if self.count else None

    def episodes(self, run: str, after: int = 0, limit: int = 1000) -> list[EpisodeRow]:
        self._asked()
        first = max(0, after) + 1
        return [episode(n) for n in range(first, min(self.count, first + limit - 1) + 1)]

    def series(self, run: str, points: int = 1000) -> Series:
        stretch = StretchRow(
            first=1, last=self.count, survival=100.123, deviation=3.0, shortest=90, longest=106,
            living=2.0, novelty=0.5, stage=2,
        )  # fmt: skip
        return Series(size=self.count, stretches=[stretch], checkpoints=[100])

    def exams(self, run: str, limit: int = 1000) -> list[ExamPoint]:
        return [ExamPoint(100, {"agent": 150.0, "expert": 200.0})]

    def success(self, run: str, points: int = 100) -> list[SuccessPoint]:
        return [SuccessPoint(1, 50, 50, 0.5), SuccessPoint(51, 100, 50, 1.0)]

    def mean_survival(self, run: str, last: int = 100) -> float | None:
        return 103.5 if self.count else None

    def deaths(self, run: str, last: int = 100) -> list[DeathRow]:
        return [DeathRow(cause="energy", count=60), DeathRow(cause="cap", count=40)]

    def marks(self, run: str, limit: int = 1000) -> list[MarkRow]:
        return [
            MarkRow(episode=100, kind="stage", text="stage 2", timestamp=1.7e9, position=9, old_stage=1, new_stage=2)
        ]

    def evaluation(self, run: str) -> EvaluationRow | None:
        policy = PolicyRow(mean=200.0, worst=90.0, share_at_cap=0.1, causes={"energy": 9}, calls=None)
        return EvaluationRow(episode=100, episodes=10, cap=500, layout={"Bed": 0}, policies={"expert": policy})

    def recoveries(self, run: str, limit: int = 1000) -> list[RecoveryRow]:
        return [
            RecoveryRow(
                episode=110, vector_step=11_000, level_before=450.0, share_before=0.9, level_after=60.0,
                recovered_episode=118, recovered_vector_step=11_800, episodes=8, env_steps=51_200,
            )
        ]  # fmt: skip

    def calls(self, run: str, last: int = 100) -> list[CallRow]:
        return []

    def acts_over_time(self, run: str, stretches: int = 20) -> list[ActsRow]:
        return []

    def personas(self, run: str, last: int = 500) -> list[PersonaRow]:
        return []

    def heatmap(self) -> list[list[int]]:
        return [[1, 2, 3], [0, 0, 4]]

    def novelty(self) -> list[list[float]]:
        return [[0.5, 0.25, 0.0], [1.0, 0.75, 0.125]]

    def transitions(self, last: int = 100) -> list[TransitionRow]:
        return [TransitionRow(source="Bed", target="Job", count=8, mean_episode=self.count / 2)]


@dataclass
class PastReadings(Readings):
    layout: dict[str, int] = field(default_factory=lambda: {"Bed": 0, "Job": 5})


@dataclass
class Memory:
    """Of a run with ``count`` episodes, each of two moments; episode 13 cannot be lived again."""

    count: int

    def past(self, run: str, episode: int) -> PastReadings:
        if run != RUN or not 1 <= episode <= self.count:
            raise UsageError(f"run {run} has no episode {episode}; it has 1 … {self.count}")
        return PastReadings(count=episode)

    def life(self, run: str, episode: int) -> Life:
        self.past(run, episode)
        if episode == 13:
            raise NotTheSameEpisode("episode 13: recorded under physics 9")
        return Life(run=run, episode=episode, stage=1, epsilon=0.5, cause="energy", frames=[], rewards=[0.0, 1.0])


@dataclass
class Town:
    """All that is handed to the web, changeable by a test."""

    views: Readings = field(default_factory=Readings)
    run: str = RUN
    status: str = "training"
    health: Health = HEALTHY
    commands: list[Command] = field(default_factory=list)
    read_only: bool = False
    names: list[str] = field(default_factory=list)
    tls: list[str] = field(default_factory=list)
    reaches: list[str] = field(default_factory=list)
    viewers: int = 1000
    patience: float = 10.0
    clock: Clock = field(default_factory=SystemClock)
    gauges: Callable[[], list[Gauge]] = list
    directory: Path = Path("/nonexistent")
    downloads: Downloads | None = None
    talks: TalkRoom | None = None
    voice: VoiceRoom | None = None

    def hello(self) -> Hello:
        return Hello(
            run=self.run, config="sparse_adaptive", width=3, height=2, cap=500, stages=5,
            actions=["up", "down", "left", "right", "interact"],
            meters=[Meter(name="energy", vital=True, dollars=None)],
            affordances=[Affordance(name="Bed", x=0, y=0), Affordance(name="Job", x=2, y=1)],
            day=None, radius=None,
        )  # fmt: skip

    def run_state(self) -> RunState:
        return RunState(
            status=self.status, detail="", episode=self.views.count, episodes=10_000, steps_per_second=1000.0
        )

    async def submit(self, command: Command, run: str | None) -> Taken:
        self.commands.append(command)
        return Taken(run or RUN, self.views.count)

    def build(self) -> tuple[GuardMiddleware, Live, Hub, WebSettings]:
        submit: Callable[[Command, str | None], Awaitable[Taken]] | None = None if self.read_only else self.submit
        sources = Sources(
            watched=[Watched(hello=self.hello, run_state=self.run_state)],
            health=lambda: self.health,
            views=self.views,
            memory=Memory(self.views.count),
            submit_command=submit,
            operator_token=TOKEN,
            gauges=self.gauges,
            talks=self.talks,
            voice=self.voice,
            downloads=self.downloads,
            findings=Findings(self.directory),
        )
        settings = WebSettings(
            port=0,
            names=self.names,
            tls=self.tls,
            reaches=self.reaches,
            viewers=self.viewers,
            patience=self.patience,
        )
        hub = Hub(self.clock, settings.viewers)
        live = Live(sources, hub, self.clock)
        app = create_app(settings, sources, live, hub, Frontend(self.directory), self.clock)
        return app, live, hub, settings


@contextlib.asynccontextmanager
async def client(town: Town, host: str = "localhost:8765") -> AsyncIterator[httpx.AsyncClient]:
    """Asks the application directly."""
    app, *_ = await anyio.to_thread.run_sync(town.build)  # it reads the frontend
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as http:
        yield http


@dataclass
class Served:
    port: int
    hub: Hub
    live: Live

    @property
    def address(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws"


@contextlib.asynccontextmanager
async def served(town: Town) -> AsyncIterator[Served]:
    """The service on a real socket."""
    app, live, hub, settings = await anyio.to_thread.run_sync(town.build)
    stopping, started = anyio.Event(), anyio.Event()
    with bind(settings) as listener:
        service = WebService(app, listener, settings, live, hub)
        async with anyio.create_task_group() as group:
            group.start_soon(service.run, started.set, stopping)
            await started.wait()
            yield Served(listener.getsockname()[1], hub, live)
            stopping.set()


def stage_frame(step: int) -> StageFrame:
    return StageFrame(
        run=RUN, policy_episode=100, life=1, step=step, x=1, y=1, meters=[0.5], q_values=[0.1, 0.2, 0.3, 0.4, 0.5],
        mask=[True] * 5, action=4, need="sleep", happened="", ended="", layout=[], hour=0, closed=[],
        progress=0, ticks=0,
    )  # fmt: skip


def raw_viewer(port: int, *, receive_buffer: int | None = None) -> socket.socket:
    """A viewer that has shaken hands and then reads only when told to."""
    viewer = socket.socket()
    if receive_buffer is not None:
        viewer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    viewer.settimeout(10)
    viewer.connect(("127.0.0.1", port))
    viewer.sendall(
        f"GET /ws HTTP/1.1\r\nHost: localhost:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += viewer.recv(1)
    assert head.startswith(b"HTTP/1.1 101"), head
    return viewer


def parse(text: str | bytes) -> dict[str, object]:
    value: dict[str, object] = msgspec.json.decode(text)
    return value
