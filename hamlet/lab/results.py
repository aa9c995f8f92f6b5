"""What a study found: the figures of each trial and of each variant, as JSON and as tables.

``results.json`` depends on the trials' facts alone, so that a study that was stopped and taken up
again says the same, byte for byte (but for measures of seconds).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from hamlet.atomic import write_atomic
from hamlet.lab.measures import MEASURES
from hamlet.lab.statistics import Difference, Summary, difference, summary
from hamlet.lab.study import Study

__all__ = ["COLUMNS", "Results", "Row", "TrialResult", "results_of", "rows", "write_results"]

Status = Literal["finished", "failed", "not finished"]
COLUMNS = ("measure", "variant", "seeds", "mean ± 95 %", "median", "worst (seed)", "− first")
_NEVER = "never"


class TrialResult(msgspec.Struct, frozen=True):
    """``values``: measure → figure, of a finished trial; see ``measures``. ``digest``: of its facts, see
    ``trials.digest_of``; ``reason``: why it failed."""

    variant: str
    seed: int
    status: Status
    values: dict[str, float | None] = {}
    digest: str = ""
    reason: str = ""


class VariantResult(msgspec.Struct, frozen=True):
    """One measure over a variant's seeds; ``to_first``: the difference to the first variant."""

    variant: str
    measure: str
    summary: Summary | None
    to_first: Difference | None


class Results(msgspec.Struct, frozen=True):
    """What a study found, as ``results.json`` holds it; ``cap``: of the long exam, in steps."""

    study: str
    title: str
    question: str
    cap: int
    measures: dict[str, str]
    trials: list[TrialResult]
    variants: list[VariantResult]


class Row(msgspec.Struct, frozen=True):
    """One line of the table, in the order of ``COLUMNS``. ``opens``: it is a measure's first."""

    cells: tuple[str, ...]
    opens: bool


def results_of(study: Study, trials: Sequence[TrialResult]) -> Results:
    """Put the trials' figures together, measure by measure, the variants in the study's order."""
    names = [variant.name for variant in study.variants]
    found: list[VariantResult] = []
    for measure in study.measures:
        columns = {name: _column(trials, name, measure) for name in names}
        found += [
            VariantResult(
                variant=name,
                measure=measure,
                summary=summary(columns[name], more_is_better=MEASURES[measure].more_is_better),
                to_first=difference(columns[name], columns[names[0]]) if name != names[0] else None,
            )
            for name in names
        ]
    return Results(
        study=study.path.name,
        title=study.title,
        question=study.question,
        cap=study.cap,
        measures={name: MEASURES[name].text for name in study.measures},
        trials=list(trials),
        variants=found,
    )


def rows(results: Results) -> Iterable[Row]:
    """The table, as text."""
    before = ""
    for found in results.variants:
        digits = MEASURES[found.measure].digits
        s, d = found.summary, found.to_first
        figures = ("–", "–", "–", "–")
        if s is not None:
            seeds = f"{s.n}" + (f" ({s.never} never)" if s.never else "")
            mean = _with_interval(s.mean, s.high, digits)
            figures = (seeds, mean, _figure(s.median, digits), f"{_figure(s.worst, digits)} ({s.worst_seed})")
        compared = _with_interval(d.mean, d.high, digits, sign="+") if d is not None else "–"
        opens = found.measure != before
        yield Row((found.measure if opens else "", found.variant, *figures, compared), opens)
        before = found.measure


def write_results(results: Results, data: Path, command: str) -> None:
    """``results.json``, and ``results.md`` with the ``command`` that made it."""
    values = _finite(msgspec.to_builtins(results))
    write_atomic(data / "results.json", msgspec.json.format(msgspec.json.encode(values), indent=1) + b"\n")
    write_atomic(data / "results.md", _markdown(results, command).encode())


def _column(trials: Sequence[TrialResult], variant: str, measure: str) -> dict[int, float]:
    of_variant = {trial.seed: trial.values.get(measure) for trial in trials if trial.variant == variant}
    return {seed: value for seed, value in of_variant.items() if value is not None}


def _markdown(results: Results, command: str) -> str:
    counts = {status: sum(trial.status == status for trial in results.trials) for status in Status.__args__}  # type: ignore[attr-defined]
    lines = [f"# {results.title}", "", results.question, "", f"`{command}`: {_counted(counts)}.", ""]
    lines += ["| " + " | ".join(COLUMNS) + " |", "|---|---|--:|--:|--:|--:|--:|"]
    lines += ["| " + " | ".join(row.cells) + " |" for row in rows(results)]
    lines += ["", *(f"**{t.variant}-seed{t.seed} failed**: {t.reason}" for t in results.trials if t.status == "failed")]
    lines += ["", *(f"* `{name}`: {text}" for name, text in results.measures.items()), ""]
    return "\n".join(lines)


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {status}" for status, count in counts.items() if count)


def _figure(value: float, digits: int, sign: str = "") -> str:
    return _NEVER if math.isinf(value) else f"{value:{sign},.{digits}f}"


def _with_interval(mean: float | None, high: float | None, digits: int, sign: str = "") -> str:
    if mean is None:
        return "–"
    return _figure(mean, digits, sign) + (f" ± {_figure(high - mean, digits)}" if high is not None else "")


def _finite(value: Any) -> Any:
    """JSON has no infinity."""
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_finite(inner) for inner in value]
    return _NEVER if isinstance(value, float) and math.isinf(value) else value
