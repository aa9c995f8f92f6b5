"""What the page is told when it looks back, and of what it may do. As ``hamlet.web.wire``."""

from hamlet.web.wire import StageFrame
from hamlet.web.wire.base import Wire

__all__ = ["Controls", "Life", "Series", "Stretch"]


class Life(Wire, frozen=True, kw_only=True):
    """An episode of the training lived again from its event. ``frames`` are its survival time + 1 moments, with
    the episode as their ``life`` and empty ``q_values``: what was thought of each action is not recorded.
    ``rewards``: what each moment earned, from living (the first: 0)."""

    run: str
    episode: int
    stage: int
    epsilon: float
    cause: str
    frames: list[StageFrame]
    rewards: list[float]


class Controls(Wire, frozen=True, kw_only=True):
    """What this visitor may do. ``operator``: knows the token; ``training``: this process takes commands."""

    operator: bool
    training: bool


class Stretch(Wire, frozen=True, kw_only=True):
    """Episodes ``first`` to ``episode``: mean survival in steps with its deviation, the shortest and longest life,
    mean reward a life from living and from weighted novelty, and the highest stage."""

    first: int
    episode: int
    survival: float
    deviation: float
    shortest: int
    longest: int
    living: float
    novelty: float
    stage: int


class Series(Wire, frozen=True, kw_only=True):
    """A whole run in stretches of ``size`` episodes (the last may be shorter); ``checkpoints``: after which episodes
    the policy was kept, thinned out evenly."""

    size: int
    stretches: list[Stretch]
    checkpoints: list[int]
