"""The table ``episodes``: one row for each episode of the newest town run."""

from collections.abc import Sequence

from hamlet.events.types import Recorded
from hamlet.projections.newest_town import Change, fold_table
from hamlet.projections.projection import Folded, Row

__all__ = ["EpisodesProjection"]


class EpisodesProjection:
    """A row for each episode of the newest town."""

    name = "episodes"
    version = 1
    tables = ("episodes",)

    def fold(self, events: Sequence[Recorded], memory: str) -> Folded:
        return fold_table("episodes", _rows, events, memory)


def _rows(change: Change) -> list[Row]:
    return [
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
