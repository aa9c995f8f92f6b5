"""The exhibition: the newest policy lives one life at human speed, for the audience.

It learns nothing and is not in the log: training runs elsewhere, far faster. Each life begins
with the policy and the layout of the moment, at full difficulty, from a drawn start.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from hamlet.training.learner import policy_from
from hamlet.training.live import LivePolicy
from hamlet.training.policy import ValuePolicy
from hamlet.training.settings import TrainingSettings
from hamlet.worlds.town.kernel import INTERACT
from hamlet.worlds.town.policies import Urgency
from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.town.town import Town

__all__ = ["Exhibition", "Scene"]


class Scene(msgspec.Struct, frozen=True):
    """One moment: where the agent is and what it will do. ``action`` is −1 and ``ended`` the cause
    when the life is over. ``q_values`` and ``mask`` [A], ``meters`` [M], ``layout`` name → cell.
    ``hour`` of the day, 0 without one; ``closed``: where nothing can be begun now; ``progress`` of
    ``ticks`` steps of the running interaction are done (both 0: none runs)."""

    policy_episode: int
    life: int
    step: int
    cell: int
    meters: list[float]
    q_values: list[float]
    mask: list[bool]
    action: int
    need: str
    happened: str
    ended: str
    layout: dict[str, int]
    hour: int
    closed: list[str]
    progress: int
    ticks: int


class Exhibition:
    """Plays scene after scene; ``rng`` draws the starts."""

    def __init__(self, town: TownSettings, training: TrainingSettings, rng: np.random.Generator) -> None:
        self._training = training
        self._rng = rng
        self._world = Town(town, exam=True)
        self._life = 0
        self._step = 0
        self._action = -1
        self._able = False  # to interact, where it stands
        self._policy: ValuePolicy | None = None
        self._policy_episode = 0
        self._happened = ""
        self._urgency = Urgency(town)

    def next(self, newest: LivePolicy) -> Scene:
        """The next moment; ``newest`` is taken up when a life begins."""
        if self._policy is None or self._action < 0:
            self._begin(newest)
            return self._scene("")
        cell = self._world.situation(0)[0]
        step = self._world.step(np.array([self._action]))
        self._step += 1
        self._happened = ""
        if self._action == INTERACT:
            here = [name for name, place in self._layout.items() if place == cell and self._able]
            self._happened = here[0] if here else "wait"
        if step.terminated[0] or step.truncated[0]:
            return self._last_scene()
        return self._scene("")

    def _begin(self, newest: LivePolicy) -> None:
        self._policy = policy_from(self._world.spec, self._training, newest.weights)
        self._policy_episode = newest.episode
        if newest.layout:
            self._world.set_layout(newest.layout)
        self._world.reset(int(self._rng.integers(1 << 53)))
        self._layout = self._world.situation(0)[2]
        self._life += 1
        self._step = 0
        self._happened = ""

    def _scene(self, ended: str) -> Scene:
        assert self._policy is not None
        cell, meters, _ = self._world.situation(0)
        observation, mask = self._world.observe()
        q_values, actions = self._policy.decide(observation, mask)
        self._action, self._able = int(actions[0]), bool(mask[0, INTERACT])
        return self._show(cell, meters, q_values[0].tolist(), mask[0].tolist(), ended)

    def _last_scene(self) -> Scene:
        """The moment after which nothing comes: the world has begun the next life already."""
        life = self._world.episode(0)
        self._action = -1
        size = len(self._world.spec.actions)
        meters = self._world.final_meters(0)
        return self._show(int(life.path[-1]), meters, [0.0] * size, [False] * size, life.cause)

    def _show(
        self, cell: int, meters: NDArray[np.float64], q_values: list[float], mask: list[bool], ended: str
    ) -> Scene:
        hour, closed = self._world.settings.clock(self._step)
        progress = 0 if ended else int(self._world.now.progress[0])
        return Scene(
            policy_episode=self._policy_episode,
            life=self._life,
            step=self._step,
            cell=cell,
            meters=meters.tolist(),
            q_values=q_values,
            mask=mask,
            action=self._action,
            need=self._urgency.of(meters),
            happened=self._happened,
            ended=ended,
            layout=self._layout,
            hour=hour,
            closed=closed,
            progress=progress,
            ticks=self._world.settings.affordances[self._happened].ticks if progress else 0,
        )
