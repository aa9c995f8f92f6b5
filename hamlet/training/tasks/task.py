"""What a trainer must know of a world besides stepping it: how it is told, examined and made harder.

One protocol; the town and the dialogue each have a file beside this one, and ``making`` is the only
place that knows which there are.
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hamlet.events.types import ConversationEvent, EpisodeDetail, ExamResult
from hamlet.training.curriculum.curriculum import Curriculum, Ended
from hamlet.training.policy import ValuePolicy
from hamlet.worlds.world import Floats, Policy, World

__all__ = ["Levels", "Task"]

Levels = Callable[[Floats], NDArray[np.uint8]]  # observations [B, D] → novelty of each, a byte


class Task(Protocol):
    """A world to train in. ``layout``: where everything stands (name → cell), empty in a world without
    places, and where every life draws its own."""

    @property
    def world(self) -> World: ...

    @property
    def layout(self) -> dict[str, int]: ...

    @layout.setter
    def layout(self, layout: dict[str, int]) -> None: ...

    @property
    def rule(self) -> Policy | None:
        """A policy by hand that reads observations alone, to begin with; ``None`` where there is none."""
        ...

    def another(self, agents: int) -> World:
        """The same world for ``agents``, beside this one."""
        ...

    def curriculum(self) -> Curriculum:
        """A new one, at its beginning."""
        ...

    def follow(self, curriculum: Curriculum) -> None:
        """As hard as ``curriculum`` asks for, from each agent's next reset on."""
        ...

    def ended(self, agent: int, entropy: float) -> Ended:
        """What the curriculum learns of the episode that ``agent`` ended last."""
        ...

    def detail(self, agent: int, levels: Levels) -> EpisodeDetail:
        """What the log keeps of that episode, enough to live it again."""
        ...

    def examine(self, policy: Policy) -> dict[str, ExamResult]:
        """Greedy exam on held-out starts at full difficulty: policy name → result, the agent's last."""
        ...

    def transcripts(self, policy: Callable[[], ValuePolicy], episode: int, vector_step: int) -> list[ConversationEvent]:
        """What is kept, turn by turn, of the first of the exam's conversations, each by a ``policy`` of its own."""
        ...

    def rearrange(self, rng: np.random.Generator) -> None:
        """Move everything that has a place; raises ``ValueError`` where nothing has one."""
        ...
