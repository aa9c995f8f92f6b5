"""The learner with a memory of places: what it knows is what happened to it, and it can be taken up at any step."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from hamlet.errors import ConfigError
from hamlet.training.checkpoint import load, save
from hamlet.training.evaluate import exam
from hamlet.training.keep import kept_policy
from hamlet.training.learner import policy_from
from hamlet.training.networks import Mlp
from hamlet.training.recall.atlas import Atlas, Places, remember
from hamlet.training.recall.dreams import Dreams
from hamlet.training.recall.effects import Effects
from hamlet.training.recall.errands import Model, consider, go_on, outcomes, set_out, tempt, weigh, width
from hamlet.training.recall.knowledge import Knowledge, Senses
from hamlet.training.recall.learner import RecallLearner
from hamlet.training.recall.settings import RecallSettings
from hamlet.training.recall.towns import ImaginedTowns
from hamlet.training.settings import AnnealingSettings, NoveltySettings, TrainingSettings
from hamlet.training.trainer import Trainer
from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.town.town import Town
from tests.training.support import AT_ONCE, TINY, TOWN, advance, digest, settings
from tests.training.test_learner import configured

SHOWN: TownSettings = msgspec.structs.replace(TOWN, physics=2, sees=("position", "meters", "mask", "found"))
RECALL = RecallSettings(lives=32, errands=8, home=0.5, begin=400)


def recalling(**changes: object) -> TrainingSettings:
    fixed = {
        "recall": RECALL,
        "novelty": NoveltySettings(enabled=False),
        "curriculum": AT_ONCE,
        "shift_at": 0,
        "hidden": (32,),
        "optimism": 0.0,
        "annealing": AnnealingSettings(epsilon_steps=4_000, mastered=0.0),
    }
    return settings(**(fixed | changes))


def learner_of(trainer: Trainer) -> RecallLearner:
    assert isinstance(trainer.learner, RecallLearner)
    return trainer.learner


def test_what_is_remembered_is_what_was_found_last() -> None:
    places = Places.unknown(1, kinds=2, cells=6)

    def tell(cell: int, found: int) -> tuple[list[int], list[int]]:
        remember(*places, np.array([cell]), np.array([True]), np.array([found]))
        return places.where[0].tolist(), np.flatnonzero(places.tried[0]).tolist()

    assert tell(0, 1) == ([-1, 0], [0])
    assert tell(3, -1) == ([-1, 0], [0, 3])
    assert tell(4, 0) == ([4, 0], [0, 3, 4])
    assert tell(0, -1) == ([4, -1], [0, 4]), "what is gone is forgotten, and what was tried elsewhere may be wrong too"
    assert tell(5, 0) == ([5, -1], [5]), "it was moved"
    remember(*places, np.array([2]), np.array([False]), np.array([-1]))
    assert np.flatnonzero(places.tried[0]).tolist() == [5], "who only passed by tried nothing"


def test_ways_are_known_once_they_were_gone() -> None:
    atlas = Atlas(cells=3, moves=2)  # a corridor: 0 left, 1 right
    assert atlas.steps.tolist() == [[0, 3, 3], [3, 0, 3], [3, 3, 0]]
    atlas.learn(np.array([0, 1, 2]), np.array([1, 1, 2]), np.array([1, 2, 2]))  # the last one did not move
    assert atlas.steps.tolist() == [[0, 1, 2], [3, 0, 1], [3, 3, 0]]
    atlas.learn(np.array([2, 1, 0]), np.array([0, 0, 0]), np.array([1, 0, 0]))
    assert atlas.steps.tolist() == [[0, 1, 2], [1, 0, 1], [2, 1, 0]]


def test_what_things_do_is_learned_from_what_happened() -> None:
    trainer = Trainer(SHOWN, recalling())
    advance(trainer, 200)
    learner = learner_of(trainer)
    model = learner._knowledge.model
    bed, fridge, job, wait, move = model.change
    assert bed[0] == pytest.approx(0.8 - 0.04, abs=1e-3) and fridge[1] == pytest.approx(0.9 - 0.03, abs=1e-3)
    assert job == pytest.approx([-0.04, -0.03, 0.2], abs=1e-3) and fridge[2] == pytest.approx(-0.01, abs=1e-3)
    assert wait == pytest.approx([-0.04, -0.03, 0], abs=1e-3) and move == pytest.approx([-0.08, -0.04, 0], abs=1e-3)
    assert model.deadly.tolist() == [True, True, False] and model.purse.tolist() == [False, False, True]
    assert model.earns[0] == pytest.approx(0.1) and model.earns[1] == pytest.approx(0.0, abs=1e-3)
    way = model.way.tolist()
    assert way == [[0, 3, 0, 1], [1, 4, 0, 2], [2, 5, 1, 2], [0, 3, 3, 4], [1, 4, 3, 5], [2, 5, 4, 5]]
    places = dict(zip(SHOWN.affordances, learner._knowledge.places.where[0].tolist(), strict=True))
    assert places == SHOWN.positions


def test_nothing_is_known_of_a_town_but_what_was_tried() -> None:
    """Two towns, laid out differently, in which everybody only walks: no bit of the learner differs."""
    elsewhere = {"Bed": 5, "Fridge": 0, "Job": 3}
    towns, learners, rng = [Town(SHOWN, 8) for _ in range(2)], [], np.random.default_rng(3)
    towns[1].set_layout(elsewhere)
    for town in towns:
        init, acting = np.random.default_rng(1), np.random.default_rng(2)
        learners.append(RecallLearner(town.spec, recalling(), RECALL, init=init, acting=acting))
    steps = [town.reset(4) for town in towns]
    for _ in range(80):
        actions = rng.integers(0, 4, 8)
        for i, (town, learner) in enumerate(zip(towns, learners, strict=True)):
            before, mask = steps[i].observation.copy(), steps[i].mask
            learner.act(before, mask, 0.5)
            steps[i] = town.step(actions)
            learner.observe(before, actions, np.zeros(8, np.float32), steps[i])
            if learner.ready:
                learner.update(0.0, 1e-3)
    assert learners[0].ready and (learners[0]._knowledge.places.where == -1).all()
    for kept in ("networks", "memory"):
        one, other = (getattr(learner, kept)() for learner in learners)
        assert all(np.array_equal(array, other[name]) for name, array in one.items()), kept


def test_errands_are_weighed_as_they_would_come_out() -> None:
    """A corridor of three, a thing with a price at its end, and another that is missing."""
    atlas = Atlas(3, 2)
    atlas.learn(np.array([0, 1, 2, 1, 0, 2]), np.array([1, 1, 0, 0, 0, 1]), np.array([1, 2, 1, 0, 0, 2]))
    change = np.array([[0.5, -0.2], [0.1, 0.0], [-0.1, 0.0], [-0.2, 0.0]])
    yes, purse = np.array([True, True]), np.array([False, True])
    model = Model(atlas.way, atlas.steps, change, yes, ~purse, purse, np.array([1.0, 0.0]))
    where, tried = np.array([[2, -1]]), np.array([[True, False, True]])
    shape = (1, outcomes(2))
    rows = np.zeros((*shape, width(2, 2)), np.float32)
    reward, discount, chance, values = np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros((1, 4))

    def worth(energy: float, money: float) -> list[float]:
        meters = np.array([[energy, money]])
        consider(model, 0.5, np.arange(1), where, tried, np.array([0]), meters, rows, reward, discount, chance)
        weigh(reward, discount, chance, np.full(shape, 8.0), values)
        return [round(float(value), 6) for value in values[0]]

    # Two steps and a use; staying; one step and a look, where the missing thing must be.
    assert worth(1.0, 1.0) == [1 + 0.5 + 0.25 + 0.125 * 8, -np.inf, 1 + 0.5 * 8, 1 + 0.5 + 0.25 * 8]
    assert worth(1.0, 0.1)[0] == -np.inf, "it cannot be paid"
    assert worth(0.3, 1.0)[0] == 1.0, "death on the way"
    assert chance[0].tolist() == [1, 0, 1, 0, 0, 1], "it is in the only cell left"
    assert tried.tolist() == [[True, False, True]] and where.tolist() == [[2, -1]], "nothing has happened yet"
    q, actions, errands = np.zeros((1, 3)), np.zeros(1, np.int64), np.array([-1])
    worth(1.0, 1.0)
    set_out(model, where, tried, np.array([0]), values, errands, q, actions)
    assert actions.tolist() == [2] and q[0].tolist() == [2.75, 3.5, 5.0] and errands.tolist() == [-1], "stays, once"
    errands[:] = 0
    set_out(model, where, tried, np.array([0]), values, errands, q, actions)
    assert actions.tolist() == [1] and errands.tolist() == [0], "what was begun is seen through"
    go_on(model, where, tried, np.array([0]), np.array([[1.0, 1.0]]), errands)
    assert errands.tolist() == [0]
    go_on(model, where, tried, np.array([0]), np.array([[1.0, 0.1]]), errands)
    assert errands.tolist() == [-1], "unless it cannot be"
    # A newness of 3 where the thing is: going there is the best now; what cannot be begun still cannot.
    tempt(model, where, tried, np.array([0]), np.array([0.0, 0.0, 3.0]), values)
    assert values[0].tolist() == [2.75 + 3.0, -np.inf, 5.0, 3.5]
    set_out(model, where, tried, np.array([0]), values, errands, q, actions)
    assert actions.tolist() == [1] and errands.tolist() == [0]


def test_what_nobody_ran_out_of_is_feared() -> None:
    effects = Effects(kinds=1, meters=3, rate=0.1)
    full = np.ones((1, 3), np.float32)

    def live(deed: int, after: list[float], *, died: bool = False) -> None:
        now = np.array([after], np.float32)
        effects.learn(np.array([deed]), full * 0.5, now, np.ones(1, np.float32), np.array([died]))

    live(1, [0.4, 0.4, 0.5])
    live(0, [0.9, 0.4, 0.4])
    assert effects.deadly.tolist() == [True, True, False] and effects.purse.tolist() == [False, False, True]
    live(1, [0.4, 0.0, 0.5])
    assert effects.deadly.tolist() == [True, False, False], "life went on without it"
    live(1, [0.4, 0.0, 0.5], died=True)
    live(1, [0.0, 0.4, 0.5], died=True)
    assert effects.deadly.tolist() == [True, True, False]


def test_towns_are_imagined_as_the_real_one_is_remembered_and_what_is_missing_is_where_nothing_was_tried() -> None:
    """Six cells, three kinds: the first at cell 4, the second not found yet, the third never used; cell 1 is empty."""
    real = Places(np.array([[4, -1, -1]]), np.array([[False, True, False, False, True, False]]))
    used = np.array([True, True, False])

    def imagined(home: float) -> NDArray[np.int64]:
        towns = ImaginedTowns(400, kinds=3, meters=1, cells=6, cap=10, rng=np.random.default_rng(0))
        towns.begin(used, np.ones(1), real, home)
        return towns.state()["at"]

    at = imagined(1.0)
    assert (at[:, 4] == 0).all() and not (at == 2).any()
    assert set((at == 1).argmax(1).tolist()) == {0, 2, 3, 5}, "in each of the cells left, in one town or another"
    share = (imagined(0.5)[:, 4] == 0).mean()
    assert share == pytest.approx(0.5 + 0.5 / 6, abs=0.05), "the other half are towns of their own"


def test_a_dream_tells_what_life_turned_out_to_be_worth() -> None:
    """Nothing can be had, every step costs a tenth: each life is worth its steps, whatever the network says."""
    senses = Senses(Town(SHOWN, 1).spec)
    recall = RecallSettings(lives=16, errands=12, tries=0.0, trace=1.0, passes=1)
    knowledge = Knowledge(senses, 0.1)
    state = knowledge.state()
    state["effects.change"][senses.kinds :, 0] = -0.1
    state["effects.moments"][:] = [1.0, 0.5, 0.25, 1.0, 0.5]  # a step alive earns 1
    hopeful = Mlp((width(senses.kinds, senses.meters), 1))
    hopeful.shift_output(1.5)
    dreams = Dreams(senses, recall, 0.5, 500, np.random.default_rng(0))
    lessons = [dreams.lesson(hopeful, knowledge) for _ in range(recall.errands)]
    rows, worth = (dreams.state()[name][0] for name in ("rows", "worth"))  # of the first errand
    steps = np.ceil(rows[:, 0] * 10 - 1e-4) - 1  # the step of death earns nothing
    assert worth == pytest.approx(2 - 2 * 0.5**steps)
    learned = np.concatenate([lesson.worth for lesson in lessons])
    assert np.array_equal(np.sort(learned), np.sort(dreams.state()["worth"].ravel())), "each is learned from, once"


def test_two_runs_are_equal_and_one_is_taken_up_where_it_was(tmp_path: Path) -> None:
    curious = {"shift_at": 30, "novelty": NoveltySettings()}
    one, same = (Trainer(SHOWN, recalling(**curious)) for _ in range(2))
    assert advance(one, 150) == advance(same, 150) and digest(one) == digest(same)
    assert one.counters.moved_at == 30 and one.counters.updates > 100
    other = Trainer(SHOWN, recalling(**curious, seed=9))
    other.restore(*load(tmp_path / "state", save(tmp_path / "state", *one.state())[0]))
    assert digest(other) == digest(one)
    assert advance(other, 80) == advance(one, 80) and digest(other) == digest(one)


def test_a_policy_from_weights_or_a_checkpoint_is_the_learners_own(tmp_path: Path) -> None:
    training = recalling()
    trainer = Trainer(SHOWN, training)
    advance(trainer, 150)
    sha256, _ = save(tmp_path / "kept", trainer.networks(), trainer.scalars())
    kept = kept_policy(tmp_path, "kept", sha256, 7, SHOWN, training)
    assert np.array_equal(kept.weights, trainer.learner.weights())
    results = [
        exam(policy, Town(SHOWN, 16, exam=True))
        for policy in (trainer.learner.policy(), policy_from(trainer.world.spec, training, kept.weights))
    ]
    assert results[0] == results[1]
    with pytest.raises(ValueError, match=r"expected float32 \(\d+,\), found float32"):
        policy_from(trainer.world.spec, training, kept.weights[:-1])


def test_it_learns_to_live_and_finds_everything_again_after_a_move() -> None:
    """The tiny town: fifty steps are a whole life there, and standing still lives twenty-five."""
    trainer = Trainer(SHOWN, recalling(updates_curious=4))
    advance(trainer, 500)
    where = learner_of(trainer)._knowledge.places.where
    world, moved = Town(SHOWN, 32, exam=True), {"Bed": 5, "Fridge": 1, "Job": 3}
    assert exam(trainer.learner.policy(), world).mean > 48
    world.set_layout(moved)
    before = where.copy()
    assert exam(trainer.learner.policy(), world).mean > 33, "nobody told it, but a life is long enough to look around"
    assert np.array_equal(where, before), "an exam teaches the run nothing"
    trainer.task.layout = moved
    advance(trainer, 100)
    assert dict(zip(moved, where[0].tolist(), strict=True)) == moved
    assert exam(trainer.learner.policy(), world).mean > 48


def test_a_place_that_is_gone_wakes_curiosity_and_nothing_else_does() -> None:
    """Lives of fifty steps are soon good, and the weight falls by a tenth with each."""
    annealing = AnnealingSettings(epsilon_steps=4_000, mastered=0.0, window=10, unstable=1.0, weight_decay=0.9)
    trainer, surprises = Trainer(SHOWN, recalling(updates_curious=4, annealing=annealing)), 0
    for _ in range(500):
        trainer.advance()
        surprises += trainer.learner.surprised
    assert surprises == 0 and trainer.annealing.weight < 0.1
    trainer.task.layout = {"Bed": 5, "Fridge": 1, "Job": 3}
    weights = []
    for _ in range(60):
        trainer.advance()
        weights.append(trainer.annealing.weight)
    assert max(weights) == annealing.weight_start and trainer.annealing.epsilon < 0.5


def test_it_is_led_by_what_was_new_as_much_as_it_is_curious() -> None:
    trainer = Trainer(SHOWN, recalling(novelty=NoveltySettings(), agents=4))
    advance(trainer, 300)
    learner, step = learner_of(trainer), trainer.world.reset(5)
    state = learner.memory()
    bed = learner._knowledge.places.where[0, 0]
    state["errands"][:], state["novel"][:] = -1, 0.0
    state["novel"][bed] = 100.0
    chosen = []
    for curiosity in (0.0, 1.0):
        state["curiosity"][:] = curiosity
        state["errands"][:] = -1
        learner.act(step.observation, step.mask, 0.0)
        chosen.append(state["errands"].tolist())
    assert chosen[1] == [0] * 4, "all set out for the bed"
    assert chosen[0] != chosen[1]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("recall: {}\n  q_network: lstm", "recall is a learner of its own"),
        ("recall: {lives: 0}", r"training.recall.lives: expected `int` >= 1"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(tmp_path: Path, line: str, complaint: str) -> None:
    assert TINY.exists()
    with pytest.raises(ConfigError, match=complaint):
        configured(tmp_path, line)


def test_a_world_that_does_not_show_enough_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"training\.recall: the agent is not shown found; add it to world\.sees"):
        Trainer(TOWN, recalling())
