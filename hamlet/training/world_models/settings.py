"""Settings of the world model: every key of a config's ``training.dyna.model`` section."""

from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

__all__ = ["KINDS", "Kind", "WorldModelSettings"]

Positive = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=1)]
Kind = Literal["mlp", "probabilistic", "lstm", "transformer", "ensemble", "utterances"]

KINDS: tuple[Kind, ...] = get_args(Kind)


class WorldModelSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``hidden``: width of every layer (of the memory, in ``lstm``; of a position, in ``transformer``);
    ``layers`` of them. ``batch``: steps an update learns from, for each of the ``members`` of an
    ``ensemble`` and of ``utterances``. ``window``: how many moments ``lstm`` and ``transformer`` look
    back; an update of theirs learns from ``windows`` of these. ``heads``: the attention heads of a
    ``transformer``. ``reward_weight`` and ``done_weight``: how much these errors count
    beside the observation's. ``decay``: the share of each weight that Adam's rate takes away per update
    (decoupled weight decay). ``averaging``: how fast the average of the weights, which predicts, follows them."""

    kind: Kind = "ensemble"
    hidden: Count = 128
    layers: Count = 2
    batch: Count = 128
    windows: Count = 16
    members: Annotated[int, Meta(ge=2, le=64)] = 5
    window: Count = 16
    heads: Count = 4
    learning_rate: Positive = 1e-3
    decay: Annotated[float, Meta(ge=0)] = 1e-2
    averaging: Annotated[float, Meta(gt=0, le=1)] = 0.01
    reward_weight: Positive = 1.0
    done_weight: Positive = 1.0
    max_gradient_norm: Positive = 10.0

    def __post_init__(self) -> None:
        """A transformer's width is shared out evenly among its heads."""
        if self.kind == "transformer" and self.hidden % self.heads:
            raise ValueError(f"a transformer's hidden {self.hidden} is no multiple of its heads {self.heads}")
