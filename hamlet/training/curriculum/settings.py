"""The settings of the curriculum of kinds of tasks (``curriculum.adaptive``)."""

from typing import Annotated

import msgspec
from msgspec import Meta

__all__ = ["AdaptiveSettings", "StageRule"]

_Share = Annotated[float, Meta(ge=0, le=1)]


class StageRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a stage is passed: after at least ``episodes`` of it, with the share ``success`` of the last ones."""

    episodes: Annotated[int, Meta(ge=1)]
    success: _Share


class AdaptiveSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule for each stage, and of how many episodes (``window``) the shares are. ``retreat``: below this
    success a stage back; ``adapt``: the share of the weights that follows failures. Not ``enabled``: the last stage
    from the beginning, evenly."""

    enabled: bool = True
    window: Annotated[int, Meta(ge=2)] = 20
    stages: tuple[StageRule, ...] = (
        StageRule(30, 0.7),
        StageRule(50, 0.6),
        StageRule(75, 0.55),
        StageRule(100, 0.5),
    )
    retreat: _Share = 0.3
    adapt: _Share = 0.5
