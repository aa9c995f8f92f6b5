"""What every world model must do, as a suite to inherit: ``class TestMlp(WorldModelContract)``."""

import random
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from hamlet.clock import ManualClock
from hamlet.training.networks import one_thread
from hamlet.training.refill import refill
from hamlet.training.world_models.comparing import copying, score
from hamlet.training.world_models.episodes import collect, select
from hamlet.training.world_models.histories import history_at
from hamlet.training.world_models.making import make_model
from hamlet.training.world_models.model import Episodes, History, Prediction, Scenarios, WorldModel
from hamlet.training.world_models.settings import Kind, WorldModelSettings
from hamlet.worlds.random_policy import RandomPolicy
from tests.training.world_models.weather import ENDS, REST, SPEC, STORM, SWITCH, WORK, Weather

one_thread()
TOLERANCE = 1e-5


def days(count: int, seed: int) -> Episodes:
    return collect(Weather(16), RandomPolicy(np.random.default_rng(seed)), count, seed)


def arrays(found: Prediction) -> list[NDArray[Any]]:
    """All of it but the scenarios, which these kinds have none of."""
    assert found.scenarios is None
    return [array for array in found if array is not None and not isinstance(array, Scenarios)]


def differences(one: Prediction, other: Prediction) -> float:
    pairs = zip(arrays(one), arrays(other), strict=True)
    return max(float(np.abs(left - right).max(initial=0)) for left, right in pairs)


@pytest.fixture(scope="module")
def training() -> Episodes:
    return days(600, 1)


@pytest.fixture(scope="module")
def judged() -> Episodes:
    return days(150, 2)


