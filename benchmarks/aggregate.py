"""A run as the peer eventsourcing keeps one."""

from typing import Any

from eventsourcing.domain import Aggregate

__all__ = ["Run"]


class Run(Aggregate):
    """The peer's way: an aggregate whose events carry an episode."""

    class Lived(Aggregate.Event):
        episode: dict[str, Any]

        def apply(self, aggregate: Aggregate) -> None:
            pass

    def live(self, lived: dict[str, Any]) -> None:
        self.trigger_event(self.Lived, episode=lived)
