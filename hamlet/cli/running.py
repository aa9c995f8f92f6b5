"""``all-in-one``, ``train`` and ``serve``: a process that goes on until it is stopped."""

import os
import re
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from hamlet.cli.options import Data, RunName, in_a_loop, let_be_stopped, paths_of, start_logs
from hamlet.clock import SystemClock
from hamlet.errors import UsageError
from hamlet.training.settings import LARGEST

__all__ = ["all_in_one", "serve", "train"]

Config = Annotated[Path | None, typer.Option(help="A config file (YAML).", envvar="HAMLET_CONFIG")]
Configs = Annotated[
    list[Path] | None,
    typer.Option(
        "--config", help="A config file (YAML); give it twice to train one of each world.", envvar="HAMLET_CONFIG"
    ),
]
NewRun = Annotated[bool, typer.Option("--new-run", help="Begin another run in the same log.")]
Port = Annotated[int, typer.Option(help="The viewer's port.", envvar="HAMLET_VIZ_PORT", min=0, max=65535)]
Host = Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 lets others in.")]
Episodes = Annotated[int | None, typer.Option(min=1, max=LARGEST, help="Goal of the run; a larger one extends it.")]
Seed = Annotated[int | None, typer.Option(min=0, max=LARGEST, help="Seed of a new run.")]
Pace = Annotated[str | None, typer.Option(help="max, or episodes per hour; kept when the run is taken up again.")]
Floor = Annotated[
    float,
    typer.Option(
        "--disk-floor",
        min=0,
        help="MB that stay free on the disk: below, training pauses; 0 for none.",
        envvar="HAMLET_DISK_FLOOR",
    ),
]
Snapshots = Annotated[
    str,
    typer.Option(
        help="A YAML file that says which pictures and tables are made, or off (default: configs/snapshots.yaml).",
        show_default=False,
    ),
]
Share = Annotated[
    bool,
    typer.Option("--share", help="Print a public address (through cloudflared or ngrok): whoever has it can look."),
]


def all_in_one(
    config: Configs = None,
    data: Data = None,
    run: RunName = None,
    new_run: NewRun = False,
    port: Port = 8765,
    host: Host = "127.0.0.1",
    episodes: Episodes = None,
    seed: Seed = None,
    pace: Pace = None,
    disk_floor: Floor = 100,
    snapshots: Snapshots = "",
    share: Share = False,
) -> None:
    """Train the town and the dialogue with a viewer on http://localhost:8765; resume or extend what is there.

    With --config: only the worlds that are named. When a run has reached its goal, the viewer stays up and the newest
    policy lives on there.
    """
    web = _web(host, port)
    chosen: list[Path | None] = [*config] if config else [None]
    worlds = ("town",) if config or run else ("town", "dialogue")
    _own(chosen, worlds, data, run, new_run, episodes, seed, pace, web, disk_floor, snapshots=snapshots, share=share)


def train(
    config: Config = None,
    data: Data = None,
    run: RunName = None,
    new_run: NewRun = False,
    episodes: Episodes = None,
    seed: Seed = None,
    pace: Pace = None,
    disk_floor: Floor = 100,
    from_conversations: Annotated[
        bool,
        typer.Option(
            "--from-conversations", help="A new run of the dialogue learns from the talks in the log before it begins."
        ),
    ] = False,
    label: Annotated[
        str, typer.Option(help="What the name of a new run begins with (default: its world).", show_default=False)
    ] = "",
) -> None:
    """Train without a viewer, and exit when the goal is reached."""
    if label and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.=-]{0,79}", label):
        raise UsageError(f"--label: expected up to 80 letters, digits and . _ = -, found {label!r}")
    worlds = ("dialogue" if from_conversations else "town",)
    talks = from_conversations
    _own([config], worlds, data, run, new_run, episodes, seed, pace, None, disk_floor, label, from_conversations=talks)


def serve(
    data: Data = None,
    run: RunName = None,
    port: Port = 8765,
    host: Host = "127.0.0.1",
    fanout: Annotated[
        str | None,
        typer.Option(help="redis://HOST:PORT/N, where several processes serve the same runs.", envvar="HAMLET_FANOUT"),
    ] = None,
    share: Share = False,
) -> None:
    """Show a data directory without changing it, also while another process trains in it."""
    let_be_stopped(signal.SIGTERM, signal.SIGINT)
    from hamlet.app.looking import look_on
    from hamlet.process.tunnel import installed

    tunnel = installed() if share else None
    start_logs()
    web = _web(host, port)
    in_a_loop(lambda: look_on(paths_of(data), run, web, SystemClock(), _announce, fanout, tunnel))


def _own(
    configs: Sequence[Path | None],
    worlds: Sequence[str],
    data: Path | None,
    run: str | None,
    new_run: bool,
    episodes: int | None,
    seed: int | None,
    pace: str | None,
    web: Any,
    disk_floor: float,
    label: str = "",
    snapshots: str = "off",
    share: bool = False,
    from_conversations: bool = False,
) -> None:
    let_be_stopped(signal.SIGTERM, signal.SIGINT)
    from hamlet.app.owning import OwningSettings, own
    from hamlet.app.picturing import SHIPPED, read_snapshot_settings
    from hamlet.process.tunnel import installed
    from hamlet.runs.choosing import Wanted

    if run is not None and new_run:
        raise UsageError("--run and --new-run exclude each other: name a run to take it up, or begin another")
    start_logs()
    wanted = tuple(
        Wanted(world, config, run, new_run, episodes, seed, from_conversations)
        for config in configs
        for world in worlds
    )
    settings = OwningSettings(
        paths=paths_of(data),
        wanted=wanted,
        web=web,
        pace=_pace(pace),
        announce=_announce,
        label=label or None,
        floor=int(disk_floor * 1e6),
        share=installed() if share else None,
        snapshots=None if snapshots == "off" else read_snapshot_settings(Path(snapshots or SHIPPED)),
    )
    in_a_loop(lambda: own(settings, SystemClock()))


def _announce(line: str) -> None:
    print(line, flush=True)  # also into a pipe or a file, while the process goes on for days


def _pace(text: str | None) -> float | None:
    if text is None:
        return None
    if text == "max":
        return 0.0
    try:
        pace = float(text)
    except ValueError:
        pace = -1.0
    if not 0.0 < pace < float("inf"):
        raise UsageError(f"--pace: expected max or episodes per hour above 0, found {text!r}")
    return pace


def _web(host: str, port: int) -> Any:
    """Where the viewer listens, and the names by which a browser may call it, besides this machine's own."""
    from urllib.parse import urlsplit

    from hamlet.voice.livekit import origins
    from hamlet.web.settings import WebSettings

    public = urlsplit(os.environ.get("HAMLET_BROWSER_URL", ""))
    names = [name for name in (host, public.hostname) if name and name not in ("0.0.0.0", "::")]
    tls = [public.hostname] if public.hostname and public.scheme == "https" else []
    return WebSettings(host=host, port=port, names=names, tls=tls, reaches=origins(os.environ))
