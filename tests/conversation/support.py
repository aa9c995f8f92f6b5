"""What the tests of talks share: a debtor, and a collector that does what it is told."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hamlet.conversation.session import Choice
from hamlet.worlds.dialogue.acts import ACTS
from hamlet.worlds.dialogue.physics import PHYSICS
from hamlet.worlds.dialogue.profiles import Profile
from hamlet.worlds.dialogue.settings import DialogueSettings
from hamlet.worlds.world import Floats, Mask

__all__ = ["Scripted", "debtor", "settings"]


def debtor(**changes: Any) -> Profile:
    """A debtor who can pay, with ``changes``."""
    values: dict[str, Any] = {
        "persona": "sad",
        "agreeableness": 0.5,
        "stability": 0.5,
        "assertiveness": 0.5,
        "openness": 0.5,
        "debt": 1200,
        "days_overdue": 60,
        "income": 1800,
        "affordable": 80,
        "savings": 100,
        "life_event": "job_loss",
        "calls_before": 1,
        "reason": "",
    }
    return Profile(**(values | changes))


def settings(**changes: Any) -> DialogueSettings:
    return DialogueSettings(physics=PHYSICS, **changes)


class Scripted:
    """Does ``acts`` one after the other, then listens; remembers what it saw."""

    def __init__(self, acts: Sequence[str]) -> None:
        self._acts = [ACTS.index(name) for name in acts]
        self.seen: list[Floats] = []

    def choose(self, observation: Floats, mask: Mask) -> Choice:
        self.seen.append(observation.copy())
        at = len(self.seen) - 1
        act = self._acts[at] if at < len(self._acts) else ACTS.index("empathetic_listening")
        return Choice(act, np.arange(len(ACTS), dtype=np.float32))
