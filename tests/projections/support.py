"""Streams of events for the projections: short lives on a small grid, and what may happen to a run."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import anyio
import numpy as np

from hamlet.clock import ManualClock
from hamlet.commands import Pause, RandomizeAffordances, SetPace, Unpause
from hamlet.events.log import EventLog
from hamlet.events.packing import pack
from hamlet.events.types import (
    AffordancesRandomized,
    CheckpointSaved,
    CommandApplied,
    EpisodeCompleted,
    EvaluationCompleted,
    Event,
    ExamResult,
    Recorded,
    ResumeStateSaved,
    RunDiverged,
    RunExtended,
    RunFinished,
    RunResumed,
    RunStarted,
    StageChanged,
    TownEpisode,
    TrainingFailed,
    TrainingProgress,
)

WIDTH, HEIGHT = 5, 4
AGENTS = 4
LAYOUTS = ({"Bed": 0, "Job": 7, "Fridge": 19}, {"Bed": 3, "Job": 4, "Fridge": 18})
LEVELS = (400.0, 120.0, 130.0, 385.0, 300.0)
"""The agent's mean in an exam after episode n is the (n mod 5)th."""
ACTS = (*["live"] * 8, "stage", "randomize", "pause", "unpause", "command", "checkpoint", "exam", "progress", "state")
RARE = ("diverge", "town", "dialogue", "resume", "extend", "fail", "finish", "other")


def started(world: str = "town", *, seed: int = 1, episodes: int = 1000) -> RunStarted:
    town = {"world": {"grid": {"width": WIDTH, "height": HEIGHT}}, "training": {"agents": AGENTS}}
    config = town if world == "town" else {"world": {"personas": 3}}
    versions = {"hamlet": "0.1.0"}
    return RunStarted(
        world=world,
        config_name=f"{world}/test",
        config=config,
        seed=seed,
        episodes=episodes,
        physics=1,
        versions=versions,
        device="cpu",
    )


def lived(episode: int, rng: np.random.Generator, *, steps: int | None = None, moved: bool = False) -> EpisodeCompleted:
    """An episode of random actions, with an affordance under about half of its cells."""
    survived = int(rng.integers(0, 12)) if steps is None else steps
    layout = LAYOUTS[moved]
    anywhere = rng.integers(0, WIDTH * HEIGHT, survived + 1)
    places = rng.choice(list(layout.values()), survived + 1)
    path = np.where(rng.random(survived + 1) < 0.5, places, anywhere)
    return EpisodeCompleted(
        episode=episode,
        survival_time=survived,
        total_reward=float(rng.normal()),
        extrinsic_reward=float(rng.normal()),
        intrinsic_reward=float(rng.normal()),
        intrinsic_weight=0.5,
        curriculum_stage=int(rng.integers(1, 6)),
        epsilon=0.25,
        cause=str(rng.choice(["energy", "hygiene", "cap"])),
        agent=episode % AGENTS,
        vector_step=episode * 10,
        detail=TownEpisode(
            seed=int(rng.integers(0, 2**62)),
            physics=1,
            layout=layout,
            path=pack(path),
            actions=pack(rng.choice([0, 1, 2, 3, 4, 4, 4, 4], survived)),
            novelty=pack(rng.integers(0, 256, WIDTH * HEIGHT)),
            affordances={},
        ),
    )


