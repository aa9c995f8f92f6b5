"""What every ``World`` must do, as a test suite to inherit: ``class TestTown(WorldContract)``.

Each failure message is a sentence of the contract. The module imports no test framework; a
runner that collects ``test_*`` methods runs it. A world passes only if the tests reach ends of
both kinds, so a contract that could not fail says so.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamlet.worlds.world import Actions, Episode, Step, World

__all__ = ["WorldContract"]


def _require(kept: object, sentence: str) -> None:
    if not kept:
        raise AssertionError(sentence)


def _copy(step: Step) -> dict[str, NDArray[Any]]:
    return {name: getattr(step, name).copy() for name in step.__struct_fields__}


def _same(one: dict[str, NDArray[Any]], other: dict[str, NDArray[Any]], rows: int | None = None) -> bool:
    return all(np.array_equal(one[name][:rows], other[name][:rows]) for name in one)


class WorldContract:
    """Inherit, and give ``make`` and ``play_again``. ``length`` vector steps are played by each
    test with random allowed actions: enough for some lives of a ``make(4)`` to end."""

    length = 400
    seed = 20251030

    def make(self, n: int, cap: int | None = None) -> World:
        """A fresh world of ``n`` agents; ``cap`` shortens its episodes when given."""
        raise NotImplementedError

    def play_again(self, episode: Episode) -> Episode:
        """The episode, lived once more from nothing but what ``episode`` holds."""
        raise NotImplementedError

    def actions(self, world: World, length: int, seed: int = 1) -> Actions:
        """Random actions [length, n]; agent i's do not depend on n."""
        count = len(world.spec.actions)
        columns = [np.random.default_rng((seed, i)).integers(0, count, length) for i in range(world.n)]
        return np.stack(columns, axis=1)

    def lives(self, world: World, length: int, seed: int | None = None) -> Iterator[tuple[Step, Actions, Step]]:
        """Play allowed random actions; yields copies (before, actions, after) of each step."""
        wish = self.actions(world, length)
        before = Step(**_copy(world.reset(self.seed if seed is None else seed)))
        for row in wish:
            allowed = before.mask[np.arange(world.n), row]
            actions = np.where(allowed, row, before.mask.argmax(axis=1))
            after = Step(**_copy(world.step(actions)))
            yield before, actions, after
            before = after

    def test_shapes_and_dtypes(self) -> None:
        world = self.make(3)
        size, count = world.spec.observation_size, len(world.spec.actions)
        expected: dict[str, tuple[type, tuple[int, ...]]]
        expected = {"observation": (np.float32, (3, size)), "final_observation": (np.float32, (3, size))}
        expected |= {"mask": (np.bool_, (3, count)), "final_mask": (np.bool_, (3, count))}
        expected |= dict.fromkeys(("reward", "cost"), (np.float32, (3,)))
        expected |= dict.fromkeys(("terminated", "truncated"), (np.bool_, (3,)))
        for step in (world.reset(self.seed), world.step(np.zeros(3, np.int64))):
            for name, (dtype, shape) in expected.items():
                array = getattr(step, name)
                _require(array.dtype == dtype, f"{name} is {np.dtype(dtype)} (found {array.dtype})")
                _require(array.shape == shape, f"{name} has shape {shape} for 3 agents (found {array.shape})")

    def test_a_reset_is_no_step(self) -> None:
        step = self.make(4).reset(self.seed)
        _require(not step.reward.any() and not step.cost.any(), "a reset gives no reward and no cost")
        _require(not step.terminated.any() and not step.truncated.any(), "a reset ends no episode")
        _require(np.array_equal(step.final_observation, step.observation), "a reset repeats observation as final")

    def test_same_seed_and_actions_give_the_same_steps(self) -> None:
        one, other = self.make(4), self.make(4)
        for (_, _, left), (_, _, right) in zip(
            self.lives(one, self.length), self.lives(other, self.length), strict=True
        ):
            _require(_same(_copy(left), _copy(right)), "the same seed and actions give the same steps")

    def test_another_seed_gives_another_beginning(self) -> None:
        world = self.make(16)
        one, other = ([after for _, _, after in self.lives(world, 3, seed)] for seed in (1, 2))
        differs = any(not np.array_equal(a.observation, b.observation) for a, b in zip(one, other, strict=True))
        _require(differs, "another seed gives other episodes")

    def test_a_reset_forgets_what_was_before(self) -> None:
        used, fresh = self.make(4), self.make(4)
        for _ in self.lives(used, self.length, seed=7):
            pass
        for (_, _, left), (_, _, right) in zip(self.lives(used, 50), self.lives(fresh, 50), strict=True):
            _require(_same(_copy(left), _copy(right)), "a reset forgets what was before it")

    def test_agents_do_not_depend_on_how_many_they_are(self) -> None:
        small, middle, large = self.make(1), self.make(4), self.make(64)
        played = zip(*(self.lives(world, self.length) for world in (small, middle, large)), strict=True)
        for (_, _, one), (_, _, four), (_, _, many) in played:
            _require(_same(_copy(one), _copy(many), 1), "agent 0 of 64 lives as the only agent of 1 does")
            _require(_same(_copy(four), _copy(many), 4), "agents 0 to 3 of 64 live as those of 4 do")

    def test_a_crowd_lives_as_a_few_do(self) -> None:
        few, crowd = self.make(4), self.make(4096)
        for (_, _, four), (_, _, many) in zip(self.lives(few, 150), self.lives(crowd, 150), strict=True):
            _require(_same(_copy(four), _copy(many), 4), "agents 0 to 3 of 4096 live as those of 4 do")

    def test_a_life_ends_or_is_cut_off_and_never_both(self) -> None:
        kinds = np.zeros(2, int)
        for _, _, step in self.lives(self.make(64), self.length):
            _require(not (step.terminated & step.truncated).any(), "terminated and truncated are never both true")
            kinds[0] += step.terminated.sum()
        brief = self.make(4, cap=5)
        for at, (_, _, step) in enumerate(self.lives(brief, 20), start=1):
            kinds[1] += step.truncated.sum()
            _require(step.truncated.all() == (at % 5 == 0), "the cap cuts a living agent off at the cap, and only then")
        _require(kinds[0] > 0, f"the suite sees lives end: raise length (now {self.length}) or lower the cap")
        _require(kinds[1] == 16, f"4 agents under a cap of 5 are cut off 16 times in 20 steps (found {kinds[1]})")

    def test_final_observation_is_where_the_ended_episode_ended(self) -> None:
        differs = 0
        for world in (self.make(8), self.make(8, cap=7)):
            for _, _, step in self.lives(world, self.length):
                on = ~(step.terminated | step.truncated)
                same = np.array_equal(step.final_observation[on], step.observation[on])
                _require(same, "where no episode ended, final_observation repeats observation")
                _require(np.array_equal(step.final_mask[on], step.mask[on]), "… and final_mask repeats mask")
                differs += (step.final_observation[~on] != step.observation[~on]).any(axis=1).sum()
        _require(differs > 0, "where an episode ended, observation is already the next one's first")

    def test_a_cut_off_life_would_have_gone_on_from_its_final_observation(self) -> None:
        brief, long = self.make(4, cap=5), self.make(4)
        wish = self.actions(long, 5)
        short, whole = brief.reset(self.seed), long.reset(self.seed)
        for row in wish:
            short, whole = brief.step(row), long.step(row)
        _require(short.truncated.all(), "a cap of 5 cuts off at step 5")
        _require(
            np.array_equal(short.final_observation, whole.observation) and np.array_equal(short.final_mask, whole.mask),
            "the final observation of a cut-off life is the one it would have gone on from",
        )

    def test_every_mask_row_leaves_something_to_do(self) -> None:
        for _, _, step in self.lives(self.make(32), self.length):
            _require(step.mask.any(axis=1).all(), "each mask row has at least one allowed action")
            _require(step.final_mask.any(axis=1).all(), "each final mask row has at least one allowed action")

    def test_observations_are_what_the_features_say(self) -> None:
        world = self.make(32)
        for _, _, step in self.lives(world, self.length):
            for observation in (step.observation, step.final_observation):
                _require(np.isfinite(observation).all(), "observations are finite")
                for feature in world.spec.features:
                    part = observation[:, world.spec.where(feature.name)]
                    if feature.kind in ("onehot", "binary"):
                        _require(np.isin(part, (0, 1)).all(), f"{feature.name} ({feature.kind}) holds only 0 and 1")
                    if feature.kind == "onehot":
                        _require((part.sum(axis=1) == 1).all(), f"{feature.name} (onehot) has exactly one 1")
                    if feature.kind == "unit":
                        _require((abs(part) <= 1).all(), f"{feature.name} (unit) stays within [-1, 1]")
            _require(np.isfinite(step.reward).all() and np.isfinite(step.cost).all(), "reward and cost are finite")
        kinds = {feature.kind for feature in world.spec.features}
        _require(kinds <= {"onehot", "binary", "unit"}, f"a feature is onehot, binary or unit (found {kinds})")

    def test_a_world_goes_on_from_its_state(self) -> None:
        world, other = self.make(8), self.make(8)
        for at, (_, _, step) in enumerate(self.lives(world, self.length), start=1):
            if at % 97 == 0:
                state = world.state()
                before = {name: array.copy() for name, array in state.items()}
                restored = other.restore(state)
                _require(np.array_equal(restored.observation, step.observation), "restore gives the observation again")
                _require(np.array_equal(restored.mask, step.mask), "restore gives the mask again")
                _require(other.step(step.mask.argmax(axis=1)) is not None, "a restored world steps")
                same = all(np.array_equal(state[name], before[name]) for name in state)
                _require(same, "a state is a copy: later steps leave it alone")
        state = world.state()
        other.restore(state)
        for row in self.actions(world, self.length, seed=2):
            left, right = _copy(world.step(row)), _copy(other.step(row))
            _require(_same(left, right), "a restored world goes on as the one it came from")
            for agent in np.flatnonzero(left["terminated"] | left["truncated"]):
                one, two = world.episode(int(agent)), other.episode(int(agent))
                _require(_equal(one, two), "an episode that spans a restore is remembered whole")

    def test_an_episode_holds_what_happened(self) -> None:
        seen = 0
        for cap in (None, 30):
            world = self.make(8, cap=cap)
            told: list[list[int]] = [[] for _ in range(8)]
            for _, actions, step in self.lives(world, self.length):
                for agent in range(8):
                    told[agent].append(int(actions[agent]))
                    if step.terminated[agent] or step.truncated[agent]:
                        episode = world.episode(agent)
                        _require(episode.actions.tolist() == told[agent], "an episode holds the actions it was given")
                        _require(episode.survival_time == len(told[agent]), "survival_time is the number of steps")
                        cut = episode.cause == "cap"
                        _require(cut == step.truncated[agent], "the cause is 'cap' exactly when the life was cut off")
                        told[agent], seen = [], seen + 1
        _require(seen > 8, "the suite sees episodes end")

    def test_an_episode_can_be_lived_again(self) -> None:
        world, again = self.make(4), 0
        for _, _, step in self.lives(world, self.length):
            for agent in np.flatnonzero(step.terminated | step.truncated):
                episode = world.episode(int(agent))
                _require(_equal(self.play_again(episode), episode), "an episode lived again is the same episode")
                again += 1
        _require(again > 0, "the suite sees episodes end")

    def test_a_stage_takes_effect_at_resets_only(self) -> None:
        world, same = self.make(8), self.make(8)
        stages = world.spec.stages
        last = np.zeros(8, int)  # ends seen, per agent
        changed, later = False, 0
        world.reset(self.seed)
        same.reset(self.seed)
        for at, row in enumerate(self.actions(world, 2 * self.length)):
            if at == 10:
                world.set_stage(1)
                same.set_stage(stages)
            left, right = _copy(world.step(row)), _copy(same.step(row))
            for agent in range(8):
                if last[agent] == 0:
                    alike = all(
                        np.array_equal(left[name][agent], right[name][agent])
                        for name in ("reward", "cost", "terminated", "truncated", "final_observation", "final_mask")
                    )
                    _require(alike, "a stage set inside an episode does not touch that episode")
                    ended = left["terminated"][agent] or left["truncated"][agent]
                    last[agent] += at >= 10 and ended
                    if ended:
                        _require(
                            world.episode(agent).stage == same.episode(agent).stage,
                            "an episode's stage is the one it began under",
                        )
                elif left["terminated"][agent] or left["truncated"][agent]:
                    _require(world.episode(agent).stage == 1, "the next episode is lived under the new stage")
                    later += 1
                changed |= stages > 1 and not np.array_equal(left["reward"][agent], right["reward"][agent])
        _require(later, f"the suite sees second episodes end: raise length (now {self.length})")
        _require(changed or stages == 1, "another stage is another difficulty: something differs after a reset")

    def test_what_is_out_of_range_is_refused(self) -> None:
        world = self.make(3)
        world.reset(self.seed)
        count = len(world.spec.actions)
        for wrong in (np.zeros(2, np.int64), np.zeros((3, 1), np.int64), np.array([0, count, 0]), np.array([0, -1, 0])):
            _require(_refuses(world.step, wrong), f"step refuses actions {wrong.tolist()} of 3 agents (ValueError)")
        for stage in (0, world.spec.stages + 1):
            _require(_refuses(world.set_stage, stage), f"set_stage refuses stage {stage} (ValueError)")


def _refuses(call: Any, *arguments: object) -> bool:
    try:
        call(*arguments)
    except ValueError:
        return True
    return False


def _equal(one: Episode, other: Episode) -> bool:
    names = one.__struct_fields__
    return type(one) is type(other) and all(
        np.array_equal(left, right) if isinstance(left, np.ndarray) else left == right
        for left, right in ((getattr(one, name), getattr(other, name)) for name in names)
    )
