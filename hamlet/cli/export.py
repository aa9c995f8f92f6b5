"""``export``: a run for others: one life or one call to play, tables, a history, weights with their card."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from hamlet.atomic import write_atomic
from hamlet.cli.options import Data, RunName, examples, paths_of
from hamlet.errors import UsageError
from hamlet.exports.history import History, file_name, write_history
from hamlet.exports.tables import export_table
from hamlet.projections.configs import algorithm_of
from hamlet.projections.rows import RunRow
from hamlet.projections.views import Views
from hamlet.settings import Paths

__all__ = ["commands"]

Out = Annotated[Path | None, typer.Option(help="Write there.", show_default=False)]

commands = typer.Typer(
    name="export",
    help="Export a life or a call that plays in any browser, tables, datasets, a history, or weights.",
    epilog=examples("export episode 4230 --out life.html", "export csv"),
    no_args_is_help=True,
)


@commands.command(epilog=examples("export episode 4230 --out life.html"))
def episode(
    number: Annotated[int, typer.Argument(min=1, help="An episode of the town.")],
    out: Out = None,
    data: Data = None,
    run: RunName = None,
) -> None:
    """One life as a page in a single file: it plays step by step in any browser, with no network."""
    from hamlet.app.keepsakes import life_page

    _write(out or Path(f"episode_{number:05d}.html"), life_page(paths_of(data), run, number))


@commands.command(epilog=examples("export conversation 1200", "export conversation NAME --out call.html"))
def conversation(
    name: Annotated[str, typer.Argument(help="A kept conversation's name (see transcripts), or a call's number.")],
    out: Out = None,
    data: Data = None,
    run: RunName = None,
) -> None:
    """One call as a page in a single file, turn by turn, with what was thought of each act where that is known."""
    from hamlet.app.keepsakes import call_page

    page = call_page(paths_of(data), run, name)
    _write(out or Path(f"call_{''.join(c if c.isalnum() else '-' for c in name)}.html"), page)


@commands.command(epilog=examples("export csv --out metrics.csv"))
def csv(out: Out = None, data: Data = None, run: RunName = None) -> None:
    """All episodes of a run as CSV, formula-safe."""
    _table(out, data, run, "csv")


@commands.command(epilog=examples("export parquet --out metrics.parquet"))
def parquet(out: Out = None, data: Data = None, run: RunName = None) -> None:
    """All episodes of a run as Parquet (extra parquet)."""
    _table(out, data, run, "parquet")


@commands.command(epilog=examples("export history --run dialogue-20261128-100000-ab12"))
def history(out: Out = None, data: Data = None, run: RunName = None) -> None:
    """The learning curve as a history file, {algorithm}_{episodes}ep_{timestamp}.json."""
    views, row = _run(paths_of(data), run)
    rewards, lengths, successes = [], [], []
    after = 0
    while rows := views.episodes(row.run, after=after, limit=10_000):
        rewards += [one.extrinsic_reward for one in rows]
        lengths += [one.survival_time for one in rows]
        after = rows[-1].episode
    if row.world == "dialogue":
        successes = [call.success for call in views.calls(row.run, max(1, row.episode))]
    curious = row.config.get("training", {}).get("novelty", {}).get("enabled", False)
    algorithm = algorithm_of(row.config) + ("-rnd" if curious else "")
    found = History(
        algorithm=algorithm,
        rewards=rewards,
        successes=successes,
        lengths=lengths,
        losses=[],
        metadata={"run": row.run, "world": row.world, "config": row.config, "seed": row.seed, "physics": row.physics},
    )
    _write(out or Path(file_name(algorithm, len(rewards), row.started_at)), write_history(found))


@commands.command(epilog=examples("export weights --out policy.safetensors"))
def weights(
    out: Annotated[
        Path | None, typer.Option(help="Write there (default: RUN.safetensors), and the card beside it.")
    ] = None,
    data: Data = None,
    run: RunName = None,
    world: Annotated[str, typer.Option(help="town or dialogue, where --run does not say it.")] = "town",
) -> None:
    """The newest kept policy as safetensors, with a card that says what it is, how it was trained and how good."""
    from hamlet.runs.weighing import weights_with_card

    name, tensors, card = weights_with_card(paths_of(data), run, world)
    path = out or Path(f"{name}.safetensors")
    if path.suffix != ".safetensors":
        raise UsageError(f"--out: expected a name that ends in .safetensors, found {path}")
    _write(path, tensors)
    _write(path.with_suffix(".md"), card.encode())


@commands.command(epilog=examples("export tensorboard --out tb"))
def tensorboard(
    out: Annotated[Path, typer.Option(help="A directory; the run gets one of its own in it.")] = Path("tensorboard"),
    data: Data = None,
    run: RunName = None,
) -> None:
    """A run's episodes, exams and the learner's health as TensorBoard event files (extra tensorboard)."""
    from hamlet.exports.tensorboard import write_tensorboard

    paths = paths_of(data)
    views, row = _run(paths, run)
    with _writing(out):
        directory, count = write_tensorboard(views, paths.events, row, out)
    typer.echo(f"{directory}: {count:,} numbers of {row.run}")


@commands.command(epilog=examples("export minari --world dialogue --out datasets"))
def minari(
    out: Annotated[Path, typer.Option(help="A directory of datasets, as MINARI_DATASETS_PATH names.")] = Path("minari"),
    data: Data = None,
    run: RunName = None,
    world: Annotated[str, typer.Option(help="town or dialogue, where --run does not say it.")] = "dialogue",
    episodes: Annotated[int, typer.Option(min=1, help="The newest so many; of the town 1,000 take 160 MB.")] = 1000,
) -> None:
    """A run's episodes as a Minari dataset for offline learning (extra minari): every step as its agent saw it."""
    from hamlet.runs.dataset import write_dataset

    paths = paths_of(data)
    _, row = _run(paths, run, (world,))
    if row.world not in ("town", "dialogue"):
        raise UsageError(f"run {row.run} was {row.world}: nothing of it can be lived again; tables and history hold it")
    with _writing(out):
        name, lives, steps = write_dataset(paths, row.run, row.world, episodes, out)
    typer.echo(f"{out / name}: {lives:,} episodes, {steps:,} steps")
    typer.echo(f"in Python, under MINARI_DATASETS_PATH={out}: minari.load_dataset('{name}')")


