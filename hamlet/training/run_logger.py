"""The run in the process log: a line for what an audience would want to hear of, and a heartbeat."""

from collections.abc import Iterable

import structlog

from hamlet.clock import Clock
from hamlet.events.types import AffordancesRandomized, AnyEvent, CheckpointSaved, EpisodeCompleted, StageChanged

__all__ = ["RunLogger"]

_EPISODES, _SECONDS = 10, 1.0  # between two heartbeats there are at least so many of both

_log = structlog.get_logger("training")


class RunLogger:
    """Tells the events of ``run`` as they are recorded; each line names it, since another may be trained beside it."""

    def __init__(self, run: str, clock: Clock) -> None:
        self._log = _log.bind(run=run)
        self._clock = clock
        self._beat_at = float("-inf")

    def tell(self, events: Iterable[AnyEvent], episodes: int, stages: int) -> None:
        """Of a run whose goal is ``episodes``, in a world with so many ``stages``."""
        for event in events:
            if isinstance(event, EpisodeCompleted):
                if event.episode % _EPISODES == 0 and self._clock.monotonic() - self._beat_at >= _SECONDS:
                    self._beat_at = self._clock.monotonic()
                    self._log.info(_heartbeat(event, episodes, stages))
            elif isinstance(event, AffordancesRandomized):
                self._log.info(f"GENERALIZATION TEST: affordances randomized at episode {event.episode}")
            elif isinstance(event, StageChanged):
                self._log.info(f"Stage {event.old_stage} → {event.new_stage}: {event.reason}", episode=event.episode)
            elif isinstance(event, CheckpointSaved):
                self._log.info(f"Checkpoint saved: {event.file}")


def _heartbeat(event: EpisodeCompleted, episodes: int, stages: int) -> str:
    """The line of one episode in the process log."""
    return (
        f"Episode {event.episode}/{episodes} | Survival: {event.survival_time} steps"
        f" | Reward: {event.total_reward:.1f} | Intrinsic Weight: {event.intrinsic_weight:.2f}"
        f" | Stage: {event.curriculum_stage}/{stages}"
    )
