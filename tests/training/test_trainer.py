"""The learner as a whole: deterministic, restorable, within its masks, and it learns."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from hamlet.commands import RandomizeAffordances
from hamlet.errors import ConfigError
from hamlet.events.packing import unpack
from hamlet.events.types import (
    AffordancesRandomized,
    EpisodeCompleted,
    EvaluationCompleted,
    StageChanged,
    TrainingProgress,
)
from hamlet.training.checkpoint import load, save
from hamlet.training.schedules import AnnealingState
from hamlet.training.settings import AnnealingSettings, CurriculumSettings
from hamlet.training.trainer import Trainer
from hamlet.worlds.replayer import replay
from hamlet.worlds.town.feasibility import require_feasible
from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.world import Actions
from tests.training.support import AT_ONCE, POOR, TOWN, VARIANTS, advance, digest, settings

# Every life of the tiny town ends by here; the stages change quickly.
HASTY = CurriculumSettings(window=10, steps=20, advance=0.3, retreat=0.05, entropy=1.0)


def test_two_runs_of_one_seed_are_equal_and_those_of_two_seeds_are_not() -> None:
    one, same, other = (Trainer(TOWN, settings(seed=seed)) for seed in (4, 4, 5))
    mine = advance(one, 250)
    assert mine == advance(same, 250) and digest(one) == digest(same)
    assert mine != advance(other, 250) and digest(one) != digest(other)
    assert {type(event) for event in mine} >= {EpisodeCompleted, TrainingProgress, EvaluationCompleted}


def test_a_move_cannot_be_planned_where_every_life_draws_its_own_layout() -> None:
    drawn = msgspec.structs.replace(TOWN, physics=2, layout="drawn")
    with pytest.raises(ConfigError, match=r"training\.shift_at: found 7, .*; write shift_at: 0"):
        Trainer(drawn, settings(shift_at=7))


@pytest.mark.parametrize("seed", range(3))
def test_a_restored_trainer_goes_on_as_the_one_it_came_from(tmp_path: Path, seed: int) -> None:
    trainer = Trainer(TOWN, settings(seed=seed))
    for steps in np.random.default_rng(seed).integers(1, 150, 2):
        advance(trainer, int(steps))
        arrays, scalars = trainer.state()
        sha256, _ = save(tmp_path / "state", arrays, scalars)
        other = Trainer(TOWN, settings(seed=seed))
        other.restore(*load(tmp_path / "state", sha256))
        assert digest(other) == digest(trainer)
        assert advance(other, 100) == advance(trainer, 100)
        assert digest(other) == digest(trainer)


def test_episodes_are_numbered_and_add_up() -> None:
    events = [event for event in advance(Trainer(TOWN, settings()), 300) if isinstance(event, EpisodeCompleted)]
    assert [event.episode for event in events] == list(range(1, len(events) + 1)) and len(events) > 50
    for event in events:
        assert event.total_reward == event.extrinsic_reward + event.intrinsic_weight * event.intrinsic_reward
        assert len(unpack(event.detail.actions)) == event.survival_time == len(unpack(event.detail.path)) - 1
        assert len(unpack(event.detail.novelty)) == TOWN.grid.width * TOWN.grid.height
        assert event.survival_time <= TOWN.cap and (event.cause != "cap" or event.survival_time == TOWN.cap)


def test_the_shift_moves_everything_once_and_lives_meet_it_at_their_start() -> None:
    events = advance(Trainer(TOWN, settings(shift_at=20)), 300)
    (moved,) = [event for event in events if isinstance(event, AffordancesRandomized)]
    assert (moved.episode, moved.reason, moved.old_positions) == (20, "scheduled", TOWN.positions)
    assert len(set(moved.new_positions.values())) == len(TOWN.affordances)
    for event in events:
        if isinstance(event, EpisodeCompleted):
            # The life whose end called for the move is followed by one that began in the old town.
            began = event.vector_step - event.survival_time
            expected = moved.old_positions if began <= moved.vector_step else moved.new_positions
            assert event.detail.layout == expected
    exams = [event.layout for event in events if isinstance(event, EvaluationCompleted) and event.episode == 20]
    assert exams[-1] == moved.new_positions


def test_a_command_moves_everything_too() -> None:
    trainer = Trainer(TOWN, settings(shift_at=0))
    advance(trainer, 10)
    before, moved, after = trainer.apply(RandomizeAffordances())
    assert isinstance(before, EvaluationCompleted) and isinstance(after, EvaluationCompleted)
    assert isinstance(moved, AffordancesRandomized)
    assert (before.layout, after.layout) == (moved.old_positions, moved.new_positions)
    assert isinstance(moved, AffordancesRandomized) and moved.reason == "asked for"
    later = [event for event in advance(trainer, 200) if isinstance(event, EpisodeCompleted)]
    assert later[-1].detail.layout == moved.new_positions == trainer.world.layout != TOWN.positions


def test_a_change_of_stage_changes_the_lives_that_begin_after_it() -> None:
    trainer = Trainer(TOWN, settings(curriculum=HASTY, shift_at=0))
    events = advance(trainer, 700)
    changes = [event for event in events if isinstance(event, StageChanged)]
    assert [(event.old_stage, event.new_stage) for event in changes[:2]] == [(1, 2), (2, 3)]
    replayed = {1: 0, 2: 0, 3: 0}
    for event in events:
        if not isinstance(event, EpisodeCompleted):
            continue
        began = event.vector_step - event.survival_time
        in_force = [change.new_stage for change in changes if change.vector_step < began]
        assert event.curriculum_stage == (in_force[-1] if in_force else 1)
        replayed[event.curriculum_stage] += 1
        moving = TOWN.stages[event.curriculum_stage - 1].meters
        assert event.cause == "cap" or event.cause in moving, "what stands still cannot kill"
    assert min(replayed.values()) > 5


def test_a_recorded_life_can_be_played_again() -> None:
    events = [
        event
        for event in advance(Trainer(TOWN, settings(curriculum=HASTY)), 250)
        if isinstance(event, EpisodeCompleted)
    ]
    for event in events[::9]:
        assert [situation.cell for situation in replay(event, TOWN)] == unpack(event.detail.path).tolist()


def test_no_action_is_ever_one_that_the_mask_forbids() -> None:
    trainer, seen = Trainer(POOR, settings(curriculum=AT_ONCE)), []
    step = trainer.world.step

    def watched(actions: Actions) -> object:
        mask = trainer._step.mask
        assert mask[np.arange(len(actions)), actions].all()
        seen.append((~mask).sum())
        return step(actions)

    trainer.world.step = watched  # type: ignore[method-assign, assignment]
    advance(trainer, 200)
    assert sum(seen) > 0, "nothing was ever forbidden"
    mask = np.random.default_rng(0).random((5000, 5)) < 0.4
    mask[:, 2] |= ~mask.any(1)
    observation = np.random.default_rng(1).random((5000, trainer.world.spec.observation_size), np.float32)
    for epsilon in (0.0, 0.5, 1.0):
        actions = trainer.learner.act(observation, mask, epsilon)
        assert mask[np.arange(5000), actions].all()
    assert mask[np.arange(5000), trainer.learner.policy().act(observation, mask)].all()


def test_random_actions_are_drawn_evenly_from_the_allowed_ones() -> None:
    trainer = Trainer(TOWN, settings())
    mask = np.tile([True, False, True, True, False], (30_000, 1))
    observation = np.zeros((30_000, trainer.world.spec.observation_size), np.float32)
    actions = trainer.learner.act(observation, mask, 1.0)
    assert np.bincount(actions, minlength=5).tolist() == pytest.approx([10_000, 0, 10_000, 10_000, 0], abs=400)


CANARY = {
    "grid": {"width": 3, "height": 2},
    "cap": 60,
    "meters": {
        "energy": {"start": 1.0, "passive": 0.08, "moving": 0.02, "vital": True},
        "satiation": {"start": 1.0, "passive": 0.06, "vital": True},
        "money": {"start": 0.5},
    },
    "affordances": {
        "Bed": {"at": [0, 0], "effects": {"energy": 0.8}},
        "Fridge": {"at": [1, 1], "effects": {"satiation": 0.9}},
    },
    "stages": [{"depletion": 1.0, "meters": ["energy", "satiation"], "alive": 0.1, "lowest_vital": 0.0}],
    "money": {"meter": "money", "dollars": 1},
    "physics": 1,
    "start_jitter": 0.1,
}


SLOW = ("plain annealing", "planning")  # these do not get there in a test's time


@pytest.mark.parametrize(
    ("seed", "variant"),
    [*((seed, "default") for seed in range(5)), *((0, name) for name in VARIANTS if name not in SLOW)],
)
def test_a_town_of_six_lots_is_learned(seed: int, variant: str) -> None:
    town = msgspec.convert(CANARY, TownSettings)
    require_feasible(town)
    learner: dict[str, object] = {
        "seed": seed,
        "hidden": (32,),
        "batch": 64,
        "capacity": 10_000,
        "warm_up": 200,
        "learning_rate": 0.002,
        "settled": 1.0,
        "tau": 0.02,
        "shift_at": 0,
        "exam_every": 100_000,
        "exam_episodes": 64,
        "annealing": AnnealingSettings(epsilon_steps=8000),
    }
    trainer = Trainer(town, settings(**(learner | VARIANTS.get(variant, {}))))
    for _ in range(16):
        advance(trainer, 250)
        results = trainer.task.examine(trainer.learner.policy())
        if results["agent"].mean >= 0.95 * town.cap:
            break
    assert results["agent"].mean >= 0.9 * results["expert"].mean == 0.9 * town.cap
    assert results["agent"].mean > 3 * max(results["random"].mean, results["stand_still"].mean)


def test_what_was_mastered_and_is_lost_is_explored_from_the_beginning() -> None:
    trainer = Trainer(TOWN, settings(shift_at=0, keep_on_collapse=150))
    advance(trainer, 400)
    curious = trainer.novelty
    state = trainer.annealing.state
    assert isinstance(state, AnnealingState)
    state.weight, state.level = 0.1, 1e6
    while not state.restarts:
        trainer.advance()
    kept = trainer.learner.networks()
    assert not np.array_equal(kept["online"], kept["averaged"]) and kept["adam.exp_avg"].any(), "the networks stay"
    assert trainer.novelty is not curious and trainer.curriculum.stage == 1
    assert trainer.annealing.epsilon == pytest.approx(1.0, abs=0.01)
    advance(trainer, 50)
    assert np.isfinite(trainer.learner.networks()["online"]).all()
