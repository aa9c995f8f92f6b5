"""How fast a run may go: as fast as it can, or so many episodes per hour."""

from hamlet.clock import Clock

__all__ = ["Pace"]


class Pace:
    """Says how long to wait; what is learned never depends on it."""

    def __init__(self, clock: Clock, episodes_per_hour: float | None = None) -> None:
        self._clock = clock
        self.set(episodes_per_hour, episode=0)

    def set(self, episodes_per_hour: float | None, episode: int) -> None:
        """From ``episode`` on, go at this pace; ``None`` is as fast as possible."""
        self._per_second = None if episodes_per_hour is None else episodes_per_hour / 3600.0
        self.restart(episode)

    def restart(self, episode: int) -> None:
        """Count from ``episode`` and now on."""
        self._from = (episode, self._clock.monotonic())

    def wait(self, episode: int) -> float:
        """Seconds until ``episode`` is due; 0 when it is."""
        if self._per_second is None:
            return 0.0
        first, since = self._from
        return max(0.0, since + (episode - first) / self._per_second - self._clock.monotonic())
