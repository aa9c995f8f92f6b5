"""The commands: parsing and printing only."""

import json
import os
import re
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import anyio
import typer
from rich.console import Console

from hamlet import conversations, exporting
from hamlet.clock import SystemClock
from hamlet.comparing import models
from hamlet.errors import HamletError, UsageError
from hamlet.keeping import backup, restore
from hamlet.lab.commands import compare, report
from hamlet.logs import configure_logs
from hamlet.options import AsJson, Data, RunName, paths_of, print_found, telling
from hamlet.photographing import snapshots
from hamlet.planning import plan
from hamlet.settings import ENVIRONMENT
from hamlet.talking import talk
from hamlet.training.settings import LARGEST
from hamlet.transcribing import transcripts

__all__ = ["app", "main"]

T = TypeVar("T")
CORES = len(os.sched_getaffinity(0))

_VARIABLES = "Environment: " + "; ".join(f"{name}: {text}" for name, text in ENVIRONMENT.items()) + "."

app = typer.Typer(
    name="hamlet",
    help="Agents that learn to live and to talk, live, with every fact in one event log.",
    epilog=_VARIABLES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Config = Annotated[Path | None, typer.Option(help="YAML of world and training.", envvar="HAMLET_CONFIG")]
Configs = Annotated[
    list[Path] | None,
    typer.Option(
        "--config", help="YAML of world and training; twice: one of each world, side by side.", envvar="HAMLET_CONFIG"
    ),
]
NewRun = Annotated[bool, typer.Option("--new-run", help="Begin another run in the same log.")]
Port = Annotated[int, typer.Option(help="The viewer's port.", envvar="HAMLET_VIZ_PORT", min=0, max=65535)]
Host = Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 lets others in.")]
Episodes = Annotated[int | None, typer.Option(min=1, max=LARGEST, help="Goal of the run; a larger one extends it.")]
Seed = Annotated[int | None, typer.Option(min=0, max=LARGEST, help="Seed of a new run.")]
Pace = Annotated[str | None, typer.Option(help="max, or episodes per hour; kept when the run is taken up again.")]

Floor = Annotated[
    float,
    typer.Option(
        "--disk-floor",
        min=0,
        help="MB that stay free on the disk: below, training pauses; 0 for none.",
        envvar="HAMLET_DISK_FLOOR",
    ),
]


Snapshots = Annotated[
    str,
    typer.Option(
        help="YAML of what is kept in pictures and tables, or off [default: configs/snapshots.yaml].",
        show_default=False,
    ),
]


@app.command(epilog="Examples: python main.py all-in-one · python main.py all-in-one --episodes 20000 --port 9000")
def all_in_one(
    config: Configs = None,
    data: Data = None,
    run: RunName = None,
    new_run: NewRun = False,
    port: Port = 8765,
    host: Host = "127.0.0.1",
    episodes: Episodes = None,
    seed: Seed = None,
    pace: Pace = None,
    disk_floor: Floor = 100,
    snapshots: Snapshots = "",
) -> None:
    """Train the town and the dialogue with a viewer on http://localhost:8765; resume or extend what is there.

    With --config only what it describes. When a run has reached its goal, the viewer stays up and the stage plays on.
    """
    from hamlet.web.settings import WebSettings

    web = WebSettings(host=host, port=port, names=_names(host))
    chosen: list[Path | None] = [*config] if config else [None]
    worlds = ("town",) if config or run else ("town", "dialogue")
    _own(chosen, worlds, data, run, new_run, episodes, seed, pace, web, disk_floor, snapshots=snapshots)


@app.command(epilog="Example: python main.py train --data /tmp/trial --episodes 500 --seed 3")
def train(
    config: Config = None,
    data: Data = None,
    run: RunName = None,
    new_run: NewRun = False,
    episodes: Episodes = None,
    seed: Seed = None,
    pace: Pace = None,
    disk_floor: Floor = 100,
    label: Annotated[
        str, typer.Option(help="What the name of a new run begins with [default: its world].", show_default=False)
    ] = "",
) -> None:
    """Train without a viewer, and exit when the goal is reached."""
    if label and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.=-]{0,79}", label):
        raise UsageError(f"--label: expected up to 80 letters, digits and . _ = -, found {label!r}")
    _own([config], ("town",), data, run, new_run, episodes, seed, pace, None, disk_floor, label)


