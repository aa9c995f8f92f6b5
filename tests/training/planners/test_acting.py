"""Planners in the true world: as a policy, and beside one another."""

import numpy as np
import pytest

from hamlet.training.networks import Mlp
from hamlet.training.planners.comparing import compare
from hamlet.training.planners.making import make_planner
from hamlet.training.planners.planning_policy import PlanningPolicy
from hamlet.training.planners.settings import MpcSettings, RolloutSettings, TreeSettings
from hamlet.training.planners.values import ExploringPolicy, q_of
from hamlet.training.planners.windows import Windows
from hamlet.training.policy import GreedyPolicy
from hamlet.worlds.world import Episode
from tests.training.planners.toy import CELLS, GAMMA, SPEC, Corridor, TrueModel, allowed, as_function, look, wrong_q

WRONG_Q = as_function(wrong_q())


class Remembered(Corridor):
    """The corridor, which also remembers how lives ended."""

    def step(self, actions: np.ndarray):  # type: ignore[no-untyped-def]
        step = super().step(actions)
        self.prizes = step.reward > 0.9
        return step

    def episode(self, agent: int) -> Episode:
        cause = "large" if self.prizes[agent] else "small"
        return Episode(seed=0, survival_time=1, stage=1, cause=cause, actions=np.zeros(1, np.uint8), used={})


def policy(window: int) -> PlanningPolicy:
    planner = make_planner(TreeSettings(), SPEC, GAMMA, np.random.default_rng(0))
    return PlanningPolicy(planner, TrueModel(window), WRONG_Q)


@pytest.mark.parametrize("window", [1, 3, 16])
def test_a_policy_remembers_a_life_and_forgets_it_at_its_end(window: int) -> None:
    """``TrueModel`` refuses a history across two lives."""
    world, acting = Corridor(5), policy(window)
    step, large = world.reset(0), 0
    for _ in range(20):
        step = world.step(acting.act(step.observation, step.mask))
        large += int((step.reward > 0.9).sum())
        acting.ended(step.terminated | step.truncated)
    assert large >= 5 * 4, "each life is at most five steps from the large prize"


def test_a_policy_that_is_not_told_of_an_end_shows_an_impossible_history() -> None:
    world, acting = Corridor(5), policy(3)
    step = world.reset(0)
    with pytest.raises(AssertionError):
        for _ in range(20):
            step = world.step(acting.act(step.observation, step.mask))


def test_it_says_what_it_thinks_in_finite_numbers() -> None:
    cells = np.array([2, 3])
    acting = policy(1)
    values, actions = acting.decide(look(cells), allowed(cells))
    assert np.isfinite(values).all() and actions.tolist() == [1, 1] == values.argmax(1).tolist()
    assert acting.last.values[0, 2] == -np.inf and values[0, 2] == values[0].min()


def test_windows_keep_the_newest_moments() -> None:
    windows = Windows(2, 3, 1)
    for moment in range(5):
        windows.see(np.array([[moment], [10 + moment]], np.float32))
        history = windows.acting(np.array([moment, moment]))
        if moment == 2:
            windows.forget(np.array([False, True]))
    assert history.observations[0, :, 0].tolist() == [2, 3, 4] and history.actions[0].tolist() == [2, 3, 4]
    assert history.observations[1, :2, 0].tolist() == [13, 14] and history.lengths.tolist() == [3, 2]
    assert windows.last.tolist() == [[4], [14]]
    again = Windows.of(history, 2)
    assert again.acting(np.array([7, 8])).observations[0, :, 0].tolist() == [3, 4]
    assert history.actions[0].tolist() == [2, 3, 4], "a window's questions do not change the history it came from"


def test_planners_are_compared_with_greedy_q() -> None:
    settings = {"tree": TreeSettings(), "rollout": RolloutSettings(rollouts=64, policy="random"), "cem": MpcSettings()}
    planners = {name: make_planner(one, SPEC, GAMMA, np.random.default_rng(0)) for name, one in settings.items()}
    world = Remembered(10)
    table = compare(world, 0, planners, TrueModel(), WRONG_Q, lambda episode: episode.cause == "large")
    greedy, tree, *_ = table
    assert [row.name for row in table] == ["greedy", "tree", "rollout", "cem"]
    assert (greedy.success, greedy.agreement, greedy.gain, greedy.calls) == (0.0, 1.0, 0.0, 0.0)
    # From 1 … 5 the small prize is 1 … 5 steps away, the large one 5 … 1; a step costs 0.02.
    assert greedy.mean_return == pytest.approx(0.3 - 0.02 * 3) and tree.mean_return == pytest.approx(1.0 - 0.02 * 3)
    assert (tree.success, tree.agreement, tree.steps) == (1.0, 0.0, 3.0)
    assert tree.gain == pytest.approx(0.7) and tree.calls > 1 and tree.rows >= tree.calls
    assert tree.milliseconds > 0 and tree.milliseconds_batched > 0
    assert all(row.success > 0.5 for row in table[1:])


def test_q_asks_the_network_for_few_sizes_and_gives_away_what_it_says() -> None:
    network = Mlp((SPEC.observation_size, 8, 3), np.random.default_rng(0))
    q = q_of(GreedyPolicy(network), 3)
    observations = look(np.arange(CELLS))
    values = q(observations)
    assert all((q(observations[:rows]) == values[:rows]).all() for rows in range(1, CELLS))
    for rows in range(1, 300):
        q(np.zeros((rows, SPEC.observation_size), np.float32))
    assert len(network._buffers) <= 10
    assert q(observations).shape == (CELLS, 3)


def test_an_explorer_is_greedy_in_its_first_row_and_half_so_in_its_last() -> None:
    cells = np.full(64, 3)
    explorer = ExploringPolicy(WRONG_Q, np.random.default_rng(0))
    actions = np.stack([explorer.act(look(cells), allowed(cells)) for _ in range(400)])
    off = (actions != 0).mean(0)
    assert off[0] == 0 and 0.25 < off[-1] < 0.42, "a third of what is drawn evenly is the greedy action"
    assert off[:16].mean() < off[-16:].mean()
