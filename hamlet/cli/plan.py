"""The command ``plan``: parsing and printing only."""

from typing import Annotated

import typer

from hamlet.cli.options import AsJson, Data, RunName, paths_of, print_found, telling
from hamlet.training.planners.settings import PRESETS
from hamlet.training.world_models.settings import KINDS

__all__ = ["plan"]

_ALL = ", ".join(PRESETS)
_MODELS = f"{', '.join(KINDS[:-1])} or {KINDS[-1]}"


def plan(
    data: Data = None,
    run: RunName = None,
    world: Annotated[str, typer.Option(help="The newest run of which world: town or dialogue.")] = "town",
    planners: Annotated[
        str | None,
        typer.Option(help=f"With commas between: {_ALL} (default: all that the model serves)."),
    ] = None,
    model: Annotated[str, typer.Option(help=f"World model: {_MODELS}.")] = "ensemble",
    episodes: Annotated[int, typer.Option(min=2, max=4096, help="Lives that each planner leads.")] = 32,
    cap: Annotated[int, typer.Option(min=1, max=100_000, help="Steps after which a life is cut off.")] = 200,
    collect: Annotated[int, typer.Option(min=2, max=100_000, help="Episodes that the model learns from.")] = 64,
    updates: Annotated[int, typer.Option(min=1, max=1_000_000, help="Updates of the model.")] = 2000,
    as_json: AsJson = False,
) -> None:
    """Compare planners that look ahead in a learned world model with the greedy policy.

    Q-values are those of the newest checkpoint; the model is fitted to episodes that its policy explores.
    """
    from hamlet.runs.lookahead import Asked, look_ahead, served_by

    names = served_by(model) if planners is None else tuple(name.strip() for name in planners.split(","))
    asked = Asked(
        planners=tuple(dict.fromkeys(filter(None, names))),
        world=world,
        model=model,
        episodes=episodes,
        collected=collect,
        updates=updates,
        cap=cap,
    )
    with telling() as tell:
        found = look_ahead(paths_of(data), run, asked, tell)
    print_found(found, as_json=as_json)
