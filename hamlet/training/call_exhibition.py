"""The exhibition of the dialogue: the newest policy talks with one held-out debtor after another, at human speed.

It learns nothing and is not in the log. Scenes hold acts, intents and numbers; words are made by who shows them.
"""

import msgspec
import numpy as np

from hamlet.training.foresight import Foresight, Foretold
from hamlet.training.learner import policy_from
from hamlet.training.live import LivePolicy
from hamlet.training.policy import ValuePolicy
from hamlet.training.settings import TrainingSettings
from hamlet.worlds.dialogue.acts import SUCCESSES
from hamlet.worlds.dialogue.dialogue import Dialogue
from hamlet.worlds.dialogue.perception import Heard
from hamlet.worlds.dialogue.profiles import Profile
from hamlet.worlds.dialogue.settings import DialogueSettings

__all__ = ["CallExhibition", "CallScene", "Spoken"]


class Spoken(msgspec.Struct, frozen=True):
    """A turn: the act, by which values [A] of what was allowed [A], the rules that it broke, and what was heard; what
    was ``foretold`` of it, by a collector that plans. ``observed`` [2]: sentiment and cooperation after it, in the
    running means."""

    act: int
    q_values: list[float]
    mask: list[bool]
    violations: tuple[str, ...]
    heard: Heard
    foretold: Foretold | None
    observed: tuple[float, float]


class CallScene(msgspec.Struct, frozen=True):
    """A call as far as it has come. ``act`` is what will be done next by ``q_values``, −1 when the call has
    ``ended`` (with which outcome); ``observed`` [D] is what the collector perceives; ``seed`` the call's.
    ``foretold`` of each act now, the most promising first; nothing by a collector that does not plan."""

    policy_episode: int
    call: int
    seed: int
    debtor: Profile
    turns: tuple[Spoken, ...]
    observed: list[float]
    q_values: list[float]
    mask: list[bool]
    act: int
    ended: str
    foretold: tuple[Foretold, ...]
    health: dict[str, float]

    @property
    def success(self) -> bool:
        return self.ended in SUCCESSES


class CallExhibition:
    """Plays turn after turn; ``rng`` draws the debtors."""

    def __init__(self, dialogue: DialogueSettings, training: TrainingSettings, rng: np.random.Generator) -> None:
        self._training = training
        self._rng = rng
        self._world = Dialogue(dialogue, exam=True)
        self._mood = tuple(self._world.spec.where(name).start for name in ("sentiment", "cooperation"))
        self._call = 0
        self._scene: CallScene | None = None
        self._policy: ValuePolicy | None = None
        self._foresight: Foresight | None = None
        self._health: dict[str, float] = {}
        self._dreaming = rng.spawn(1)[0]

    def next(self, newest: LivePolicy) -> CallScene:
        """The next turn; ``newest`` is taken up when a call begins."""
        before, self._health = self._scene, newest.health
        if before is None or before.ended:
            self._scene = self._begin(newest)
        else:
            self._scene = self._turn(before)
        return self._scene

    def _begin(self, newest: LivePolicy) -> CallScene:
        spec, training = self._world.spec, self._training
        self._policy = policy_from(spec, training, newest.weights)
        self._foresight = Foresight.of(newest, spec, training, self._policy, self._dreaming)
        self._world.reset(int(self._rng.integers(1 << 53)))
        self._call += 1
        debtor = self._world.debtor(0)
        return self._look(newest.episode, self._world.seed(0), debtor, ())

    def _turn(self, before: CallScene) -> CallScene:
        broken = self._world.forbids(0, before.act)
        if self._foresight:
            self._foresight.acted(before.act)
        step = self._world.step(np.array([before.act]))
        mood = tuple(step.final_observation[0, column].item() for column in self._mood)
        ended = bool(step.terminated[0] or step.truncated[0])
        call = self._world.episode(0) if ended else None
        heard = call.heard(call.survival_time - 1) if call else self._world.heard(0)
        foretold = next((one for one in before.foretold if one.act == before.act), None)
        spoken = Spoken(before.act, before.q_values, before.mask, broken, heard, foretold, mood)
        turns = (*before.turns, spoken)
        if call is None:
            return self._look(before.policy_episode, before.seed, before.debtor, turns)
        # The world has begun the next call already.
        return msgspec.structs.replace(
            before,
            turns=turns,
            observed=step.final_observation[0].tolist(),
            act=-1,
            ended=call.outcome,
            foretold=(),
            health=self._health,
        )

    def _look(self, episode: int, seed: int, debtor: Profile, turns: tuple[Spoken, ...]) -> CallScene:
        assert self._policy is not None
        observation, mask = self._world.observe()
        values, acts = self._policy.decide(observation, mask)
        foretold: tuple[Foretold, ...] = ()
        if self._foresight:
            self._foresight.see(observation)
            foretold = self._foresight.look(mask)
        return CallScene(
            policy_episode=episode,
            call=self._call,
            seed=seed,
            debtor=debtor,
            turns=turns,
            observed=observation[0].tolist(),
            q_values=values[0].tolist(),
            mask=mask[0].tolist(),
            act=int(acts[0]),
            ended="",
            foretold=foretold,
            health=self._health,
        )
