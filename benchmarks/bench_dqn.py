"""Plain DQN in the demo town, ours beside stable-baselines3: ``python -m benchmarks --only dqn``.

Both train 64 agents with one update of 256 transitions per vector step, one network of the same sizes,
1-step returns, target averaging in every step, at a fixed ε, on one torch thread. Ours has everything
switched off that the peer does not know: the recipe's double DQN, advantage learning, novelty, curriculum,
annealing by survival. What differs: ours keeps masks and a packed buffer, an averaged network for exams,
and the events of completed episodes; the peer a buffer of plain float32 and its monitor of episodes.
"""

import statistics
import time
from typing import Any

import msgspec
import numpy as np
from stable_baselines3 import DQN
from stable_baselines3.common.vec_env import VecEnv

from benchmarks.row import Row
from hamlet.settings import DEFAULT_CONFIGS, ROOT, read_config
from hamlet.training.networks import one_thread
from hamlet.training.settings import AnnealingSettings, CurriculumSettings, NoveltySettings, TrainingSettings
from hamlet.training.trainer import Trainer
from hamlet.worlds.gym import GymVectorEnv
from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.town.town import Town

__all__ = ["rows"]

REPEATS, STEPS = 5, 300  # vector steps per repeat
EPSILON = 0.1


class TownVec(VecEnv):
    """The town as stable-baselines3 takes it: its own end-of-episode conventions over ``GymVectorEnv``."""

    def __init__(self, settings: TownSettings, n: int) -> None:
        self._env = GymVectorEnv(lambda: Town(settings, n))
        super().__init__(n, self._env.single_observation_space, self._env.single_action_space)

    def reset(self) -> Any:
        return self._env.reset(seed=0)[0]

    def step_async(self, actions: Any) -> None:
        self._actions = actions

    def step_wait(self) -> Any:
        observation, reward, terminated, truncated, info = self._env.step(self._actions)
        done = terminated | truncated
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for agent in np.flatnonzero(done):
            infos[agent] = {
                "terminal_observation": info["final_obs"][agent],
                "TimeLimit.truncated": bool(truncated[agent]),
            }
        return observation, reward.astype(np.float32), done, infos

    def close(self) -> None:
        pass

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        return [False] * self.num_envs

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> Any:
        raise NotImplementedError(f"the town has no method {method_name}")

    def get_attr(self, attr_name: str, indices: Any = None) -> Any:
        return [getattr(self._env, attr_name, None)] * self.num_envs

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        raise NotImplementedError(f"the town has no attribute {attr_name} to set")


def plain(recipe: TrainingSettings) -> TrainingSettings:
    """The recipe without what the peer does not know, and without exams."""
    fixed = AnnealingSettings(adaptive=False, epsilon_start=EPSILON, epsilon_end=EPSILON)
    return msgspec.structs.replace(
        recipe,
        double=False,
        action_gap=0.0,
        n_step=1,
        updates_curious=0,
        novelty=NoveltySettings(enabled=False),
        annealing=fixed,
        curriculum=CurriculumSettings(enabled=False),
        exam_every=1_000_000,
        exam_after_move=1_000_000,
        exam_episodes=1,
    )


def peer(world: TownSettings, settings: TrainingSettings) -> DQN:
    """The same in stable-baselines3."""
    return DQN(
        "MlpPolicy",
        TownVec(world, settings.agents),
        learning_rate=settings.learning_rate,
        buffer_size=settings.capacity,
        learning_starts=settings.warm_up,
        batch_size=settings.batch,
        tau=settings.tau,
        target_update_interval=1,
        gamma=settings.gamma,
        train_freq=1,
        gradient_steps=settings.updates_per_step,
        exploration_initial_eps=EPSILON,
        exploration_final_eps=EPSILON,
        max_grad_norm=settings.max_gradient_norm,
        policy_kwargs={"net_arch": list(settings.hidden)},
        seed=0,
        device="cpu",
    )


def rows() -> list[Row]:
    """Env steps/s, each step an agent's: medians of interleaved repeats, and of their ratios."""
    one_thread()
    config = read_config(ROOT / DEFAULT_CONFIGS["town"])
    assert isinstance(config.world, TownSettings)
    settings = plain(config.training)
    ours, theirs = Trainer(config.world, settings), peer(config.world, settings)

    def advance() -> None:
        for _ in range(STEPS):
            ours.advance()

    def learn() -> None:
        theirs.learn(STEPS * settings.agents, reset_num_timesteps=False)

    def rate(work: Any) -> float:
        begin = time.perf_counter()
        work()
        return STEPS * settings.agents / (time.perf_counter() - begin)

    advance()  # past the warm-up
    learn()
    pairs = [(rate(advance), rate(learn)) for _ in range(REPEATS)]
    mine, other = (statistics.median(side) for side in zip(*pairs, strict=True))
    return [
        Row(
            name="DQN env steps / stable-baselines3",
            ours=mine,
            peer=other,
            ratio=statistics.median(a / b for a, b in pairs),
            unit="env steps/s",
            bar=2.0,
            note=f"{settings.agents} agents, net {list(settings.hidden)}, batch {settings.batch}",
        )
    ]
