"""Annealing: how curious and how random the agent is, read from completed episodes only.

ε falls in a straight line of agent steps, but not to its end before lives are good: an agent that
lives badly has nothing to gain from repeating itself. The intrinsic weight falls with each completed
episode while survival is *stable and good* (stable alone would reward always dying at once).
Both begin again: nobody tells the agent that its town has changed, but when a life that was mastered
falls below half of what it had been, and stays there, the town must be another one. One bad day is none: lives go on
side by side, so one policy that is bad for a few hundred steps ends all of them at once. Before that a collapse
means little: beginners live well one day and badly the next.
"""

from typing import Any

import msgspec

from hamlet.training.settings import AnnealingSettings

__all__ = ["Annealing", "AnnealingState"]


class AnnealingState(msgspec.Struct):
    """``survivals``: of the newest episodes, as many as the longer window. ``level``: the best mean over a
    window since the last new start, in steps. ``living_well``: the newest window was good."""

    epsilon: float
    weight: float
    survivals: list[int] = []
    level: float = 0.0
    living_well: bool = False
    restarts: int = 0


class Annealing:
    """ε and the intrinsic weight. ``cap`` in steps."""

    def __init__(self, settings: AnnealingSettings, cap: int) -> None:
        self._settings = settings
        self._cap = cap
        self._slope = (settings.epsilon_start - settings.epsilon_end) / settings.epsilon_steps
        self.state = AnnealingState(settings.epsilon_start, settings.weight_start)

    @property
    def epsilon(self) -> float:
        return self.state.epsilon

    @property
    def weight(self) -> float:
        return self.state.weight

    def stepped(self, agent_steps: int) -> None:
        """``agent_steps`` more steps were taken by all agents together."""
        state = self.state
        floor = self._settings.epsilon_end if state.living_well else self._settings.epsilon_poor
        state.epsilon = max(floor, state.epsilon - self._slope * agent_steps)

    def completed(self, survival: int) -> bool:
        """An episode ended after ``survival`` steps; says whether a mastered life has collapsed."""
        settings, state = self._settings, self.state
        state.survivals.append(survival)
        if len(state.survivals) > max(settings.window, settings.collapse_window):
            del state.survivals[0]
        recent = state.survivals[-settings.collapse_window :]
        fallen = len(recent) == settings.collapse_window and sum(recent) / len(recent) < settings.collapse * state.level
        if fallen and state.weight <= settings.mastered:
            self._begin_again()
            return True
        if len(state.survivals) >= settings.window:
            newest = state.survivals[-settings.window :]
            mean = sum(newest) / settings.window
            state.level = max(state.level, mean)
            state.living_well = mean >= settings.good * self._cap
            half = settings.window // 2
            drift = abs(sum(newest[half:]) / (settings.window - half) - sum(newest[:half]) / half)
            if state.living_well and drift < settings.unstable * self._cap:
                state.weight = max(settings.weight_end, state.weight * settings.weight_decay)
        return False

    def surprised(self) -> None:
        """The town is not as it was known: the intrinsic weight begins again. ε does not; what is known is used."""
        self.state.weight = self._settings.weight_start

    def stage_changed(self) -> None:
        """Survival under other rules says nothing about survival under these."""
        self.state.survivals.clear()
        self.state.level = 0.0

    def _begin_again(self) -> None:
        settings, state = self._settings, self.state
        state.epsilon = settings.epsilon_start
        state.weight = settings.weight_start
        state.survivals.clear()
        state.level = 0.0
        state.living_well = False
        state.restarts += 1

    def restore(self, state: Any) -> None:
        """Continue from a decoded ``AnnealingState``."""
        self.state = msgspec.convert(state, AnnealingState)
