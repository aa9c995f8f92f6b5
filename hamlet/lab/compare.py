"""``compare``: from runs to tables, figures, one HTML file and JSON."""

import math
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from hamlet.atomic import write_atomic
from hamlet.errors import UsageError
from hamlet.lab.arms import Arm
from hamlet.lab.comparison import Comparison, SampleEfficiency
from hamlet.lab.page import Picture, Section, Sheet, page
from hamlet.lab.robust import Interval
from hamlet.worlds.dialogue.acts import PERSONAS

__all__ = ["comparison_sheets", "draw", "write_comparison"]


def comparison_sheets(found: Comparison) -> list[Sheet]:
    """Finals, what it took to get there, and with whom."""
    first = found.arms[0].name
    columns = (
        "arm",
        "seeds",
        "mean ± 95 %",
        "worst",
        "IQM [95 %]",
        f"− {first}",
        "IQM of that [95 %]",
        "P(better) [95 %]",
    )
    finals = [
        (
            arm.name,
            str(arm.mean.n),
            _plus_minus(arm.mean.mean, arm.mean.high),
            f"{arm.mean.worst:.3f}",
            _interval(arm.middle, 3),
            _plus_minus(arm.to_first.mean, arm.to_first.high, "+") if arm.to_first else "–",
            _interval(arm.to_first_middle, 3) if arm.to_first_middle else "–",
            _interval(arm.better, 2) if arm.better else "–",
        )
        for arm in found.arms
    ]
    title = f"After {found.horizon:,} {found.unit}: share of the {found.against}, greedy exam"
    sheets = [Sheet(title, columns, finals)]
    for threshold in found.thresholds:
        rows = [
            (arm.name, effort.axis if effort.axis != "episodes" else found.unit, *_effort(effort, arm is found.arms[0]))
            for arm in found.arms
            for effort in arm.efforts
            if effort.threshold == threshold
        ]
        head = ("arm", "counted in", "reached", "median [95 %]", f"× sooner than {first} [95 %]", "exams every")
        sheets.append(Sheet(f"Until {threshold:g} of the {found.against}", head, rows, words=2))
    if found.world == "dialogue":
        rows = [
            (
                arm.name,
                *(_plus_minus(arm.kinds[persona].mean, arm.kinds[persona].high) for persona in PERSONAS),
                _plus_minus(arm.violations.mean, arm.violations.high, digits=1) if arm.violations else "–",
            )
            for arm in found.arms
        ]
        sheets.append(Sheet("Success by persona; violations per 100 calls", ("arm", *PERSONAS, "violations"), rows))
    return sheets


def draw(arms: Sequence[Arm], found: Comparison, out: Path, tell: Callable[[str], None]) -> list[Picture]:
    """The figures, in ``out``."""
    from hamlet.lab.figures.comparing import comparing_figures
    from hamlet.lab.figures.paper import save, writing

    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{out}: cannot be made ({error.strerror}); choose another folder with --out") from None
    pictures = []
    with writing():
        for drawn in comparing_figures(arms, found):
            tell(f"drawing {drawn.name}")
            pictures.append(Picture(save(drawn, out), drawn.title, drawn.note))
    return pictures


def write_comparison(
    arms: Sequence[Arm], found: Comparison, out: Path, command: list[str], tell: Callable[[str], None]
) -> Path:
    """Figures, ``comparison.json`` and ``report.html`` in ``out``; returns the latter."""
    pictures = draw(arms, found, out, tell)
    write_atomic(out / "comparison.json", msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
    runs = [(arm.name, str(seed), run) for arm in found.arms for seed, run in arm.runs.items()]
    sections = [
        Section("In numbers", [*comparison_sheets(found), *found.notes]),
        Section("Figures", pictures),
        Section("What is meant", [MEANT]),
        Section("Runs", [Sheet("", ("arm", "seed", "run"), runs, words=3)]),
        Section("How it was made", [[shlex.join(command)]]),
    ]
    file = out / "report.html"
    lead = f"{len(runs)} runs of the {found.world}. Seeds are the sample: every figure is over them, with its interval."
    write_atomic(
        file, page(" and ".join([", ".join(a.name for a in arms[:-1]), arms[-1].name]), lead, sections).encode()
    )
    return file


MEANT = (
    "IQM: the interquartile mean, which leaves out the best and the worst quarter. P(better): the probability that a "
    "run of the arm ends better than a run of the first one. Both with percentile bootstrap intervals, after Agarwal "
    "et al. 2021 (rliable). ±: half the 95 % interval of the mean by Student's t; differences are paired by seed. A "
    "threshold that a seed does not reach is censored where the seed ended (Kaplan and Meier), never left out; > "
    "says that half of the seeds had not reached it by then."
)


def _effort(effort: SampleEfficiency, first: bool) -> tuple[str, ...]:
    beyond = max(effort.ended.values())
    median = effort.median
    if median.value is None:
        said = f"> {beyond:,.0f}"
    else:
        low = "" if median.low is None else f"{median.low:,.0f}"
        high = f"> {beyond:,.0f}" if median.high is None else f"{median.high:,.0f}"
        said = f"{median.value:,.0f}" + (f" [{low}, {high}]" if effort.seeds > 1 else "")
    sooner = "–" if first else "cannot be said" if effort.times_sooner is None else _interval(effort.times_sooner, 2)
    return (f"{effort.reached} of {effort.seeds}", said, sooner, f"{effort.resolution:,.0f}")


def _plus_minus(mean: float | None, high: float | None, sign: str = "", digits: int = 3) -> str:
    if mean is None:
        return "–"
    return f"{mean:{sign}.{digits}f}" + (f" ± {high - mean:.{digits}f}" if high is not None else "")


def _interval(found: Interval, digits: int) -> str:
    if found.value is None or math.isinf(found.value):
        return "–"
    if found.low is None and found.high is None:
        return f"{found.value:.{digits}f}"
    low, high = ("∞" if end is None else f"{end:.{digits}f}" for end in (found.low, found.high))
    return f"{found.value:.{digits}f} [{low}, {high}]"