@app.command(
    epilog="Examples: python main.py serve --data data --port 8766"
    " · python main.py serve --port 8767 --fanout redis://localhost:6379/0"
)
def serve(
    data: Data = None,
    run: RunName = None,
    port: Port = 8765,
    host: Host = "127.0.0.1",
    fanout: Annotated[
        str | None, typer.Option(help="redis://HOST:PORT/N: one of several that show the same.", envvar="HAMLET_FANOUT")
    ] = None,
) -> None:
    """Show a data directory, also one that another process trains in; change nothing."""
    _let_be_stopped()
    from hamlet.looking import look_on
    from hamlet.web.settings import WebSettings

    _logs()
    web = WebSettings(host=host, port=port, names=_names(host))
    _anyio(lambda: look_on(paths_of(data), run, web, SystemClock(), _announce, fanout))


@app.command(
    epilog="Examples: python main.py replay · python main.py replay --verify"
    " · python main.py replay --until-episode 4200 --out then.db"
)
def replay(
    data: Data = None,
    until_episode: Annotated[int | None, typer.Option(min=1, help="The views as they were then.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write there [default: the data directory's own].")] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Prove that the stored views are the log's.")] = False,
) -> None:
    """Rebuild the views from the log."""
    from hamlet import inspecting

    paths = paths_of(data)
    if verify:
        inspecting.verify_views(paths, _progress("replay"))
    elif until_episode is not None and out is None:
        raise UsageError("--until-episode shows the past: say with --out FILE where to write it")
    else:
        inspecting.rebuild_views(paths, out, until_episode, _progress("replay"))


@app.command(
    epilog="Examples: python main.py events --type stage_changed.v1 · python main.py events --follow --json"
    " · python main.py events --verify"
)
def events(
    data: Data = None,
    run: RunName = None,
    type_: Annotated[list[str] | None, typer.Option("--type", help="Only this tag; may be repeated.")] = None,
    after: Annotated[int, typer.Option(min=0, help="Only positions after this one.")] = 0,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with what is appended.")] = False,
    as_json: AsJson = False,
    verify: Annotated[bool, typer.Option("--verify", help="Check every row of the log.")] = False,
) -> None:
    """Print the log, or check it."""
    from hamlet import inspecting

    if verify:
        inspecting.verify_log(paths_of(data))
    else:
        inspecting.print_events(paths_of(data), run, type_ or [], after, follow=follow, as_json=as_json)


@app.command(epilog="Examples: python main.py evaluate --data data · python main.py evaluate --cap 2000 --json")
def evaluate(
    data: Data = None,
    run: RunName = None,
    episodes: Annotated[int, typer.Option(min=1, help="Held-out starts.")] = 200,
    cap: Annotated[
        list[int] | None,
        typer.Option(min=1, help="Steps after which a life is cut off; may be repeated [default: 500 and 2000]."),
    ] = None,
    first_seed: Annotated[int | None, typer.Option(min=0, max=LARGEST, help="Seed of the first start.")] = None,
    as_json: AsJson = False,
) -> None:
    """Examine the newest kept policy of each world beside its baselines.

    Greedy, at full difficulty, on held-out starts. Town: mean survival in steps beside random, stand-still and the
    scripted expert, and how lives ended. Dialogue: success, return and violations beside random, the best constant
    act, the rule and the oracle, by persona.
    """
    from hamlet.examining import CAPS, examine

    with telling() as tell:
        found = examine(
            paths_of(data),
            run,
            episodes=episodes,
            caps=tuple(dict.fromkeys(cap or CAPS)),
            first_seed=first_seed,
            tell=tell,
        )
    if as_json:
        whole = [each.as_json() for each in found]
        print(json.dumps(whole[0] if len(whole) == 1 else whole[0] | {"dialogue": whole[1]}))
    else:
        Console().print(*(table for each in found for table in each.tables()), sep="\n")


app.command(epilog="Examples: python main.py plan · python main.py plan --planners rollout,cem --episodes 64")(plan)


