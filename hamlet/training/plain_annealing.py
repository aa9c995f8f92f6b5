"""Annealing that looks at no life: what the adaptive schedule is measured against."""

from typing import Any

import msgspec

from hamlet.training.settings import AnnealingSettings

__all__ = ["PlainAnnealing", "PlainState"]


class PlainState(msgspec.Struct):
    """``steps``: agent steps so far."""

    steps: int = 0


class PlainAnnealing:
    """ε falls in a straight line over ``epsilon_steps`` agent steps, the intrinsic weight over
    ``weight_steps``, both to their ends and for good; survival never collapses."""

    def __init__(self, settings: AnnealingSettings) -> None:
        self._settings = settings
        self.state = PlainState()

    @property
    def epsilon(self) -> float:
        settings = self._settings
        return self._line(settings.epsilon_start, settings.epsilon_end, settings.epsilon_steps)

    @property
    def weight(self) -> float:
        settings = self._settings
        return self._line(settings.weight_start, settings.weight_end, settings.weight_steps)

    def _line(self, start: float, end: float, steps: int) -> float:
        return start + (end - start) * min(1.0, self.state.steps / steps)

    def stepped(self, agent_steps: int) -> None:
        """``agent_steps`` more steps were taken by all agents together."""
        self.state.steps += agent_steps

    def completed(self, survival: int) -> bool:
        """An episode ended; nothing follows from it."""
        return False

    def surprised(self) -> None:
        """Nothing follows from it."""

    def stage_changed(self) -> None:
        """Nothing follows from it."""

    def restore(self, state: Any) -> None:
        """Continue from a decoded ``PlainState``."""
        self.state = msgspec.convert(state, PlainState)
