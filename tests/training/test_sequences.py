"""Sequence replay against plain lists, and the targets along a window against plain Python."""

from typing import Any

import numpy as np
import pytest
import torch

from hamlet.errors import ConfigError
from hamlet.training import drqn
from hamlet.training.networks import Adam, one_thread
from hamlet.training.recurrent import RecurrentNetwork
from hamlet.training.sequences import Moment, SequenceReplay, Windows
from hamlet.worlds.world import Feature, Spec

one_thread()
N, ACTIONS, CELLS, LENGTH, STRIDE = 3, 4, 2, 7, 4
SPEC = Spec(
    world="test",
    physics=1,
    features=(Feature("place", 5, "onehot"), Feature("need", 2, "unit"), Feature("open", 3, "binary")),
    actions=tuple("abcd"),
    cap=10,
    stages=1,
)


def replay(capacity: int = 75, batch: int = 400) -> SequenceReplay:
    return SequenceReplay(SPEC, n=N, capacity=capacity, stride=STRIDE, cells=CELLS, batch=batch, length=LENGTH)


def moment(rng: np.random.Generator, number: int) -> tuple[Moment, Any]:
    """Random, but for the novelty, which names step and agent."""
    observation = np.zeros((N, SPEC.observation_size), np.float32)
    observation[np.arange(N), rng.integers(0, 5, N)] = 1.0
    observation[:, 5:7] = rng.random((N, 2), np.float32)
    observation[:, 7:] = rng.random((N, 3)) < 0.5
    ends = rng.random(N)
    made = Moment(
        observation=observation,
        previous=rng.integers(0, ACTIONS + 1, N),
        mask=rng.random((N, ACTIONS)) < 0.7,
        action=rng.integers(0, ACTIONS, N),
        reward=rng.random(N, np.float32),
        novelty=np.float32(number * N) + np.arange(N, dtype=np.float32),
        terminated=ends < 0.15,
        truncated=ends > 0.85,
    )
    return made, rng.standard_normal((2, N, CELLS), np.float32)


def fill(buffer: SequenceReplay, steps: int, seed: int = 0) -> list[tuple[Moment, Any]]:
    rng = np.random.default_rng(seed)
    kept = [moment(rng, number) for number in range(steps)]
    for one, memory in kept:
        buffer.add(one, memory)
    return kept


def check(windows: Windows, kept: list[tuple[Moment, Any]]) -> set[tuple[int, int]]:
    """Every window is what was added, row by row; returns (first step, agent) of each."""
    found = set()
    for b in range(windows.action.shape[1]):
        first, agent = divmod(int(windows.novelty[0, b]), N)
        found.add((first, agent))
        assert np.array_equal(windows.memory[:, b].numpy(), kept[first][1][:, agent])
        for t in range(LENGTH):
            one = kept[first + t][0]
            for name in ("mask", "action", "reward", "novelty", "terminated", "truncated"):
                assert np.array_equal(getattr(windows, name)[t, b].numpy(), getattr(one, name)[agent])
            seen, previous = windows.inputs[t, b].numpy()[: SPEC.observation_size], windows.inputs[t, b, -ACTIONS:]
            assert np.array_equal(seen, one.observation[agent])
            assert previous.tolist() == [float(one.previous[agent] == a) for a in range(ACTIONS)]
            before = kept[first + t - 1][0]
            ended = t > 0 and bool(before.terminated[agent] | before.truncated[agent])
            assert float(windows.carry[t, b]) == (0.0 if ended else 1.0)
    return found


def test_windows_are_stretches_of_one_agents_life_with_the_memory_at_their_beginning() -> None:
    buffer = replay()  # 75 → 24 steps of 3 agents in whole strides of 4
    assert buffer.steps == 24 and not buffer.drawable
    rng, kept = np.random.default_rng(1), []
    for number in range(61):
        kept.append(moment(rng, number))
        buffer.add(*kept[-1])
        assert buffer.size == min(number + 1, 24) * N
        oldest = max(0, number + 1 - 24)
        begin = [s for s in range(0, number + 2 - LENGTH, STRIDE) if s >= oldest]
        assert buffer.drawable == bool(begin)
        if begin and number % 6 == 0:
            found = check(buffer.sample(rng), kept)
            assert found == {(s, agent) for s in begin for agent in range(N)}, "400 draws meet each window"


def test_a_share_of_the_windows_is_of_young_lives() -> None:
    """One agent's life never ends, the others' end after every third step."""
    buffer = SequenceReplay(SPEC, n=N, capacity=600, stride=STRIDE, cells=CELLS, batch=400, length=LENGTH, early=0.25)
    rng, kept = np.random.default_rng(2), []
    for number in range(60):
        made, memory = moment(rng, number)
        made = made._replace(
            terminated=np.array([False, number % 3 == 2, number % 3 == 2]), truncated=np.zeros(N, np.bool_)
        )
        kept.append((made, memory))
        buffer.add(made, memory)
    drawn = buffer.sample(rng)
    check(drawn, kept)
    first, agent = np.divmod(drawn.novelty[0].numpy().astype(int), N)
    young = (agent > 0) | (first < LENGTH)
    assert young[:100].all() and not young[100:].all()
    assert set(agent[:100]) == {0, 1, 2} and len(set(first[:100])) > 10


