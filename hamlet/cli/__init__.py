"""The commands: parsing and printing only. Here they are put in order; each lies in the file of its subject."""

import os
import sys

import typer

from hamlet.cli import conversations, export, lab
from hamlet.cli.backup import backup, restore
from hamlet.cli.doctor import doctor
from hamlet.cli.inspecting import events, replay, runs
from hamlet.cli.judging import check, criteria, evaluate
from hamlet.cli.models import models
from hamlet.cli.options import complain, examples
from hamlet.cli.plan import plan
from hamlet.cli.running import all_in_one, serve, train
from hamlet.cli.snapshots import snapshots
from hamlet.cli.talk import talk
from hamlet.cli.transcripts import transcripts
from hamlet.errors import HamletError
from hamlet.settings import ENVIRONMENT

__all__ = ["app", "main"]

COMMANDS = (  # as --help lists them, each with examples
    (all_in_one, ("all-in-one", "all-in-one --episodes 20000 --port 9000")),
    (train, ("train --data /tmp/trial --episodes 500 --seed 3",)),
    (serve, ("serve --data data --port 8766", "serve --port 8767 --fanout redis://localhost:6379/0")),
    (replay, ("replay", "replay --verify", "replay --until-episode 4200 --out then.db")),
    (events, ("events --type stage_changed.v1", "events --follow --json", "events --verify")),
    (evaluate, ("evaluate --data data", "evaluate --cap 2000 --json")),
    (plan, ("plan", "plan --planners rollout,cem --episodes 64")),
    (criteria, ("criteria --data data --json",)),
    (check, ("check configs/town/mine.yaml",)),
    (runs, ("runs --json",)),
    (doctor, ("doctor --data data",)),
    (
        lab.study,
        (
            "study configs/studies/sparse_adaptive.yaml --jobs 2",
            "study configs/studies/sparse_adaptive.yaml --resume --only still",
        ),
    ),
    (lab.report, ("report", "report --summary", "report --show")),
    (lab.lectures, ("lectures --data data --out lectures",)),
    (lab.compare, ("compare 'dqn-*' 'ddq-*'", "compare data studies/k --threshold .8")),
    (
        models,
        (
            "models --data data --seeds 3",
            "models --world configs/town/sparse_adaptive.yaml --world-models mlp,ensemble",
        ),
    ),
    (
        transcripts,
        ("transcripts --last 5 --out calls.md", "transcripts --format jsonl", "transcripts --episode 1200"),
    ),
    (talk, ("talk", "talk --as watch --persona angry --seed 7")),
    (backup, ("backup", "backup --data data --out /mnt/backups/monday.tar.gz")),
    (restore, ("restore hamlet-backup-20260101-120000.tar.gz --data data-again",)),
    (
        snapshots,
        ("snapshots", "snapshots --url http://viz:8765", "snapshots --backfill 200", "snapshots --timelapse"),
    ),
    (export.import_, ("import checkpoints/ddq_500ep_20251201_093000.json",)),
)

app = typer.Typer(
    name="hamlet",
    help="Agents that learn to live and to talk, live, with every fact in one event log.",
    epilog="\n\n".join(["Environment:", *(f"{name}: {text}" for name, text in ENVIRONMENT.items())]),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for _command, _examples in COMMANDS:
    app.command(
        _command.__name__.strip("_").replace("_", "-"),
        epilog=examples(*_examples),
    )(_command)
app.add_typer(export.commands)
app.add_typer(conversations.commands)


def main() -> None:
    """Run a command; what a user can mend is one line on standard error and an exit code."""
    try:
        code = app(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except HamletError as error:
        complain(str(error))
        sys.exit(error.exit_code)
    except typer.Exit as error:
        sys.exit(error.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(130)
    except typer.TyperException as error:
        said = error.format_message() if hasattr(error, "format_message") else str(error)  # names the option
        complain(f"{said.rstrip('.')}; see --help")
        sys.exit(2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
