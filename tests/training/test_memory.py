"""Multi-step transitions against plain Python, and the packed buffer against a plain list."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from hamlet.errors import ConfigError
from hamlet.settings import ROOT
from hamlet.training.nstep import NStep, Transitions
from hamlet.training.replay import ReplayBuffer
from hamlet.worlds.world import Feature, Spec, Step

AGENTS, SIZE, ACTIONS = 3, 4, 5


def random_steps(count: int, seed: int) -> list[tuple[Any, Any, Any, Any, Any, Step]]:
    """Steps whose episodes end often, in either way."""
    rng = np.random.default_rng(seed)
    steps = []
    for _ in range(count):
        terminated = rng.random(AGENTS) < 0.15
        truncated = ~terminated & (rng.random(AGENTS) < 0.15)
        step = Step(
            observation=rng.random((AGENTS, SIZE), np.float32),
            mask=rng.random((AGENTS, ACTIONS)) < 0.7,
            reward=rng.random(AGENTS, np.float32),
            cost=np.zeros(AGENTS, np.float32),
            terminated=terminated,
            truncated=truncated,
            final_observation=rng.random((AGENTS, SIZE), np.float32),
            final_mask=rng.random((AGENTS, ACTIONS)) < 0.7,
        )
        observation = rng.random((AGENTS, SIZE), np.float32)
        mask, actions = rng.random((AGENTS, ACTIONS)) < 0.7, rng.integers(0, ACTIONS, AGENTS)
        steps.append((observation, mask, actions, rng.random(AGENTS) < 0.2, rng.random(AGENTS, np.float32), step))
    return steps


@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_n_steps_are_summed_up_to_the_end_of_the_life_or_a_tried_action(n: int) -> None:
    gamma, steps = 0.9, random_steps(120, n)
    window, cut_short = NStep(n, gamma, AGENTS, SIZE, ACTIONS), 0
    tried_out = 0
    for now, moment in enumerate(steps):
        found = window.add(*moment)
        if now < n - 1:
            assert found is None
            continue
        assert found is not None
        first = now - n + 1
        for agent in range(AGENTS):
            reward = curiosity = 0.0
            discount = 1.0
            for at in range(first, now + 1):
                if at > first and steps[at][3][agent]:
                    tried_out += 1
                    break
                last = steps[at][5]
                reward += discount * float(last.reward[agent])
                curiosity += discount * float(steps[at][4][agent])
                discount *= gamma
                if last.terminated[agent] or last.truncated[agent]:
                    cut_short += at < now
                    break
            assert np.array_equal(found.observation[agent], steps[first][0][agent])
            assert np.array_equal(found.mask[agent], steps[first][1][agent])
            assert found.action[agent] == steps[first][2][agent]
            assert found.reward[agent] == pytest.approx(reward, rel=1e-5)
            assert found.novelty[agent] == pytest.approx(curiosity, rel=1e-5)
            # a life that ended has no future; one that was cut off at the cap has
            assert found.discount[agent] == pytest.approx(0.0 if last.terminated[agent] else discount, rel=1e-5)
            assert np.array_equal(found.next_observation[agent], last.final_observation[agent])
            assert np.array_equal(found.next_mask[agent], last.final_mask[agent])
    assert (cut_short > 0 and tried_out > 0) or n == 1


def test_a_window_goes_on_from_its_state() -> None:
    steps = random_steps(30, 9)
    one, other = (NStep(3, 0.9, AGENTS, SIZE, ACTIONS) for _ in range(2))
    for step in steps[:10]:
        one.add(*step)
    other.restore({name: array.copy() for name, array in one.state().items()})
    for step in steps[10:]:
        mine, theirs = one.add(*step), other.add(*step)
        assert mine is not None and theirs is not None
        assert all(np.array_equal(getattr(mine, name), getattr(theirs, name)) for name in Transitions._fields)


SPEC = Spec(
    world="town",
    physics=1,
    features=(
        Feature("mood", 2, "unit"),
        Feature("position", 300, "onehot"),
        Feature("mask", 3, "binary"),
        Feature("hour", 24, "onehot"),
        Feature("debt", 1, "unit"),
    ),
    actions=("a", "b", "c"),
    cap=10,
    stages=1,
)


def observations(rng: np.random.Generator, rows: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    made = np.zeros((rows, SPEC.observation_size), np.float32)
    for feature in SPEC.features:
        where = SPEC.where(feature.name)
        if feature.kind == "onehot":
            made[np.arange(rows), where.start + rng.integers(0, feature.size, rows)] = 1.0
        elif feature.kind == "binary":
            made[:, where] = rng.random((rows, feature.size)) < 0.5
        else:
            made[:, where] = rng.random((rows, feature.size), np.float32) * 2 - 1
    return made


def transitions(rng: np.random.Generator, rows: int) -> Transitions:
    return Transitions(
        observation=observations(rng, rows),
        mask=rng.random((rows, 3)) < 0.5,
        action=rng.integers(0, 3, rows),
        reward=rng.random(rows, np.float32),
        novelty=np.arange(rows, dtype=np.float32) + np.float32(rng.integers(0, 1 << 20)),
        discount=rng.random(rows, np.float32),
        next_observation=observations(rng, rows),
        next_mask=rng.random((rows, 3)) < 0.5,
    )


def rows_of(values: Any) -> set[bytes]:
    """Each transition as bytes."""
    columns = [np.ascontiguousarray(getattr(values, name)) for name in Transitions._fields]
    return {b"|".join(column[row].tobytes() for column in columns) for row in range(len(columns[1]))}


def test_the_buffer_gives_back_the_last_it_was_given() -> None:
    rng = np.random.default_rng(4)
    buffer, kept = ReplayBuffer(SPEC, capacity=20, batch=400), []
    for added in range(12):  # wraps around in the middle of an addition
        new = transitions(rng, 7)
        buffer.add(new)
        kept += [Transitions._make(column[row : row + 1] for column in new) for row in range(7)]
        assert buffer.size == min(20, 7 * (added + 1))
        sampled = Transitions._make(tensor.numpy() for tensor in buffer.sample(rng))
        newest = set().union(*(rows_of(one) for one in kept[-20:]))
        assert rows_of(sampled) == newest, "400 draws of 20 meet each of them, and nothing else"


@pytest.mark.parametrize("added", [1, 3, 5])  # 7, 20 and 20 of 20 places are filled
@pytest.mark.parametrize("keep", [0, 1, 6, 20, 99])
def test_a_buffer_that_forgets_keeps_the_newest(added: int, keep: int) -> None:
    rng = np.random.default_rng(6)
    buffer, kept = ReplayBuffer(SPEC, capacity=20, batch=400), []
    for _ in range(added):
        new = transitions(rng, 7)
        buffer.add(new)
        kept += [Transitions._make(column[row : row + 1] for column in new) for row in range(7)]
    kept = kept[-20:][-keep:] if keep else []
    buffer.forget(keep)
    assert buffer.size == len(kept)
    for _ in range(4):  # and goes on as a buffer that never held the others
        new = transitions(rng, 7)
        buffer.add(new)
        kept += [Transitions._make(column[row : row + 1] for column in new) for row in range(7)]
        sampled = Transitions._make(tensor.numpy() for tensor in buffer.sample(rng))
        assert rows_of(sampled) == set().union(*(rows_of(one) for one in kept[-20:]))


@pytest.mark.parametrize("added", [1, 2, 3, 5])
def test_a_buffer_goes_on_from_its_state(added: int) -> None:
    rng = np.random.default_rng(5)
    one, other = (ReplayBuffer(SPEC, capacity=20, batch=64) for _ in range(2))
    for _ in range(added):
        one.add(transitions(rng, 7))
    other.restore({name: array.copy() for name, array in one.state().items()})
    for seed in range(5):
        for mine, theirs in zip(
            one.sample(np.random.default_rng(seed)), other.sample(np.random.default_rng(seed)), strict=True
        ):
            assert mine.equal(theirs)
        more = transitions(rng, 7)
        one.add(more)
        other.add(more)


RESIDENT = """
import os
from pathlib import Path
from hamlet.training.replay import ReplayBuffer
from tests.training.test_memory import SPEC

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

before = resident()
buffer = ReplayBuffer(SPEC, 400_000, batch=8)
print(resident() - before, sum(array.nbytes for array in buffer._store.values()))
"""


def test_what_is_remembered_has_its_memory_from_the_beginning() -> None:
    """So that a run whose buffer fills in the night cannot be the one that the machine has no room for."""
    # A process of its own: this one may have free pages to give from earlier tests.
    done = subprocess.run(
        [sys.executable, "-c", RESIDENT], cwd=ROOT, capture_output=True, text=True, timeout=100, check=True
    )
    grown, size = map(int, done.stdout.split())
    assert size > 20_000_000
    assert grown > 0.9 * size


def test_more_than_any_machine_has_is_said_in_one_line() -> None:
    with pytest.raises(ConfigError, match=r"^training: what .* does not fit into this machine's memory \(.*; make "):
        ReplayBuffer(SPEC, 10**16, batch=8)
