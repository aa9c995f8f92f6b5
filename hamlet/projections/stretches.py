"""The table ``stretches``: what every hundred episodes of a run add up to, so that a curve over a million of
them is drawn from ten thousand rows. Summed from ``run_episodes`` when a stretch is full.

The rows of ``run_episodes`` are written before these in the same transaction. When they are of a later
moment than the event that fills a stretch (a batch with a divergence in it, a refill), the divergence
that comes after it in the log takes the stretch away again.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from hamlet.events.types import EpisodeCompleted, Recorded, RunDiverged
from hamlet.projections.database import read_only
from hamlet.projections.projection import Folded, Row, Write

__all__ = ["LENGTH", "Series", "StretchRow", "StretchesProjection", "series"]

LENGTH = 100
"""Episodes."""

_SUMS = """min(episode) AS first, max(episode) AS last, sum(survival_time) AS survival,
    sum(survival_time * survival_time) AS squares, min(survival_time) AS shortest, max(survival_time) AS longest,
    sum(extrinsic_reward) AS living, sum(intrinsic_weight * intrinsic_reward) AS novelty,
    max(curriculum_stage) AS stage"""

_FULL = f"""INSERT OR REPLACE INTO stretches SELECT run, {_SUMS} FROM run_episodes
    WHERE run = ? AND episode BETWEEN ? AND ? GROUP BY run HAVING count(*) = {LENGTH}"""

_DIVERGED = "DELETE FROM stretches WHERE run = ? AND last >= ?"

_SIZES = (1, 2, 5, 10, 20, 50)

_SOME = f"SELECT {_SUMS} FROM run_episodes WHERE run = ? GROUP BY (episode - 1) / ? ORDER BY first"

# Full stretches, and what has been lived since the last of them.
_MANY = f"""SELECT min(first), max(last), sum(survival), sum(squares), min(shortest), max(longest), sum(living),
    sum(novelty), max(stage) FROM (
        SELECT first, last, survival, squares, shortest, longest, living, novelty, stage FROM stretches WHERE run = ?1
        UNION ALL SELECT {_SUMS} FROM run_episodes WHERE run = ?1
            AND episode > (SELECT coalesce(max(last), 0) FROM stretches WHERE run = ?1) GROUP BY run
    ) GROUP BY (first - 1) / ?2 ORDER BY 1"""

_NEWEST = "SELECT coalesce(max(episode), 0) FROM run_episodes WHERE run = ?"

_CHECKPOINTS = """SELECT episode FROM (SELECT episode, row_number() OVER (ORDER BY position) AS number,
    count(*) OVER () AS count FROM checkpoints WHERE run = ?1)
    WHERE (count - number) % ((count + ?2 - 1) / ?2) = 0 ORDER BY episode"""


class StretchRow(msgspec.Struct, frozen=True, kw_only=True):
    """Episodes ``first`` to ``last``: means of survival in steps, of the reward from living and of the weighted
    reward from novelty; the population's deviation of survival, its extremes, and the highest stage."""

    first: int
    last: int
    survival: float
    deviation: float
    shortest: int
    longest: int
    living: float
    novelty: float
    stage: int


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """A run's curve in stretches of ``size`` episodes (the last may be shorter), and the episodes of some of its
    checkpoints, evenly chosen, the newest among them."""

    size: int
    stretches: list[StretchRow]
    checkpoints: list[int]


class StretchesProjection:
    """Needs no memory: what it sums is in the tables."""

    name = "stretches"
    version = 1
    tables = ("stretches",)

    def fold(self, events: Sequence[Recorded], memory: str) -> Folded:
        writes: list[Write] = []
        for recorded in events:
            event = recorded.event
            if type(event) is EpisodeCompleted and event.episode % LENGTH == 0:
                writes.append(Write(_FULL, [(recorded.run, event.episode - LENGTH + 1, event.episode)]))
            elif isinstance(event, RunDiverged):
                writes.append(Write(_DIVERGED, [(recorded.run, event.from_episode)]))
        return Folded(writes, "")


def series(path: Path, run: str, points: int, ticks: int = 200) -> Series:
    """``run`` in at most about ``points`` (≥ 2) stretches of equal size, at one moment; ``ticks``: checkpoints at most.
    Reads at most ``points`` × 50 rows, or one for each hundred episodes. Errors: those of ``read_only``."""
    with read_only(path) as connection:

        def ask(sql: str, *values: str | int) -> list[Row]:
            return connection.execute(sql, (run, *values)).fetchall()

        newest = ask(_NEWEST)[0][0]
        size = next((size for size in _SIZES if newest <= size * points), -(-newest // (points * LENGTH)) * LENGTH)
        stretches = [_stretch(*row) for row in ask(_SOME if size < LENGTH else _MANY, size)]
        return Series(size=size, stretches=stretches, checkpoints=[episode for (episode,) in ask(_CHECKPOINTS, ticks)])


def _stretch(
    first: int, last: int, survival: int, squares: int, shortest: int, longest: int, living: float, novelty: float,
    stage: int,
) -> StretchRow:  # fmt: skip
    count = last - first + 1
    mean: float = survival / count
    return StretchRow(
        first=first,
        last=last,
        survival=mean,
        deviation=max(0.0, squares / count - mean * mean) ** 0.5,
        shortest=shortest,
        longest=longest,
        living=living / count,
        novelty=novelty / count,
        stage=stage,
    )
