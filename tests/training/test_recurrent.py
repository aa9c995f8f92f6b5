"""The network with a memory: against autograd, a carried memory against a whole unroll, and its policy."""

import numpy as np
import pytest
import torch
from torch import Tensor

from hamlet.training.networks import Adam, one_thread
from hamlet.training.recurrent import Recollection, RecurrentNetwork, RecurrentPolicy

one_thread()
TOLERANCE = 2e-5


def parameters(network: RecurrentNetwork) -> list[Tensor]:
    """The same numbers as separate tensors that autograd follows."""
    return [part.clone().requires_grad_() for part in network.parts()]


def plain(tensors: list[Tensor], x: Tensor, memory: Tensor, carry: Tensor, detach_before: int) -> Tensor:
    """The formulas as they are written in a textbook, step by step."""
    enter, enter_bias, into, back, bias, recall, skip, last_bias, out, out_bias = tensors
    output, state = memory[0], memory[1]
    values = []
    for t in range(len(x)):
        if t == detach_before:
            output, state = output.detach(), state.detach()
        output, state = output * carry[t], state * carry[t]
        entered = torch.relu(x[t] @ enter + enter_bias)
        gates = entered @ into + output @ back + bias
        opened, taken, held, candidate = gates.chunk(4, 1)
        state = state * torch.sigmoid(held) + torch.sigmoid(taken) * torch.tanh(candidate)
        output = torch.sigmoid(opened) * torch.tanh(state)
        values.append(torch.relu(output @ recall + entered @ skip + last_bias) @ out + out_bias)
    return torch.stack(values)


def network(sizes: tuple[int, int, int, int] = (11, 12, 9, 4), seed: int = 0) -> RecurrentNetwork:
    return RecurrentNetwork(*sizes, np.random.default_rng(seed))


@pytest.mark.parametrize("sizes", [(11, 12, 9, 4), (60, 64, 32, 5)])
@pytest.mark.parametrize(("length", "first", "count"), [(1, 0, 1), (6, 0, 6), (9, 3, 5)])
def test_forward_and_backward_are_what_autograd_computes(
    sizes: tuple[int, int, int, int], length: int, first: int, count: int
) -> None:
    mine = network(sizes)
    theirs = parameters(mine)
    generator = torch.Generator().manual_seed(length)
    for rows in (1, 32):
        x = torch.randn(length, rows, sizes[0], generator=generator)
        memory = torch.randn(2, rows, sizes[2], generator=generator)
        carry = (torch.rand(length, rows, 1, generator=generator) < 0.8).float()
        gradient = torch.randn(count, rows, sizes[3], generator=generator) / rows
        expected = plain(theirs, x, memory, carry, first)
        found = mine.unroll(x, memory.clone(), carry)
        assert (found - expected).abs().max() <= TOLERANCE
        for tensor in theirs:
            tensor.grad = None
        expected[first : first + count].backward(gradient)  # type: ignore[no-untyped-call]
        wanted = torch.cat([tensor.grad.flatten() for tensor in theirs if tensor.grad is not None])
        assert len(wanted) == len(mine.flat)
        assert (mine.backward(gradient, first) - wanted).abs().max() <= TOLERANCE


def test_a_memory_carried_step_by_step_is_that_of_a_whole_unroll() -> None:
    mine, rng = network((9, 12, 8, 3)), np.random.default_rng(4)
    lives, policy = Recollection(5, 6, 3, 8), RecurrentPolicy(mine)
    seen, previous = rng.random((7, 5, 6), np.float32), np.full(5, 3)
    inputs, stepped = torch.zeros(7, 5, 9), []
    everything = np.ones((5, 3), np.bool_)
    for t in range(7):
        inputs[t] = torch.from_numpy(np.concatenate([seen[t], np.eye(4, 3, dtype=np.float32)[previous]], 1))
        stepped.append(lives.values(mine, seen[t]).copy())
        values, actions = policy.decide(seen[t], everything)
        assert np.array_equal(values, stepped[-1]) and np.array_equal(actions, stepped[-1].argmax(1))
        lives.previous = previous = stepped[-1].argmax(1)
    memory = torch.zeros(2, 5, 8)
    whole = mine.unroll(inputs, memory, torch.ones(7, 5, 1))
    assert np.abs(whole.numpy() - np.stack(stepped)).max() < 1e-6
    assert torch.allclose(memory, lives.memory, atol=1e-6)
    assert len({values.tobytes() for values in stepped}) == 7, "what was seen changes the values"


def test_a_life_that_ended_is_forgotten_and_only_that_one() -> None:
    mine, rng = network((9, 12, 8, 3)), np.random.default_rng(5)
    lives, fresh = Recollection(4, 6, 3, 8), Recollection(4, 6, 3, 8)
    for _ in range(3):
        lives.values(mine, rng.random((4, 6), np.float32))
        lives.previous[:] = 1
    kept = lives.memory.clone()
    ended = np.array([False, True, False, True])
    lives.forget(ended)
    assert torch.equal(lives.memory[:, ~torch.from_numpy(ended)], kept[:, ~torch.from_numpy(ended)])
    seen = rng.random((4, 6), np.float32)
    goes_on = lives.values(mine, seen).copy()
    begins = fresh.values(mine, seen)
    assert np.array_equal((goes_on == begins).all(1), ended)


def test_the_policy_never_does_what_is_forbidden_and_keeps_to_its_lives() -> None:
    policy, rng = RecurrentPolicy(network((9, 12, 8, 3))), np.random.default_rng(6)
    for _ in range(20):
        mask = rng.random((50, 3)) < 0.5
        mask[:, 0] |= ~mask.any(1)
        actions = policy.act(rng.random((50, 6), np.float32), mask)
        assert mask[np.arange(50), actions].all()
    with pytest.raises(ValueError, match="expected 50 lives"):
        policy.act(np.zeros((2, 6), np.float32), np.ones((2, 3), np.bool_))


def test_it_begins_with_open_forget_gates_and_values_that_can_be_small_and_shifted() -> None:
    small = RecurrentNetwork(5, 16, 8, 3, np.random.default_rng(0), last_gain=0.01)
    x, memory, carry = torch.ones(1, 1, 5), torch.zeros(2, 1, 8), torch.ones(1, 1, 1)
    before = small.unroll(x, memory.clone(), carry).clone()
    assert before.abs().max() < 0.02
    small.shift_output(7.0)
    assert torch.allclose(small.unroll(x, memory.clone(), carry), before + 7.0)
    assert torch.equal(parameters(small)[4][16:24].detach(), torch.ones(8))


def test_adam_and_averaging_take_it_as_any_network() -> None:
    one, other = network(seed=0), network(seed=1)
    expected = 0.9 * one.flat + 0.1 * other.flat
    one.average_towards(other, 0.1)
    assert torch.allclose(one.flat, expected, atol=1e-7)
    x, carry = torch.ones(3, 2, 11), torch.ones(3, 2, 1)
    before = one.unroll(x, torch.zeros(2, 2, 9), carry).sum()
    one.backward(torch.ones(3, 2, 4), 0)
    assert Adam(one, 1e-3, max_norm=1.0).step() > 1.0
    assert one.unroll(x, torch.zeros(2, 2, 9), carry).sum() < before
