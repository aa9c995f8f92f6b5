"""Which run: begin a new one, take up the newest, or extend it; never change one silently."""

import platform
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path

import msgspec

from hamlet import __version__
from hamlet.errors import RunChanged, UsageError
from hamlet.events.reading import read_ends, read_events
from hamlet.events.types import (
    AnyEvent,
    EpisodeCompleted,
    Recorded,
    RunExtended,
    RunStarted,
    TrainingProgress,
    tag_of,
)
from hamlet.runs.experience import Experience, find_experience, recall_experience
from hamlet.settings import DEFAULT_CONFIGS, ROOT, RunConfig, differences, from_record, read_config
from hamlet.worlds.dialogue.settings import DialogueSettings

__all__ = [
    "Chosen",
    "Wanted",
    "choose",
    "newest_run",
    "package_versions",
    "run_history",
    "run_milestones",
    "run_settings",
]

_PACKAGES = ("torch", "numpy", "numba")


class Wanted(msgspec.Struct, frozen=True):
    """What the user asked for; ``None`` where nothing was said. ``world``: which, where neither a config nor a
    run says it. ``from_conversations``: a new run learns from the talks in the log before it begins."""

    world: str = "town"
    config: Path | None = None
    run: str | None = None
    new_run: bool = False
    episodes: int | None = None
    seed: int | None = None
    from_conversations: bool = False


class Chosen(msgspec.Struct, frozen=True):
    """The run to work on. ``announce``: what has to be in the log before the work begins
    (``RunStarted`` of a new run, ``RunExtended`` of one with a new goal), after ``version``. ``experience``: what it
    had learned from before it began, if anything."""

    run: str
    config: RunConfig
    config_name: str
    goals: tuple[int, ...]
    announce: tuple[AnyEvent, ...]
    version: int
    experience: Experience | None = None


def choose(events: Path, wanted: Wanted, new_id: Callable[[str], str]) -> Chosen:
    """Decide by what the log at ``events`` holds. ``new_id`` names a run of a world that begins.

    Raises ``RunChanged`` when config or seed differ from the run's, ``UsageError`` for an unknown
    run, a goal that lies behind or a log without conversations to learn from, ``ConfigError`` for a bad config.
    """
    world = read_config(wanted.config).kind if wanted.config else wanted.world
    run = None if wanted.new_run else newest_run(events, wanted.run, world)
    if run is None:
        path = wanted.config or ROOT / DEFAULT_CONFIGS[world]
        config = _asked(read_config(path), wanted)
        experience = find_experience(events, _of_calls(config, path)) if wanted.from_conversations else None
        return _begin(new_id(world), path, config, experience)
    milestones = run_milestones(events, run)
    started = milestones[0].event
    assert isinstance(started, RunStarted)
    recorded = from_record(started.config, run)
    path = wanted.config or ROOT / started.config_name
    config = read_config(path) if wanted.config or path.exists() else recorded
    config = _asked(config, msgspec.structs.replace(wanted, seed=_seed(wanted, started)))
    changed = differences(_compared(recorded), _compared(config))
    if changed:
        raise RunChanged(
            f"run {run} was started with other settings: {'; '.join(changed)};"
            " put them back, or begin another run in the same log with --new-run"
        )
    if wanted.from_conversations and not started.talks:
        raise RunChanged(
            f"run {run} began without conversations, and what it learned cannot be changed afterwards; begin another"
            " with --new-run"
        )
    _device(config)  # or the training would find out, after all else has begun
    goals = [started.episodes]
    goals += [r.event.episodes for r in milestones if isinstance(r.event, RunExtended)]
    ends = read_ends(events, run)  # not all of its events, which may be millions
    if wanted.episodes is not None and wanted.episodes < goals[-1]:
        raise UsageError(
            f"run {run} already aims at {goals[-1]:,} episodes; --episodes can only grow"
            " (or begin another run with --new-run)"
        )
    announce: tuple[AnyEvent, ...] = ()
    if wanted.episodes is not None and wanted.episodes > goals[-1]:
        announce = (RunExtended(old_episodes=goals[-1], episodes=wanted.episodes),)
        goals.append(wanted.episodes)
    return Chosen(
        run=run,
        config=config,
        config_name=started.config_name,
        goals=tuple(goals),
        announce=announce,
        version=ends[1].version if ends else 0,
        experience=recall_experience(events, started.talks, _of_calls(config, path)) if started.talks else None,
    )


