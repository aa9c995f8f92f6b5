"""Commands: the only values that walk back from the audience to the training.

A leaf. Every command is a frozen value in a bounded inbox; it becomes a ``CommandApplied``
event, stamped with the vector step at which it takes effect, before it takes effect.
"""

from typing import Annotated

import msgspec

__all__ = ["CheckpointNow", "Command", "Pause", "RandomizeAffordances", "SetPace", "Unpause"]


class _Command(msgspec.Struct, frozen=True, tag_field="command", forbid_unknown_fields=True):
    pass


class Pause(_Command, frozen=True, tag="pause"):
    """Training waits after the current vector step."""


class Unpause(_Command, frozen=True, tag="unpause"):
    """Training goes on."""


class SetPace(_Command, frozen=True, tag="set_pace"):
    """Training speed in episodes per hour; ``None`` is as fast as the machine can."""

    episodes_per_hour: Annotated[float, msgspec.Meta(gt=0)] | None


class RandomizeAffordances(_Command, frozen=True, tag="randomize_affordances"):
    """Move every affordance; each agent meets the new layout at its next reset."""


class CheckpointNow(_Command, frozen=True, tag="checkpoint_now"):
    """Keep the policy of this moment."""


Command = Pause | Unpause | SetPace | RandomizeAffordances | CheckpointNow
