"""The curriculum of kinds of tasks: one kind first, one more a stage, more of what fails.

It reads the successes of episodes that began in the stage in force. A stage is passed when at least
its ``episodes`` are over and the share ``success`` of the last ``window`` succeeded; below ``retreat``
in a full window it goes a stage back. Within a stage, the share ``adapt`` of the weights is dealt by
how often each kind failed of late, the rest evenly. Once the last stage is passed, every kind comes
as often as any other.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from hamlet.training.curriculum.curriculum import Ended
from hamlet.training.curriculum.settings import AdaptiveSettings

__all__ = ["AdaptiveCurriculum", "AdaptiveState"]

_UNTRIED = 0.5  # the failures expected of a kind that nothing is known about


class AdaptiveState(msgspec.Struct):
    """``episodes``: of the stage so far; ``recent``: successes of the last of them; ``groups``: the last
    successes of each kind, over all stages; ``passed``: the last stage's rule was met."""

    stage: int = 1
    episodes: int = 0
    recent: list[bool] = []
    groups: dict[str, list[bool]] = {}
    passed: bool = False


class AdaptiveCurriculum:
    """``groups`` in the order in which they join: stage s has the first s of them. Not ``enabled``: all from
    the beginning, evenly. Raises ``ValueError`` when the settings have another number of stages."""

    def __init__(self, settings: AdaptiveSettings, groups: tuple[str, ...]) -> None:
        if len(settings.stages) != len(groups):
            raise ValueError(f"stages: expected one for each of {', '.join(groups)}, found {len(settings.stages)}")
        self._settings = settings
        self._groups = groups
        self.state = AdaptiveState(stage=1 if settings.enabled else len(groups))

    @property
    def stage(self) -> int:
        return self.state.stage

    @property
    def weights(self) -> Mapping[str, float]:
        state, present = self.state, self._groups[: self.state.stage]
        even = 1.0 / len(present)
        if not self._settings.enabled or state.passed:
            return dict.fromkeys(present, even)
        failures = {group: _failures(state.groups.get(group, [])) for group in present}
        total, adapt = sum(failures.values()), self._settings.adapt
        if not total:
            return dict.fromkeys(present, even)
        return {group: (1.0 - adapt) * even + adapt * share / total for group, share in failures.items()}

    def stepped(self) -> None:
        """Steps say nothing here."""

    def completed(self, ended: Ended) -> str:
        settings, state = self._settings, self.state
        if ended.stage != state.stage or not settings.enabled:
            return ""
        state.episodes += 1
        of_kind = state.groups.setdefault(ended.group, [])
        for successes in (state.recent, of_kind):
            successes.append(ended.success)
            del successes[: -settings.window]
        if len(state.recent) < settings.window:
            return ""
        rule, share = settings.stages[state.stage - 1], sum(state.recent) / settings.window
        found = f"{share:.0%} of the last {settings.window} succeeded"
        if state.episodes >= rule.episodes and share >= rule.success:
            if state.stage < len(self._groups):
                self._move(1)
                return f"{found}: {self._groups[state.stage - 1]} joins"
            state.passed = True
        elif state.stage > 1 and share < settings.retreat:
            self._move(-1)
            return f"{found}: without {self._groups[state.stage]} again"
        return ""

    def start_again(self) -> str:
        if self.state.stage == 1 or not self._settings.enabled:
            return ""
        self._move(1 - self.state.stage)
        return "success collapsed: learning anew from the first stage"

    def _move(self, by: int) -> None:
        self.state.stage += by
        self.state.episodes = 0
        self.state.recent.clear()
        self.state.passed = False

    def restore(self, state: Any) -> None:
        """Continue from a decoded ``AdaptiveState``."""
        self.state = msgspec.convert(state, AdaptiveState)


def _failures(successes: list[bool]) -> float:
    return 1.0 - sum(successes) / len(successes) if successes else _UNTRIED
