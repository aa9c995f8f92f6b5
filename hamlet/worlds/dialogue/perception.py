"""What a collector can know of a call: what was done, what was heard, and the 20 numbers made of both.

One code for the simulated debtor (the kernel calls it for each of N calls) and for a person who
types (``Perception``, one turn at a time), so that both make exactly the same numbers. Nothing here
reads the debtor's profile. What the compliance rules forbid is decided here too: by what the
collector could know, never by what is hidden.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamlet.worlds.compiled import compiled
from hamlet.worlds.dialogue.acts import ACTS, INTENTS, SIGNALS, VIOLATIONS
from hamlet.worlds.world import Feature, Floats, Mask

__all__ = [
    "ACT_LEVELS",
    "FRESH",
    "INTENT_LEVELS",
    "MEMORY",
    "OBSERVED",
    "Heard",
    "Observed",
    "Perception",
    "acted",
    "allow",
    "features",
    "heard",
    "mood",
    "observe",
    "offers",
    "presses",
    "reset",
    "violations",
]


class Heard(NamedTuple):
    """One utterance of the debtor, as understood. ``intent``: position in ``INTENTS``; ``sentiment`` and
    ``cooperation`` in [−1, 1]: how the words sound, and how willing; ``signals``: by position in ``SIGNALS``."""

    intent: int
    sentiment: float
    signals: tuple[bool, ...]
    cooperation: float

    @property
    def lets_on(self) -> tuple[str, ...]:
        """The signals by name."""
        return tuple(name for name, given in zip(SIGNALS, self.signals, strict=True) if given)


class Observed(NamedTuple):
    """One of the 20 numbers. ``kind``: ``"binary"`` (0 or 1) or ``"unit"`` ([−1, 1]); ``levels``: see ``Feature``."""

    name: str
    kind: str
    meaning: str
    levels: tuple[float, ...] = ()


#             identify listen ask acknowledge urge remind plan validate settle hard refer close
ACT_LEVELS = (0.1, 1.0, 0.6, 0.8, -0.6, -0.8, -0.2, 0.4, -0.4, -1.0, 0.25, -0.1)
"""Of each of ``ACTS`` on the scale of ``last_act``."""
#               greet inform agree refuse hardship dispute complain stall ask stop other
INTENT_LEVELS = (0.3, 0.7, 1.0, -0.7, -0.4, -0.9, -0.6, -0.2, 0.5, -1.0, 0.1)
"""Of each of ``INTENTS`` on the scale of ``last_intent``."""


OBSERVED = (
    Observed("turn", "unit", "turns so far: −1 at the start, 1 at the cap"),
    Observed("identified", "binary", "caller, right party and purpose were disclosed"),
    Observed("sentiment", "unit", "how the debtor sounds: running mean, the last utterance weighs 0.6"),
    Observed("cooperation", "unit", "how willing the debtor sounds: running mean, likewise"),
    Observed(
        "last_act",
        "unit",
        "the last act, on a scale from soft (1) to pressing (−1); 0 before the first",
        (*ACT_LEVELS, 0.0),
    ),
    Observed("repeated", "unit", "how often the last act was done in a row, after the first time; thirds, at most 1"),
    Observed("answers", "unit", "answers about the situation heard so far; thirds, at most 1"),
    Observed("budget", "unit", "mean of the answers: 1 can pay, 0 money is tight, −1 cannot pay; 0 without an answer"),
    Observed("vulnerable", "binary", "a sign of vulnerability was heard"),
    Observed("hardship", "binary", "a sign of hardship was heard"),
    Observed("dispute", "binary", "the debt was disputed"),
    Observed("stop", "binary", "the debtor asked not to be called or pressed any more"),
    Observed("softened", "unit", "listening and acknowledging so far; sixths, at most 1"),
    Observed("asked", "unit", "questions about the situation so far; quarters, at most 1"),
    Observed("pressed", "unit", "pressing acts so far; thirds, at most 1"),
    Observed("offered", "unit", "offers so far; thirds, at most 1"),
    Observed("standing", "binary", "an offer stands: made, put off, not refused"),
    Observed("stalled", "unit", "share of the utterances that put off"),
    Observed("complained", "unit", "share of the utterances that complained"),
    Observed(
        "last_intent",
        "unit",
        "the last intent, on a scale from agreeing (1) to ending (−1); 0 before the first",
        (*INTENT_LEVELS, 0.0),
    ),
)

# Memory of one call, a row of float64: 0 turn, 1 identified, 2 sentiment, 3 cooperation, 4 last act (−1: none),
# 5 repeats, 6 answers, 7 sum of what they said of the budget, 8 … 11 signals, 12 softened, 13 asked, 14 pressed,
# 15 offered, 16 an offer stands, 17 stalled, 18 complained, 19 last intent (−1: none), 20 utterances.
MEMORY = 21

_IDENTIFY, _LISTEN, _ASK, _ACKNOWLEDGE, _URGE, _REMIND, _PLAN, _VALIDATE, _SETTLE, _CLOSE_HARD, _REFER, _CLOSE = range(
    len(ACTS)
)
_GREET, _INFORM, _AGREE, _REFUSE, _HARDSHIP, _DISPUTE, _COMPLAIN, _STALL, _QUESTION, _STOP, _OTHER = range(len(INTENTS))
FRESH = 0.6  # weight of the last utterance in the running means
_HARSH = -0.2  # pressing somebody who sounds worse than this is a threat
_PRESSING_AT_MOST = 2  # pressing acts in one call; more is a threat

_ACT_SCALE = np.array(ACT_LEVELS)
_INTENT_SCALE = np.array(INTENT_LEVELS)


@compiled
def presses(act: int) -> bool:
    """Urging, reminding firmly, closing hard."""
    return act in (_URGE, _REMIND, _CLOSE_HARD)


@compiled
def offers(act: int) -> bool:
    """A plan, one made to measure, a settlement."""
    return act in (_PLAN, _VALIDATE, _SETTLE)


@compiled
def reset(memory: NDArray[np.float64], i: int) -> None:
    """Row ``i`` of ``memory`` [N, MEMORY] is that of a call that has not begun."""
    for field in range(MEMORY):
        memory[i, field] = 0.0
    memory[i, 4] = -1.0
    memory[i, 19] = -1.0


@compiled
def violations(memory: NDArray[np.float64], i: int, act: int) -> int:
    """What ``act`` would violate now: bit v is ``VIOLATIONS[v]``."""
    pressing, offering, found = presses(act), offers(act), 0
    if memory[i, 1] == 0.0 and (pressing or offering or act == _ASK):
        found |= 1
    if pressing and (memory[i, 14] >= _PRESSING_AT_MOST or (act == _CLOSE_HARD and memory[i, 15] == 0.0)):
        found |= 2
    if pressing and act != _URGE and memory[i, 2] < _HARSH:
        found |= 2
    if pressing and memory[i, 10] > 0.0:
        found |= 4
    if (pressing or offering) and memory[i, 11] > 0.0:
        found |= 8
    if pressing and memory[i, 8] > 0.0:
        found |= 16
    return found


@compiled
def acted(memory: NDArray[np.float64], i: int, act: int) -> None:
    """The collector did ``act``."""
    memory[i, 0] += 1.0
    memory[i, 5] = memory[i, 5] + 1.0 if memory[i, 4] == act else 0.0
    memory[i, 4] = act
    if act == _IDENTIFY:
        memory[i, 1] = 1.0
    elif act in (_LISTEN, _ACKNOWLEDGE):
        memory[i, 12] += 1.0
    elif act == _ASK:
        memory[i, 13] += 1.0
    elif presses(act):
        memory[i, 14] += 1.0
    elif offers(act):
        memory[i, 15] += 1.0


@compiled
def heard(memory: NDArray[np.float64], i: int, intent: int, sentiment: float, cooperation: float, signals: int) -> None:
    """The debtor said something; ``signals``: bit k is ``SIGNALS[k]``."""
    fresh = FRESH if memory[i, 20] > 0.0 else 1.0
    memory[i, 2] += fresh * (sentiment - memory[i, 2])
    memory[i, 3] += fresh * (cooperation - memory[i, 3])
    for k in range(4):
        if signals >> k & 1:
            memory[i, 8 + k] = 1.0
    if memory[i, 1] > 0.0 and intent in (_INFORM, _HARDSHIP):
        memory[i, 6] += 1.0
        memory[i, 7] += -1.0 if intent == _HARDSHIP else 0.0 if signals >> 1 & 1 else 1.0
    if intent in (_REFUSE, _STOP):
        memory[i, 16] = 0.0
    elif intent == _STALL and offers(int(memory[i, 4])):
        memory[i, 16] = 1.0
    if intent == _STALL:
        memory[i, 17] += 1.0
    elif intent == _COMPLAIN:
        memory[i, 18] += 1.0
    memory[i, 19] = intent
    memory[i, 20] += 1.0


@compiled
def mood(memory: NDArray[np.float64], i: int) -> float:
    """How row ``i`` sounds by now, sentiment and cooperation together, in [−1, 1]: the potential of the shaping."""
    mean: float = 0.5 * (memory[i, 2] + memory[i, 3])
    return mean


@compiled
def _full(count: float, most: float) -> float:
    return 1.0 if count >= most else count / most


@compiled
def observe(memory: NDArray[np.float64], i: int, cap: int, observation: NDArray[np.float32]) -> None:
    """The 20 numbers of row ``i`` into row ``i`` of ``observation``, in the order of ``OBSERVED``."""
    said, answers = memory[i, 20], memory[i, 6]
    observation[i, 0] = 2.0 * _full(memory[i, 0], cap) - 1.0
    observation[i, 1] = memory[i, 1]
    observation[i, 2] = memory[i, 2]
    observation[i, 3] = memory[i, 3]
    observation[i, 4] = _ACT_SCALE[int(memory[i, 4])] if memory[i, 4] >= 0.0 else 0.0
    observation[i, 5] = _full(memory[i, 5], 3.0)
    observation[i, 6] = _full(answers, 3.0)
    observation[i, 7] = memory[i, 7] / answers if answers > 0.0 else 0.0
    for k in range(4):
        observation[i, 8 + k] = memory[i, 8 + k]
    observation[i, 12] = _full(memory[i, 12], 6.0)
    observation[i, 13] = _full(memory[i, 13], 4.0)
    observation[i, 14] = _full(memory[i, 14], 3.0)
    observation[i, 15] = _full(memory[i, 15], 3.0)
    observation[i, 16] = memory[i, 16]
    observation[i, 17] = memory[i, 17] / said if said > 0.0 else 0.0
    observation[i, 18] = memory[i, 18] / said if said > 0.0 else 0.0
    observation[i, 19] = _INTENT_SCALE[int(memory[i, 19])] if memory[i, 19] >= 0.0 else 0.0


@compiled
def allow(memory: NDArray[np.float64], i: int, masked: bool, mask: NDArray[np.bool_]) -> None:
    """Which acts row ``i`` may do: all, or where ``masked`` those that violate nothing."""
    for act in range(len(_ACT_SCALE)):
        mask[i, act] = not masked or violations(memory, i, act) == 0


def features() -> tuple[Feature, ...]:
    """``OBSERVED`` as a world's spec describes it."""
    return tuple(Feature(number.name, 1, number.kind, number.levels) for number in OBSERVED)


