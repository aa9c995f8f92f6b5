"""The model of utterances: what it reads from a call, what it can foretell, and that it is a model like others."""

import numpy as np
import pytest

from hamlet.clock import ManualClock
from hamlet.errors import ConfigError
from hamlet.training.refill import refill
from hamlet.training.simulators import ModelSimulator
from hamlet.training.world_models.comparing import score
from hamlet.training.world_models.episodes import collect, select
from hamlet.training.world_models.histories import history_at
from hamlet.training.world_models.making import make_model
from hamlet.training.world_models.model import Episodes, History, WorldModel
from hamlet.training.world_models.sampling import draw, likeliest
from hamlet.training.world_models.settings import Kind, WorldModelSettings
from hamlet.worlds.dialogue.acts import ACTS
from hamlet.worlds.dialogue.dialogue import Dialogue
from hamlet.worlds.dialogue.physics import PHYSICS
from hamlet.worlds.dialogue.policies import MixedPolicy, RulePolicy
from hamlet.worlds.dialogue.settings import DialogueSettings
from hamlet.worlds.random_policy import RandomPolicy
from tests.training.world_models.weather import SPEC as WEATHER

WORLD = DialogueSettings(physics=PHYSICS)
SPEC = Dialogue(WORLD, 1).spec
ENDS = [ACTS.index(name) for name in ("refer_to_specialist", "close_call")]


def calls(count: int, seed: int, settings: DialogueSettings = WORLD) -> Episodes:
    rng = np.random.default_rng(seed)
    policy = MixedPolicy(RulePolicy(), RandomPolicy(rng), 0.33, rng)
    return collect(Dialogue(settings, 16), policy, count, seed)


def make(kind: Kind = "utterances", seed: int = 3) -> WorldModel:
    return make_model(kind, SPEC, WorldModelSettings(kind=kind, members=3), np.random.default_rng(seed))


def asked(episodes: Episodes, count: int = 60) -> History:
    rows = np.arange(count) % len(episodes.lengths)
    return history_at(episodes, rows, np.arange(count) % episodes.lengths[rows], 1)


@pytest.fixture(scope="module")
def heard() -> Episodes:
    return calls(100, 1)


@pytest.fixture(scope="module")
def learned(heard: Episodes) -> WorldModel:
    model = make()
    model.fit(heard, 60)
    return model


def test_from_few_calls_it_knows_more_than_an_ensemble(heard: Episodes) -> None:
    found = {}
    asked_of: tuple[tuple[Kind, int], ...] = ("utterances", 60), ("ensemble", 300)
    for kind, updates in asked_of:
        rng, clock = np.random.default_rng(0), ManualClock()
        found[kind] = score(make(kind), SPEC, heard, calls(100, 2), updates=updates, rng=rng, clock=clock)
    ours, theirs = found["utterances"], found["ensemble"]
    assert ours.one_step < 0.9 * theirs.one_step and ours.reward < theirs.reward and ours.f1 > 0.75


def test_what_is_drawn_is_a_call_that_can_be(learned: WorldModel, heard: Episodes) -> None:
    """Every step of an imagined call is one that the bookkeeping allows: counts, signs, last act and intent agree."""
    rng = np.random.default_rng(0)
    simulator = ModelSimulator(learned, lambda: heard, SPEC, rng)
    seen, _ = simulator.begin(32)
    went_on = np.ones(32, np.bool_)
    at = {feature.name: SPEC.where(feature.name).start for feature in SPEC.features}
    for turn in range(SPEC.cap):
        actions = rng.integers(0, len(ACTS), 32)
        step = simulator.step(actions)
        assert np.allclose(step.observation[:, at["turn"]], 2.0 * (turn + 1) / SPEC.cap - 1.0, atol=1e-6)
        for name in ("vulnerable", "hardship", "dispute", "stop", "identified", "softened", "asked", "offered"):
            assert (step.observation[:, at[name]] >= seen[:, at[name]]).all(), name
        disputed = np.isclose(step.observation[:, at["last_intent"]], -0.9)
        assert (step.observation[disputed, at["dispute"]] == 1.0).all()
        assert step.terminated[went_on & np.isin(actions, ENDS)].all(), "handing over and hanging up end a call"
        went_on &= ~step.terminated
        seen = step.observation.copy()


