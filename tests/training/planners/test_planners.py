"""What every planner must do, whatever it does: one suite, inherited by each kind."""

import msgspec
import numpy as np
import pytest
import torch

from hamlet.training.planners.making import make_planner
from hamlet.training.planners.planner import Plan, Planner
from hamlet.training.planners.settings import (
    PRESETS,
    MpcSettings,
    PlannerSettings,
    RolloutSettings,
    TreeSettings,
    UncertaintySettings,
)
from hamlet.training.world_models.model import History
from tests.training.planners.toy import (
    CELLS,
    GAMMA,
    INSIDE,
    REST,
    SPEC,
    TrueModel,
    allowed,
    as_function,
    go,
    look,
    place,
    right_q,
    standing,
    wrong_q,
)

RIGHT_Q, WRONG_Q = right_q(), wrong_q()


class PlannerContract:
    """Inherit, and give ``settings`` with a horizon of 8 that finds the best way in the corridor."""

    settings: PlannerSettings
    draws = True
    lost = 0  # cells from the left where the method itself, not its luck, prefers the small prize

    def make(self, seed: int = 0) -> Planner:
        return make_planner(self.settings, SPEC, GAMMA, np.random.default_rng(seed))

    def plan(self, cells: np.ndarray, table: np.ndarray, window: int = 1, seed: int = 0) -> Plan:
        return self.make(seed).plan(standing(cells), allowed(cells), TrueModel(window), as_function(table))

    def test_finds_the_best_way_where_greedy_q_is_wrong(self) -> None:
        best = np.where(allowed(INSIDE), RIGHT_Q[INSIDE], -np.inf).argmax(1)
        greedy = np.where(allowed(INSIDE), WRONG_Q[INSIDE], -np.inf).argmax(1)
        assert not (best == greedy).any()
        assert (self.plan(INSIDE, WRONG_Q).actions == best)[self.lost :].all()

    def test_is_no_worse_than_greedy_q_where_q_is_right(self) -> None:
        actions = self.plan(INSIDE, RIGHT_Q).actions
        values = np.where(allowed(INSIDE), RIGHT_Q[INSIDE], -np.inf)
        assert values[np.arange(len(INSIDE)), actions] == pytest.approx(values.max(1))

    def test_respects_masks_now_and_in_its_futures(self) -> None:
        mask = allowed(INSIDE)
        mask[2] = [True, False, False]
        plan = self.make().plan(standing(INSIDE), mask, TrueModel(), as_function(RIGHT_Q))
        assert plan.actions.shape == (len(INSIDE),) and plan.values.shape == mask.shape
        assert mask[np.arange(len(INSIDE)), plan.actions].all() and plan.actions[2] == 0
        assert (plan.values[~mask] == -np.inf).all() and np.isfinite(plan.values.max(1)).all()
        for row, futures in enumerate(plan.futures):
            for future in futures:
                assert mask[row, future.actions[0]]
                assert allowed(place(future.observations))[np.arange(len(future.actions) - 1), future.actions[1:]].all()

    def test_futures_are_what_the_world_would_do(self) -> None:
        for row, futures in enumerate(self.plan(INSIDE, WRONG_Q).futures):
            assert futures
            for future in futures:
                cell, done, value = INSIDE[row : row + 1], False, 0.0
                assert 1 <= len(future.actions) == len(future.rewards) == len(future.observations) <= 8
                for step, action in enumerate(future.actions):
                    assert not done, "it went on after the end"
                    cell, reward, ended = go(cell, np.array([action]))
                    assert (future.observations[step] == look(cell)[0]).all()
                    assert future.rewards[step] == reward[0]
                    value, done = value + GAMMA**step * reward[0], bool(ended[0])
                if not done:
                    tail = np.where(allowed(cell), WRONG_Q[cell], -np.inf).max()
                    value += GAMMA ** len(future.actions) * tail
                assert future.value == pytest.approx(value, abs=1e-6)

    def test_the_best_future_comes_first(self) -> None:
        plan = self.plan(INSIDE, RIGHT_Q)
        for row, futures in enumerate(plan.futures):
            firsts = [int(future.actions[0]) for future in futures]
            assert firsts[0] == plan.actions[row] and len(set(firsts)) == len(firsts)
            assert (np.diff(plan.values[row, firsts]) <= 0).all()

    def test_an_end_ends_the_future(self) -> None:
        plan = self.plan(np.array([CELLS - 2]), np.full_like(RIGHT_Q, 0.1))
        assert plan.actions.tolist() == [1]
        assert plan.futures[0][0].rewards == pytest.approx([0.98])

    def test_the_same_question_has_the_same_answer(self) -> None:
        one, other = self.plan(INSIDE, WRONG_Q, seed=3), self.plan(INSIDE, WRONG_Q, seed=3)
        assert msgspec.msgpack.encode([one.values.tobytes(), repr(one.futures)]) == msgspec.msgpack.encode(
            [other.values.tobytes(), repr(other.futures)]
        )

    def test_an_agent_is_answered_among_others_as_alone(self) -> None:
        together = self.plan(np.tile(INSIDE, 5), WRONG_Q)
        for row, cell in enumerate(np.tile(INSIDE, 5)):
            alone = self.plan(np.array([cell]), WRONG_Q, seed=row + 1)
            assert together.actions[row] == alone.actions[0]
            if not self.draws:
                assert (together.values[row] == alone.values[0]).all()

    def test_the_model_is_shown_what_was_lived(self) -> None:
        """``TrueModel`` refuses a history that cannot be; of three lives, one is longer than it looks back."""
        cells = np.array([[1, 2, 3, 3, 4], [5, 4, 0, 0, 0], [3, 0, 0, 0, 0]])
        actions = np.array([[1, 1, 2, 1, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]])
        observations = look(cells.reshape(-1)).reshape(3, 5, -1)
        history = History(observations, actions, np.array([5, 2, 1]))
        before = [array.copy() for array in history]
        plan = self.make().plan(history, allowed(np.array([4, 4, 3])), TrueModel(window=4), as_function(WRONG_Q))
        assert plan.actions.tolist() == [1, 1, 1]
        assert all((array == kept).all() for array, kept in zip(history, before, strict=True))

    def test_no_global_generator_is_touched(self) -> None:
        before, torch_before = np.random.get_state()[1].copy(), torch.get_rng_state()
        self.plan(INSIDE, WRONG_Q)
        assert (np.random.get_state()[1] == before).all() and torch.equal(torch.get_rng_state(), torch_before)

    def test_settings_survive_a_file(self) -> None:
        text = msgspec.json.encode(self.settings)
        assert msgspec.json.decode(text, type=PlannerSettings) == self.settings


