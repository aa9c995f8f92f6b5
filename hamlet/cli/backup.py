"""``backup`` and ``restore``: parsing and printing."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from hamlet.cli.options import Data, counted, paths_of

__all__ = ["backup", "restore"]


def backup(
    data: Data = None,
    out: Annotated[
        Path | None,
        typer.Option(help="A directory, or FILE.tar.gz (default: hamlet-backup-TIME.tar.gz here).", show_default=False),
    ] = None,
    conversations: Annotated[
        bool, typer.Option("--conversations", help="What people said in talks too; it is left out otherwise.")
    ] = False,
) -> None:
    """Copy the log and the checkpoints, also while a process trains, and verify the copy."""
    from hamlet.runs.backup import back_up

    out = out or Path(f"hamlet-backup-{datetime.now(UTC):%Y%m%d-%H%M%S}.tar.gz")
    made = back_up(paths_of(data), out, conversations=conversations)
    others = counted(len(made.files) - 1, "other file")
    print(f"{out}: {counted(made.events, 'event')} in {counted(made.runs, 'run')}, all whole; {others}")
    for name in made.left_out:
        print(f"left out, since it is not there as the log has it: {name}")


def restore(
    source: Annotated[Path, typer.Argument(help="What backup made.")],
    data: Data = None,
) -> None:
    """Put a backup into an empty data directory, check it, and rebuild the views."""
    from hamlet.runs.backup import restore as put_back

    paths = paths_of(data)
    made = put_back(source, paths)
    whole = f"{counted(made.events, 'event')} in {counted(made.runs, 'run')}"
    print(f"{paths.data}: {whole}; go on with: python main.py all-in-one --data {paths.data}")