def story(acts: Iterable[str], seed: int = 0) -> list[Recorded]:
    """A log that begins with a town run, in which ``acts`` happen, numbered and timed as in one."""
    rng = np.random.default_rng(seed)
    runs: list[str] = []
    episodes: dict[str, int] = {}
    versions: dict[str, int] = {}
    recorded: list[Recorded] = []
    moved = False

    def tell(run: str, event: Event) -> None:
        versions[run] = versions.get(run, 0) + 1
        position = len(recorded) + 1
        recorded.append(Recorded(position, run, versions[run], 1_700_000_000.0 + position / 4, event))  # type: ignore[arg-type]

    for act in ("town", *acts):
        if act in ("town", "dialogue"):
            runs.append(f"{act}-{len(runs) + 1}")
            episodes[runs[-1]] = 0
            tell(runs[-1], started(act, seed=len(runs)))
            continue
        towns = [run for run in runs if run.startswith("town")]
        run = towns[0] if act == "other" else towns[-1]
        at, step = episodes[run], episodes[run] * 10
        if act in ("live", "other"):
            episodes[run] += 1
            tell(run, lived(episodes[run], rng, moved=moved))
        elif act == "diverge" and at:
            first = int(rng.integers(max(1, at - 130), at + 1))
            episodes[run] = first - 1
            tell(run, RunDiverged(from_episode=first, vector_step=(first - 1) * 10, reason="test"))
        elif act == "randomize":
            old, new = LAYOUTS[moved], LAYOUTS[not moved]
            moved = not moved
            told = AffordancesRandomized(
                episode=at, vector_step=step, old_positions=old, new_positions=new, reason="schedule"
            )
            tell(run, told)
        elif act != "diverge":
            tell(run, _other(act, at, step, LAYOUTS[moved]))
    return recorded


def _other(act: str, at: int, step: int, layout: dict[str, int]) -> Event:
    exam = {
        name: ExamResult(mean=mean, worst=1.0, share_at_cap=0.25, causes={"energy": 3})
        for name, mean in (("random", 113.0), ("expert", 500.0), ("agent", LEVELS[at % len(LEVELS)]))
    }
    commands = {"pause": Pause(), "unpause": Unpause(), "command": SetPace(episodes_per_hour=360.0)}
    if at % 2:
        commands["command"] = RandomizeAffordances()
    if act in commands:
        return CommandApplied(episode=at, vector_step=step, command=commands[act])
    happened: dict[str, Event] = {
        "stage": StageChanged(episode=at, vector_step=step, old_stage=1, new_stage=2, reason="survival"),
        "checkpoint": CheckpointSaved(episode=at, vector_step=step, file=f"checkpoint_ep{at:05d}", sha256="ab"),
        "exam": EvaluationCompleted(episode=at, vector_step=step, episodes=200, cap=500, layout=layout, results=exam),
        "progress": TrainingProgress(
            vector_step=step + 5,
            updates=10,
            loss=0.5,
            gradient_norm=1.0,
            q_mean=0.0,
            q_min=-1.0,
            q_max=1.0,
            q_histogram=[1],
            entropy=0.5,
            novelty_loss=0.1,
        ),
        "state": ResumeStateSaved(episode=at, vector_step=step, version=1, file="s", sha256="cd", bytes=9),
        "resume": RunResumed(vector_step=step, episode=at, catch_up_to=at + 3, versions={}),
        "extend": RunExtended(old_episodes=1000, episodes=2000),
        "fail": TrainingFailed(episode=at, vector_step=step, reason="loss is not a number"),
        "finish": RunFinished(episode=1000, vector_step=step),  # the goal, until "extend" moves it
    }
    return happened[act]


def eventful(length: int, seed: int) -> list[Recorded]:
    """A story of ``length`` acts in which rare things happen now and then."""
    rng = np.random.default_rng(seed)
    acts = [str(rng.choice(RARE if rng.random() < 0.02 else ACTS)) for _ in range(length)]
    return story(acts, seed)


def write_log(path: Path, events: Sequence[Recorded]) -> None:
    """Append ``events`` in order; the log numbers them the same way and times them with its own clock."""
    anyio.run(_append, path, events)


async def _append(path: Path, events: Sequence[Recorded]) -> None:
    clock = ManualClock()
    async with EventLog.open(path, clock) as log, anyio.create_task_group() as tasks:
        tasks.start_soon(log.run, name="log")
        for recorded in events:
            await log.submit(recorded.run, [recorded.event])
        await log.flush()
        tasks.cancel_scope.cancel()
