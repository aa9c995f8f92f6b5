"""The town as a task: lives that last, examined beside random, stand-still and the scripted expert."""

from collections.abc import Callable

import numpy as np

from hamlet.events.packing import pack
from hamlet.events.types import ConversationEvent, ExamResult, TownEpisode
from hamlet.training.curriculum.adversarial import AdversarialCurriculum
from hamlet.training.curriculum.curriculum import Curriculum, Ended
from hamlet.training.evaluate import Examiner
from hamlet.training.policy import ValuePolicy
from hamlet.training.settings import TrainingSettings
from hamlet.training.tasks.task import Levels
from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.town.town import Town, random_layout
from hamlet.worlds.world import Policy

__all__ = ["TownTask"]


class TownTask:
    """``agents`` lives side by side in ``town``."""

    rule: Policy | None = None  # the expert reads the world, not what an agent sees

    def __init__(self, town: TownSettings, training: TrainingSettings) -> None:
        self.world = Town(town, training.agents)
        self._town, self._training = town, training
        self._examiner = Examiner(town, training.exam_episodes)
        self._everywhere = self.world.everywhere().copy()

    def another(self, agents: int) -> Town:
        return Town(self._town, agents)

    @property
    def layout(self) -> dict[str, int]:
        return self.world.layout

    @layout.setter
    def layout(self, layout: dict[str, int]) -> None:
        self.world.set_layout(layout)
        self._everywhere = self.world.everywhere().copy()

    def curriculum(self) -> Curriculum:
        spec = self.world.spec
        return AdversarialCurriculum(self._training.curriculum, spec.stages, spec.cap)

    def follow(self, curriculum: Curriculum) -> None:
        self.world.set_stage(curriculum.stage)

    def ended(self, agent: int, entropy: float) -> Ended:
        life = self.world.episode(agent)
        return Ended(life.stage, life.survival_time, life.cause == "cap", entropy)

    def detail(self, agent: int, levels: Levels) -> TownEpisode:
        """With the novelty of every cell, as it is now."""
        life = self.world.episode(agent)
        return TownEpisode(
            seed=life.seed,
            physics=self.world.spec.physics,
            layout=dict(life.layout),
            path=pack(life.path),
            actions=pack(life.actions),
            novelty=pack(levels(self._everywhere)),
            affordances=dict(life.used),
        )

    def examine(self, policy: Policy) -> dict[str, ExamResult]:
        return self._examiner.compare(policy, self.world.layout)

    def transcripts(self, policy: Callable[[], ValuePolicy], episode: int, vector_step: int) -> list[ConversationEvent]:
        """Nobody talks here."""
        return []

    def rearrange(self, rng: np.random.Generator) -> None:
        self.layout = random_layout(self.world.settings, rng)
