"""The learner that remembers: a T-maze no memoryless learner can do, and its life over a crash."""

import copy
import hashlib
from typing import Any

import msgspec
import numpy as np
import pytest

from hamlet.errors import ConfigError
from hamlet.training.learner import policy_from
from hamlet.training.networks import one_thread
from hamlet.training.recurrent import RecurrentPolicy
from hamlet.training.recurrent_learner import RecurrentLearner
from hamlet.training.recurrent_settings import RecurrentSettings
from hamlet.training.sequences import Windows
from hamlet.training.settings import TrainingSettings
from hamlet.worlds.town.town import Town
from hamlet.worlds.world import Actions, Floats, Mask, Policy, Step
from tests.training.maze import TMaze
from tests.worlds.towns import settings

one_thread()
SETTINGS = TrainingSettings(
    q_network="lstm",
    n_step=3,
    agents=16,
    capacity=8_000,
    warm_up=500,
    gamma=0.95,
    optimism=0.0,
    learning_rate=2e-3,
    averaging=0.01,
    recurrent=RecurrentSettings(hidden=32, memory=32, batch=32, sequence=8, burn_in=4, every=2),
)


def learner(seed: int = 0, made: type[RecurrentLearner] = RecurrentLearner, **changes: Any) -> RecurrentLearner:
    init, sampling, acting = np.random.default_rng(seed).spawn(3)
    settings = msgspec.structs.replace(SETTINGS, **changes)
    return made(TMaze(1).spec, settings, init=init, sampling=sampling, acting=acting)


def advance(one: RecurrentLearner, world: TMaze, step: Step, count: int) -> Step:
    for _ in range(count):
        observation = step.observation.copy()
        actions = one.act(observation, step.mask, 0.2)
        step = world.step(actions)
        one.observe(observation, actions, np.zeros(world.n, np.float32), step)
        if one.ready:
            one.update(0.0, SETTINGS.learning_rate)
    return step


def score(policy: Policy, lives: int = 300) -> float:
    """The share of ``lives`` that turn the right way."""
    world = TMaze(lives)
    step = world.reset(12345)
    for _ in range(world.spec.cap):
        step = world.step(policy.act(step.observation, step.mask))
    return float(step.reward.mean())


class Forgetful(RecurrentLearner):
    """The same without a memory: every step begins with nothing remembered, in acting and in learning."""

    def act(self, observation: Floats, mask: Mask, epsilon: float) -> Actions:
        self._lives.memory.zero_()
        return super().act(observation, mask, epsilon)

    def _sample(self) -> Windows:
        drawn = super()._sample()
        drawn.carry.zero_()
        return drawn

    def policy(self) -> RecurrentPolicy:
        return Momentary(self._averaged)


class Momentary(RecurrentPolicy):
    """Begins anew at every step."""

    def act(self, observation: Floats, mask: Mask) -> Actions:
        return RecurrentPolicy(self._network).act(observation, mask)


def solved_after(one: RecurrentLearner, seed: int, most: int) -> int:
    """Vector steps until the greedy policy turns the right way in more than 95 of 100 lives; 0: never."""
    world = TMaze(SETTINGS.agents)
    step = world.reset(seed)
    for done in range(250, most + 1, 250):
        step = advance(one, world, step, 250)
        if score(one.policy()) > 0.95:
            return done
    return 0


@pytest.mark.parametrize("seed", range(3))
def test_what_was_seen_once_is_remembered_until_it_matters(seed: int) -> None:
    one = learner(seed)
    assert solved_after(one, seed, 2_000)
    rebuilt = policy_from(TMaze(1).spec, SETTINGS, one.weights())
    assert score(rebuilt) == score(one.policy()), "the weights are all there is to the policy"


def test_without_a_memory_it_is_one_in_two() -> None:
    one = learner(0, Forgetful)
    assert not solved_after(one, 0, 2_000)
    assert score(one.policy()) == pytest.approx(0.5, abs=0.1)


FOG = Town(settings(config="fog"), 8)


def predicting(*names: str) -> RecurrentLearner:
    changed = msgspec.structs.replace(SETTINGS.recurrent, predicts=names)
    init, sampling, acting = np.random.default_rng(0).spawn(3)
    given = msgspec.structs.replace(SETTINGS, agents=8, recurrent=changed)
    return RecurrentLearner(FOG.spec, given, init=init, sampling=sampling, acting=acting)


