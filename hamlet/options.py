"""What commands share: their common options, and how they tell and print."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer
from rich.console import Console
from rich.table import Table

from hamlet.settings import Paths

__all__ = ["AsJson", "Data", "RunName", "paths_of", "print_found", "telling"]

Data = Annotated[Path | None, typer.Option(help="Data directory [default: HAMLET_DB_PATH, else ./data].")]
RunName = Annotated[str | None, typer.Option("--run", help="A run by name [default: the newest].")]
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