class Perception:
    """One call, turn by turn, from outside a kernel: a person types, or a record is read.

    ``begin`` → state; then in turn ``acted`` and ``heard``, which change the state in place. ``cap`` and
    ``masked`` as in the settings of the world that the policy was trained in."""

    def __init__(self, cap: int = 15, *, masked: bool = False) -> None:
        self._cap, self._masked = cap, masked

    def begin(self) -> NDArray[np.float64]:
        """The state of a call in which nothing was said, [1, MEMORY]."""
        state = np.zeros((1, MEMORY))
        reset(state, 0)
        return state

    def acted(self, state: NDArray[np.float64], act: int) -> tuple[str, ...]:
        """The collector did ``ACTS[act]``; returns the names of what that violated. Raises ``ValueError``
        for another number."""
        if not 0 <= act < len(ACTS):
            raise ValueError(f"acted: expected an act 0 … {len(ACTS) - 1}, found {act}")
        found = violations(state, 0, act)
        acted(state, 0, act)
        return tuple(name for bit, name in enumerate(VIOLATIONS) if found >> bit & 1)

    def heard(self, state: NDArray[np.float64], said: Heard) -> None:
        """The debtor said ``said``. Raises ``ValueError`` for an intent, a sentiment or signals out of range."""
        if not 0 <= said.intent < len(INTENTS) or len(said.signals) != len(SIGNALS):
            raise ValueError(f"heard: expected an intent 0 … {len(INTENTS) - 1} and {len(SIGNALS)} signals: {said}")
        if not (abs(said.sentiment) <= 1.0 and abs(said.cooperation) <= 1.0):
            raise ValueError(f"heard: expected sentiment and cooperation in [-1, 1]: {said}")
        bits = sum(1 << k for k, given in enumerate(said.signals) if given)
        heard(state, 0, said.intent, float(said.sentiment), float(said.cooperation), bits)

    def observe(self, state: NDArray[np.float64]) -> Floats:
        """The 20 numbers of ``OBSERVED``, float32."""
        observation = np.zeros((1, len(OBSERVED)), np.float32)
        observe(state, 0, self._cap, observation)
        numbers: Floats = observation[0]
        return numbers

    def mask(self, state: NDArray[np.float64]) -> Mask:
        """Which of the acts are allowed now, bool."""
        mask = np.ones((1, len(ACTS)), np.bool_)
        allow(state, 0, self._masked, mask)
        row: Mask = mask[0]
        return row