def test_chances_ends_and_means_fit_together(learned: WorldModel, heard: Episodes) -> None:
    found = learned.predict(asked(heard))
    assert found.scenarios is not None
    chances = found.scenarios.chances
    assert np.allclose(chances.sum(1), 1.0, atol=1e-5) and (chances >= 0).all()
    assert np.allclose(found.done, (chances * found.scenarios.done).sum(1), atol=1e-6)
    assert np.allclose(found.levels.sum(2), 1.0, atol=1e-5)
    many = [draw(found, SPEC, np.random.default_rng(seed)) for seed in range(400)]
    assert abs(np.mean([one.done for one in many]) - found.done.mean()) < 0.03
    assert abs(np.mean([one.reward for one in many]) - found.reward.mean()) < 0.03
    going = likeliest(found, SPEC)
    assert (going.done == (found.done > 0.5)).all() and (np.abs(going.observation) <= 1.0).all()


def test_an_end_follows_only_what_it_was_seen_to_follow(heard: Episodes) -> None:
    """Nobody ever settled here: no policy can dream of settling."""
    settle = ACTS.index("propose_settlement")
    never = select(heard, np.flatnonzero(~(heard.actions == settle).any(1)))
    model = make()
    model.fit(never, 20)
    question = asked(never)
    found = model.predict(question._replace(actions=np.full_like(question.actions, settle)))
    assert (found.done == 0).all()


def test_masks_are_the_worlds_rules() -> None:
    masked = DialogueSettings(physics=PHYSICS, masked=True)
    rng = np.random.default_rng(1)
    episodes = collect(Dialogue(masked, 16), RandomPolicy(rng), 60, 1)
    model = make_model("utterances", Dialogue(masked, 1).spec, WorldModelSettings(kind="utterances"), rng)
    model.fit(episodes, 5)
    rows = np.flatnonzero(episodes.lengths > 2)
    found = model.predict(history_at(episodes, rows, np.zeros(len(rows), np.int64), 1))
    assert np.abs(found.mask - episodes.masks[rows, 1]).mean() < 0.02


def test_run_twice_equal_and_saved_it_goes_on_as_the_same(heard: Episodes) -> None:
    one, other, later = make(), make(), make()
    for model in (one, other):
        model.fit(heard, 5)
    assert all(np.array_equal(one.networks()[name], array) for name, array in other.networks().items())
    refill(later.networks(), {name: array.copy() for name, array in one.networks().items()})
    assert one.fit(heard, 5) == later.fit(heard, 5)
    question, members = asked(heard), np.arange(60) % 3
    pairs = zip(one.predict(question, members)[:-1], later.predict(question, members)[:-1], strict=True)
    assert all(np.array_equal(*pair) for pair in pairs)


def test_what_it_predicts_by_is_all_that_it_needs(learned: WorldModel, heard: Episodes) -> None:
    live, other = learned.networks(), make(seed=9)
    refill(
        {name: other.networks()[name] for name in other.predicts_by}, {name: live[name] for name in learned.predicts_by}
    )
    assert np.array_equal(other.predict(asked(heard)).reward, learned.predict(asked(heard)).reward)


def test_members_hold_other_calls_and_differ(learned: WorldModel, heard: Episodes) -> None:
    question = asked(heard)
    each = [learned.predict(question, np.full(60, member)).done for member in range(3)]
    assert np.abs(each[0] - each[1]).max() > 0.02
    assert np.allclose(np.mean(each, 0), learned.predict(question).done, atol=1e-6)
    assert learned.predict(question).disagreement.mean() > 0.01


def test_where_nothing_is_said_there_is_no_such_model() -> None:
    with pytest.raises(ConfigError, match="nobody says anything in the weather"):
        make_model("utterances", WEATHER, WorldModelSettings(kind="utterances"), np.random.default_rng(0))
