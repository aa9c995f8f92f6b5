"""The settings of a learner that plans (``training.dyna_learner``)."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from hamlet.training.world_models.settings import WorldModelSettings

__all__ = ["DynaSettings", "GateSettings"]

_Share = Annotated[float, Meta(ge=0, le=1)]
_Count = Annotated[int, Meta(ge=1)]


class GateSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far the world model is believed. Its one-step error on held-out episodes is divided by that of the
    better of two guesses, copying the state and the average observation: at 1 and above nothing is
    imagined, at ``full`` and below everything that ``k`` says, between them a share in a straight line.
    Measured every ``every`` real episodes. Not ``enabled``: believed from its first training on."""

    enabled: bool = True
    every: _Count = 5
    full: Annotated[float, Meta(ge=0, lt=1)] = 0.5


class DynaSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For each real episode ``k`` − 1 imagined ones, played to their end, and for each real update ``k`` − 1
    planning updates, of whose batches the share ``real_ratio`` is real. With a ``horizon``: rollouts of so
    many steps from situations that occurred, as many as make ``k`` − 1 imagined steps a real one.
    ``epsilon``: the share of imagined acts that are tried by chance (``null``: as in the real world at the moment):
    nothing is at stake there.
    ``imagination``: by the world ``model``; by the ``real`` world (what a perfect model would be worth);
    ``none`` (as many updates, from real data alone). ``while_shut``: what planning updates do before
    anything is imagined.

    The model is trained with ``model_updates`` updates after every ``model_every`` real episodes, on the newest
    ``episodes`` of which one in ``hold_out`` is kept apart to judge it. Imagined transitions are forgotten
    after ``max_age`` real episodes, or when ``capacity`` newer ones came. ``warm_start``: real episodes that
    another policy plays first."""

    k: Annotated[int, Meta(ge=1, le=64)] = 5
    imagination: Literal["model", "real", "none"] = "model"
    real_ratio: _Share = 0.5
    while_shut: Literal["replay", "rest"] = "replay"
    model: WorldModelSettings = WorldModelSettings()
    model_updates: _Count = 20
    model_every: _Count = 1
    episodes: Annotated[int, Meta(ge=10)] = 1000
    hold_out: Annotated[int, Meta(ge=2, le=10)] = 5
    warm_start: Annotated[int, Meta(ge=0)] = 0
    gate: GateSettings = GateSettings()
    capacity: _Count = 20_000
    max_age: _Count = 100
    horizon: _Count | None = None
    epsilon: _Share | None = None

    def __post_init__(self) -> None:
        if self.imagination == "real" and self.horizon is not None:
            raise ValueError("the real world is played from an episode's beginning to its end: write horizon: null")