def newest_run(events: Path, name: str | None = None, world: str | None = "town") -> str | None:
    """The newest run of ``world`` (``None``: of any that was lived here) in the log, or ``name`` once it is known to be
    there."""
    if not events.exists():
        if name is not None:
            raise UsageError(f"{events}: there is no log yet, so no run {name}")
        return None
    known = {
        recorded.run: recorded.event.world
        for batch in read_events(events, types=[tag_of(RunStarted)])
        for recorded in batch
        if isinstance(recorded.event, RunStarted)
    }
    if name is None:
        return next((run for run, of in reversed(known.items()) if of == (world or of) != "imported"), None)
    if name not in known:
        raise UsageError(f"no run {name} in {events}; it holds: {', '.join(known) or 'none'}")
    return name


def run_settings(events: Path) -> dict[str, object]:
    """Run → the settings that it began with, as plain values, without its seed, its goal and its device, and what no
    setting says: the versions of the physics. Runs that are equal here differ by their seed alone. One that was
    imported has no settings, and is left out."""
    found: dict[str, object] = {}
    for batch in read_events(events, types=[tag_of(RunStarted)]):
        for recorded in batch:
            if isinstance(started := recorded.event, RunStarted) and started.config:
                values = msgspec.to_builtins(from_record(started.config, recorded.run))
                for name in ("episodes", "seed", "device"):
                    del values["training"][name]
                found[recorded.run] = (values, started.physics)
    return found


def run_milestones(events: Path, run: str) -> list[Recorded]:
    """The run's events but for episodes and progress, which may be millions."""
    many = {tag_of(EpisodeCompleted), tag_of(TrainingProgress)}
    few = [tag for tag in map(tag_of, AnyEvent.__args__) if tag not in many]
    return [recorded for batch in read_events(events, run=run, types=few) for recorded in batch]


def run_history(events: Path, run: str, after: int) -> Iterable[Recorded]:
    """All of the run's events after a position of the log."""
    for batch in read_events(events, run=run, after=after):
        yield from batch


def package_versions() -> dict[str, str]:
    """What decides the bits of a result, as far as a version tells."""
    own = {"python": platform.python_version(), "hamlet": __version__}
    return own | {name: version(name) for name in _PACKAGES}


def _of_calls(config: RunConfig, path: Path) -> DialogueSettings:
    if not isinstance(config.world, DialogueSettings):
        raise UsageError(f"--from-conversations: conversations teach the dialogue, and {path} is a {config.kind}")
    return config.world


def _begin(run: str, path: Path, config: RunConfig, experience: Experience | None) -> Chosen:
    name = path.resolve()
    started = RunStarted(
        world=config.kind,
        config_name=str(name.relative_to(ROOT) if name.is_relative_to(ROOT) else name),
        config=msgspec.json.decode(msgspec.json.encode(config)),
        seed=config.training.seed,
        episodes=config.training.episodes,
        physics=config.world.physics,
        versions=package_versions(),
        device=_device(config),
        talks=experience.talks if experience else (),
    )
    return Chosen(
        run=run,
        config=config,
        config_name=started.config_name,
        goals=(started.episodes,),
        announce=(started,),
        version=0,
        experience=experience,
    )


def _device(config: RunConfig) -> str:
    """Where it would learn on this machine. Raises ``ConfigError`` for a GPU that is not there."""
    from hamlet.training.device import device_of  # torch, which takes a second: who only reads runs waits for none

    return device_of(config.training.device).type


def _asked(config: RunConfig, wanted: Wanted) -> RunConfig:
    changes = {name: value for name in ("episodes", "seed") if (value := getattr(wanted, name)) is not None}
    return msgspec.structs.replace(config, training=msgspec.structs.replace(config.training, **changes))


def _seed(wanted: Wanted, started: RunStarted) -> int:
    """A run begun with --seed 3 is taken up without saying so again."""
    return started.seed if wanted.seed is None else wanted.seed


def _compared(config: RunConfig) -> object:
    """What must not change: all but the goal, and where it is learned."""
    values = msgspec.to_builtins(config)
    del values["training"]["episodes"], values["training"]["device"]
    return values