@app.command(epilog="Example: python main.py criteria --data data --json")
def criteria(data: Data = None, run: RunName = None, as_json: AsJson = False) -> None:
    """Judge a run: the success criteria of the original design, and ours beside them.

    Exits with 1 when one of the original's is not met; what a run cannot show counts neither way.
    """
    from hamlet.criteria.judging import judge_run

    with telling() as tell:
        found = judge_run(paths_of(data), run, tell)
    print_found(found, as_json=as_json)
    raise typer.Exit(0 if found.met else 1)


@app.command(epilog="Example: python main.py check configs/town/mine.yaml")
def check(file: Annotated[Path, typer.Argument(help="A config file.")]) -> None:
    """Check a config before anything runs: keys, types, and whether anyone can live, or succeed, there."""
    from hamlet.checking import check_config

    print(check_config(file))


@app.command(epilog="Example: python main.py runs --json")
def runs(data: Data = None, as_json: AsJson = False) -> None:
    """List the runs of a data directory, the newest first."""
    from hamlet import inspecting

    inspecting.print_runs(paths_of(data), as_json=as_json)


@app.command(epilog="Example: python main.py doctor --data data")
def doctor(data: Data = None) -> None:
    """Say what was found on this machine, and how to get what is missing."""
    from hamlet.doctor import examine_machine

    examine_machine(paths_of(data))


@app.command(
    epilog="Examples: python main.py study configs/studies/sparse_adaptive.yaml --jobs 2"
    " · python main.py study configs/studies/sparse_adaptive.yaml --resume --only still"
)
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
    _let_be_stopped()
    from hamlet.lab.conduct import Wanted, conduct
    from hamlet.lab.execution import Here
    from hamlet.lab.on_ray import OnRay
    from hamlet.lab.progress import Bars, Lines, Show
    from hamlet.lab.table import as_table

    _logs()
    directory = data or paths_of(None).data / "studies" / file.stem
    if on not in ("local", "ray"):
        raise UsageError(f"--on: expected local or ray, found {on!r}")
    runner = Here(jobs) if on == "local" else OnRay(address)
    wanted = Wanted(file=file, data=directory, runner=runner, resume=resume, only=tuple(only or ()))

    def show(trials: int) -> Show:
        return Bars(Console(stderr=True), trials) if sys.stderr.isatty() else Lines()

    conducted = _anyio(lambda: conduct(wanted, show, SystemClock()))
    if conducted.results is None:
        _complain(
            f"stopped; {conducted.finished} of {conducted.trials} trials are finished, the others can go on: --resume"
        )
        sys.exit(130 if conducted.stopped == "SIGINT" else 0)
    Console().print(as_table(conducted.results))
    print(
        f"{conducted.finished} of {conducted.trials} trials finished;"
        f" {directory / 'results.json'}, results.md, report.html"
    )
    for outcome in conducted.failed:
        _complain(f"{outcome.trial.name} failed: {outcome.reason}")
    sys.exit(1 if conducted.failed else 0)


app.command(epilog="Examples: python main.py report · python main.py report --summary · python main.py report --show")(
    report
)


@app.command(epilog="Example: python main.py lectures --data data --out lectures")
def lectures(
    data: Data = None,
    out: Annotated[Path | None, typer.Option(help="Folder [default: lectures in the data directory].")] = None,
) -> None:
    """Make four lectures of a run: slides with notes and its own numbers, figures, GIFs, exercises, and its "
    "failures."""
    from hamlet.lab.lectures import give_lectures
    from hamlet.lab.report import require_matplotlib
    from hamlet.snapshots.gifs import gif_of

    require_matplotlib()
    paths = paths_of(data)
    with telling() as tell:
        written = give_lectures(paths, out or paths.data / "lectures", gif_of, tell)
    print(*written, sep="\n")


