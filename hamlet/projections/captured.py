"""How much the tables of the newest town run hold. Walks through them: for a command, not for a page."""

from pathlib import Path

import msgspec

from hamlet.projections.database import read_only

__all__ = ["Captured", "captured"]


class Captured(msgspec.Struct, frozen=True):
    """Rows by table, when all of them showed the log up to ``position``. ``run``: "" before any."""

    run: str
    position: int
    episodes: int
    position_heatmap: int
    affordance_visits: int


def captured(path: Path) -> Captured:
    """At one moment, even while they are being written. Errors: those of ``read_only``."""
    with read_only(path) as connection:
        row = connection.execute(
            """SELECT coalesce((SELECT run FROM runs WHERE world = 'town' ORDER BY position DESC LIMIT 1), ''),
            (SELECT coalesce(min(position), 0) FROM projections), (SELECT count(*) FROM episodes),
            (SELECT count(*) FROM position_heatmap), (SELECT count(*) FROM affordance_visits)"""
        ).fetchone()
    return Captured(*row)
