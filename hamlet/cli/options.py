"""What commands share: their common options, how they begin, and how they tell and print."""

import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Protocol, TypeVar

import anyio
import typer
from rich.console import Console
from rich.table import Table

from hamlet.process.logs import configure_logs
from hamlet.settings import Paths

__all__ = [
    "AsJson",
    "Data",
    "RunName",
    "complain",
    "counted",
    "examples",
    "in_a_loop",
    "let_be_stopped",
    "paths_of",
    "print_found",
    "start_logs",
    "telling",
]

T = TypeVar("T")

Data = Annotated[Path | None, typer.Option(help="Data directory (default: HAMLET_DB_PATH, else ./data).")]
RunName = Annotated[str | None, typer.Option("--run", help="A run by name (default: the newest).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class Found(Protocol):
    """What a command found out."""

    def as_json(self) -> dict[str, Any]: ...

    def table(self) -> Table: ...


def paths_of(data: Path | None) -> Paths:
    """From ``--data`` and the environment."""
    return Paths.of(data, os.environ)


@contextmanager
def telling() -> Iterator[Callable[[str], None]]:
    """What is being done, on a terminal, while it is being done."""
    with Console(stderr=True).status("getting ready …") as status:
        yield status.update


def print_found(found: Found, *, as_json: bool) -> None:
    """As JSON, or as a table."""
    if as_json:
        typer.echo(json.dumps(found.as_json()))
    else:
        Console().print(found.table())


def counted(number: int, what: str) -> str:
    """``1 event``, ``2,000 events``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def complain(line: str) -> None:
    """One line on standard error, as every error is told."""
    print(f"hamlet: {' '.join(line.split())}", file=sys.stderr)


def examples(*commands: str) -> str:
    """The end of a command's help: each of ``commands`` on a line of its own."""
    return "\n\n".join([f"Example{'s' * (len(commands) > 1)}:", *(f"python main.py {each}" for each in commands)])


def let_be_stopped(*numbers: signal.Signals) -> None:
    """Such a signal before the supervisor listens ends the process as an ordered stop does: nothing has
    been begun that a crash could not leave as it is."""
    for number in numbers:
        signal.signal(number, lambda *_: os._exit(0))


def start_logs() -> None:
    """The process log: for people on a terminal, else as JSON, a line each."""
    configure_logs(people=sys.stderr.isatty())


def in_a_loop(body: Callable[[], Awaitable[T]]) -> T:
    """What ``body`` returns, in an event loop of its own."""

    async def run() -> T:
        return await body()

    return anyio.run(run)
