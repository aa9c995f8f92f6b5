"""``Dialogue``: debt conversations as a ``World``, built from settings, computed by the kernel."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamlet.errors import ConfigError
from hamlet.worlds.batch import Batch
from hamlet.worlds.dialogue import kernel
from hamlet.worlds.dialogue.acts import ACTS, OUTCOMES, PERSONAS, SIGNALS, SUCCESSES, VIOLATIONS
from hamlet.worlds.dialogue.arrays import Outcome, Rules, State
from hamlet.worlds.dialogue.perception import MEMORY, OBSERVED, Heard, features, violations
from hamlet.worlds.dialogue.physics import BANDS, FORCES, PERSONA_TABLE, PHYSICS
from hamlet.worlds.dialogue.profiles import FIELDS, Profile, profile
from hamlet.worlds.dialogue.settings import DialogueSettings
from hamlet.worlds.world import Actions, Episode, Spec, Step

__all__ = ["Call", "Dialogue", "Hidden"]


class Call(Episode, frozen=True, kw_only=True):
    """One call. ``cause``: ``"cap"`` when it was cut off, else the ``outcome``. Per turn [survival_time]:
    ``intents`` (positions in ``INTENTS``), ``sentiments`` and ``cooperations`` as heard, ``signals``
    [survival_time, 4] by position in ``SIGNALS``. ``violations`` by name; names with none are left out."""

    persona: str
    outcome: str
    debtor: Profile
    violations: Mapping[str, int]
    intents: NDArray[np.uint8]
    sentiments: NDArray[np.float32]
    cooperations: NDArray[np.float32]
    signals: NDArray[np.bool_]

    @property
    def success(self) -> bool:
        return self.outcome in SUCCESSES

    def heard(self, turn: int) -> Heard:
        """What was heard in ``turn`` (from 0)."""
        signals = tuple(bool(given) for given in self.signals[turn])
        sentiment, cooperation = float(self.sentiments[turn]), float(self.cooperations[turn])
        return Heard(int(self.intents[turn]), sentiment, signals, cooperation)


class Hidden(NamedTuple):
    """What no collector sees, the world's own arrays: profiles [N, ``profiles.FIELDS``] and moods [N, 2]
    (sentiment, cooperation); and what it does know, memory [N, ``perception.MEMORY``]."""

    profile: NDArray[np.float64]
    mood: NDArray[np.float64]
    memory: NDArray[np.float64]


class Dialogue(Batch):
    """N calls side by side. ``exam``: ``reset`` gives held-out debtors, those that no training meets (a seed
    below ``kernel.HELD_OUT``). ``cap`` overrides the settings'; what is observed stays a share of theirs.
    Raises ``ConfigError`` for a physics that this version does not compute."""

    def __init__(self, settings: DialogueSettings, n: int = 1, *, exam: bool = False, cap: int | None = None) -> None:
        if settings.physics != PHYSICS:
            raise ConfigError("world.physics", f"found {settings.physics}, this Hamlet computes {PHYSICS}")
        self.settings = settings
        self.n = n
        self._rules = _rules(settings, cap or settings.cap)
        self.spec = Spec(
            world="dialogue",
            physics=settings.physics,
            features=features(),
            actions=ACTS,
            cap=self._rules.cap,
            stages=len(settings.stages),
        )
        self._state = _state(n, self._rules.cap)
        self._state.held_out[0] = exam
        self._out = _outcome(n)
        self._stream, self._pending = self._state.stream, self._state.pending
        self._step = Step(*self._out)
        self.set_stage(self.spec.stages)
        self.reset(0)

    def _begin(self, seeds: NDArray[np.int64]) -> None:
        kernel.begin_all(self._rules, self._state, seeds)

    def _advance(self, actions: Actions) -> bool:
        return bool(kernel.step_all(self._rules, self._state, self._out, actions))

    def _look(self) -> None:
        kernel.look_all(self._rules, self._state, self._out)

    def _arrays(self) -> Mapping[str, NDArray[Any]]:
        return self._state._asdict() | {"weights": self._rules.weights}

    def set_weights(self, stage: int, weights: Sequence[float]) -> None:
        """Another mixture of personas, [4] in the order of ``PERSONAS``, for ``stage``, from each agent's next
        reset on. Raises ``ValueError`` for what is no mixture."""
        given = np.asarray(weights, float)
        if not 1 <= stage <= self.spec.stages or given.shape != (len(PERSONAS),):
            raise ValueError(f"set_weights: expected a stage 1 … {self.spec.stages} and {len(PERSONAS)} weights")
        if not (np.isfinite(given).all() and (given >= 0).all() and given.sum() > 0):
            raise ValueError(f"set_weights: expected weights of 0 or more, not all 0, found {given.tolist()}")
        self._rules.weights[stage - 1] = given

    @property
    def hidden(self) -> Hidden:
        """What is behind the calls of the moment."""
        return Hidden(self._state.profile, self._state.mood, self._state.memory)

    def seed(self, agent: int) -> int:
        """Of the running call."""
        return int(self._state.seed[self._state.side[agent], agent])

    def debtor(self, agent: int) -> Profile:
        """Who is on the line with ``agent`` now."""
        return profile(self._state.profile[agent])

    def heard(self, agent: int) -> Heard:
        """What the debtor of ``agent`` said last in the running call; raises ``ValueError`` before the first turn."""
        state = self._state
        side, turn = state.side[agent], int(state.memory[agent, 0]) - 1
        if turn < 0:
            raise ValueError(f"heard: nothing was said yet in the call of agent {agent}")
        signals = tuple(bool(state.signals[side, agent, turn] >> k & 1) for k in range(len(SIGNALS)))
        sentiment, cooperation = (float(sound) for sound in state.sounds[side, agent, turn])
        return Heard(int(state.intents[side, agent, turn]), sentiment, signals, cooperation)

    def forbids(self, agent: int, act: int) -> tuple[str, ...]:
        """The rules that ``act`` would break now."""
        found = violations(self._state.memory, agent, act)
        return tuple(name for bit, name in enumerate(VIOLATIONS) if found >> bit & 1)

    def episode(self, agent: int) -> Call:
        state = self._state
        side, length = 1 - state.side[agent], int(state.length[agent])
        if length == 0:
            raise ValueError(f"episode: agent {agent} has not ended an episode yet")
        outcome = OUTCOMES[int(state.outcome[agent])]
        debtor = profile(state.debtor[agent])
        actions, said = state.actions[side, agent, :length], state.signals[side, agent, :length]
        counts = np.bincount(actions, minlength=len(ACTS))
        return Call(
            seed=int(state.seed[side, agent]),
            survival_time=length,
            stage=int(state.stage[side, agent]) + 1,
            cause="cap" if outcome == "timed_out" else outcome,
            actions=actions.copy(),
            used={name: int(count) for name, count in zip(ACTS, counts, strict=True) if count},
            persona=debtor.persona,
            outcome=outcome,
            debtor=debtor,
            violations={
                name: int(count) for name, count in zip(VIOLATIONS, state.violated[side, agent], strict=True) if count
            },
            intents=state.intents[side, agent, :length].copy(),
            sentiments=state.sounds[side, agent, :length, 0].copy(),
            cooperations=state.sounds[side, agent, :length, 1].copy(),
            signals=(said[:, None] >> np.arange(len(SIGNALS)) & 1).astype(np.bool_),
        )


def _rules(settings: DialogueSettings, cap: int) -> Rules:
    shares = settings.debtors
    return Rules(
        cap=cap,
        turns=settings.cap,
        masked=settings.masked,
        cost_weight=settings.cost_weight,
        rewards=np.array([getattr(settings.rewards, name) for name in OUTCOMES], float),
        shaping=settings.shaping.weight,
        gamma=settings.shaping.gamma,
        weights=np.array([[getattr(stage, name) for name in PERSONAS] for stage in settings.stages], float),
        reasons=np.array([0.0, shares.cannot_pay, shares.disputes, shares.wrong_party, shares.vulnerable]),
        tight=shares.tight,
        personas=np.array([PERSONA_TABLE[name] for name in PERSONAS], float),
        forces=FORCES,
        band=BANDS[settings.difficulty],
    )


def _state(n: int, cap: int) -> State:
    return State(
        stream=np.zeros(n, np.uint64),
        held_out=np.zeros(1, np.bool_),
        pending=np.zeros(1, np.int64),
        profile=np.zeros((n, FIELDS)),
        mood=np.zeros((n, 2)),
        memory=np.zeros((n, MEMORY)),
        side=np.zeros(n, np.int64),
        seed=np.zeros((2, n), np.int64),
        stage=np.zeros((2, n), np.int64),
        actions=np.zeros((2, n, cap), np.uint8),
        intents=np.zeros((2, n, cap), np.uint8),
        signals=np.zeros((2, n, cap), np.uint8),
        sounds=np.zeros((2, n, cap, 2), np.float32),
        violated=np.zeros((2, n, len(VIOLATIONS)), np.int64),
        length=np.zeros(n, np.int64),
        outcome=np.zeros(n, np.int64),
        debtor=np.zeros((n, FIELDS)),
    )


def _outcome(n: int) -> Outcome:
    size, acts = len(OBSERVED), len(ACTS)
    return Outcome(
        observation=np.zeros((n, size), np.float32),
        mask=np.ones((n, acts), np.bool_),
        reward=np.zeros(n, np.float32),
        cost=np.zeros(n, np.float32),
        terminated=np.zeros(n, np.bool_),
        truncated=np.zeros(n, np.bool_),
        final_observation=np.zeros((n, size), np.float32),
        final_mask=np.ones((n, acts), np.bool_),
    )
