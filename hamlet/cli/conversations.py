"""``conversations``: what people said in talks, listed, shown and erased."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from hamlet.cli.options import AsJson, Data, examples, paths_of
from hamlet.conversation.store import Store
from hamlet.errors import UsageError
from hamlet.tables import ruled

__all__ = ["commands"]

Number = Annotated[int, typer.Argument(min=1, help="A number from the list.")]

commands = typer.Typer(
    name="conversations",
    help="What people said in talks: kept in conversations.db only, and erased on request.",
    epilog=examples("conversations list", "conversations forget 3"),
    no_args_is_help=True,
)


@commands.command("list", epilog=examples("conversations list --json"))
def list_(data: Data = None, as_json: AsJson = False) -> None:
    """List them, the newest first."""
    found = _store(data).all()
    if as_json:
        print(json.dumps(msgspec.to_builtins(found)))
        return
    if not found:
        print("No conversations are kept here.")
        return
    table = ruled()
    for column in ("number", "began", "you were", "ended", "lines"):
        table.add_column(column, justify="right" if column in ("number", "lines") else "left")
    for one in found:
        began = datetime.fromtimestamp(one.began, UTC).strftime("%Y-%m-%d %H:%M UTC")
        table.add_row(str(one.id), began, one.kind, one.ending or "(broken off)", str(one.lines))
    Console().print(table)


@commands.command(epilog=examples("conversations show 3"))
def show(number: Number, data: Data = None, as_json: AsJson = False) -> None:
    """Print what was said in one."""
    lines = _store(data).show(number)
    if as_json:
        print(json.dumps(msgspec.to_builtins(lines)))
        return
    for line in lines:
        about = ", ".join(f"{name}: {value}" for name, value in line.about.items())
        print(f"{line.who}: {line.text}" + (f"  [{about}]" if about else ""))


@commands.command(epilog=examples("conversations export --out talks.jsonl"))
def export(
    out: Annotated[Path | None, typer.Option(help="Write there (default: standard output).")] = None,
    data: Data = None,
) -> None:
    """Print every conversation with all its lines as JSON, one a line; typed and by voice alike."""
    store = _store(data)
    rows = [
        json.dumps(msgspec.to_builtins(one) | {"lines": msgspec.to_builtins(store.show(one.id))})
        for one in reversed(store.all())
    ]
    text = "".join(f"{row}\n" for row in rows)
    if out is None:
        print(text, end="")
        return
    try:
        out.touch(mode=0o600)  # a person's words: for their owner, as in the store
        out.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({error.strerror}); choose another file with --out") from None
    print(f"{out}: {len(rows)} conversations")


@commands.command(epilog=examples("conversations forget 3", "conversations forget --all"))
def forget(
    number: Annotated[int | None, typer.Argument(min=1, help="A number from the list.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every conversation.")] = False,
    data: Data = None,
) -> None:
    """Erase one, or all: the words are overwritten, not only unlisted."""
    store = _store(data)
    if (number is None) == (not everything):
        raise UsageError("conversations forget: name one conversation by its number, or say --all")
    if number is None:
        print(f"{store.path}: {store.forget_all()} conversations erased")
    else:
        store.forget(number)
        print(f"{store.path}: conversation {number} erased")


def _store(data: Path | None) -> Store:
    return Store(paths_of(data).conversations)
