"""The dialogue's part of a config file: what may be set about the calls; how debtors react is physics."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

__all__ = ["DialogueSettings", "Rewards", "Shaping", "Shares", "Weights"]

Share = Annotated[float, Meta(ge=0, le=1)]
Reward = Annotated[float, Meta(ge=-100, le=100)]


class _Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Weights(_Settings, frozen=True, kw_only=True):
    """A stage of the curriculum: how often each persona calls, in proportion."""

    cooperative: Annotated[float, Meta(ge=0, le=1000)] = 0.0
    sad: Annotated[float, Meta(ge=0, le=1000)] = 0.0
    avoidant: Annotated[float, Meta(ge=0, le=1000)] = 0.0
    angry: Annotated[float, Meta(ge=0, le=1000)] = 0.0

    def __post_init__(self) -> None:
        if self.cooperative + self.sad + self.avoidant + self.angry <= 0:
            raise ValueError("a stage needs a persona with a weight above 0")


class Rewards(_Settings, frozen=True, kw_only=True):
    """What a call earns by how it ends, in its last turn; no turn earns anything by itself."""

    promise_kept: Reward = 1.0
    promise_broken: Reward = -0.4
    settlement: Reward = 0.8
    referral_correct: Reward = 0.9
    referral_wrong: Reward = -0.6
    hung_up: Reward = -1.0
    closed: Reward = -0.5
    timed_out: Reward = -0.5

    def __post_init__(self) -> None:
        won = (self.promise_kept, self.settlement, self.referral_correct)
        lost = (self.promise_broken, self.referral_wrong, self.hung_up, self.closed, self.timed_out)
        if min(won) <= max(lost):
            raise ValueError(f"a success must earn more than a failure, found {min(won):g} and {max(lost):g}")


class Shaping(_Settings, frozen=True, kw_only=True):
    """Adds gamma · Φ(next) − Φ(now) to the reward, with Φ = ``weight`` · (perceived sentiment + perceived
    cooperation) / 2 and 0 after an end: it changes no optimal policy (Ng, Harada, Russell 1999) as long
    as ``gamma`` is the learner's."""

    weight: Annotated[float, Meta(ge=0, le=10)] = 0.0
    gamma: Share = 0.97


class Shares(_Settings, frozen=True, kw_only=True):
    """Shares of the debtors: those for a specialist by reason; ``tight``: of all others, how many can pay
    less a month than the standard plan asks."""

    cannot_pay: Share = 0.12
    disputes: Share = 0.07
    wrong_party: Share = 0.02
    vulnerable: Share = 0.04
    tight: Share = 0.35

    def __post_init__(self) -> None:
        if self.cannot_pay + self.disputes + self.wrong_party + self.vulnerable > 1 + 1e-9:
            raise ValueError("the shares of cannot_pay, disputes, wrong_party and vulnerable exceed 1 together")


_STAGES = (
    Weights(cooperative=1),
    Weights(cooperative=1, sad=1),
    Weights(cooperative=1, sad=1, avoidant=1),
    Weights(cooperative=1, sad=1, avoidant=1, angry=1),
)


class DialogueSettings(_Settings, frozen=True, kw_only=True, tag_field="kind", tag="dialogue"):
    """``cap``: turns after which a call is cut off. ``masked``: acts that would violate a rule cannot be
    chosen. ``cost_weight``: what a violation takes from the reward; it is counted as cost anyway. The
    last stage is the full difficulty; exams are sat there."""

    physics: int
    cap: Annotated[int, Meta(ge=1, le=1000)] = 15
    masked: bool = False
    cost_weight: Annotated[float, Meta(ge=0, le=100)] = 0.0
    difficulty: Literal["easy", "medium", "hard"] = "medium"
    stages: Annotated[tuple[Weights, ...], Meta(min_length=1)] = _STAGES
    rewards: Rewards = Rewards()
    shaping: Shaping = Shaping()
    debtors: Shares = Shares()
