"""Numbers that take few values are foretold as choices; one member is computed where one is asked."""

import numpy as np
import pytest

from hamlet.training.networks import one_thread
from hamlet.training.world_models.histories import history_at
from hamlet.training.world_models.levels import levels_of
from hamlet.training.world_models.making import make_model
from hamlet.training.world_models.model import Episodes, History, WorldModel
from hamlet.training.world_models.sampling import draw, likeliest
from hamlet.training.world_models.settings import WorldModelSettings
from hamlet.worlds.world import Feature, Spec

one_thread()
SCALE = (0.3, -1.0, 1.0)
SPEC = Spec(
    world="toy",
    physics=1,
    features=(Feature("mood", 1, "unit", SCALE), Feature("time", 1, "unit"), Feature("last", 1, "unit", (0.0, 1.0))),
    actions=("ask", "wait"),
    cap=8,
    stages=1,
)


def episodes(count: int) -> Episodes:
    """Asked, the mood becomes −1 or 1 by a coin, never 0.3; time passes; ``last`` is the action."""
    rng, steps = np.random.default_rng(0), 8
    actions = rng.integers(0, 2, (count, steps))
    seen = np.zeros((count, steps + 1, 3), np.float32)
    seen[:, 0, 0] = 0.3
    for at in range(steps):
        coin = np.where(rng.random(count) < 0.5, -1.0, 1.0)
        seen[:, at + 1, 0] = np.where(actions[:, at] == 0, coin, seen[:, at, 0])
        seen[:, at + 1, 1], seen[:, at + 1, 2] = (at + 1) / steps, actions[:, at]
    masks, none = np.ones((count, steps + 1, 2), np.bool_), np.zeros((count, steps), np.float32)
    return Episodes(seen, masks, actions, none, np.full(count, steps), np.zeros(count, np.bool_))


@pytest.fixture(scope="module")
def learned() -> WorldModel:
    settings = WorldModelSettings(kind="ensemble", members=3, hidden=32, batch=32)
    model = make_model(settings.kind, SPEC, settings, np.random.default_rng(0))
    model.fit(episodes(100), 400)
    return model


def asked(count: int) -> History:
    return history_at(episodes(count), np.arange(count), np.full(count, 4), 1)


def test_a_coin_is_two_values_and_never_their_mean(learned: WorldModel) -> None:
    history, rng = asked(60), np.random.default_rng(0)
    asking = history._replace(actions=np.zeros_like(history.actions))
    said = learned.predict(asking)
    assert np.allclose(said.levels.sum(2), 1.0, atol=1e-5) and said.levels[:, 1, 2].max() < 1e-6  # padding
    assert np.abs(said.observation[:, 0]).mean() < 0.35  # the mean of a coin
    drawn = draw(said, SPEC, rng).observation[:, 0]
    assert set(np.unique(drawn)) <= {np.float32(value) for value in SCALE}
    assert 0.2 < (drawn > 0.9).mean() < 0.8 and (drawn < -0.9).mean() > 0.2
    assert set(np.unique(likeliest(said, SPEC).observation[:, 2])) == {0.0}  # what was done is certain


def test_the_nearest_value_is_found() -> None:
    levels = levels_of(SPEC)
    observations = np.array([[0.31, 0.0, 1.0], [-0.9, 0.5, 0.1]], np.float32)
    assert levels.which(observations).tolist() == [[0, 1], [1, 0]]
    assert levels.taken(levels.which(observations)).tolist() == [[np.float32(0.3), 1.0], [-1.0, 0.0]]


def test_a_row_has_its_members_answer_whoever_else_is_asked(learned: WorldModel) -> None:
    history = asked(50)
    each = [learned.predict(history, np.full(50, member)) for member in range(3)]
    members = np.random.default_rng(1).integers(0, 3, 50)
    mixed = learned.predict(history, members)
    rows = np.arange(50)
    for name in ("observation", "deviation", "reward", "done", "mask", "levels"):
        wanted = np.stack([getattr(one, name) for one in each])[members, rows]
        assert np.allclose(getattr(mixed, name), wanted, atol=1e-5), name
    apart = np.stack([one.levels for one in each]).mean(0)
    assert np.allclose(learned.predict(history).levels, apart, atol=1e-5)