def import_(
    file: Annotated[Path, typer.Argument(help="A history file, in the newer or the older format.")], data: Data = None
) -> None:
    """Import a history file as a run of its own; importing it again changes nothing."""
    from hamlet.runs.importing import import_history

    run, episodes, new = import_history(paths_of(data), file)
    typer.echo(f"{run}: {episodes:,} episodes" + ("" if new else " (were there already)"))


def _table(out: Path | None, data: Path | None, run: str | None, kind: str) -> None:
    paths = paths_of(data)
    views, row = _run(paths, run)
    path = out or Path(f"{row.run}.{kind}")
    if path.suffix != f".{kind}":
        raise UsageError(f"--out: expected a name that ends in .{kind}, found {path}")
    begun = time.monotonic()
    with _writing(path):
        count = export_table(views, row.run, path)
    typer.echo(f"{path}: {count:,} episodes of {row.run}, in {time.monotonic() - begun:.1f} s")


def _run(paths: Paths, name: str | None, worlds: Sequence[str] = ("town", "dialogue")) -> tuple[Views, RunRow]:
    views = Views(paths.views)
    if not paths.views.exists():
        raise UsageError(f"{paths.views}: not there; train first, or name another directory with --data")
    run = name or next(filter(None, map(views.newest_run, worlds)), None)
    row = views.run(run) if run else None
    if row is None:
        raise UsageError(f"{paths.views}: no run {name or 'yet'} in it")
    return views, row


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror})") from None


def _write(path: Path, content: bytes) -> None:
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, content)
    typer.echo(f"{path}: {len(content) / 1e3:,.0f} kB")