class TestRandomRollouts(PlannerContract):
    """A random walk from the first cell ends at the small prize too often: rollouts improve on their policy by one
    step, not on all there are."""

    settings = RolloutSettings(rollouts=256, policy="random")
    lost = 1


class TestRolloutsNearQ(PlannerContract):
    settings = RolloutSettings(rollouts=512, epsilon=0.9)
    lost = 2


class TestBestFirst(PlannerContract):
    settings = TreeSettings()
    draws = False


class TestDepthFirst(PlannerContract):
    """Depth-first search is led by q into one part of the tree: with a wrong q it has to see all of it."""

    settings = TreeSettings(order="depth_first", nodes=400, horizon=5)
    draws = False


class TestShooting(PlannerContract):
    settings = MpcSettings(method="shooting", candidates=1024)


class TestCem(PlannerContract):
    settings = MpcSettings(candidates=256, elite=16, rounds=4)


class TestCemOfParticles(PlannerContract):
    settings = MpcSettings(candidates=256, elite=16, rounds=4, particles=2, guided=0)


class TestUncertaintyOfASureModel(PlannerContract):
    settings = UncertaintySettings(inner=TreeSettings(), penalty=5.0, stop=0.5)
    draws = False


def test_every_preset_plans() -> None:
    for name, settings in PRESETS.items():
        planner = make_planner(settings, SPEC, GAMMA, np.random.default_rng(0))
        plan = planner.plan(standing(INSIDE), allowed(INSIDE), TrueModel(), as_function(RIGHT_Q))
        assert allowed(INSIDE)[np.arange(len(INSIDE)), plan.actions].all(), name
    kinds = {type(settings) for settings in PRESETS.values()}
    assert kinds == {RolloutSettings, TreeSettings, MpcSettings, UncertaintySettings}


