"""The table ``episodes``: one row for each episode of the newest town run."""

from collections.abc import Sequence

import msgspec

from hamlet.events.types import Recorded
from hamlet.projections.newest_town import Following, follow
from hamlet.projections.projection import Folded, Row, Write

__all__ = ["EpisodesProjection"]

_INSERT = "INSERT INTO episodes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


class EpisodesProjection:
    name = "episodes"
    version = 1
    tables = ("episodes",)

    def fold(self, events: Sequence[Recorded], memory: str) -> Folded:
        before = msgspec.json.decode(memory, type=Following) if memory else Following()
        change = follow(events, before, length=0)
        writes = []
        if change.cleared:
            writes.append(Write("DELETE FROM episodes"))
        elif change.cut is not None:
            writes.append(Write("DELETE FROM episodes WHERE episode_id >= ?", [(change.cut,)]))
        rows: list[Row] = [
            (
                event.episode,
                recorded_at,
                event.survival_time,
                event.total_reward,
                event.extrinsic_reward,
                event.intrinsic_reward,
                event.intrinsic_weight,
                event.curriculum_stage,
                event.epsilon,
            )
            for recorded_at, event, _ in change.episodes
        ]
        if rows:
            writes.append(Write(_INSERT, rows))
        return Folded(writes, msgspec.json.encode(change.following).decode())
