"""The town's five-stage curriculum: harder when the agent lives well, easier when it cannot.

It reads completed episodes of the stage in force only: an episode that began before a change
tells nothing about the stage after it. Both ways it takes a full ``window`` of lives, and ``steps``
at the stage. To advance, the mean life is above ``advance`` of the cap and still grows from the
window's first half to its second (or is above .95 of the cap, where there is little left to grow),
and Q-values are decided (entropy below ``entropy``). To retreat, it is below ``retreat`` of the cap.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from hamlet.training.curriculum.curriculum import Ended
from hamlet.training.settings import CurriculumSettings

__all__ = ["AdversarialCurriculum", "CurriculumState"]


class CurriculumState(msgspec.Struct):
    """What a resume state keeps: the stage in force (from 1), vector steps since it began, and how long the newest
    lives begun in it were (in steps; at most ``window`` of them)."""

    stage: int = 1
    steps: int = 0
    survivals: list[int] = []


class AdversarialCurriculum:
    """Stages 1 … ``stages`` with episodes of at most ``cap`` steps."""

    def __init__(self, settings: CurriculumSettings, stages: int, cap: int) -> None:
        self._settings = settings
        self._stages = stages
        self._cap = cap
        self.state = CurriculumState(stage=1 if settings.enabled else stages)

    @property
    def stage(self) -> int:
        return self.state.stage

    @property
    def weights(self) -> Mapping[str, float]:
        """One kind of life only."""
        return {}

    def stepped(self) -> None:
        """One more vector step was taken."""
        self.state.steps += 1

    def completed(self, ended: Ended) -> str:
        settings, state = self._settings, self.state
        if ended.stage != state.stage or not settings.enabled:
            return ""
        state.survivals.append(ended.survival)
        if len(state.survivals) > settings.window:
            del state.survivals[0]
        if len(state.survivals) < settings.window or state.steps < settings.steps:
            return ""
        half = settings.window // 2
        mean = sum(state.survivals) / settings.window / self._cap
        progress = (sum(state.survivals[half:]) - sum(state.survivals[:half])) / half / self._cap
        if (
            state.stage < self._stages
            and mean > settings.advance
            and (progress > 0 or mean > 0.95)
            and ended.entropy < settings.entropy
        ):
            self._move(1)
            return f"survival {mean:.0%} of the cap, entropy {ended.entropy:.2f}"
        if state.stage > 1 and mean < settings.retreat:
            self._move(-1)
            return f"survival {mean:.0%} of the cap"
        return ""

    def start_again(self) -> str:
        """Survival collapsed: what was learned holds no longer. Back to the first stage, which a
        beginner masters quickest; says why, or returns "" when it is in force."""
        if self.state.stage == 1 or not self._settings.enabled:
            return ""
        self._move(1 - self.state.stage)
        return "survival collapsed: learning anew from the first stage"

    def _move(self, by: int) -> None:
        self.state.stage += by
        self.state.steps = 0
        self.state.survivals.clear()

    def restore(self, state: Any) -> None:
        """Continue from a decoded ``CurriculumState``."""
        self.state = msgspec.convert(state, CurriculumState)
