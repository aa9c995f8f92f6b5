"""``criteria``: a run judged by the original's success criteria, and by ours beside them."""

from collections.abc import Callable
from typing import Any

import msgspec
from rich.markup import escape
from rich.table import Table

from hamlet.criteria.criterion import NOT_MET, Criterion
from hamlet.criteria.facts import Facts
from hamlet.criteria.gathering import gather
from hamlet.criteria.original import original
from hamlet.criteria.ours import ours
from hamlet.settings import Paths
from hamlet.tables import ruled

__all__ = ["Judgement", "judge", "judge_run"]

_TITLES = {"original": "original:", "ours": "ours:"}


class Judgement(msgspec.Struct, frozen=True):
    """``met``: of the original's criteria none that can be measured here is missed."""

    run: str
    met: bool
    criteria: list[Criterion]

    def as_json(self) -> dict[str, Any]:
        whole: dict[str, Any] = msgspec.to_builtins(self)
        return whole

    def table(self) -> Table:
        table = ruled(self.run, lines=True)
        for column in ("criterion", "measured, and where", "verdict"):
            table.add_column(column)
        for criterion in self.criteria:
            what = f"{_TITLES[criterion.owner]} [bold]{criterion.name}[/]\n{criterion.goal}"
            measured = f"{criterion.measured}\n[dim]{criterion.source}[/]"
            table.add_row(what, measured, _said(criterion))
        return table


def judge(facts: Facts) -> list[Criterion]:
    """The original's criteria, then ours. Pure."""
    return [*original(facts), *ours(facts)]


def judge_run(paths: Paths, name: str | None, tell: Callable[[str], None] = lambda _: None) -> Judgement:
    """Raises ``UsageError`` when there is nothing to judge."""
    run, facts = gather(paths, name, tell)
    criteria = judge(facts)
    met = not any(one.owner == "original" and one.verdict == NOT_MET for one in criteria)
    return Judgement(run, met, criteria)


def _said(criterion: Criterion) -> str:
    verdict = f"[bold]{criterion.verdict}[/]" + (", the stretch too" if criterion.stretch else "")
    return verdict + (f"\n{escape(criterion.why)}" if criterion.why else "")