class WorldModelContract:
    """Give ``kind``; ``gaussian``: it says how sure it is of continuous numbers."""

    kind: Kind
    gaussian = True
    updates = 300

    @classmethod
    def make(cls, seed: int = 3) -> WorldModel:
        settings = WorldModelSettings(kind=cls.kind, hidden=32, window=6, heads=2, learning_rate=2e-3)
        return make_model(cls.kind, SPEC, settings, np.random.default_rng(seed))

    @pytest.fixture(scope="class")
    @classmethod
    def learned(cls, training: Episodes) -> WorldModel:
        model = cls.make()
        model.fit(training, cls.updates)
        return model

    def asked(self, episodes: Episodes, window: int = 6, count: int = 40) -> History:
        rows = np.arange(count) % len(episodes.lengths)
        return history_at(episodes, rows, np.arange(count) % episodes.lengths[rows], window)

    def test_shapes_types_and_ranges(self, training: Episodes) -> None:
        model = self.make()
        assert model.kind == self.kind and model.window >= 1 and model.members >= 1
        for model_of in (model, self.fitted(model, training)):
            found = model_of.predict(self.asked(training))
            assert found.observation.shape == found.deviation.shape == (40, SPEC.observation_size)
            assert found.mask.shape == (40, len(SPEC.actions))
            one_each = found.reward, found.reward_deviation, found.done, found.disagreement
            assert all(array.shape == (40,) for array in one_each)
            assert all(array.dtype == np.float32 and np.isfinite(array).all() for array in arrays(found))
            sky, lamp = SPEC.where("sky"), SPEC.where("lamp")
            assert np.allclose(found.observation[:, sky].sum(1), 1.0, atol=TOLERANCE)
            chances = found.observation[:, sky], found.observation[:, lamp], found.done, found.mask
            assert all(((chance >= 0) & (chance <= 1)).all() for chance in chances)
            assert not found.deviation[:, : lamp.stop].any()
            assert (found.deviation[:, lamp.stop :] > 0).all() == self.gaussian
            assert (found.reward_deviation > 0).all() == self.gaussian
            assert (found.disagreement > 0).any() == (model.members > 1)

    def fitted(self, model: WorldModel, training: Episodes) -> WorldModel:
        fit = model.fit(training, 5)
        assert np.isfinite(fit.loss) and fit.gradient_norm > 0
        return model

    def test_run_twice_equal(self, training: Episodes) -> None:
        one, other = (self.fitted(self.make(), training) for _ in range(2))
        assert all(np.array_equal(one.networks()[name], array) for name, array in other.networks().items())
        asked = self.asked(training)
        assert all(
            np.array_equal(*pair) for pair in zip(arrays(one.predict(asked)), arrays(other.predict(asked)), strict=True)
        )
        another = self.make(seed=4)
        assert not np.array_equal(another.networks()["weights"], self.make().networks()["weights"])

    def test_saved_and_loaded_it_goes_on_as_the_same(self, training: Episodes) -> None:
        one = self.fitted(self.make(), training)
        state = {name: array.copy() for name, array in one.networks().items()}
        drawn = {name: generator.bit_generator.state for name, generator in one.generators().items()}
        other = self.make(seed=9)
        refill(other.networks(), state)
        for name, generator in other.generators().items():
            generator.bit_generator.state = drawn[name]
        asked = self.asked(training)
        assert all(
            np.array_equal(*pair) for pair in zip(arrays(one.predict(asked)), arrays(other.predict(asked)), strict=True)
        )
        assert one.fit(training, 5) == other.fit(training, 5)
        assert all(np.array_equal(one.networks()[name], array) for name, array in other.networks().items())

    def test_nothing_of_anybody_else_is_drawn_from(self, training: Episodes) -> None:
        torch_state, own = torch.get_rng_state(), random.getstate()
        numpy_state = np.random.get_state()[1].copy()  # type: ignore[index, union-attr]
        self.fitted(self.make(), training).predict(self.asked(training))
        assert torch.equal(torch.get_rng_state(), torch_state) and random.getstate() == own
        assert np.array_equal(np.random.get_state()[1], numpy_state)  # type: ignore[index]

    def test_one_by_one_or_all_at_once(self, learned: WorldModel, judged: Episodes) -> None:
        asked = self.asked(judged)
        whole = learned.predict(asked)
        for row in range(0, 40, 7):
            alone = learned.predict(History(*(array[row : row + 1] for array in asked)))
            assert differences(alone, Prediction(*(array[row : row + 1] for array in arrays(whole)))) < TOLERANCE

    def test_padding_says_nothing(self, learned: WorldModel, judged: Episodes) -> None:
        asked = self.asked(judged)
        padding = np.arange(asked.actions.shape[1]) >= asked.lengths[:, None]
        assert padding.any()
        other = asked._replace(observations=asked.observations.copy(), actions=asked.actions.copy())
        other.observations[padding], other.actions[padding] = 0.7, SWITCH
        assert differences(learned.predict(asked), learned.predict(other)) == 0.0
        wide = History(
            np.pad(asked.observations, [(0, 0), (0, 3), (0, 0)]), np.pad(asked.actions, [(0, 0), (0, 3)]), asked.lengths
        )
        assert differences(learned.predict(asked), learned.predict(wide)) < TOLERANCE

    def test_it_looks_back_as_far_as_it_says(self, learned: WorldModel, judged: Episodes) -> None:
        long = select(judged, np.flatnonzero(judged.lengths == SPEC.cap))
        rows = np.arange(len(long.lengths))
        at = np.full(len(rows), SPEC.cap - 1)
        whole = history_at(long, rows, at, SPEC.cap)
        enough = history_at(long, rows, at, learned.window)
        assert differences(learned.predict(whole), learned.predict(enough)) < TOLERANCE
        last = history_at(long, rows, at, 1)
        differs = differences(learned.predict(whole), learned.predict(last)) > TOLERANCE
        assert differs == (learned.window > 1)

    def test_it_learns_what_there_is_to_know(self, training: Episodes, judged: Episodes) -> None:
        found = score(
            self.make(),
            SPEC,
            training,
            judged,
            updates=self.updates,
            rng=np.random.default_rng(0),
            clock=ManualClock(),
        )
        base = copying(judged)
        assert base.one_step > 0.1 and base.ends > 0.05
        assert found.one_step < 0.3 and found.ahead < 0.8 and found.reward < 0.05
        assert found.f1 > 0.7 and found.ece < 0.05
        assert (found.within_50 is not None) == self.gaussian
        if found.within_50 is not None and found.within_90 is not None:
            assert 0.35 < found.within_50 < 0.85 and 0.8 < found.within_90 < 0.99

    def test_ends_and_masks_are_those_of_the_world(self, learned: WorldModel, judged: Episodes) -> None:
        moments = [
            (row, step) for row in range(len(judged.lengths)) for step in range(judged.lengths[row]) if step >= 2
        ]
        rows, steps = (np.array(column) for column in zip(*moments, strict=True))
        asked = history_at(judged, rows, steps, 6)
        found, seen = learned.predict(asked), judged.observations[rows, steps]
        worked, dark = judged.actions[rows, steps] == WORK, seen[:, 4] == 0
        assert abs(found.done[worked & dark].mean() - ENDS) < 0.2
        assert found.done[~worked].mean() < 0.05
        sky = seen[:, :4].argmax(1)
        storm_next = 0.8 * (sky == STORM - 1) + 0.2 * (sky == STORM)
        assert np.abs(found.mask[:, SWITCH] - (1.0 - storm_next)).mean() < 0.1
        assert found.mask[:, REST].min() > 0.9
