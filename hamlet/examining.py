"""``evaluate``: the newest kept policy of a run, examined beside its baselines."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from rich.table import Table

from hamlet.errors import UsageError
from hamlet.events.types import CheckpointSaved, ExamResult, RunStarted
from hamlet.examining_calls import ExaminedCalls, examine_calls
from hamlet.runs import newest_run, run_milestones
from hamlet.settings import DEFAULT_CONFIGS, Paths, from_record
from hamlet.training.evaluate import EXAM_SEED, Examiner
from hamlet.training.keep import newest_policy
from hamlet.training.learner import policy_from
from hamlet.training.networks import one_thread
from hamlet.training.recorder import facts
from hamlet.training.tasks.making import spec_of
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
) -> list[Examined | ExaminedCalls]:
    """The run ``name``, else the newest of each world. ``tell`` is told what is being sat. Raises ``UsageError``
    when there is no run or no checkpoint that verifies."""
    newest = {world: newest_run(paths.events, name, world) for world in DEFAULT_CONFIGS}
    runs = list(dict.fromkeys(run for run in newest.values() if run is not None))
    if not runs:
        raise UsageError(f"{paths.data}: no run yet; train one with: python main.py train --data {paths.data}")
    one_thread()
    return [_examine(paths, run, episodes, caps, first_seed, tell) for run in runs]


def _examine(
    paths: Paths,
    run: str,
    episodes: int,
    caps: Sequence[int],
    first_seed: int | None,
    tell: Callable[[str], None],
) -> Examined | ExaminedCalls:
    milestones = run_milestones(paths.events, run)
    started = milestones[0].event
    assert isinstance(started, RunStarted)
    config = from_record(started.config, run)
    saved = [fact.event for fact in facts(milestones) if isinstance(fact.event, CheckpointSaved)]
    kept = newest_policy(paths.checkpoints / run, saved, config.world, config.training)
    if not isinstance(config.world, TownSettings):
        tell(f"{episodes} calls: at random, the best constant act, the rule, the oracle, the agent")
        return examine_calls(run, started.config_name, config, kept, episodes, first_seed)
    spec = spec_of(config.world)
    seed = EXAM_SEED if first_seed is None else first_seed
    exams = []
    for cap in caps:
        tell(f"{episodes} lives of up to {cap:,} steps: at random, standing still, the expert, the agent")
        agent = policy_from(spec, config.training, kept.weights)  # for one life a row
        results = Examiner(config.world, episodes, cap, seed).compare(agent, kept.layout)
        exams.append(Sitting(cap, results["agent"].mean / results["expert"].mean, results))
    return Examined(
        run=run,
        config=started.config_name,
        episode=kept.episode,
        episodes=episodes,
        first_seed=seed,
        exams=exams,
    )


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title)
    for column in columns:
        table.add_column(column, justify="left" if column in ("policy", "cause") else "right")
    return table
