"""The dialogue as a task: calls that end well, examined beside random, the best constant act, rule and oracle."""

from collections import Counter
from collections.abc import Callable
from functools import cached_property

import numpy as np

from hamlet.events.packing import pack
from hamlet.events.types import CallFigures, ConversationEvent, DialogueEpisode, ExamResult
from hamlet.training.curriculum.adaptive import AdaptiveCurriculum
from hamlet.training.curriculum.curriculum import Curriculum, Ended
from hamlet.training.policy import ValuePolicy
from hamlet.training.settings import TrainingSettings
from hamlet.training.tasks.task import Levels
from hamlet.training.transcripts import transcribe
from hamlet.worlds.dialogue.acts import ACTS, PERSONAS
from hamlet.worlds.dialogue.dialogue import Dialogue
from hamlet.worlds.dialogue.policies import ConstantPolicy, OraclePolicy, RulePolicy
from hamlet.worlds.dialogue.settings import DialogueSettings
from hamlet.worlds.dialogue.sitting import EXAM_SEED, Sitting, sit
from hamlet.worlds.random_policy import RandomPolicy
from hamlet.worlds.world import Policy

__all__ = ["CallExaminer", "DialogueTask"]


class DialogueTask:
    """``agents`` calls side by side. Nothing has a place here, so nothing can be moved."""

    rule: Policy | None = RulePolicy()

    def __init__(self, dialogue: DialogueSettings, training: TrainingSettings) -> None:
        self.world = Dialogue(dialogue, training.agents)
        self._dialogue, self._training = dialogue, training
        self._examiner = CallExaminer(dialogue, training.exam_episodes)
        self._transcribed = Dialogue(dialogue, exam=True)

    @property
    def layout(self) -> dict[str, int]:
        return {}

    @layout.setter
    def layout(self, layout: dict[str, int]) -> None:
        raise ValueError("nothing has a place in a conversation")

    def another(self, agents: int) -> Dialogue:
        return Dialogue(self._dialogue, agents)

    def curriculum(self) -> Curriculum:
        return AdaptiveCurriculum(self._training.personas, PERSONAS)

    def follow(self, curriculum: Curriculum) -> None:
        self.world.set_stage(curriculum.stage)
        weights = curriculum.weights
        self.world.set_weights(curriculum.stage, [weights.get(persona, 0.0) for persona in PERSONAS])

    def ended(self, agent: int, entropy: float) -> Ended:
        call = self.world.episode(agent)
        return Ended(call.stage, call.survival_time, call.success, entropy, call.persona)

    def detail(self, agent: int, levels: Levels) -> DialogueEpisode:
        call = self.world.episode(agent)
        return DialogueEpisode(
            seed=call.seed,
            physics=self.world.spec.physics,
            persona=call.persona,
            success=call.success,
            acts=pack(call.actions),
            violations=dict(call.violations),
        )

    def examine(self, policy: Policy) -> dict[str, ExamResult]:
        return self._examiner.compare(policy)

    def transcripts(self, policy: Callable[[], ValuePolicy], episode: int, vector_step: int) -> list[ConversationEvent]:
        """The first calls of the exam, turn by turn."""
        found: list[ConversationEvent] = []
        for number in range(self._training.exam_transcripts):
            found += transcribe(
                self._transcribed, policy(), EXAM_SEED + number, f"exam-{episode}-{number}", episode, vector_step
            )
        return found

    def rearrange(self, rng: np.random.Generator) -> None:
        raise ValueError("nothing has a place in a conversation: there is nothing to move")


class CallExaminer:
    """Exams with the same ``episodes`` held-out debtors, at the last stage. The baselines are computed once."""

    EPISODES = 200

    def __init__(self, dialogue: DialogueSettings, episodes: int = EPISODES, first_seed: int = EXAM_SEED) -> None:
        self._world = Dialogue(dialogue, episodes, exam=True)
        self._first_seed = first_seed

    @cached_property
    def baselines(self) -> dict[str, ExamResult]:
        """random, the constant act that succeeds most (``constant``), rule and oracle."""
        world, seed = self._world, self._first_seed
        return {
            "random": self._exam(RandomPolicy(np.random.default_rng(seed))),
            "constant": max((self._exam(ConstantPolicy(act)) for act in ACTS), key=_success),
            "rule": self._exam(RulePolicy()),
            "oracle": self._exam(OraclePolicy(world)),
        }

    def compare(self, agent: Policy) -> dict[str, ExamResult]:
        """Policy name → result, the agent's last."""
        return self.baselines | {"agent": self._exam(agent)}

    def _exam(self, policy: Policy) -> ExamResult:
        return _result_of(sit(policy, self._world, self._first_seed))


def _result_of(sitting: Sitting) -> ExamResult:
    """Figures of an exam: turns, how calls ended, and what else there is to say of them."""
    turns = np.array([call.survival_time for call in sitting.calls])
    causes = Counter(call.cause for call in sitting.calls)
    return ExamResult(
        mean=float(turns.mean()),
        worst=float(turns.min()),
        share_at_cap=causes["cap"] / len(turns),
        causes=dict(sorted(causes.items())),
        calls=CallFigures(
            success=sitting.success,
            returns=float(sitting.returns.mean()),
            violations=sitting.violations,
            personas=sitting.by_persona(),
        ),
    )


def _success(result: ExamResult) -> float:
    return result.calls.success if result.calls else 0.0
