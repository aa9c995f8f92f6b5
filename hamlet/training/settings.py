"""The learning's part of a config file. All schedules are in absolute steps and episodes, never
in fractions of the run, so that a longer goal extends a run without changing its past."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from hamlet.training.curriculum.settings import AdaptiveSettings
from hamlet.training.dyna_settings import DynaSettings
from hamlet.training.recall.settings import RecallSettings
from hamlet.training.recurrent_settings import RecurrentSettings

__all__ = [
    "AnnealingSettings",
    "CurriculumSettings",
    "Device",
    "NoveltySettings",
    "PrioritisedSettings",
    "TrainingSettings",
]

LARGEST = 2**53  # exact in JSON, SQLite and every browser
Share = Annotated[float, Meta(ge=0, le=1)]
Positive = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=1)]
Device = Literal["auto", "cpu", "cuda"]


class NoveltySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """RND: Adam's rate, and the discount of the sums whose deviation scales the reward. Not ``enabled``: no
    intrinsic reward, and nothing is computed for one; the weight of the moment still sets the
    learning rate."""

    enabled: bool = True
    learning_rate: Positive = 1e-4
    gamma: Share = 0.99


class AnnealingSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Exploration over time. Lives are *good* when a window of them reaches the share ``good`` of
    the cap on average. ε falls in a straight line of agent steps, to ``epsilon_poor`` while they
    are not good, to ``epsilon_end`` when they are; the intrinsic weight falls by ``weight_decay``
    per completed episode while they are good and stable (the two halves of the window differ by
    less than ``unstable`` of the cap). Once the weight has fallen to ``mastered``, a ``collapse_window`` of lives
    below the share ``collapse`` of the best begins exploration and stages anew: twice as many as live side by side, so
    that one bad day is no collapse; at 0 none is looked for. A ``surprised`` learner sets the weight back to its
    beginning. See ``training.schedules``. Not
    ``adaptive``: ε falls in a straight line to ``epsilon_end``, the weight over ``weight_steps`` agent
    steps to ``weight_end``, whatever the lives are like; see ``training.plain_annealing``."""

    adaptive: bool = True
    epsilon_start: Share = 1.0
    epsilon_end: Share = 0.02
    epsilon_poor: Share = 0.2
    epsilon_steps: Count = 600_000
    weight_start: Positive = 1.0
    weight_end: Share = 0.02
    weight_decay: Share = 0.998
    weight_steps: Count = 600_000
    window: Annotated[int, Meta(ge=10)] = 100
    good: Share = 0.7
    unstable: Share = 0.1
    collapse: Share = 0.5
    collapse_window: Annotated[int, Meta(ge=5)] = 150
    mastered: Share = 0.5


class CurriculumSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When to change the stage; shares are of the cap, entropy of ln(number of actions). Not ``enabled``: the
    last stage from the beginning."""

    enabled: bool = True
    window: Annotated[int, Meta(ge=10)] = 100
    steps: Count = 200
    advance: Share = 0.7
    retreat: Share = 0.3
    entropy: Share = 0.5
    temperature: Positive = 0.002


class PrioritisedSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Prioritised replay: priorities are (|error| + ``floor``)^``alpha``; the exponent of the importance
    weights rises from ``beta_start`` to 1 over ``beta_steps`` updates. See ``training.prioritised``."""

    alpha: Share = 0.6
    beta_start: Share = 0.4
    beta_steps: Count = 50_000
    floor: Positive = 1e-3


class TrainingSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``learning_rate`` is Adam's while curious; it falls with the square root of the intrinsic
    weight to the share ``settled`` of it. ``tau``: how fast the target network follows the online
    one per update; ``averaging``: how fast the averaged network does, which is judged, kept and
    shown. ``optimism``: the reward per step that an untrained network expects for ever; where that
    is the most a step can earn, learning is finding out what falls short of it. ``shift_at``:
    completed episodes after which the affordances move (0: never). After each vector step come
    ``updates_per_step`` updates, or ``updates_curious`` times the intrinsic weight where that is
    more. When a mastered life collapses, all remembered transitions but the newest ``keep_on_collapse``
    are forgotten: they tell of a town that is gone. Exams come every ``exam_every`` episodes, and
    every ``exam_after_move`` in the thousand that follow a move; of an exam of conversations the first
    ``exam_transcripts`` are kept turn by turn.

    Parts that can be switched off or on, each by itself: ``double`` (the online network chooses the
    next action that the target network values), ``action_gap`` (the α of advantage learning; 0:
    none), ``dueling`` (a network of value and advantages), ``prioritised`` (null: every transition
    is as likely as any other), ``masked`` (only allowed actions are chosen, in acting and in
    targets; the observation shows the mask either way), and ``novelty.enabled``,
    ``annealing.adaptive``, ``curriculum.enabled``, ``n_step: 1``. ``personas`` is the curriculum of the
    dialogue, ``curriculum`` that of the town. ``device``: where networks live and learn; ``auto`` is the GPU where
    torch finds one, else the CPU, whose results are the reference; a run may be taken up on another.
    ``q_network``: what kind of learner it is; ``dyna``: it plans, too, in a world model (null: it does not);
    ``recall``: it remembers places and learns in towns that it imagines (``training.recall``), and reads none of the
    settings of replay and returns, nor ``double``, ``action_gap``, ``dueling``, ``prioritised`` and ``masked``."""

    episodes: Annotated[int, Meta(ge=1, le=LARGEST)] = 10_000
    seed: Annotated[int, Meta(ge=0, le=LARGEST)] = 0
    agents: Annotated[int, Meta(ge=1, le=4096)] = 64
    device: Device = "cpu"
    q_network: Literal["mlp", "lstm"] = "mlp"
    hidden: tuple[Count, ...] = (128, 128)
    dueling: bool = False
    double: bool = True
    masked: bool = True
    prioritised: PrioritisedSettings | None = None
    action_gap: Annotated[float, Meta(ge=0, lt=1)] = 0.9
    batch: Count = 256
    capacity: Count = 100_000
    warm_up: Count = 5_000
    keep_on_collapse: Count = 10_000
    updates_per_step: Annotated[int, Meta(ge=1, le=64)] = 1
    updates_curious: Annotated[int, Meta(ge=0, le=64)] = 4
    learning_rate: Positive = 1e-3
    settled: Share = 0.2
    gamma: Annotated[float, Meta(ge=0, lt=1)] = 0.997
    optimism: Annotated[float, Meta(ge=0)] = 0.1
    tau: Share = 0.01
    averaging: Share = 0.001
    n_step: Annotated[int, Meta(ge=1, le=64)] = 5
    max_gradient_norm: Positive = 10.0
    shift_at: Annotated[int, Meta(ge=0)] = 5_000
    checkpoint_every: Count = 100
    exam_every: Count = 250
    exam_after_move: Count = 50
    exam_episodes: Count = 200
    exam_transcripts: Annotated[int, Meta(ge=0, le=200)] = 0
    progress_every: Count = 500
    dyna: DynaSettings | None = None
    recall: RecallSettings | None = None
    recurrent: RecurrentSettings = RecurrentSettings()
    novelty: NoveltySettings = NoveltySettings()
    annealing: AnnealingSettings = AnnealingSettings()
    curriculum: CurriculumSettings = CurriculumSettings()
    personas: AdaptiveSettings = AdaptiveSettings()

    def __post_init__(self) -> None:
        """Settings with which nothing would ever be learned are no settings."""
        if self.capacity < max(self.warm_up, self.agents):
            raise ValueError(f"capacity {self.capacity} is below warm_up {self.warm_up} or agents {self.agents}")
        if self.dueling and (not self.hidden or self.hidden[-1] < 2):
            raise ValueError(f"dueling needs a last hidden layer of at least 2, found hidden {list(self.hidden)}")
        if self.dyna and self.q_network != "mlp":
            raise ValueError(f"dyna plans for q_network mlp, found {self.q_network}")
        if self.dyna and self.dyna.imagination != "none" and self.novelty.enabled:
            raise ValueError("dyna imagines no novelty: write novelty: {enabled: false}")
        if self.recall and (self.dyna or self.q_network != "mlp"):
            raise ValueError("recall is a learner of its own: write q_network: mlp, and no dyna")
