"""``plan``: the newest kept policy of a run, a world model fitted to its episodes, and planners that use both."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
from rich.table import Table

from hamlet.errors import UsageError
from hamlet.runs.kept import Kept, newest_kept
from hamlet.settings import Paths
from hamlet.tables import ruled
from hamlet.training.networks import one_thread
from hamlet.training.planners.comparing import BATCH, Compared, compare
from hamlet.training.planners.making import make_planner
from hamlet.training.planners.planner import QFunction
from hamlet.training.planners.settings import PRESETS, UncertaintySettings
from hamlet.training.planners.values import ExploringPolicy, q_of
from hamlet.training.tasks.making import spec_of
from hamlet.training.world_models.episodes import collect
from hamlet.training.world_models.making import make_model
from hamlet.training.world_models.settings import KINDS, WorldModelSettings
from hamlet.worlds.dialogue.dialogue import Call, Dialogue
from hamlet.worlds.dialogue.settings import DialogueSettings
from hamlet.worlds.settings import WorldSettings
from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.town.town import Town
from hamlet.worlds.world import Episode, World

__all__ = ["Asked", "Planned", "look_ahead", "served_by"]

_SEED = 0x9_1A7  # of the episodes that are collected, the model, and the planners
_EXAM = 0xE8_1A7  # of the starts that planners are compared on
_WORLDS = ("town", "dialogue")
_MANY = ("ensemble", "utterances")  # models with members that can differ
_LIVES = 32  # that are collected from side by side


class Asked(msgspec.Struct, frozen=True):
    """What to compare, on the newest run of ``world``: ``planners`` by the names of ``PRESETS``, in a ``model`` fitted
    with ``updates`` to ``collected`` episodes, through ``episodes`` lives of up to ``cap`` steps each."""

    planners: tuple[str, ...]
    world: str = "town"
    model: str = "ensemble"
    episodes: int = 32
    collected: int = 64
    updates: int = 2000
    cap: int = 200


class Planned(msgspec.Struct, frozen=True):
    """``compared`` begins with greedy q; ``policy_episode``: how far the run was when q was kept."""

    run: str
    config: str
    policy_episode: int
    asked: Asked
    compared: list[Compared]

    def as_json(self) -> dict[str, Any]:
        whole: dict[str, Any] = msgspec.to_builtins(self)
        return whole

    def table(self) -> Table:
        asked = self.asked
        title = f"{self.run}, q of episode {self.policy_episode:,}: {asked.episodes} lives of up to {asked.cap} steps"
        told = f"model: {asked.model}, {asked.updates:,} updates on {asked.collected} episodes; ± is a 95 % interval"
        table = ruled(title, told)
        table.add_column("planner")
        columns = ("return", "over greedy", "success", "steps", "as greedy", "ms", f"ms, {BATCH} at once", "calls")
        for column in columns:
            table.add_column(column, justify="right")
        for one in self.compared:
            table.add_row(
                one.name,
                f"{one.mean_return:.2f} ± {one.return_interval:.2f}",
                f"{one.gain:+.2f} ± {one.gain_interval:.2f}",
                f"{one.success:.0%}",
                f"{one.steps:.1f}",
                f"{one.agreement:.0%}",
                f"{one.milliseconds:.2f}",
                f"{one.milliseconds_batched:.2f}",
                f"{one.calls:.0f}",
            )
        return table


class _Ground(NamedTuple):
    """What planning needs of a run, whatever its world: ``make(n, cap)`` is its world at full difficulty."""

    make: Callable[[int, int], World]
    q: QFunction
    gamma: float
    succeeded: Callable[[Episode], bool]


def look_ahead(paths: Paths, name: str | None, asked: Asked, tell: Callable[[str], None] = lambda _: None) -> Planned:
    """``tell`` is told what is being done. Raises ``UsageError`` for unknown names, a run that is not there or keeps no
    policy, and a planner that this kind of model cannot serve."""
    _require_known(asked)
    one_thread()
    kept = newest_kept(paths, name, asked.world)
    ground = _ground(kept)
    streams = [np.random.default_rng(seed) for seed in np.random.SeedSequence(_SEED).spawn(2 + len(asked.planners))]
    tell(f"collecting {asked.collected} episodes")
    world = ground.make(min(_LIVES, asked.collected), asked.cap)
    episodes = collect(world, ExploringPolicy(ground.q, streams[0]), asked.collected, _SEED)
    tell(f"fitting the world model ({asked.model})")
    settings = msgspec.convert({"kind": asked.model}, WorldModelSettings)
    model = make_model(settings.kind, world.spec, settings, streams[1])
    model.fit(episodes, asked.updates)
    planners = {
        kind: make_planner(PRESETS[kind], world.spec, ground.gamma, rng)
        for kind, rng in zip(asked.planners, streams[2:], strict=True)
    }
    exam = ground.make(asked.episodes, asked.cap)
    compared = compare(exam, _EXAM, planners, model, ground.q, ground.succeeded, tell)
    return Planned(kept.run, kept.config_name, kept.moment.episode, asked, compared)


def _ground(kept: Kept) -> _Ground:
    """From a kept policy to its world and its q."""
    config = kept.config
    if config.training.q_network != "mlp":
        raise UsageError(
            f"run {kept.run} learned with q_network {config.training.q_network}: its q needs memories that imagined"
            " situations do not have; planners need a run with q_network mlp"
        )
    return _Ground(
        make=lambda n, cap: _world(config.world, kept.moment.layout, n, cap),
        q=q_of(kept.policy(), len(spec_of(config.world).actions)),
        gamma=config.training.gamma,
        succeeded=_succeeded,
    )


def _world(settings: WorldSettings, layout: dict[str, int], n: int, cap: int) -> World:
    """``n`` agents at full difficulty, from held-out starts."""
    match settings:
        case TownSettings():
            town = Town(settings, n, exam=True, cap=cap)
            if layout:
                town.set_layout(layout)
            return town
        case DialogueSettings():
            return Dialogue(settings, n, exam=True, cap=min(cap, settings.cap))


def _succeeded(episode: Episode) -> bool:
    """A call that ended well; a life that lasted."""
    return episode.success if isinstance(episode, Call) else episode.cause == "cap"


def served_by(model: str) -> tuple[str, ...]:
    """The planners, by the names of ``PRESETS``, that can look ahead in a ``model`` of that kind."""
    several = model in _MANY
    return tuple(name for name, settings in PRESETS.items() if several or not isinstance(settings, UncertaintySettings))


def _require_known(asked: Asked) -> None:
    unknown: Sequence[str] = [name for name in asked.planners if name not in PRESETS]
    if unknown or not asked.planners:
        raise UsageError(f"--planners: expected some of {', '.join(PRESETS)}, found {', '.join(unknown) or 'none'}")
    if asked.world not in _WORLDS:
        raise UsageError(f"--world: expected one of {', '.join(_WORLDS)}, found {asked.world!r}")
    if asked.model not in KINDS:
        raise UsageError(f"--model: expected one of {', '.join(KINDS)}, found {asked.model!r}")
    for name in asked.planners:
        if name not in served_by(asked.model):
            raise UsageError(
                f"--planners {name}: it asks how far the members of a model differ, and {asked.model} has one;"
                f" use --model {' or '.join(_MANY)}, or leave it out"
            )
