"""The dialogue as a task: calls that end well, examined beside random, the best constant act, the rule and the oracle."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from hamlet.events.packing import pack
from hamlet.events.types import CallFigures, DialogueEpisode, ExamResult
from hamlet.training.curriculum.adaptive import AdaptiveCurriculum
from hamlet.training.curriculum.curriculum import Curriculum, Ended
from hamlet.training.settings import TrainingSettings
from hamlet.training.tasks.task import Levels
from hamlet.worlds.dialogue.acts import ACTS, PERSONAS
from hamlet.worlds.dialogue.dialogue import Call, Dialogue
from hamlet.worlds.dialogue.policies import ConstantPolicy, OraclePolicy, RulePolicy
from hamlet.worlds.dialogue.settings import DialogueSettings
from hamlet.worlds.random_policy import RandomPolicy
from hamlet.worlds.world import Policy

__all__ = ["CallExaminer", "DialogueTask", "exam_calls"]

_EXAM = 0x5EED_CA11  # the stream of held-out debtors


class DialogueTask:
    """``agents`` calls side by side. Nothing has a place here, so nothing can be moved."""

    layout: dict[str, int] = {}
    rule: Policy | None = RulePolicy()

    def __init__(self, dialogue: DialogueSettings, training: TrainingSettings) -> None:
        self.world = Dialogue(dialogue, training.agents)
        self._dialogue, self._training = dialogue, training
        self._examiner = CallExaminer(dialogue, training.exam_episodes)

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

    def rearrange(self, rng: np.random.Generator) -> None:
        raise ValueError("nothing has a place in a conversation: there is nothing to move")


class CallExaminer:
    """Exams with the same ``episodes`` held-out debtors, at the last stage. The baselines are computed once."""

    def __init__(self, dialogue: DialogueSettings, episodes: int = 200, first_seed: int = _EXAM) -> None:
        self._world = Dialogue(dialogue, episodes, exam=True)
        self._first_seed = first_seed
        self._baselines: dict[str, ExamResult] = {}

    def compare(self, agent: Policy) -> dict[str, ExamResult]:
        """random, the constant act that succeeds most (``constant``), rule, oracle and agent, in this order."""
        if not self._baselines:
            world, seed = self._world, self._first_seed
            constants = [self._exam(ConstantPolicy(act)) for act in range(len(ACTS))]
            self._baselines = {
                "random": self._exam(RandomPolicy(np.random.default_rng(seed))),
                "constant": max(constants, key=_success),
                "rule": self._exam(RulePolicy()),
                "oracle": self._exam(OraclePolicy(world)),
            }
        return self._baselines | {"agent": self._exam(agent)}

    def _exam(self, policy: Policy) -> ExamResult:
        return result_of(exam_calls(policy, self._world, self._first_seed))


def exam_calls(policy: Policy, world: Dialogue, first_seed: int = _EXAM) -> list[tuple[Call, float]]:
    """One call of each of the world's agents by ``policy``, with its undiscounted return. ``world``: built with
    ``exam=True``."""
    step = world.reset(first_seed)
    calls: list[tuple[Call, float] | None] = [None] * world.n
    returns = np.zeros(world.n)
    running = np.ones(world.n, np.bool_)
    while running.any():
        step = world.step(policy.act(step.observation, step.mask))
        returns += np.where(running, step.reward, 0.0)
        for agent in np.flatnonzero(running & (step.terminated | step.truncated)):
            calls[agent] = world.episode(int(agent)), float(returns[agent])
            running[agent] = False
    return [call for call in calls if call is not None]


def result_of(calls: Sequence[tuple[Call, float]]) -> ExamResult:
    """Figures of an exam: turns, how calls ended, and what else there is to say of them."""
    turns = np.array([call.survival_time for call, _ in calls])
    causes = Counter(call.cause for call, _ in calls)
    of: dict[str, list[bool]] = {}
    for call, _ in calls:
        of.setdefault(call.persona, []).append(call.success)
    return ExamResult(
        mean=float(turns.mean()),
        worst=float(turns.min()),
        share_at_cap=causes["cap"] / len(calls),
        causes=dict(sorted(causes.items())),
        calls=CallFigures(
            success=sum(call.success for call, _ in calls) / len(calls),
            returns=sum(got for _, got in calls) / len(calls),
            violations=100.0 * sum(sum(call.violations.values()) for call, _ in calls) / len(calls),
            personas={name: sum(of[name]) / len(of[name]) for name in PERSONAS if name in of},
        ),
    )


def _success(result: ExamResult) -> float:
    return result.calls.success if result.calls else 0.0
