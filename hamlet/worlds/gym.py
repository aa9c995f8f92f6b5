"""Gymnasium adapters: any ``World`` as a ``gymnasium.Env`` or a ``gymnasium.vector.VectorEnv``.

Observations are Box(−1, 1) float32 of ``spec.observation_size``, actions Discrete(A). Every
``info`` holds ``"action_mask"`` (bool, A; True = allowed) and ``"cost"`` (float; 0 at a reset).
An action that the mask forbids is accepted and has the effect that the world gives it.

The vector adapter resets in the same step (``AutoresetMode.SAME_STEP``), as worlds do: the
observation at an episode's end is already the next episode's first, and the last one of the ended
episode is in ``info["final_obs"]``, its mask and cost in ``info["final_info"]``.

Gymnasium is optional; importing this module without it raises ``GymnasiumMissingError``.
Source: Gymnasium 1.x API, https://farama.org/Vector-Autoreset-Mode.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamlet.errors import UsageError
from hamlet.worlds.world import Actions, Floats, Mask, Spec, Step, World

__all__ = ["GymEnv", "GymVectorEnv", "GymnasiumMissingError"]


class GymnasiumMissingError(UsageError, ImportError):
    """The optional package gymnasium is not installed."""


try:
    import gymnasium
    from gymnasium.vector.utils import batch_space
except ImportError as error:
    raise GymnasiumMissingError(
        "hamlet.worlds.gym: found no gymnasium, which is an optional extra; install it with: pip install -e .[gym]"
    ) from error

_SEEDS = 2**63


def _spaces(spec: Spec) -> tuple[gymnasium.Space[Floats], gymnasium.spaces.Discrete]:
    observation: Any = gymnasium.spaces.Box(-1.0, 1.0, (spec.observation_size,), np.float32)
    return observation, gymnasium.spaces.Discrete(len(spec.actions))


class GymEnv(gymnasium.Env[Floats, np.int64]):
    """One agent of a world made by ``make`` (which must give n = 1).

    ``reset(seed=s)`` begins the world's episode of seed s. ``reset()`` after an episode's end goes
    on with the episode that the world has begun by itself, elsewhere with a seed drawn from
    ``np_random``. ``step`` before a reset or after an end raises ``gymnasium.error.ResetNeeded``.
    """

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012  (Gymnasium's own declaration)

    def __init__(self, make: Callable[[], World]) -> None:
        self.world = make()
        if self.world.n != 1:
            raise UsageError(f"GymEnv: expected a world of 1 agent, found {self.world.n}; use GymVectorEnv for more")
        self.observation_space, self.action_space = _spaces(self.world.spec)
        self._playing = False
        self._next: Step | None = None  # the episode that the world began when the last one ended

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Floats, dict[str, Any]]:
        super().reset(seed=seed)
        if seed is not None:
            step = self.world.reset(seed)
        else:
            step = self._next or self.world.reset(int(self.np_random.integers(_SEEDS)))
        self._playing, self._next = True, None
        return step.observation[0].copy(), {"action_mask": step.mask[0].copy(), "cost": 0.0}

    def step(self, action: np.int64) -> tuple[Floats, float, bool, bool, dict[str, Any]]:
        if not self._playing:
            raise gymnasium.error.ResetNeeded("GymEnv: the episode has ended or none has begun; call reset() first")
        step = self.world.step(np.array([action], np.int64))
        terminated, truncated = bool(step.terminated[0]), bool(step.truncated[0])
        if terminated or truncated:
            self._playing, self._next = False, step
        info = {"action_mask": step.final_mask[0].copy(), "cost": float(step.cost[0])}
        return step.final_observation[0].copy(), float(step.reward[0]), terminated, truncated, info


class GymVectorEnv(gymnasium.vector.VectorEnv[Floats, Actions, NDArray[Any]]):
    """All N agents of a world made by ``make``, stepped together.

    Equal, step by step, to a ``SyncVectorEnv`` of N ``GymEnv`` in the same autoreset mode; the
    arrays are the caller's to keep. ``reset(seed)`` takes one integer for all agents (the world
    derives theirs from it); agents cannot be reset apart, so a ``reset_mask`` is refused.
    """

    def __init__(self, make: Callable[[], World]) -> None:
        self.world = make()
        self.num_envs = self.world.n
        self.metadata = {"render_modes": [], "autoreset_mode": gymnasium.vector.AutoresetMode.SAME_STEP}
        self.single_observation_space, self.single_action_space = _spaces(self.world.spec)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Floats, dict[str, Any]]:
        if options is not None and "reset_mask" in options:
            raise UsageError("GymVectorEnv: agents reset by themselves as they end; leave reset_mask out")
        super().reset(seed=seed)
        step = self.world.reset(int(self.np_random.integers(_SEEDS)) if seed is None else seed)
        return step.observation.copy(), _batched(step.mask, np.zeros(self.num_envs), np.ones(self.num_envs, bool))

    def step(self, actions: Actions) -> tuple[Floats, NDArray[Any], Mask, Mask, dict[str, Any]]:
        step = self.world.step(np.asarray(actions, np.int64))
        ended = step.terminated | step.truncated
        info = _batched(step.mask, np.where(ended, 0.0, step.cost), np.ones(self.num_envs, bool))
        if ended.any():
            final = np.full(self.num_envs, None, dtype=object)
            for agent in np.flatnonzero(ended):
                final[agent] = step.final_observation[agent].copy()
            info |= {"final_obs": final, "_final_obs": ended.copy(), "_final_info": ended.copy()}
            info["final_info"] = _batched(step.final_mask, step.cost, ended)
        reward = step.reward.astype(np.float64)
        return step.observation.copy(), reward, step.terminated.copy(), step.truncated.copy(), info


def _batched(mask: Mask, cost: NDArray[Any], rows: Mask) -> dict[str, Any]:
    """The infos of the agents in ``rows`` in Gymnasium's batched form; zeros in the other rows."""
    return {
        "action_mask": mask & rows[:, None],
        "_action_mask": rows.copy(),
        "cost": np.where(rows, cost, 0.0).astype(np.float64),
        "_cost": rows.copy(),
    }
