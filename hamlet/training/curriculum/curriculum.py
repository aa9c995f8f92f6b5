"""What a curriculum is: it reads how episodes end and says how hard the next ones are."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import msgspec

__all__ = ["Curriculum", "Ended"]


class Ended(NamedTuple):
    """An episode of ``stage`` has ended, after ``survival`` steps. ``success``: it reached what it was for
    (where a life has no such thing: the cap). ``group``: the kind of task that it was, "" where there is one
    kind. ``entropy`` in [0, 1] is the policy's of late."""

    stage: int
    survival: int
    success: bool
    entropy: float
    group: str = ""


class Curriculum(Protocol):
    """Stages from 1 on."""

    @property
    def state(self) -> msgspec.Struct:
        """Plain data: encoded, and given to ``restore`` decoded, it goes on from there."""
        ...

    @property
    def stage(self) -> int:
        """The stage in force, for each agent from its next reset on."""
        ...

    @property
    def weights(self) -> Mapping[str, float]:
        """How often each group of tasks should come, summing to 1; empty: as the world has it."""
        ...

    def stepped(self) -> None:
        """One more vector step was taken."""
        ...

    def completed(self, ended: Ended) -> str:
        """Learn of an episode. Moves the stage and says why, or returns ""."""
        ...

    def start_again(self) -> str:
        """What was learned holds no longer: back to the first stage. Says why, or returns "" when it is in force."""
        ...

    def restore(self, state: Any) -> None:
        """Continue from a decoded ``state``; raises ``msgspec.ValidationError`` for another's."""
        ...
