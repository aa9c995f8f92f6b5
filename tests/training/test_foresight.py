"""What the audience is told of a planning collector: what it foretold, and what came of it."""

import msgspec
import numpy as np
import pytest

from hamlet.app.showing import call_frame_of
from hamlet.settings import ROOT, RunConfig, read_config
from hamlet.training.call_exhibition import CallExhibition, CallScene
from hamlet.training.dyna_learner import DynaLearner
from hamlet.training.learner import make_learner
from hamlet.training.live import LivePolicy
from hamlet.training.networks import one_thread
from hamlet.worlds.dialogue.acts import INTENTS
from hamlet.worlds.dialogue.dialogue import Dialogue
from hamlet.worlds.dialogue.policies import RulePolicy

one_thread()


def config() -> RunConfig:
    found = read_config(ROOT / "configs" / "dialogue" / "ddq.yaml")
    return msgspec.structs.replace(found, training=msgspec.structs.replace(found.training, agents=4))


def learner(of: RunConfig, calls: int) -> DynaLearner:
    """After so many calls by the rule policy; nothing of q was learned."""
    world, rng = Dialogue(of.world, of.training.agents), np.random.default_rng(0)
    made = make_learner(world.spec, of.training, init=rng, sampling=rng, acting=rng, rule=RulePolicy())
    assert isinstance(made, DynaLearner)
    step, ended, none = world.reset(1), 0, np.zeros(world.n, np.float32)
    while ended < calls:
        observation = step.observation.copy()
        actions = made.act(observation, step.mask, 0.1)
        step = world.step(actions)
        made.observe(observation, actions, none, step)
        ended += int((step.terminated | step.truncated).sum())
    return made


def call(of: RunConfig, by: DynaLearner) -> list[CallScene]:
    newest = LivePolicy(0, by.weights(), {}, by.foresight(), by.health())
    stage, shown = CallExhibition(of.world, of.training, np.random.default_rng(0)), []
    while not shown or not shown[-1].ended:
        shown.append(stage.next(newest))
    return shown


@pytest.fixture(scope="module")
def shown() -> list[CallScene]:
    return call(config(), learner(config(), 24))


def test_every_act_is_foretold_as_a_distribution_over_answers(shown: list[CallScene]) -> None:
    for scene in shown[:-1]:
        assert sorted(one.act for one in scene.foretold) == list(range(12))
        assert [one.value for one in scene.foretold] == sorted((one.value for one in scene.foretold), reverse=True)
        for one in scene.foretold:
            assert 0.0 <= one.ends <= 1.0 and len(one.replies) == len(INTENTS)
            assert sum(reply.chance for reply in one.replies) == pytest.approx(1.0, abs=1e-5)
        ways = [one.way for one in scene.foretold if one.way]
        assert len(ways) == 3 and all(way[0][0] == one.act for way, one in zip(ways, scene.foretold, strict=False))
    assert shown[-1].foretold == ()


def test_a_turn_keeps_what_was_foretold_of_its_act(shown: list[CallScene]) -> None:
    for scene, turn in zip(shown, shown[-1].turns, strict=False):
        assert turn.foretold == next(one for one in scene.foretold if one.act == turn.act)


def test_what_goes_over_the_wire_is_few_and_names_the_answers(shown: list[CallScene]) -> None:
    of = config()
    frame = call_frame_of(shown[-2], "r", of.training.dyna)
    assert 3 <= len(frame.foretold) <= 4 and shown[-2].act in [one.act for one in frame.foretold]
    assert all(len(one.replies) == 3 and one.replies[0].intent in INTENTS for one in frame.foretold)
    assert frame.planning is not None and frame.planning.most == 4 and frame.planning.model == "ensemble"
    for turn, spoken in zip(frame.turns, shown[-2].turns, strict=True):
        assert spoken.foretold is not None and turn.chance == spoken.foretold.chance_of(spoken.heard.intent)
        assert turn.perceived == [pytest.approx(number) for number in spoken.observed]


def test_the_model_learned_that_naming_oneself_ends_nothing(shown: list[CallScene]) -> None:
    named = next(one for one in shown[0].foretold if one.act == 0)
    closing = next(one for one in shown[0].foretold if one.act == 11)
    assert named.ends < 0.2 and named.ends < closing.ends


def test_a_collector_without_a_model_foretells_nothing() -> None:
    of = config()
    young = learner(of, 0)
    assert young.foresight() == {}
    scenes = call(of, young)
    assert all(scene.foretold == () for scene in scenes)
    assert call_frame_of(scenes[0], "r", None).planning is None


def test_a_model_of_another_shape_leaves_the_call_as_it_is() -> None:
    of = config()
    by = learner(of, 0)
    stage = CallExhibition(of.world, of.training, np.random.default_rng(0))
    scene = stage.next(LivePolicy(0, by.weights(), {}, {"averaged": np.zeros(3, np.float32)}))
    assert scene.foretold == () and not scene.ended
