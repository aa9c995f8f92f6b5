"""The networks and the update by hand, against torch's autograd and its Adam."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor

from hamlet.training import dqn
from hamlet.training.dueling import Dueling
from hamlet.training.networks import Adam, Mlp, one_thread
from hamlet.training.replay import Batch

TOLERANCE = 1.5e-5
one_thread()


def parameters(network: Mlp) -> list[Tensor]:
    """The same numbers as separate tensors that autograd follows: weight, bias, weight, …"""
    tensors, start = [], 0
    for a, b in pairwise(network.sizes):
        for shape in ((a, b), (b,)):
            count = int(np.prod(shape))
            tensors.append(network.flat[start : start + count].clone().view(shape).requires_grad_())
            start += count
    return tensors


def forward(tensors: list[Tensor], x: Tensor) -> Tensor:
    for layer in range(0, len(tensors), 2):
        x = x @ tensors[layer] + tensors[layer + 1]
        if layer < len(tensors) - 2:
            x = torch.relu(x)
    return x


def flat(tensors: list[Tensor | None]) -> Tensor:
    return torch.cat([tensor.flatten() for tensor in tensors if tensor is not None])


def network(sizes: tuple[int, ...], seed: int) -> Mlp:
    return Mlp(sizes, np.random.default_rng(seed))


@pytest.mark.parametrize("sizes", [(7, 3), (7, 16, 3), (75, 128, 128, 5)])
@pytest.mark.parametrize("seed", range(3))
def test_forward_and_backward_are_what_autograd_computes(sizes: tuple[int, ...], seed: int) -> None:
    mine = network(sizes, seed)
    theirs = parameters(mine)
    generator = torch.Generator().manual_seed(seed)
    for rows in (1, 32, 256):
        x = torch.randn(rows, sizes[0], generator=generator)
        gradient = torch.randn(rows, sizes[-1], generator=generator) / rows
        expected = forward(theirs, x)
        found = mine.forward(x)
        assert (found - expected).abs().max() <= TOLERANCE
        for tensor in theirs:
            tensor.grad = None
        expected.backward(gradient)  # type: ignore[no-untyped-call]
        assert (mine.backward(gradient) - flat([tensor.grad for tensor in theirs])).abs().max() <= TOLERANCE


def dueling_q(tensors: list[Tensor], x: Tensor) -> Tensor:
    """As Wang et al. write it: two streams with parameters of their own, on one trunk."""
    *trunk, weight, bias = tensors
    for layer in range(0, len(trunk), 2):
        x = torch.relu(x @ trunk[layer] + trunk[layer + 1])
    half = len(weight) // 2
    value = x[:, :half] @ weight[:half, :1] + bias[:1]
    advantage = x[:, half:] @ weight[half:, 1:] + bias[1:]
    return value + advantage - advantage.mean(1, keepdim=True)


@pytest.mark.parametrize("sizes", [(7, 2, 3), (7, 15, 3), (75, 128, 128, 5)])
@pytest.mark.parametrize("seed", range(3))
def test_the_dueling_network_is_two_streams_and_so_are_its_gradients(sizes: tuple[int, ...], seed: int) -> None:
    mine = Dueling(sizes, np.random.default_rng(seed))
    theirs, adam = parameters(mine), Adam(mine, 1e-3, max_norm=10.0)
    reference = torch.optim.Adam(theirs, lr=1e-3)
    generator = torch.Generator().manual_seed(seed)
    for rows in (1, 32, 256):
        x = torch.randn(rows, sizes[0], generator=generator)
        gradient = torch.randn(rows, sizes[-1], generator=generator) / rows
        expected = dueling_q(theirs, x)
        assert (mine.forward(x) - expected).abs().max() <= TOLERANCE
        reference.zero_grad()
        expected.backward(gradient)  # type: ignore[no-untyped-call]
        found = mine.backward(gradient)
        assert (found - flat([tensor.grad for tensor in theirs])).abs().max() <= TOLERANCE
        torch.nn.utils.clip_grad_norm_(theirs, 10.0)
        reference.step()
        adam.step()
        assert (mine.flat - flat(list(theirs))).abs().max() <= TOLERANCE, "a step leaves the streams apart"


def test_what_a_dueling_network_is_shifted_by_its_value_carries() -> None:
    network = Dueling((5, 8, 3), np.random.default_rng(0), last_gain=0.01)
    before = network.forward(torch.eye(5)).clone()
    assert before.abs().max() < 0.05
    network.shift_output(7.0)
    assert torch.allclose(network.forward(torch.eye(5)), before + 7.0)
    assert network.flat[-4:].tolist() == [7.0, 0.0, 0.0, 0.0]


def test_the_last_layer_can_begin_small_and_be_shifted() -> None:
    small = Mlp((5, 64, 3), np.random.default_rng(0), last_gain=0.01)
    x = torch.eye(5)
    assert small.forward(x).abs().max() < 0.02
    before = small.forward(x).clone()
    small.shift_output(7.0)
    assert torch.allclose(small.forward(x), before + 7.0)


def test_averaging_moves_a_share_of_the_way() -> None:
    one, other = network((4, 8, 2), 0), network((4, 8, 2), 1)
    expected = 0.9 * one.flat + 0.1 * other.flat
    one.average_towards(other, 0.1)
    assert torch.allclose(one.flat, expected, atol=1e-7)
    one.copy_from(other)
    assert torch.equal(one.flat, other.flat) and one.flat.data_ptr() != other.flat.data_ptr()


def test_adam_is_torchs_on_separate_parameters_with_clipping() -> None:
    mine = network((6, 16, 4), 3)
    theirs = parameters(mine)
    adam = Adam(mine, 1e-2, max_norm=1.0)
    reference = torch.optim.Adam(theirs, lr=1e-2)
    generator = torch.Generator().manual_seed(5)
    clipped = 0
    for step in range(60):
        if step == 30:
            adam.learning_rate = reference.param_groups[0]["lr"] = 3e-3
        gradient = torch.randn(len(mine.flat), generator=generator) * (0.02 if step % 3 else 1.0)
        mine.gradient.copy_(gradient)
        start = 0
        for tensor in theirs:
            tensor.grad = gradient[start : start + tensor.numel()].view_as(tensor).clone()
            start += tensor.numel()
        expected = torch.nn.utils.clip_grad_norm_(theirs, 1.0)
        reference.step()
        assert adam.step() == pytest.approx(float(expected), rel=1e-5)
        clipped += float(expected) > 1.0
        assert (mine.flat - flat(list(theirs))).abs().max() <= TOLERANCE
    assert clipped == 20


def batch(rows: int, seed: int) -> Batch:
    rng = np.random.default_rng(seed)
    mask = rng.random((rows, 4)) < 0.6
    mask[:, 0] |= ~mask.any(1)
    actions = rng.integers(0, 4, rows)
    now = rng.random((rows, 4)) < 0.6
    now[np.arange(rows), actions] = True
    return Batch(
        observation=torch.from_numpy(rng.standard_normal((rows, 6), dtype=np.float32)),
        mask=torch.from_numpy(now),
        action=torch.from_numpy(actions),
        reward=torch.from_numpy(rng.standard_normal(rows, dtype=np.float32) * 2),
        novelty=torch.from_numpy(rng.random(rows, dtype=np.float32)),
        discount=torch.from_numpy(np.where(rng.random(rows) < 0.2, 0, 0.97).astype(np.float32)),
        next_observation=torch.from_numpy(rng.standard_normal((rows, 6), dtype=np.float32)),
        next_mask=torch.from_numpy(mask),
    )


def test_targets_are_double_dqns_and_never_choose_what_is_forbidden() -> None:
    online, target = network((6, 16, 4), 0), network((6, 16, 4), 1)
    sample = batch(200, 2)
    found = dqn.targets(sample, online, target, 0.5)
    chooses = online.forward(sample.next_observation).clone().numpy()
    values = target.forward(sample.next_observation).clone().numpy()
    forbidden = 0
    for row in range(200):
        allowed = np.flatnonzero(sample.next_mask[row].numpy())
        best = max(allowed, key=lambda action: chooses[row, action])
        forbidden += best != chooses[row].argmax()
        expected = sample.reward[row] + 0.5 * sample.novelty[row] + sample.discount[row] * values[row, best]
        assert float(found[row]) == pytest.approx(float(expected), abs=1e-5)
    assert forbidden > 20, "the masks decided nothing"


def test_without_double_the_target_network_chooses_too() -> None:
    online, target = network((6, 16, 4), 0), network((6, 16, 4), 1)
    sample = batch(200, 2)
    found = dqn.targets(sample, online, target, 0.5, double=False)
    best = np.where(sample.next_mask.numpy(), target.forward(sample.next_observation).numpy(), -np.inf).max(1)
    expected = sample.reward + 0.5 * sample.novelty + sample.discount * torch.from_numpy(best)
    assert torch.allclose(found, expected, atol=1e-5)
    assert (found >= dqn.targets(sample, online, target, 0.5) - 1e-5).all()


def test_a_gap_pushes_worse_actions_down_and_leaves_the_best_where_they_are() -> None:
    online, target = network((6, 16, 4), 0), network((6, 16, 4), 1)
    sample = batch(200, 2)
    plain, found = (dqn.targets(sample, online, target, 0.5, gap=gap).clone() for gap in (0.0, 0.8))
    values, best = target.forward(sample.observation).clone().numpy(), 0
    for row in range(200):
        allowed = values[row][sample.mask[row].numpy()]
        short = 0.8 * (allowed.max() - values[row, int(sample.action[row])])
        best += short == 0
        assert float(plain[row] - found[row]) == pytest.approx(float(short), abs=1e-5)
    assert 20 < best < 180


def test_where_a_life_ended_nothing_is_expected_of_the_future() -> None:
    online, target = network((6, 16, 4), 0), network((6, 16, 4), 1)
    sample = batch(50, 3)._replace(discount=torch.zeros(50))
    assert torch.allclose(dqn.targets(sample, online, target, 0.0), sample.reward)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_update_is_a_step_of_adam_on_the_loss(weighted: bool) -> None:
    online, target = network((6, 16, 4), 0), network((6, 16, 4), 1)
    theirs, adam = parameters(online), Adam(online, 1e-3, max_norm=10.0)
    reference = torch.optim.Adam(theirs, lr=1e-3)
    for step in range(20):
        sample = batch(64, step)
        wanted = dqn.targets(sample, online, target, 0.3).clone()
        before = target.flat.clone()
        reference.zero_grad()
        q = forward(theirs, sample.observation)
        weights = torch.from_numpy(np.random.default_rng(step).random(64, np.float32)) if weighted else None
        if weights is None:
            loss = dqn.loss(q, sample.action, wanted)
        else:
            taken = q.gather(1, sample.action[:, None]).squeeze(1)
            loss = (torch.nn.functional.smooth_l1_loss(taken, wanted, reduction="none") * weights).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(theirs, 10.0)
        reference.step()
        report, errors = dqn.update(sample, online, target, adam, novelty_weight=0.3, tau=0.05, weights=weights)
        assert torch.allclose(errors, q.detach().gather(1, sample.action[:, None]).squeeze(1) - wanted, atol=1e-5)
        assert report.loss == pytest.approx(float(loss.detach()), rel=1e-5)
        assert report.gradient_norm == pytest.approx(float(norm), rel=1e-4)
        assert (online.flat - flat(list(theirs))).abs().max() <= TOLERANCE
        assert torch.allclose(target.flat, before.lerp(online.flat, 0.05), atol=1e-7)