def test_what_is_forgotten_is_not_drawn_again() -> None:
    buffer = replay()
    kept = fill(buffer, 40)
    buffer.forget(keep=12 * N)
    assert buffer.size == 12 * N
    rng = np.random.default_rng(0)
    assert {first for first, _ in check(buffer.sample(rng), kept)} == {28, 32}
    buffer.forget(keep=5 * N)
    assert not buffer.drawable
    buffer.forget(keep=1000 * N)
    assert buffer.size == 5 * N, "nothing forgotten comes back"


@pytest.mark.parametrize("steps", [9, 24, 50])
def test_a_replay_goes_on_from_its_state(steps: int) -> None:
    one, other = (
        SequenceReplay(SPEC, n=N, capacity=75, stride=STRIDE, cells=CELLS, batch=400, length=LENGTH, early=0.5)
        for _ in range(2)
    )
    fill(one, steps)
    one.forget(keep=20 * N)
    other.restore({name: array.copy() for name, array in one.state().items()})
    rng = np.random.default_rng(3)
    for number in range(30):
        assert one.size == other.size
        mine, theirs = (buffer.sample(np.random.default_rng(number)) for buffer in (one, other))
        assert all(a.equal(b) for a, b in zip(mine, theirs, strict=True))
        more = moment(rng, steps + number)
        one.add(*more)
        other.add(*more)


def test_a_state_of_another_replay_is_refused() -> None:
    one, small = replay(), replay(capacity=50)
    fill(one, 30)
    with pytest.raises(ValueError, match="place: expected"):
        small.restore(one.state())
    with pytest.raises(KeyError):
        replay().restore({})


def test_a_capacity_that_holds_no_window_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"training\.capacity: 32 is 8 steps of 3 agents.*; 45 is enough"):
        replay(capacity=32)
    enough = replay(capacity=45)
    for step in range(50):
        fill(enough, 1)
        assert enough.drawable == (step >= LENGTH - 1), "once full there is always a window"


def windows(length: int, rows: int, seed: int) -> Windows:
    """Random ones of a network of (6 + 4, …, 4), in which episodes end often, in either way."""
    rng = np.random.default_rng(seed)
    ends = rng.random((length, rows))
    mask = rng.random((length, rows, 4)) < 0.6
    mask[..., 0] |= ~mask.any(2)
    carry = np.ones((length, rows, 1), np.float32)
    carry[1:, :, 0] = ((ends > 0.15) & (ends < 0.85))[:-1]
    return Windows(
        inputs=torch.from_numpy(rng.standard_normal((length, rows, 10), np.float32)),
        memory=torch.from_numpy(rng.standard_normal((2, rows, 8), np.float32)),
        carry=torch.from_numpy(carry),
        mask=torch.from_numpy(mask),
        action=torch.from_numpy(rng.integers(0, 4, (length, rows))),
        reward=torch.from_numpy(rng.random((length, rows), np.float32) * 3),
        novelty=torch.from_numpy(rng.random((length, rows), np.float32)),
        terminated=torch.from_numpy(ends <= 0.15),
        truncated=torch.from_numpy(ends >= 0.85),
    )


@pytest.mark.parametrize("n", [1, 3, 5])
def test_returns_stop_at_the_end_of_an_episode(n: int) -> None:
    gamma, weight, first, count = 0.9, 0.5, 2, 6
    drawn = windows(first + count + n, 40, n)
    found = drqn.returns(drawn, first, count, n, gamma, weight)
    seen = set()
    for s in range(count):
        for b in range(40):
            total, discount, at, how = 0.0, 1.0, first + s, "whole"
            for t in range(first + s, first + s + n):
                if drawn.truncated[t, b]:
                    how = "unknown" if t == first + s else "cut off"
                    break
                total += discount * float(drawn.reward[t, b] + weight * drawn.novelty[t, b])
                discount *= gamma
                if drawn.terminated[t, b]:
                    how, discount = "life ended", 0.0
                    break
                at = t + 1
            seen.add(how)
            assert float(found.known[s, b]) == (how != "unknown")
            assert float(found.discount[s, b]) == pytest.approx(discount, rel=1e-5)
            if how != "unknown":
                assert float(found.reward[s, b]) == pytest.approx(total, rel=1e-5)
            if how not in ("unknown", "life ended"):
                assert int(found.follows[s, b]) == at
    assert seen == {"whole", "life ended", "unknown"} | ({"cut off"} if n > 1 else set())