def test_greedy_rollouts_follow_q() -> None:
    """Led greedily by a wrong q, every rollout ends at the small prize; led by the right one, at the large."""
    settings = RolloutSettings(rollouts=1, policy="greedy", horizon=12)
    for table, prize in ((WRONG_Q, 0.28), (RIGHT_Q, 0.98)):
        plan = make_planner(settings, SPEC, GAMMA, np.random.default_rng(0)).plan(
            standing(np.array([2, 3])), allowed(np.array([2, 3])), TrueModel(), as_function(table)
        )
        assert all(future.rewards[-1] == pytest.approx(prize) for futures in plan.futures for future in futures)


def test_a_tree_keeps_to_its_budget() -> None:
    asked = []

    class Counting(TrueModel):
        def predict(self, history: History, members: np.ndarray | None = None):  # type: ignore[no-untyped-def]
            asked.append(len(history.lengths))
            return super().predict(history, members)

    for nodes in (1, 7, 50):
        asked.clear()
        planner = make_planner(TreeSettings(nodes=nodes, width=3), SPEC, GAMMA, np.random.default_rng(0))
        planner.plan(standing(np.array([3])), allowed(np.array([3])), Counting(), as_function(WRONG_Q))
        assert sum(asked) <= max(nodes, 3) and sum(asked) > nodes - 3


@pytest.mark.parametrize("measure", ["disagreement", "deviation"])
def test_doubt_is_avoided_by_a_penalty_and_a_stop(measure: str) -> None:
    cells, doubt = np.array([2, 3]), np.where(np.arange(CELLS) == 5, 1.0, 0.0).astype(np.float32)
    model = TrueModel(doubt=doubt * (8e6 if measure == "deviation" else 1.0))

    def actions(**changes: object) -> list[int]:
        settings = UncertaintySettings(inner=TreeSettings(), measure=measure, **changes)  # type: ignore[arg-type]
        planner = make_planner(settings, SPEC, GAMMA, np.random.default_rng(0))
        return planner.plan(standing(cells), allowed(cells), model, as_function(WRONG_Q)).actions.tolist()

    assert actions(penalty=0.0) == [1, 1], "the way to the large prize leads through the doubtful cell"
    assert 1 not in actions(penalty=2.0) and 1 not in actions(penalty=0.0, stop=0.5)
    assert actions(penalty=0.0, stop=1.5) == [1, 1]


@pytest.mark.parametrize("inner", [RolloutSettings(), TreeSettings(), MpcSettings()])
def test_without_any_trust_it_is_greedy_q(inner: RolloutSettings | TreeSettings | MpcSettings) -> None:
    settings = UncertaintySettings(inner=inner, stop=0.0)
    planner = make_planner(settings, SPEC, GAMMA, np.random.default_rng(0))
    plan = planner.plan(standing(INSIDE), allowed(INSIDE), TrueModel(), as_function(WRONG_Q))
    considered = np.isfinite(plan.values)
    assert plan.values[considered] == pytest.approx(WRONG_Q[INSIDE][considered])
    assert (plan.actions == np.where(allowed(INSIDE), WRONG_Q[INSIDE], -np.inf).argmax(1)).all()


@pytest.mark.parametrize("settings", [TreeSettings(), MpcSettings(candidates=512), MpcSettings(particles=32)])
def test_the_risk_of_an_end_counts(settings: PlannerSettings) -> None:
    """With every fourth step the last, four steps to 1 are worth less than two to 0.3."""
    cells = np.array([2])
    planner = make_planner(settings, SPEC, GAMMA, np.random.default_rng(0))
    plan = planner.plan(standing(cells), allowed(cells), TrueModel(risk=0.5), as_function(np.zeros((CELLS, 3))))
    assert plan.actions.tolist() == [0]
    assert plan.values[0, REST] == -np.inf
