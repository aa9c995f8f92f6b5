"""The settings of a learner that remembers (``training.recurrent_learner``)."""

from typing import Annotated

import msgspec
from msgspec import Meta

__all__ = ["RecurrentSettings"]

_Width = Annotated[int, Meta(ge=1, le=4096)]


class RecurrentSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``hidden``: width of the layer before the memory; ``memory``: LSTM cells. An update draws
    ``batch`` windows; it learns from ``sequence`` steps of each, after ``burn_in`` steps that only
    bring the stored memory up to date. Windows begin every half ``sequence``. ``every``: vector
    steps from one time of updating to the next. ``early``: the share of windows drawn from the beginnings of lives, of
    which there are few once lives are long. ``predicts``: features of the observation that the network is not
    shown and learns to tell from its memory, by a squared error of weight ``predicting`` beside that of the values
    (an auxiliary task: Jaderberg et al. 2017, Mirowski et al. 2017)."""

    hidden: _Width = 128
    memory: _Width = 128
    batch: Annotated[int, Meta(ge=1, le=4096)] = 32
    sequence: Annotated[int, Meta(ge=2, le=512)] = 16
    burn_in: Annotated[int, Meta(ge=0, le=512)] = 8
    every: Annotated[int, Meta(ge=1, le=1024)] = 1
    early: Annotated[float, Meta(ge=0, le=1)] = 0.0
    predicts: tuple[str, ...] = ()
    predicting: Annotated[float, Meta(ge=0)] = 0.1

    @property
    def stride(self) -> int:
        """Steps from the beginning of one window to that of the next (R2D2: adjacent windows overlap by half)."""
        return self.sequence // 2