def test_returns_by_hand() -> None:
    """Two windows of five steps: one cut off at its fourth, one whose life ends at its third."""
    drawn = windows(5, 2, 0)._replace(
        reward=torch.tensor([[1.0, 2.0, 4.0, 8.0, 16.0]] * 2).t().contiguous(),
        novelty=torch.zeros(5, 2),
        terminated=torch.tensor([[False] * 5, [False, False, True, False, False]]).t().contiguous(),
        truncated=torch.tensor([[False, False, False, True, False], [False] * 5]).t().contiguous(),
    )
    found = drqn.returns(drawn, 1, 3, 1, 0.5, 1.0)
    assert found.reward.t().tolist() == [[2.0, 4.0, 0.0], [2.0, 4.0, 8.0]]
    assert found.known.t().tolist() == [[1.0, 1.0, 0.0], [1.0, 1.0, 1.0]]
    found = drqn.returns(drawn, 0, 3, 2, 0.5, 1.0)
    assert found.reward.t().tolist() == [[2.0, 4.0, 4.0], [2.0, 4.0, 4.0]]
    assert found.discount.t().tolist() == [[0.25, 0.25, 0.5], [0.25, 0.0, 0.0]]
    assert found.follows.t().tolist()[0] == [2, 3, 3] and found.follows[0, 1] == 2


def test_the_update_is_a_step_on_the_huber_loss_of_double_q_targets() -> None:
    online, target = (RecurrentNetwork(10, 12, 8, 4, np.random.default_rng(seed)) for seed in (0, 1))
    drawn, burn_in, n, gamma, weight = windows(12, 30, 7), 3, 2, 0.9, 0.5
    q = online.unroll(drawn.inputs, drawn.memory.clone(), drawn.carry).clone()
    valued = target.unroll(drawn.inputs, drawn.memory.clone(), drawn.carry).clone()
    sums = drqn.returns(drawn, burn_in, 7, n, gamma, weight)
    losses, gradient, forbidden = [], torch.zeros(7, 30, 4), 0
    known = int(sums.known.sum())
    for s in range(7):
        for b in range(30):
            at = int(sums.follows[s, b])
            allowed = torch.nonzero(drawn.mask[at, b]).flatten().tolist()
            best = max(allowed, key=lambda a: float(q[at, b, a]))
            forbidden += best != int(q[at, b].argmax())
            action = int(drawn.action[burn_in + s, b])
            error = float(q[burn_in + s, b, action] - sums.reward[s, b] - sums.discount[s, b] * valued[at, b, best])
            if sums.known[s, b]:
                losses.append(0.5 * error**2 if abs(error) < 1 else abs(error) - 0.5)
                gradient[s, b, action] = max(-1.0, min(1.0, error)) / known
    expected, before = online.backward(gradient, burn_in).clone(), target.flat.clone()
    adam = Adam(online, 1e-3, max_norm=1e9)
    report = drqn.update(
        drawn, online, target, adam, burn_in=burn_in, n_step=n, gamma=gamma, novelty_weight=weight, tau=0.05
    )
    assert 0 < known < 210 and forbidden > 20
    assert report.loss == pytest.approx(np.mean(losses), rel=1e-4)
    assert torch.allclose(online.gradient, expected, atol=1e-6)
    assert report.gradient_norm == pytest.approx(float(expected.norm()), rel=1e-4)
    assert torch.equal(report.q, q[burn_in : burn_in + 7].flatten(0, 1))
    assert torch.allclose(target.flat, before.lerp(online.flat, 0.05), atol=1e-7)


def test_what_is_predicted_is_hidden_and_learned_beside_the_values() -> None:
    """Two of the observation's columns: the networks do not see them, and have an output for each."""
    burn_in, predicted = 3, np.array([1, 4])
    online = RecurrentNetwork(10, 12, 8, 4 + 2, np.random.default_rng(0))
    shown = windows(12, 30, 7)
    shown.inputs[:, :, predicted] = 0.0
    outputs = online.unroll(shown.inputs, shown.memory.clone(), shown.carry)[burn_in : burn_in + 7]
    off = outputs[:, :, 4:] - windows(12, 30, 7).inputs[burn_in : burn_in + 7, :, predicted]
    gradient = torch.cat([torch.zeros(7, 30, 4), 0.3 * off / (7 * 30)], 2)
    expected = online.backward(gradient, burn_in).clone()
    found = []
    for drawn, predicting in ((shown, 0.0), (windows(12, 30, 7), 0.0), (windows(12, 30, 7), 0.3)):
        one, other = (RecurrentNetwork(10, 12, 8, 4 + 2, np.random.default_rng(seed)) for seed in (0, 1))
        given = {"n_step": 2, "gamma": 0.9, "novelty_weight": 0.5, "tau": 0.05, "predicted": predicted}
        adam = Adam(one, 1e-3, max_norm=1e9)
        drqn.update(drawn, one, other, adam, burn_in=burn_in, predicting=predicting, **given)
        found.append(one.gradient.clone())
    assert torch.equal(found[0], found[1]) and found[0].norm() > 0.1, "what is hidden changes nothing"
    assert torch.allclose(found[2] - found[1], expected, atol=1e-6) and expected.norm() > 0.01
