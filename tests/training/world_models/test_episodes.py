"""Episodes: gathered as they happened, kept in a ring, split, lived again; histories; draws."""

import numpy as np
import pytest

from hamlet.training.world_models.draws import Draws, shares
from hamlet.training.world_models.episodes import EpisodeStore, collect, join, relive, select, split
from hamlet.training.world_models.histories import acting, go_on, history_at
from hamlet.training.world_models.model import Episodes, Prediction
from hamlet.training.world_models.sampling import draw, likeliest
from hamlet.worlds.random_policy import RandomPolicy
from hamlet.worlds.town.town import Town
from tests.training.support import TOWN
from tests.training.world_models.contract import days
from tests.training.world_models.weather import SPEC, SWITCH, Weather


def same(one: Episodes, other: Episodes) -> bool:
    return all(np.array_equal(*pair) for pair in zip(one, other, strict=True))


def test_collected_episodes_are_those_that_happened() -> None:
    found = days(40, 5)
    assert found.lengths.max() == found.actions.shape[1] == SPEC.cap
    assert ((found.lengths == SPEC.cap) | found.terminated).all() and 0 < found.terminated.sum() < 40
    for row, length in enumerate(found.lengths):
        assert not found.observations[row, length + 1 :].any() and not found.rewards[row, length:].any()
        assert (found.observations[row, : length + 1, :4].sum(1) == 1).all()
        switched = found.actions[row, :length] == SWITCH
        lamp = found.observations[row, : length + 1, 4]
        assert np.array_equal(lamp[1:] != lamp[:-1], switched)
        assert np.array_equal(found.rewards[row, :length] == 1, found.actions[row, :length] == 0)
        changes = found.observations[row, 1 : length + 1, 5] - found.observations[row, :length, 5]
        assert np.allclose(changes, found.observations[row, 1 : length + 1, 6], atol=1e-6)
    assert same(found, days(40, 5)) and not same(found, days(40, 6))


def test_every_agent_gives_as_many_episodes() -> None:
    """Taking the first that end would take the short ones: of 64 agents' first lives 16 end within a step or two."""
    world, policy = Weather(64), RandomPolicy(np.random.default_rng(0))
    some = collect(world, policy, 64, 1)
    assert abs(some.lengths.mean() - days(2000, 2).lengths.mean()) < 1.0


class Online:
    """A world whose every step goes into a store."""

    def __init__(self, capacity: int) -> None:
        self.world, self.policy = Weather(8), RandomPolicy(np.random.default_rng(0))
        self.store = EpisodeStore(SPEC, capacity, agents=8, every=5)
        self.step = self.world.reset(1)

    def go(self, steps: int) -> int:
        ended = 0
        for _ in range(steps):
            observation, mask = self.step.observation.copy(), self.step.mask.copy()
            actions = self.policy.act(observation, mask)
            self.step = self.world.step(actions)
            ended += self.store.add(observation, mask, actions, self.step)
        return ended


def test_a_store_keeps_the_newest_and_holds_every_fifth_out() -> None:
    online, all_of_them = Online(capacity=50), Online(capacity=10_000)
    ended = online.go(200)
    assert all_of_them.go(200) == ended == online.store.added > 100
    store, whole = online.store, all_of_them.store
    assert len(store.training.lengths) == 40 and len(store.held_out.lengths) == 10
    assert len(whole.held_out.lengths) == ended // 5
    for found, of, room in ((store.training, whole.training, 40), (store.held_out, whole.held_out, 10)):
        count = len(of.lengths)
        newest = np.arange(count - room, count)
        kept = select(of, newest[np.argsort(newest % room)])
        assert same(select(found, np.arange(room)), kept)
    for wrong in ((1, 50), (5, 4)):
        with pytest.raises(ValueError, match="expected 2"):
            EpisodeStore(SPEC, wrong[1], 1, wrong[0])


@pytest.mark.parametrize("steps", [3, 20, 300])
def test_a_restored_store_goes_on_as_the_one_it_came_from(steps: int) -> None:
    one, other = Online(capacity=50), Online(capacity=50)
    one.go(steps)
    other.go(200)
    other.store.restore({name: array.copy() for name, array in one.store.state().items()})
    assert same(one.store.training, other.store.training) and same(one.store.held_out, other.store.held_out)
    other.world, other.policy, other.step = one.world, one.policy, one.step
    state = {name: array.copy() for name, array in one.store.state().items()}
    one.go(30)
    again = Online(capacity=50)
    again.store.restore(state)
    assert again.store.added <= one.store.added
    with pytest.raises((KeyError, ValueError)):
        again.store.restore({name: array[..., :1] for name, array in state.items()})


def test_split_parts_by_episode() -> None:
    whole = days(30, 3)
    kept, held = split(whole, 8, np.random.default_rng(0))
    assert len(kept.lengths) == 22 and len(held.lengths) == 8
    first = sorted(np.concatenate([part.observations[:, 0, 5] for part in (kept, held)]).tolist())
    assert first == sorted(whole.observations[:, 0, 5].tolist())
    for wrong in (0, 30):
        with pytest.raises(ValueError, match="hold out 1 … 29"):
            split(whole, wrong, np.random.default_rng(0))


def test_joined_episodes_are_padded_to_the_longest() -> None:
    whole = days(30, 3)
    order = np.argsort(whole.lengths, kind="stable")
    parts = [select(whole, order[:10]), select(whole, order[10:])]
    assert parts[0].actions.shape[1] < parts[1].actions.shape[1]
    assert same(join(parts), select(whole, order))


