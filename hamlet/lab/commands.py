"""The lab's commands: parsing and printing only."""

import webbrowser
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from hamlet.options import AsJson, Data, RunName, paths_of, telling

__all__ = ["compare", "report"]


def report(
    data: Data = None,
    run: RunName = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder, with one for each run in it [default: reports in the data directory].")
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
            help="Share of the expert or oracle to be reached; may be repeated [default: .5 and .95].",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder [default: reports/comparison in the data directory].")
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Open the report in your browser.")] = False,
    as_json: AsJson = False,
) -> None:
    """Hold ways to learn against each other: curves, effort to a threshold, final performance, over seeds.

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
