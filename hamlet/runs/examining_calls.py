"""``evaluate`` of a dialogue: the newest kept policy of a run, on held-out debtors, beside its baselines."""

from typing import Any

import msgspec
from rich.table import Table

from hamlet.events.types import ExamResult
from hamlet.runs.kept import Kept
from hamlet.tables import ruled
from hamlet.training.tasks.dialogue import CallExaminer
from hamlet.worlds.dialogue.acts import PERSONAS
from hamlet.worlds.dialogue.settings import DialogueSettings
from hamlet.worlds.dialogue.sitting import EXAM_SEED

__all__ = ["ExaminedCalls", "examine_calls"]


class ExaminedCalls(msgspec.Struct, frozen=True):
    """The policy of ``episode`` in ``episodes`` calls with held-out debtors from ``first_seed`` on.
    ``results``: random, constant (the best one), rule, oracle, agent; ``of_oracle``: the agent's success
    as a share of the oracle's."""

    run: str
    config: str
    episode: int
    episodes: int
    first_seed: int
    of_oracle: float
    results: dict[str, ExamResult]

    def as_json(self) -> dict[str, Any]:
        """Success by policy, then the whole."""
        success: dict[str, Any] = {name: result.calls.success for name, result in self.results.items() if result.calls}
        whole: dict[str, Any] = msgspec.to_builtins(self)
        return success | whole

    def tables(self) -> list[Table]:
        """Success, return, length and violations by policy; success by persona; how calls ended."""
        title = f"{self.run}, policy of episode {self.episode:,}: {self.episodes} held-out debtors"
        figures, ends = _table(title, "", *self.results), _table("How calls ended", "outcome", *self.results)
        calls = [result.calls for result in self.results.values() if result.calls]
        shares = [f"{self.of_oracle:.3f}" if name == "agent" else "" for name in self.results]
        figures.add_row("success", *(f"{each.success:.3f}" for each in calls))
        figures.add_row("  of the oracle's", *shares)
        for persona in PERSONAS:
            figures.add_row(f"  {persona}", *(f"{each.personas[persona]:.2f}" for each in calls))
        figures.add_row("return", *(f"{each.returns:.2f}" for each in calls))
        figures.add_row("turns", *(f"{result.mean:.1f}" for result in self.results.values()))
        figures.add_row("violations per 100 calls", *(f"{each.violations:.1f}" for each in calls))
        for cause in sorted({cause for result in self.results.values() for cause in result.causes}):
            counts = [str(result.causes.get(cause, 0)) for result in self.results.values()]
            ends.add_row("timed out" if cause == "cap" else cause.replace("_", " "), *counts)
        return [figures, ends]


def examine_calls(kept: Kept, world: DialogueSettings, episodes: int, first_seed: int | None) -> ExaminedCalls:
    """``kept`` in its ``world``."""
    seed = EXAM_SEED if first_seed is None else first_seed
    results = CallExaminer(world, episodes, seed).compare(kept.policy())
    own, best = results["agent"].calls, results["oracle"].calls
    assert own and best
    return ExaminedCalls(
        run=kept.run,
        config=kept.config_name,
        episode=kept.moment.episode,
        episodes=episodes,
        first_seed=seed,
        of_oracle=own.success / best.success if best.success else 0.0,
        results=results,
    )


def _table(title: str, *columns: str) -> Table:
    table = ruled(title)
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left")
    return table
