"""``evaluate``: the newest kept policy of a run, examined beside its baselines."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from rich.table import Table

from hamlet.errors import UsageError
from hamlet.events.types import ExamResult
from hamlet.runs.choosing import newest_run
from hamlet.runs.examining_calls import ExaminedCalls, examine_calls
from hamlet.runs.kept import Kept, newest_kept
from hamlet.settings import DEFAULT_CONFIGS, Paths
from hamlet.tables import ruled
from hamlet.training.evaluate import EXAM_SEED, Examiner
from hamlet.training.networks import one_thread
from hamlet.worlds.town.settings import TownSettings

__all__ = ["CAPS", "Examined", "Sitting", "examine"]

CAPS = (500, 2000)
"""Steps after which a life is cut off, where nothing else is asked for: a day's routine, and one
that also earns what it spends."""


class Sitting(msgspec.Struct, frozen=True):
    """An exam with one cap. ``results``: random, stand_still, expert, agent."""

    cap: int
    agent_of_expert: float
    results: dict[str, ExamResult]


class Examined(msgspec.Struct, frozen=True):
    """The policy of ``episode``, in one exam for each cap; ``episodes`` starts from ``first_seed`` on."""

    run: str
    config: str
    episode: int
    episodes: int
    first_seed: int
    exams: list[Sitting]

    def as_json(self) -> dict[str, Any]:
        """Mean survival by policy in the first exam, then the whole."""
        means: dict[str, Any] = {name: result.mean for name, result in self.exams[0].results.items()}
        whole: dict[str, Any] = msgspec.to_builtins(self)
        return means | whole

    def tables(self) -> list[Table]:
        """Survival, and how lives ended, by cap and policy."""
        title = f"{self.run}, policy of episode {self.episode:,}: {self.episodes} starts"
        survival = _table(title, "cap", "policy", "mean", "worst", "to the cap", "of the expert")
        ends = _table("How lives ended", "cap", "cause", *self.exams[0].results)
        for exam in self.exams:
            for name, result in exam.results.items():
                share = f"{exam.agent_of_expert:.3f}" if name == "agent" else ""
                row = (f"{result.mean:.1f}", f"{result.worst:.0f}", f"{result.share_at_cap:.0%}", share)
                survival.add_row(f"{exam.cap:,}", name, *row)
            for cause in sorted({cause for result in exam.results.values() for cause in result.causes}):
                counts = [str(result.causes.get(cause, 0)) for result in exam.results.values()]
                name = "lived to the cap" if cause == "cap" else cause
                ends.add_row(f"{exam.cap:,}", name, *counts)
            survival.add_section()
            ends.add_section()
        return [survival, ends]


def examine(
    paths: Paths,
    name: str | None,
    *,
    episodes: int = 200,
    caps: Sequence[int] = CAPS,
    first_seed: int | None = None,
    tell: Callable[[str], None] = lambda _: None,
    complain: Callable[[str], None] = lambda _: None,
) -> list[Examined | ExaminedCalls]:
    """The run ``name``, else the newest of each world. ``tell`` is told what is being sat, ``complain`` of a run
    that is left out. Raises ``UsageError`` when there is no run, or none with a checkpoint that verifies."""
    newest = {world: newest_run(paths.events, name, world) for world in DEFAULT_CONFIGS}
    runs = list(dict.fromkeys(run for run in newest.values() if run is not None))
    if not runs:
        raise UsageError(f"{paths.data}: no run yet; train one with: python main.py train --data {paths.data}")
    one_thread()
    kept, missing = [], []
    for run in runs:
        try:
            kept.append(newest_kept(paths, run, ""))
        except UsageError as error:
            missing.append(error)
    if not kept:
        raise missing[0]
    for reason in missing:
        complain(f"left out: {reason}")
    return [_examine(each, episodes, caps, first_seed, tell) for each in kept]


def _examine(
    kept: Kept, episodes: int, caps: Sequence[int], first_seed: int | None, tell: Callable[[str], None]
) -> Examined | ExaminedCalls:
    world = kept.config.world
    if not isinstance(world, TownSettings):
        tell(f"{episodes} calls: at random, the best constant act, the rule, the oracle, the agent")
        return examine_calls(kept, world, episodes, first_seed)
    seed = EXAM_SEED if first_seed is None else first_seed
    exams = []
    for cap in caps:
        tell(f"{episodes} lives of up to {cap:,} steps: at random, standing still, the expert, the agent")
        results = Examiner(world, episodes, cap, seed).compare(kept.policy(), kept.moment.layout)
        exams.append(Sitting(cap, results["agent"].mean / results["expert"].mean, results))
    return Examined(
        run=kept.run,
        config=kept.config_name,
        episode=kept.moment.episode,
        episodes=episodes,
        first_seed=seed,
        exams=exams,
    )


def _table(title: str, *columns: str) -> Table:
    table = ruled(title)
    for column in columns:
        table.add_column(column, justify="left" if column in ("policy", "cause") else "right")
    return table