def test_episodes_of_a_town_are_lived_again_from_seeds_and_actions() -> None:
    world, policy = Town(TOWN, 6), RandomPolicy(np.random.default_rng(0))
    lives, step = [], world.reset(3)
    wanted = collect(Town(TOWN, 6), RandomPolicy(np.random.default_rng(0)), 6, 3)
    done = np.zeros(6, np.bool_)
    while not done.all():
        step = world.step(policy.act(step.observation, step.mask))
        for agent in np.flatnonzero((step.terminated | step.truncated) & ~done):
            lives.append((int(agent), world.episode(int(agent))))
            done[agent] = True
    town = Town(TOWN, 6)
    town.reset_to([life.seed for _, life in lives])
    found = relive(town, [life.actions.astype(np.int64) for _, life in lives])
    by_seed = np.argsort([agent for agent, _ in lives])
    first = np.argsort([np.flatnonzero((wanted.actions[:, :5] == a[:5]).all(1))[0] for a in found.actions[by_seed]])
    assert same(select(found, by_seed[first]), wanted)
    town.reset_to([life.seed for _, life in lives])
    with pytest.raises(ValueError, match="went on after"):
        relive(town, [life.actions[:-1].astype(np.int64) for _, life in lives])


def test_histories_grow_and_slide() -> None:
    whole = days(20, 4)
    row = int(whole.lengths.argmax())
    history = history_at(whole, np.array([row]), np.array([0]), 4)
    for step in range(whole.lengths[row]):
        history = acting(history, whole.actions[row : row + 1, step])
        expected = history_at(whole, np.array([row]), np.array([step]), 4)
        length = int(expected.lengths[0])
        assert history.lengths[0] == length == min(step + 1, 4)
        assert np.array_equal(history.observations[0, :length], expected.observations[0, :length])
        assert np.array_equal(history.actions[0, :length], expected.actions[0, :length])
        history = go_on(history, whole.observations[row : row + 1, step + 1])


def test_windows_are_drawn_evenly_and_hold_what_followed() -> None:
    whole = days(50, 4)
    inputs, targets = Draws(whole, 3, 4, 1).draw(6000, np.random.default_rng(0))
    present = targets.present.numpy()[0] > 0
    assert (present.sum(1) >= 1).all() and present[:, 0].all()
    # Every target's own change of the level is what the next observation calls the change before.
    change = (targets.observation - targets.before).numpy()[0, ..., 5]
    assert np.allclose(change[present], targets.observation.numpy()[0, ..., 6][present], atol=1e-6)
    assert np.array_equal(inputs[0, ..., :7].numpy(), targets.before.numpy()[0])
    assert (inputs[0, ..., 7:].sum(-1) == 1).all()
    _, moments = Draws(whole, 3, 1, 1).draw(20_000, np.random.default_rng(1))
    share = whole.terminated.sum() / whole.lengths.sum()
    assert abs(float(moments.done.mean()) - share) < 0.02


def test_a_bootstrap_follows_the_episode_wherever_it_lies() -> None:
    whole = days(400, 4)
    held = shares(whole, 5)
    assert abs(held.mean() - 1.0) < 0.1 and abs((held == 0).mean() - np.exp(-1)) < 0.04
    assert all(np.corrcoef(held[0], other)[0, 1] < 0.2 for other in held[1:])
    order = np.random.default_rng(0).permutation(400)
    assert np.array_equal(shares(select(whole, order[:100]), 5), held[:, order[:100]])
    assert (shares(whole, 1) == 1).all()
    alone = [shares(select(whole, np.array([row])), 5) for row in range(20)]
    assert all((found.sum(1) > 0).all() for found in alone)


def test_draws_and_the_likeliest_are_steps_of_the_world() -> None:
    rng = np.random.default_rng(0)
    count = 4000
    seen = np.tile(np.array([0.1, 0.6, 0.3, 0.0, 0.25, 0.95, 0.2], np.float32), (count, 1))
    deviation = np.tile(np.array([0, 0, 0, 0, 0, 0.2, 0.1], np.float32), (count, 1))
    reward, chance = np.full(count, 0.5, np.float32), np.full(count, 0.3, np.float32)
    mask = np.tile(np.array([0.02, 0.05, 0.01], np.float32), (count, 1))
    prediction = Prediction(seen, deviation, reward, reward, chance, mask, np.zeros(count, np.float32))
    drawn = draw(prediction, SPEC, rng)
    assert np.isin(drawn.observation[:, :5], (0, 1)).all() and (drawn.observation[:, :4].sum(1) == 1).all()
    assert np.abs(drawn.observation[:, :5].mean(0) - seen[0, :5]).max() < 0.03
    assert drawn.observation.max() <= 1 and abs(drawn.observation[:, 6].std() - 0.1) < 0.01
    assert abs(drawn.done.mean() - 0.3) < 0.03 and drawn.mask.any(1).all()
    assert np.array_equal(drawn.reward, reward)
    likely = likeliest(prediction, SPEC)
    assert np.allclose(likely.observation[0], [0, 1, 0, 0, 0, 0.95, 0.2]) and not likely.done.any()
    assert np.array_equal(likely.mask[0], [False, True, False])
    assert np.allclose(prediction.observation, seen)
