"""The command ``plan``: parsing and printing only."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hamlet.settings import Paths

__all__ = ["plan"]

_NAMES = "rollout,best_first,depth_first,shooting,cem,uncertainty"


def plan(
    data: Annotated[Path | None, typer.Option(help="Data directory [default: HAMLET_DB_PATH, else ./data].")] = None,
    run: Annotated[str | None, typer.Option("--run", help="A run by name [default: the newest].")] = None,
    world: Annotated[str, typer.Option(help="The newest run of which world: town or dialogue.")] = "town",
    planners: Annotated[
        str | None, typer.Option(help=f"Which, with commas between [default: all that the model serves: {_NAMES}].")
    ] = None,
    model: Annotated[
        str, typer.Option(help="World model: mlp, probabilistic, lstm, transformer or ensemble.")
    ] = "ensemble",
    episodes: Annotated[int, typer.Option(min=2, max=4096, help="Lives that each planner leads.")] = 32,
    cap: Annotated[int, typer.Option(min=1, max=100_000, help="Steps after which a life is cut off.")] = 200,
    collect: Annotated[int, typer.Option(min=2, max=100_000, help="Episodes that the model learns from.")] = 64,
    updates: Annotated[int, typer.Option(min=1, max=1_000_000, help="Updates of the model.")] = 2000,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Let planners look ahead in a learned world model, beside greedy q alone.

    The q is the newest kept policy's; the model is fitted to episodes that this policy explores.
    """
    from hamlet.lookahead import Asked, look_ahead

    names = planners or (_NAMES if model == "ensemble" else _NAMES.removesuffix(",uncertainty"))
    asked = Asked(
        planners=tuple(dict.fromkeys(name.strip() for name in names.split(",") if name.strip())),
        world=world,
        model=model,
        episodes=episodes,
        collected=collect,
        updates=updates,
        cap=cap,
    )
    with Console(stderr=True).status("getting ready …") as status:
        found = look_ahead(Paths.of(data, os.environ), run, asked, status.update)
    if as_json:
        typer.echo(json.dumps(found.as_json()))
    else:
        Console().print(found.table())
