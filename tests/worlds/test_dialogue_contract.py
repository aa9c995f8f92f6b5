"""The dialogue keeps the contract of worlds, and Gymnasium's."""

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from hamlet.errors import ConfigError
from hamlet.worlds.contract import WorldContract
from hamlet.worlds.dialogue.acts import ACTS
from hamlet.worlds.dialogue.dialogue import Call, Dialogue
from hamlet.worlds.dialogue.settings import DialogueSettings
from hamlet.worlds.gym import GymEnv, GymVectorEnv
from hamlet.worlds.world import Actions, Episode, World
from tests.worlds.calls import SHAPED, play_again, settings

DISCLOSE, *SOFT = (
    ACTS.index(name) for name in ("identify_and_disclose", "empathetic_listening", "acknowledge_and_redirect")
)


class TestDialogue(WorldContract):
    of = settings()
    length = 150

    def make(self, n: int, cap: int | None = None) -> Dialogue:
        return Dialogue(self.of, n, cap=cap)

    def play_again(self, episode: Episode) -> Episode:
        assert isinstance(episode, Call)
        # One that was cut off says so by its length.
        return play_again(self.of, episode, cap=episode.survival_time if episode.cause == "cap" else None)

    def actions(self, world: World, length: int, seed: int = 1) -> Actions:
        """Whoever wants a call to reach a cap of five turns neither ends it nor has it ended."""
        if length > 20:
            return super().actions(world, length, seed)
        columns = [np.random.default_rng((seed, i)).choice(SOFT, length) for i in range(world.n)]
        actions = np.stack(columns, axis=1)
        actions[::5] = DISCLOSE
        return actions


class TestMasked(TestDialogue):
    of = settings(masked=True, cost_weight=0.5, shaping=SHAPED, difficulty="hard")


def test_the_environment_passes_gymnasiums_checker() -> None:
    gymnasium.register("hamlet/Dialogue-v0", entry_point=lambda: GymEnv(lambda: Dialogue(settings())))
    try:
        check_env(gymnasium.make("hamlet/Dialogue-v0").unwrapped)
    finally:
        gymnasium.registry.pop("hamlet/Dialogue-v0")


def test_the_vector_environment_tells_cost_mask_and_last_words() -> None:
    vector = GymVectorEnv(lambda: Dialogue(settings(masked=True), 16))
    observation, info = vector.reset(seed=3)
    assert observation in vector.observation_space and info["action_mask"].shape == (16, len(ACTS))
    assert not info["action_mask"][:, ACTS.index("hard_close")].any()
    *_, info = vector.step(np.full(16, ACTS.index("hard_close")))
    assert (info["cost"] == 2.0).all(), "undisclosed, and a threat: what a mask forbids can be done, and counts"
    _, _, terminated, _, info = vector.step(np.full(16, ACTS.index("close_call")))
    assert terminated.all() and all(last.shape == (20,) for last in info["final_obs"])


def test_another_physics_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"world\.physics: found 2, this Hamlet computes 1"):
        Dialogue(DialogueSettings(physics=2))


def test_a_state_of_another_size_is_refused() -> None:
    world = Dialogue(settings(), 4)
    with pytest.raises(ValueError, match=r"restore: stream: expected uint64 \(4,\), found uint64 \(3,\)"):
        world.restore(Dialogue(settings(), 3).state())
    with pytest.raises(ValueError, match=r"restore: mood: expected .*, found nothing"):
        world.restore({name: array for name, array in world.state().items() if name != "mood"})
    with pytest.raises(ValueError, match="reset_to: expected 4 seeds, found 1"):
        world.reset_to([1])
    with pytest.raises(ValueError, match="agent 2 has not ended an episode yet"):
        world.episode(2)