app.command(
    epilog="Examples: python main.py compare 'dqn-*' 'ddq-*' · python main.py compare data studies/k --threshold .8"
)(compare)
app.command(
    epilog="Examples: python main.py models --data data --seeds 3"
    " · python main.py models --world configs/town/sparse_adaptive.yaml --world-models mlp,ensemble"
)(models)
app.command(
    epilog="Examples: python main.py transcripts --last 5 --out calls.md · python main.py transcripts --format jsonl"
    " · python main.py transcripts --episode 1200"
)(transcripts)
app.command(epilog="Examples: python main.py talk · python main.py talk --as watch --persona angry --seed 7")(talk)
app.command(
    epilog="Examples: python main.py backup · python main.py backup --data data --out /mnt/backups/monday.tar.gz"
)(backup)
app.command(epilog="Example: python main.py restore hamlet-backup-20260101-120000.tar.gz --data data-again")(restore)
app.command(
    epilog="Examples: python main.py snapshots · python main.py snapshots --url http://viz:8765 · "
    "python main.py snapshots --backfill 200 · python main.py snapshots --timelapse"
)(snapshots)
app.command("import", epilog="Example: python main.py import checkpoints/ddq_500ep_20251201_093000.json")(
    exporting.import_
)
app.add_typer(exporting.commands)
app.add_typer(conversations.commands)


def main() -> None:
    """Run a command; what a user can mend is one line on standard error and an exit code."""
    try:
        code = app(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except HamletError as error:
        _complain(str(error))
        sys.exit(error.exit_code)
    except typer.Exit as error:
        sys.exit(error.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(130)
    except typer.TyperException as error:
        said = error.format_message() if hasattr(error, "format_message") else str(error)  # names the option
        _complain(f"{said}; see --help")
        sys.exit(2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _complain(line: str) -> None:
    print(f"hamlet: {' '.join(line.split())}", file=sys.stderr)


def _own(
    configs: Sequence[Path | None],
    worlds: Sequence[str],
    data: Path | None,
    run: str | None,
    new_run: bool,
    episodes: int | None,
    seed: int | None,
    pace: str | None,
    web: Any,
    disk_floor: float,
    label: str = "",
    snapshots: str = "off",
) -> None:
    _let_be_stopped()
    from hamlet.app import House, own
    from hamlet.picturing import SHIPPED, read_snapshot_settings
    from hamlet.runs import Wanted

    if run is not None and new_run:
        raise UsageError("--run and --new-run exclude each other: name a run to take it up, or begin another")
    _logs()
    wanted = tuple(
        Wanted(world=world, config=config, run=run, new_run=new_run, episodes=episodes, seed=seed)
        for config in configs
        for world in worlds
    )
    house = House(
        paths=paths_of(data),
        wanted=wanted,
        web=web,
        pace=_pace(pace),
        announce=_announce,
        label=label or None,
        floor=int(disk_floor * 1e6),
        snapshots=None if snapshots == "off" else read_snapshot_settings(Path(snapshots or SHIPPED)),
    )
    _anyio(lambda: own(house, SystemClock()))


def _let_be_stopped() -> None:
    """A SIGTERM before the supervisor listens ends the process as an ordered stop does: nothing has
    been begun that a crash could not leave as it is."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))


def _announce(line: str) -> None:
    print(line, flush=True)  # also into a pipe or a file, while the process goes on for days


def _pace(text: str | None) -> float | None:
    if text is None:
        return None
    if text == "max":
        return 0.0
    try:
        pace = float(text)
    except ValueError:
        pace = -1.0
    if not 0.0 < pace < float("inf"):
        raise UsageError(f"--pace: expected max or episodes per hour above 0, found {text!r}")
    return pace


def _names(host: str) -> list[str]:
    """Host names by which a browser may call the viewer, besides this machine's own."""
    from urllib.parse import urlsplit

    named = urlsplit(os.environ.get("HAMLET_BROWSER_URL", "")).hostname
    return [name for name in (host, named) if name and name not in ("0.0.0.0", "::")]


def _logs() -> None:
    configure_logs(people=sys.stderr.isatty())


def _anyio(body: Callable[[], Awaitable[T]]) -> T:
    async def run() -> T:
        return await body()

    return anyio.run(run)


def _progress(what: str) -> Callable[[int], None] | None:
    """Positions reached, on a terminal."""
    if not sys.stderr.isatty():
        return None
    console = Console(stderr=True)
    return lambda position: console.print(f"{what}: position {position:,}", end="\r")
