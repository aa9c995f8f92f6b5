"""Each kind of world model, by the contract."""

import numpy as np
import pytest

from hamlet.training.world_models.histories import history_at
from hamlet.training.world_models.making import make_model
from hamlet.training.world_models.model import Episodes, WorldModel
from hamlet.training.world_models.sampling import assign
from hamlet.training.world_models.settings import WorldModelSettings
from tests.training.world_models.contract import WorldModelContract, judged, training
from tests.training.world_models.weather import SPEC

__all__ = ["judged", "training"]


class TestMlp(WorldModelContract):
    kind = "mlp"
    gaussian = False


class TestProbabilistic(WorldModelContract):
    kind = "probabilistic"


class TestLstm(WorldModelContract):
    kind = "lstm"


class TestTransformer(WorldModelContract):
    kind = "transformer"


class TestEnsemble(WorldModelContract):
    kind = "ensemble"

    def test_members_differ_and_can_be_asked_one_by_one(self, learned: WorldModel, judged: Episodes) -> None:
        asked = self.asked(judged)
        each = [learned.predict(asked, np.full(40, member)) for member in range(learned.members)]
        assert all(not np.array_equal(one.observation, each[0].observation) for one in each[1:])
        together = learned.predict(asked)
        mean = np.mean([one.observation for one in each], axis=0)
        assert np.allclose(together.observation, mean, atol=1e-6)
        assert (together.deviation**2 >= np.mean([one.deviation**2 for one in each], axis=0) - 1e-6).all()
        mixed = np.arange(40) % learned.members
        found = learned.predict(asked, mixed)
        assert all(np.array_equal(found.reward[row], each[mixed[row]].reward[row]) for row in range(40))
        members = assign(learned, 1000, np.random.default_rng(0))
        assert members is not None and np.bincount(members).min() > 150 and len(np.bincount(members)) == 5

    def test_members_disagree_most_where_nobody_has_been(self, learned: WorldModel, judged: Episodes) -> None:
        known = self.asked(judged)
        strange = known._replace(observations=known.observations.copy())
        strange.observations[:, :, 5:] = 1.0
        strange.observations[:, :, :4] = 1.0
        assert learned.predict(strange).disagreement.mean() > 2 * learned.predict(known).disagreement.mean()


def test_a_single_model_assigns_nobody() -> None:
    model = make_model("mlp", SPEC, WorldModelSettings(hidden=8), np.random.default_rng(0))
    assert assign(model, 3, np.random.default_rng(0)) is None


@pytest.mark.parametrize("kind", ["lstm", "transformer"])
def test_a_memory_tells_what_a_moment_does_not(kind: str) -> None:
    """An episode whose second reward is the sign of its first moment, which is not seen again."""
    rng = np.random.default_rng(0)
    signs = rng.choice([-1.0, 1.0], 200).astype(np.float32)
    observations = np.zeros((200, 4, SPEC.observation_size), np.float32)
    observations[..., 0] = 1.0
    observations[:, 0, 5] = signs
    rewards = np.zeros((200, 3), np.float32)
    rewards[:, 2] = signs
    masks = np.ones((200, 4, 3), np.bool_)
    lengths, ended = np.full(200, 3), np.ones(200, np.bool_)
    episodes = Episodes(observations, masks, np.zeros((200, 3), np.int64), rewards, lengths, ended)
    off = {}
    for each in ("probabilistic", kind):
        model = make_model(each, SPEC, WorldModelSettings(hidden=32, learning_rate=3e-3), np.random.default_rng(1))  # type: ignore[arg-type]
        model.fit(episodes, 200)
        found = model.predict(history_at(episodes, np.arange(200), np.full(200, 2), model.window))
        off[each] = float(np.abs(found.reward - signs).mean())
    assert off[kind] < 0.1 < 0.8 < off["probabilistic"]


def test_a_transformers_width_is_shared_out_evenly() -> None:
    with pytest.raises(ValueError, match="hidden 30 is no multiple of its heads 4"):
        WorldModelSettings(kind="transformer", hidden=30)
