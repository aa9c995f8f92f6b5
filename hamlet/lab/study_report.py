"""A study's report: its measures with intervals, and its variants compared as ``compare`` does, in one HTML file."""

from collections.abc import Sequence
from pathlib import Path

from hamlet.atomic import write_atomic
from hamlet.lab.arms import Arm
from hamlet.lab.compare import MEANT, comparison_sheets, draw
from hamlet.lab.comparison import THRESHOLDS, compared
from hamlet.lab.page import Picture, Section, Sheet, page
from hamlet.lab.record import MILESTONES, Record, read_record
from hamlet.lab.results import COLUMNS, Results, rows
from hamlet.lab.trials import Trial, history_of

__all__ = ["write_study_report"]


def write_study_report(results: Results, done: Sequence[Trial], data: Path, command: str) -> Path:
    """``report.html`` in ``data``, the figures in ``figures/``; ``done``: the finished trials, at least one."""
    folder = data / "figures"
    pictures, sections = [_measures(results, folder)], []
    if arms := _arms(done):
        found = compared(arms, THRESHOLDS, [])
        pictures += draw(arms, found, folder, lambda _: None)
        sections = [Section("The variants side by side", [*comparison_sheets(found), *found.notes, MEANT])]
    table = Sheet("", COLUMNS, [row.cells for row in rows(results)], words=2)
    failed = [
        f"{one.variant}, seed {one.seed} failed: {one.reason}" for one in results.trials if one.status == "failed"
    ]
    told = [f"{name}: {text}." for name, text in results.measures.items()]
    trials = [(one.variant, str(one.seed), one.status, one.digest[:16]) for one in results.trials]
    whole = [
        Section("Measures", [*failed, table, *told]),
        Section("Figures", pictures),
        *sections,
        Section("Trials", [Sheet("", ("variant", "seed", "", "digest of its facts"), trials, words=4)]),
        Section("How it was made", [[command]]),
    ]
    file = data / "report.html"
    write_atomic(file, page(results.title, results.question, whole).encode())
    return file


def _arms(done: Sequence[Trial]) -> list[Arm]:
    """The variants, with the trials that have sat exams."""
    found: dict[str, dict[int, Record]] = {}
    for trial in done:
        record = read_record(trial.events, history_of(trial)[0].run, MILESTONES)
        if record.exams:
            found.setdefault(trial.variant, {})[trial.seed] = record
    return [Arm(name, dict(sorted(runs.items()))) for name, runs in found.items()]


def _measures(results: Results, folder: Path) -> Picture:
    """Each measure by variant: seeds, mean, interval."""
    from hamlet.lab.figures.paper import save, writing
    from hamlet.lab.figures.studied import ablation

    folder.mkdir(exist_ok=True)
    with writing():
        drawn = ablation(results)
        return Picture(save(drawn, folder), drawn.title, drawn.note)