def test_what_it_learns_to_tell_it_is_never_shown() -> None:
    one, rng, step = predicting("ways", "unseen"), np.random.default_rng(1), FOG.reset(0)
    plain, other, first = one.policy(), one.policy(), None
    for _ in range(30):
        scrambled = step.observation.copy()
        for name in ("ways", "unseen"):
            scrambled[:, FOG.spec.where(name)] = rng.random(scrambled[:, FOG.spec.where(name)].shape)
        values, actions = plain.decide(step.observation, step.mask)
        assert values.shape == (8, 5)
        assert np.array_equal(other.decide(scrambled, step.mask)[0], values)
        first = values.copy() if first is None else first
        step = FOG.step(actions)
    assert not np.array_equal(first, values), "what it is shown counts"
    with pytest.raises(
        ConfigError, match=r"training\.recurrent\.predicts: nothing is called 'weather'.*shown are window"
    ):
        predicting("weather")


def digest(one: RecurrentLearner) -> str:
    sha = hashlib.sha256()
    for name, array in sorted((one.networks() | one.memory()).items()):
        sha.update(f"{name} {array.dtype} {array.shape}".encode() + array.tobytes())
    for generator in one.generators().values():
        sha.update(msgspec.json.encode(str(generator.bit_generator.state)))
    return sha.hexdigest()


def test_run_twice_it_is_the_same_bit_for_bit() -> None:
    digests = []
    for _ in range(2):
        one, world = learner(3), TMaze(16)
        advance(one, world, world.reset(0), 200)
        digests.append(digest(one))
    assert digests[0] == digests[1]
    other, world = learner(4), TMaze(16)
    advance(other, world, world.reset(0), 200)
    assert digest(other) != digests[0]


@pytest.mark.parametrize("steps", [5, 43, 301])
def test_it_goes_on_from_its_state_bit_for_bit(steps: int) -> None:
    """Before, between and long after the first updates, and when the ring (here of 200 steps) has come round."""
    one, world = learner(5, capacity=3_200), TMaze(16)
    step = advance(one, world, world.reset(0), steps)
    other = learner(99, capacity=3_200)
    assert digest(other) != digest(one)
    for name, array in other.networks().items():
        array[...] = one.networks()[name]
    other.restore_memory({name: array.copy() for name, array in one.memory().items()})
    for name, generator in other.generators().items():
        generator.bit_generator.state = one.generators()[name].bit_generator.state
    assert digest(other) == digest(one)
    twin = copy.deepcopy(world)
    again = Step(**{name: getattr(step, name).copy() for name in Step.__struct_fields__})
    advance(one, world, step, 60)
    advance(other, twin, again, 60)
    assert digest(other) == digest(one)


def test_it_waits_for_the_warm_up_and_its_turn_and_again_after_forgetting() -> None:
    one, world = learner(0, warm_up=480), TMaze(16)
    step, ready = world.reset(0), []
    for _ in range(40):
        step = advance(one, world, step, 1)
        ready.append(one.ready)
    assert ready == [(count >= 30 and count % 2 == 0) for count in range(1, 41)]
    one.forget(16 * 20)
    assert not one.ready
    advance(one, world, step, 10)
    assert one.ready


def test_a_life_that_ended_takes_its_memory_and_its_last_action_along() -> None:
    one, world = learner(0), TMaze(16, corridor=2)
    step = advance(one, world, world.reset(0), 2)
    assert (one.memory()["lives.previous"] == 2).all() and (one.memory()["lives.memory"] != 0).any()
    step = advance(one, world, step, 1)
    assert (one.memory()["lives.previous"] == 3).all() and not one.memory()["lives.memory"].any()


def test_optimism_is_what_an_untrained_network_expects() -> None:
    one = learner(0, optimism=0.1)
    policy = one.policy()
    values, _ = policy.decide(np.zeros((4, 5), np.float32), np.ones((4, 3), np.bool_))
    assert np.abs(values - 2.0).max() < 0.05


def test_settings_with_which_it_would_never_learn_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"training\.warm_up: 3190, but capacity 3199 holds 3136"):
        learner(0, capacity=3_199, warm_up=3_190)
    with pytest.raises(ConfigError, match=r"training\.capacity: 256 is 16 steps"):
        learner(0, capacity=256, warm_up=16)


def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(ValueError, match="weights: expected"):
        policy_from(TMaze(1).spec, SETTINGS, learner(0).weights()[:-1])
