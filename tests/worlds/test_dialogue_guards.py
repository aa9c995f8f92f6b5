"""No shortcut wins, return and success agree, and timing and reading the person matter."""

import random
from itertools import combinations

import msgspec
import numpy as np
import pytest

from hamlet.worlds.dialogue.acts import ACTS, PERSONAS, SUCCESSES, VIOLATIONS
from hamlet.worlds.dialogue.dialogue import Dialogue
from hamlet.worlds.dialogue.kernel import HELD_OUT
from hamlet.worlds.dialogue.policies import ConstantPolicy, MixedPolicy, OraclePolicy, RulePolicy
from hamlet.worlds.dialogue.settings import Rewards
from hamlet.worlds.dialogue.sitting import EXAM_SEED, sit
from hamlet.worlds.random_policy import RandomPolicy
from tests.worlds.calls import SHAPED, calls, only, settings

N = 2000


def exam(**changes: object) -> Dialogue:
    return Dialogue(settings(**changes), N, exam=True)


def randomly(seed: int = 1) -> RandomPolicy:
    return RandomPolicy(np.random.default_rng(seed))


def test_no_act_alone_wins_anyone() -> None:
    for act in ACTS:
        assert sit(ConstantPolicy(act), exam()).success < 0.2, act


@pytest.mark.parametrize("difficulty", ["easy", "medium", "hard"])
def test_chance_loses_the_script_wins_half_and_the_oracle_nearly_all(difficulty: str) -> None:
    world = exam(difficulty=difficulty)
    chance, script, oracle = (sit(policy, world) for policy in (randomly(), RulePolicy(), OraclePolicy(world)))
    assert chance.success < 0.1
    assert 0.4 < script.success < 0.6
    assert oracle.success > 0.9
    if difficulty != "hard":
        assert min(oracle.by_persona().values()) > 0.9, "every persona can be won"
    assert oracle.violations == 0


def test_every_persona_calls_as_often_as_its_stage_says() -> None:
    world = Dialogue(settings(), N)
    for stage in range(1, world.spec.stages + 1):
        world.set_stage(stage)
        world.reset(stage)
        found = [world.debtor(agent).persona for agent in range(N)]
        for number, persona in enumerate(PERSONAS):
            share = found.count(persona) / N
            assert share == pytest.approx(1 / stage if number < stage else 0.0, abs=0.05), (stage, persona)


def test_stages_get_harder_for_the_script() -> None:
    script = [sit(RulePolicy(), Dialogue(only(persona), N)).success for persona in PERSONAS]
    assert min(script[:2]) > max(script[2:]) + 0.2


@pytest.mark.parametrize("shaped", [False, True])
def test_return_and_success_rank_policies_alike(shaped: bool) -> None:
    """A ladder from random over the script to the oracle, with rungs between: wherever the 95 % intervals of
    two rungs do not overlap, in both figures, both figures say which is better."""
    world = exam(**({"shaping": SHAPED} if shaped else {}))
    script, oracle = RulePolicy(), OraclePolicy(world)
    ladder = [MixedPolicy(randomly(), script, share, np.random.default_rng(7)) for share in (0.0, 0.4, 0.7, 0.9, 1.0)]
    ladder += [MixedPolicy(script, oracle, share, np.random.default_rng(8)) for share in (0.3, 0.6, 0.8, 1.0)]
    rungs = []
    for policy in ladder:
        sitting = sit(policy, world)
        won = np.array([call.success for call in sitting.calls], float)
        figures = ((values.mean(), 1.96 * values.std() / N**0.5) for values in (won, sitting.returns))
        rungs.append(tuple(figures))
    compared = 0
    for (won, earned), (more_won, more_earned) in combinations(rungs, 2):
        clear = [abs(one[0] - two[0]) > one[1] + two[1] for one, two in ((won, more_won), (earned, more_earned))]
        if all(clear):
            assert (won[0] < more_won[0]) == (earned[0] < more_earned[0])
            compared += 1
    assert compared > 20, "the rungs are far enough apart to say something"


def test_nothing_can_be_earned_by_the_turn() -> None:
    world, policy = Dialogue(settings(), 64), randomly()
    step = world.reset(1)
    for _ in range(100):
        step = world.step(policy.act(step.observation, step.mask))
        assert not step.reward[~(step.terminated | step.truncated)].any()


def test_shaping_adds_what_the_start_and_the_end_decide() -> None:
    shaping = msgspec.structs.replace(SHAPED, gamma=1.0)
    plain, shaped = exam(), exam(shaping=shaping)
    one, other = sit(RulePolicy(), plain), sit(RulePolicy(), shaped)
    over = np.array([call.cause != "cap" for call in one.calls])
    assert np.allclose(one.returns[over], other.returns[over], atol=1e-5), "the potential is 0 at both ends"
    assert not np.allclose(one.returns[~over], other.returns[~over], atol=1e-2), "and not where a call is cut off"


def test_cost_is_taken_from_the_reward_when_weighed() -> None:
    free, weighed = exam(), exam(cost_weight=0.25)
    one, other = sit(randomly(), free), sit(randomly(), weighed)
    costs = np.array([sum(call.violations.values()) for call in one.calls])
    assert costs.sum() > N and np.allclose(one.returns - 0.25 * costs, other.returns, atol=1e-5)


def test_bands_of_difficulty_differ() -> None:
    oracle, script = [], []
    for difficulty in ("easy", "medium", "hard"):
        world = exam(difficulty=difficulty)
        oracle.append(sit(OraclePolicy(world), world))
        script.append(sit(RulePolicy(), world).success)
    assert script[0] > script[1] + 0.02 and script[1] > script[2] + 0.02
    turns = [np.mean([call.survival_time for call in sitting.calls]) for sitting in oracle]
    assert turns[0] + 0.5 < turns[1] < turns[2] - 0.5


def test_every_rule_can_be_broken_and_masks_break_none() -> None:
    free = {name for call in calls(Dialogue(settings(), 256), randomly(), 200) for name in call.violations}
    assert free == set(VIOLATIONS)
    bound = list(calls(Dialogue(settings(masked=True), 256), randomly(), 200))
    assert len(bound) > 5000 and not any(call.violations for call in bound)


def test_every_outcome_is_reached() -> None:
    world = Dialogue(settings(), 512)
    mixed = MixedPolicy(randomly(), OraclePolicy(world), 0.7, np.random.default_rng(3))
    found = {call.outcome for call in calls(world, mixed, 300)}
    rewards = {field.name for field in msgspec.structs.fields(Rewards)}
    assert found == rewards and found > SUCCESSES


def test_exams_are_sat_by_debtors_that_no_training_meets() -> None:
    trained, examined = Dialogue(settings(), 512), Dialogue(settings(), 512, exam=True)
    seeds = [{call.seed for call in calls(world, randomly(), 60)} for world in (trained, examined)]
    assert min(seeds[0]) >= HELD_OUT > max(seeds[1]) and EXAM_SEED + 10**6 < HELD_OUT


def test_global_randomness_is_left_alone() -> None:
    before, numbers = random.getstate(), np.random.get_state()
    world = Dialogue(settings(), 64)
    for policy in (randomly(), RulePolicy(), OraclePolicy(world)):
        sit(policy, world)
    assert random.getstate() == before
    assert all(np.array_equal(one, two) for one, two in zip(np.random.get_state(), numbers, strict=True))
