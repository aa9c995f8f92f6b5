"""The learner's options, each by itself and all at once."""

from pathlib import Path

import numpy as np
import pytest

from hamlet.errors import ConfigError
from hamlet.events.packing import unpack
from hamlet.events.types import EpisodeCompleted, StageChanged
from hamlet.settings import RunConfig, read_config
from hamlet.training.checkpoint import load, save
from hamlet.training.learner import policy_from
from hamlet.training.trainer import Trainer
from hamlet.worlds.town.town import Town
from tests.training.support import ALL_AT_ONCE, AT_ONCE, POOR, TINY, TOWN, VARIANTS, advance, digest, settings

EVERY = VARIANTS | {"all at once": ALL_AT_ONCE}
every_variant = pytest.mark.parametrize("variant", EVERY)


@every_variant
def test_two_runs_are_equal_and_differ_from_the_recipe(variant: str) -> None:
    one, same, recipe = (Trainer(POOR, settings(**changes)) for changes in (EVERY[variant], EVERY[variant], {}))
    assert advance(one, 150) == advance(same, 150) and digest(one) == digest(same)
    advance(recipe, 150)
    learned = [trainer.learner.weights() for trainer in (one, recipe)]
    if variant == "unmasked":  # in the first stage nothing costs money, and nothing is forbidden
        assert np.array_equal(*learned)
    else:
        assert learned[0].shape != learned[1].shape or not np.array_equal(*learned), "the option changed nothing"


@every_variant
def test_a_restored_trainer_goes_on_as_the_one_it_came_from(tmp_path: Path, variant: str) -> None:
    changes = EVERY[variant]
    trainer, other = Trainer(POOR, settings(**changes)), Trainer(POOR, settings(seed=9, **changes))
    advance(trainer, 120)
    arrays, scalars = trainer.state()
    sha256, _ = save(tmp_path / "state", arrays, scalars)
    other.restore(*load(tmp_path / "state", sha256))
    assert digest(other) == digest(trainer)
    assert advance(other, 60) == advance(trainer, 60) and digest(other) == digest(trainer)


LINES = {  # a key called "on" would not do: to YAML that is the word for true
    "single": "double: false",
    "dueling": "dueling: true",
    "prioritised": "prioritised: {beta_steps: 200}",
    "unmasked": "masked: false",
    "incurious": "novelty: {enabled: false}",
    "plain annealing": "annealing: {adaptive: false, epsilon_steps: 20000, weight_steps: 2000}",
    "no curriculum": "curriculum: {enabled: false}",
    "one step": "n_step: 1",
    "planning": "novelty: {enabled: false}\n  dyna: {k: 2, model: {kind: mlp, hidden: 16, batch: 16}, "
    "model_updates: 2, model_every: 5, gate: {enabled: false}, episodes: 20, horizon: 4}",
}


def configured(directory: Path, line: str) -> RunConfig:
    """The tiny config with ``line`` in the place of the one that begins with the same key."""
    keys = {part.split(":")[0].strip() for part in line.split("\n")}
    kept = [old for old in TINY.read_text().splitlines() if old.split(":")[0].strip() not in keys]
    (directory / "town.yaml").write_text("\n".join([*kept, f"  {line}"]))
    return read_config(directory / "town.yaml")


