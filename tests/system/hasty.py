"""``python -m tests.system.hasty DATA CONFIG EPISODES PACE``: ``all-in-one`` on a free port, with a
resume state twenty times a second instead of every half minute, and a GIF every ten lives."""

import sys
from pathlib import Path

import anyio

from hamlet.app.owning import OwningSettings, own
from hamlet.clock import SystemClock
from hamlet.process.logs import configure_logs
from hamlet.runs.choosing import Wanted
from hamlet.settings import Paths
from hamlet.snapshots.settings import Gifs, Screenshots, SnapshotSettings
from hamlet.web.settings import WebSettings


def main(data: str, config: str, episodes: str, pace: str) -> None:
    configure_logs(people=False)
    settings = OwningSettings(
        paths=Paths.of(Path(data), {}),
        wanted=(Wanted(config=Path(config), episodes=int(episodes)),),
        web=WebSettings(port=0),
        announce=lambda line: print(line, flush=True),
        pace=float(pace) if float(pace) else None,
        resume_every=0.05,
        snapshots=SnapshotSettings(gifs=Gifs(episodes=10), screenshots=Screenshots(enabled=False)),
    )
    anyio.run(own, settings, SystemClock())


if __name__ == "__main__":
    main(*sys.argv[1:])
