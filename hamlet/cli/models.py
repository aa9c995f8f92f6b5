"""The command ``models``: parsing and printing only."""

from pathlib import Path
from typing import Annotated

import typer

from hamlet.cli.options import AsJson, Data, RunName, paths_of, print_found, telling
from hamlet.clock import SystemClock
from hamlet.errors import UsageError
from hamlet.training.settings import LARGEST

__all__ = ["models"]


def models(
    data: Data = None,
    run: RunName = None,
    world: Annotated[
        Path | None, typer.Option(help="A config: collect fresh episodes there, by chance and script, without a run.")
    ] = None,
    world_models: Annotated[str, typer.Option(help="all, or kinds separated by commas.")] = "all",
    episodes: Annotated[int, typer.Option(min=4, max=100_000, help="To learn from: the newest so many.")] = 200,
    held_out: Annotated[
        int, typer.Option(min=1, max=100_000, help="More of them, to judge by; of a short run, half.")
    ] = 50,
    updates: Annotated[int, typer.Option(min=1, max=LARGEST, help="Gradient steps of each model.")] = 1_000,
    seeds: Annotated[int, typer.Option(min=1, max=100, help="Models of each kind.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Compare world models on held-out episodes of a run; the baseline predicts that nothing changes.

    The episodes are computed again from the log.
    """
    from hamlet.runs.choosing import newest_run
    from hamlet.runs.modelling import compare, kinds_in, kinds_of
    from hamlet.runs.relived import fresh_episodes, run_episodes
    from hamlet.settings import read_config

    kinds, paths = kinds_of(world_models), paths_of(data)
    with telling() as tell:
        if world is not None:
            source, (spec, found) = str(world), fresh_episodes(read_config(world).world, episodes + held_out, seed=0)
        else:
            if (newest := newest_run(paths.events, run, None)) is None:
                raise UsageError(
                    f"{paths.events}: no run yet; train one, or collect fresh episodes with --world CONFIG"
                )
            source, (spec, found) = newest, run_episodes(paths, newest, episodes + held_out)
        compared = compare(
            source,
            spec,
            found,
            kinds_in(kinds, spec.world) if world_models == "all" else kinds,
            learn=episodes,
            held_out=held_out,
            updates=updates,
            seeds=seeds,
            clock=SystemClock(),
            tell=tell,
        )
    print_found(compared, as_json=as_json)