@pytest.mark.parametrize("variant", VARIANTS)
def test_each_option_is_a_line_of_yaml(tmp_path: Path, variant: str) -> None:
    assert configured(tmp_path, LINES[variant]).training == settings(**VARIANTS[variant])


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("q_network: mamba", r"training.q_network: invalid enum value 'mamba'"),
        ("prioritised: {alpha: 2}", r"training.prioritised.alpha: expected `float` <= 1"),
        ("prioritised: true", r"training.prioritised: expected `object \| null`"),
        (
            "dueling: true\n  hidden: []",
            r"training: dueling needs a last hidden layer of at least 2, found hidden \[\]",
        ),
        ("dueling: true\n  hidden: [8, 1]", r"found hidden \[8, 1\]"),
        ("novelty: {weight: 0}", r"training.novelty.weight: unknown key"),
    ],
)
def test_options_that_mean_nothing_are_refused(tmp_path: Path, line: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        configured(tmp_path, line)


@pytest.mark.parametrize("variant", ["one step", "dueling", "unmasked"])
def test_a_policy_made_from_weights_is_the_learners_own(variant: str) -> None:
    learner = settings(**EVERY[variant])
    trainer = Trainer(POOR, learner)
    advance(trainer, 60)
    spec, rng = trainer.world.spec, np.random.default_rng(0)
    observation, mask = rng.random((500, spec.observation_size), np.float32), rng.random((500, 5)) < 0.5
    mask[:, 0] = True
    policy = policy_from(spec, learner, trainer.learner.weights())
    values, actions = policy.decide(observation, mask)
    assert np.array_equal(actions, trainer.learner.policy().act(observation, mask))
    allowed = mask if learner.masked else np.ones_like(mask)
    assert np.array_equal(actions, np.where(allowed, values, -np.inf).argmax(1))
    with pytest.raises(ValueError, match=r"weights: expected float32 \(\d+,\), found float32 \(7,\)"):
        policy_from(spec, learner, np.zeros(7, np.float32))
    with pytest.raises(ValueError, match="found float64"):
        policy_from(spec, learner, np.zeros(len(trainer.learner.weights())))


def test_without_masks_everything_is_tried_and_counted_on() -> None:
    masked, free = (Trainer(POOR, settings(curriculum=AT_ONCE, masked=on)) for on in (True, False))
    mask = np.tile([True, False, True, True, False], (30_000, 1))
    observation = np.zeros((30_000, free.world.spec.observation_size), np.float32)
    tried = np.bincount(free.learner.act(observation, mask, 1.0), minlength=5)
    assert tried.tolist() == pytest.approx([6000] * 5, abs=400)
    for trainer in (masked, free):
        advance(trainer, 100)
    assert free.learner.memory()["replay.next_mask"].all()
    assert not masked.learner.memory()["replay.next_mask"].all()


def test_a_forbidden_interaction_is_a_wait() -> None:
    town, waits = Town(POOR, 64), Town(POOR, 64)
    fridge, elsewhere = (POOR.affordances["Fridge"].at, (1, 1))
    for world, (x, y) in ((town, fridge), (waits, elsewhere)):
        step = world.reset(0)
        state = world.state()
        state["cell"][:] = y * POOR.grid.width + x
        step = world.restore(state)
    assert not town.observe()[1][:, -1].any() and waits.observe()[1][:, -1].all()
    for _ in range(5):
        step, other = (world.step(np.full(64, 4)) for world in (town, waits))
        assert np.array_equal(step.reward, other.reward) and not step.terminated.any()
    assert np.array_equal(town.state()["meters"], waits.state()["meters"])
    assert not town.state()["used"].any()


def test_without_curiosity_nothing_is_new_and_nothing_is_computed() -> None:
    trainer = Trainer(TOWN, settings(**VARIANTS["incurious"]))
    lives = [event for event in advance(trainer, 150) if isinstance(event, EpisodeCompleted)]
    assert lives and all(life.intrinsic_reward == 0.0 for life in lives)
    assert all(life.total_reward == life.extrinsic_reward for life in lives)
    for life in lives:
        assert unpack(life.detail.novelty).tolist() == [0] * (TOWN.grid.width * TOWN.grid.height)
    assert not any(name.startswith("novelty.") for name in trainer.networks())


def test_without_a_curriculum_every_life_is_one_of_the_last_stage() -> None:
    events = advance(Trainer(TOWN, settings(curriculum=AT_ONCE)), 300)
    stages = {event.curriculum_stage for event in events if isinstance(event, EpisodeCompleted)}
    assert stages == {len(TOWN.stages)} and not any(isinstance(event, StageChanged) for event in events)


@pytest.mark.parametrize("variant", ["one step", "prioritised"])
def test_a_learner_that_forgets_keeps_the_newest_and_waits_for_more(tmp_path: Path, variant: str) -> None:
    options = VARIANTS[variant] if variant != "one step" else {}
    trainer = Trainer(TOWN, settings(n_step=1, updates_curious=0, **options))
    advance(trainer, 300)  # 2,400 transitions in 2,000 places: it has wrapped around
    learner = trainer.learner
    before = learner.memory()
    newest = (before["replay.next"][0] - 40 + np.arange(40)) % 2000
    expected = {
        name: before[name][newest] for name in ("replay.reward", "replay.action", "priorities.leaves") if name in before
    }
    assert learner.ready
    learner.forget(40)
    after = learner.memory()
    assert all(np.array_equal(after[name], array) for name, array in expected.items())
    assert not learner.ready, "40 are fewer than warm_up"
    updates = trainer.counters.updates
    advance(trainer, 2)
    assert not learner.ready and trainer.counters.updates == updates
    advance(trainer, 1)
    assert learner.ready and trainer.counters.updates == updates + 1
    # and what it is now outlives the process
    other = Trainer(TOWN, trainer.settings)
    other.restore(*load(tmp_path / "state", save(tmp_path / "state", *trainer.state())[0]))
    assert advance(other, 30) == advance(trainer, 30) and digest(other) == digest(trainer)
