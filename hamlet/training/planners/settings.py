"""The planners' settings: one Struct a kind, told apart by ``kind`` in a file."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

__all__ = [
    "PRESETS",
    "LookingSettings",
    "MpcSettings",
    "PlainSettings",
    "PlannerSettings",
    "RolloutSettings",
    "TreeSettings",
    "UncertaintySettings",
]

Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=1, le=65_536)]


class LookingSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """``horizon``: steps imagined at most; ``shown``: futures kept in a plan, at most one a first action."""

    horizon: Count = 8
    shown: Annotated[int, Meta(ge=0)] = 3


class RolloutSettings(LookingSettings, frozen=True, tag="rollout"):
    """``rollouts`` imagined episodes for each first action, led by ``policy``; ``epsilon`` is read by
    ``"epsilon_greedy"`` only."""

    rollouts: Count = 8
    policy: Literal["random", "epsilon_greedy", "greedy"] = "epsilon_greedy"
    epsilon: Share = 0.1


class TreeSettings(LookingSettings, frozen=True, tag="tree"):
    """``nodes``: situations imagined at most (the first step's always are); ``width``: leaves opened at once: more
    are faster and shallower. ``order``: which leaves are next, those of most promise, or the deepest."""

    order: Literal["best_first", "depth_first"] = "best_first"
    nodes: Count = 256
    width: Count = 4


class MpcSettings(LookingSettings, frozen=True, tag="mpc"):
    """``candidates`` sequences a round, ``guided`` of them led by q (the first greedily, the others with
    ``epsilon``). ``"shooting"`` is one round; ``"cem"`` has ``rounds``, each drawn from the ``elite`` best of the
    last, ``smoothing`` of the old probabilities kept. ``particles``: drawn futures a sequence is judged by; 0: by the
    most likely one."""

    method: Literal["shooting", "cem"] = "cem"
    candidates: Count = 64
    guided: Annotated[int, Meta(ge=0)] = 8
    epsilon: Share = 0.1
    rounds: Count = 3
    elite: Count = 8
    smoothing: Share = 0.1
    particles: Annotated[int, Meta(ge=0)] = 0

    def __post_init__(self) -> None:
        if max(self.elite, self.guided) > self.candidates:
            raise ValueError(f"elite {self.elite} or guided {self.guided} is above candidates {self.candidates}")


PlainSettings = RolloutSettings | TreeSettings | MpcSettings


class UncertaintySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="uncertainty"):
    """Another planner in a model that is not trusted everywhere. ``measure``: what the model is unsure by; each unit
    costs ``penalty`` of reward; a step with more than ``stop`` is not taken: there q's word counts (null: never)."""

    inner: PlainSettings = RolloutSettings()
    measure: Literal["disagreement", "deviation"] = "disagreement"
    penalty: Annotated[float, Meta(ge=0)] = 1.0
    stop: Annotated[float, Meta(ge=0)] | None = None


PlannerSettings = PlainSettings | UncertaintySettings

PRESETS: dict[str, PlannerSettings] = {
    "rollout": RolloutSettings(),
    "best_first": TreeSettings(),
    "depth_first": TreeSettings(order="depth_first"),
    "shooting": MpcSettings(method="shooting"),
    "cem": MpcSettings(),
    "uncertainty": UncertaintySettings(),
}
"""Each method under the name by which the command line knows it."""
