"""``evaluate``, ``criteria`` and ``check``: what was learned, whether it is enough, and whether it can be at all."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hamlet.cli.options import AsJson, Data, RunName, complain, paths_of, print_found, telling
from hamlet.training.settings import LARGEST

__all__ = ["check", "criteria", "evaluate"]


def evaluate(
    data: Data = None,
    run: RunName = None,
    episodes: Annotated[int, typer.Option(min=1, help="Held-out starts.")] = 200,
    cap: Annotated[
        list[int] | None,
        typer.Option(min=1, help="Steps after which a life is cut off; may be repeated (default: 500 and 2000)."),
    ] = None,
    first_seed: Annotated[int | None, typer.Option(min=0, max=LARGEST, help="Seed of the first start.")] = None,
    as_json: AsJson = False,
) -> None:
    """Examine the newest kept policy of each world beside its baselines.

    Greedy, at full difficulty, on held-out starts. Town: mean survival in steps beside random, stand-still and the
    scripted expert, and how lives ended. Dialogue: success, return and violations beside random, the best constant
    act, the rule and the oracle, by persona.
    """
    from hamlet.runs.examining import CAPS, examine

    with telling() as tell:
        found = examine(
            paths_of(data),
            run,
            episodes=episodes,
            caps=tuple(dict.fromkeys(cap or CAPS)),
            first_seed=first_seed,
            tell=tell,
            complain=complain,
        )
    if as_json:
        whole = [each.as_json() for each in found]
        print(json.dumps(whole[0] if len(whole) == 1 else whole[0] | {"dialogue": whole[1]}))
    else:
        Console().print(*(table for each in found for table in each.tables()), sep="\n")


def criteria(data: Data = None, run: RunName = None, as_json: AsJson = False) -> None:
    """Judge a run: the success criteria of the original design, and ours beside them.

    Exits with 1 when one of the original's is not met; what a run cannot show counts neither way.
    """
    from hamlet.criteria.judging import judge_run

    with telling() as tell:
        found = judge_run(paths_of(data), run, tell)
    print_found(found, as_json=as_json)
    raise typer.Exit(0 if found.met else 1)


def check(file: Annotated[Path, typer.Argument(help="A config file.")]) -> None:
    """Check a config before anything runs: keys, types, and whether anyone can live, or succeed, there."""
    from hamlet.runs.checking import check_config

    print(check_config(file))
