"""The lab's commands: parsing and printing only."""

import os
import signal
import sys
import webbrowser
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from hamlet.cli.options import AsJson, Data, RunName, complain, in_a_loop, let_be_stopped, paths_of, start_logs, telling
from hamlet.clock import SystemClock
from hamlet.errors import UsageError

__all__ = ["compare", "lectures", "report", "study"]

CORES = len(os.sched_getaffinity(0))


def study(
    file: Annotated[Path, typer.Argument(help="A study file; see docs/studies.md.")],
    data: Annotated[
        Path | None, typer.Option(help="The study's directory, by default studies/FILE in the data directory.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, max=1024, help="Trials side by side.", show_default="one a core")] = CORES,
    on: Annotated[str, typer.Option(help="local (this machine) or ray (a Ray cluster, a trial a CPU).")] = "local",
    address: Annotated[str, typer.Option(help="Of the Ray cluster: host:port, or this machine's.")] = "auto",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the study that is there.")] = False,
    only: Annotated[list[str] | None, typer.Option(help="Only this variant or trial; may be repeated.")] = None,
) -> None:
    """Train variants of a config on several seeds, and compare them: means, intervals, worst seeds."""
    let_be_stopped(signal.SIGTERM)
    from hamlet.lab.conduct import Wanted, conduct
    from hamlet.lab.execution import LocalRunner
    from hamlet.lab.on_ray import RayRunner
    from hamlet.lab.progress import ProgressBars, ProgressDisplay, ProgressLines
    from hamlet.lab.table import as_table

    start_logs()
    directory = data or paths_of(None).data / "studies" / file.stem
    if on not in ("local", "ray"):
        raise UsageError(f"--on: expected local or ray, found {on!r}")
    runner = LocalRunner(jobs) if on == "local" else RayRunner(address)
    wanted = Wanted(file=file, data=directory, runner=runner, resume=resume, only=tuple(only or ()))

    def show(trials: int) -> ProgressDisplay:
        return ProgressBars(Console(stderr=True), trials) if sys.stderr.isatty() else ProgressLines()

    conducted = in_a_loop(lambda: conduct(wanted, show, SystemClock()))
    if conducted.results is None:
        complain(
            f"stopped; {conducted.finished} of {conducted.trials} trials are finished, the others can go on: --resume"
        )
        sys.exit(130 if conducted.stopped == "SIGINT" else 0)
    Console().print(as_table(conducted.results))
    print(
        f"{conducted.finished} of {conducted.trials} trials finished;"
        f" {directory / 'results.json'}, results.md, report.html"
    )
    for outcome in conducted.failed:
        complain(f"{outcome.trial.name} failed: {outcome.reason}")
    sys.exit(1 if conducted.failed else 0)


def report(
    data: Data = None,
    run: RunName = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder, with one for each run in it (default: reports in the data directory).")
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Open the report in your browser.")] = False,
    summary: Annotated[bool, typer.Option("--summary", help="Print the tables only, draw nothing.")] = False,
) -> None:
    """Draw every figure that fits a run, and write report.html: figures, tables, baselines, config, in one file.

    Without --run: the newest run of each world. Figures are PNG at 300 DPI beside it.
    """
    from hamlet.lab.record import read_record
    from hamlet.lab.report import require_matplotlib, runs_to_report, write_report
    from hamlet.lab.telling import sheets_of

    paths = paths_of(data)
    runs = runs_to_report(paths, run)
    if summary:
        for name in runs:
            Console().print(*(sheet.on_terminal() for sheet in sheets_of(read_record(paths.events, name))), sep="\n")
        return
    require_matplotlib()
    folder = out or paths.data / "reports"
    for name in runs:
        command = ["python", "main.py", "report", "--data", str(paths.data), "--run", name]
        with telling() as tell:
            file = write_report(paths, name, folder / name, command, tell)
        typer.echo(f"{file}: {len(list(file.parent.glob('*.png')))} figures")
        _open(file, show)


def compare(
    runs: Annotated[
        list[str],
        typer.Argument(help="Runs, patterns ('ddq-*'), directories (all of their runs), or DIRECTORY:RUN."),
    ],
    data: Data = None,
    threshold: Annotated[
        list[float] | None,
        typer.Option(
            min=0.01,
            max=2.0,
            help="Share of the expert or oracle to be reached; may be repeated (default: .5 and .95).",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder (default: reports/comparison in the data directory).")
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Open the report in your browser.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare ways to learn over seeds: curves, effort to a threshold, final performance.

    Runs that differ by their seed alone are one arm; the first arm is what the others are compared with. Writes
    report.html, comparison.json and the figures; with --json prints the figures' numbers and writes nothing.
    """
    from hamlet.lab.arms import arms_of
    from hamlet.lab.compare import comparison_sheets, write_comparison
    from hamlet.lab.comparison import THRESHOLDS, compared
    from hamlet.lab.report import require_matplotlib

    directory = paths_of(data).data
    with telling() as tell:
        tell("reading the logs")
        arms, notes = arms_of(runs, directory)
        found = compared(arms, tuple(dict.fromkeys(threshold or THRESHOLDS)), notes)
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    Console().print(*(sheet.on_terminal() for sheet in comparison_sheets(found)), *found.notes, sep="\n")
    require_matplotlib()
    asked = [word for share in threshold or () for word in ("--threshold", f"{share:g}")]
    command = ["python", "main.py", "compare", *runs, "--data", str(directory), *asked]
    with telling() as tell:
        file = write_comparison(arms, found, out or directory / "reports" / "comparison", command, tell)
    typer.echo(str(file))
    _open(file, show)


def _open(file: Path, wanted: bool) -> None:
    if wanted and not webbrowser.open(file.absolute().as_uri()):
        typer.echo(f"no browser was found to show it; open {file} yourself", err=True)


def lectures(
    data: Data = None,
    out: Annotated[Path | None, typer.Option(help="Folder (default: lectures in the data directory).")] = None,
) -> None:
    """Make four lectures of a run: slides with notes, its own numbers, figures, GIFs and failures; exercises."""
    from hamlet.lab.lectures import give_lectures
    from hamlet.lab.report import require_matplotlib
    from hamlet.snapshots.gifs import gif_of

    require_matplotlib()
    paths = paths_of(data)
    with telling() as tell:
        written = give_lectures(paths, out or paths.data / "lectures", gif_of, tell)
    print(*written, sep="\n")
