"""What both sides of a call know: how an utterance changes the 20 numbers, and which utterance changed them.

The numbers are a known function of what was done and heard (``perception``). So who foretells what is said next
need not foretell them, and what was said can be read from two observations in a row. All of it is worked out from
what any collector has: nothing here reads a profile or a mood.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamlet.worlds.compiled import compiled
from hamlet.worlds.dialogue.acts import ACTS, INTENTS, SIGNALS
from hamlet.worlds.dialogue.perception import (
    ACT_LEVELS,
    FRESH,
    INTENT_LEVELS,
    MEMORY,
    OBSERVED,
    acted,
    allow,
    heard,
    observe,
    violations,
)
from hamlet.worlds.world import Actions, Floats, Mask

__all__ = ["Utterances", "broken", "cap_of", "go_on", "heard_between", "remembered"]

_AT = {number.name: place for place, number in enumerate(OBSERVED)}
_INFORM, _HARDSHIP = INTENTS.index("inform"), SIGNALS.index("hardship")
_TELLING = [(INTENTS.index(name), k) for k, name in enumerate(SIGNALS) if name in INTENTS]


class Utterances(NamedTuple):
    """B of them, [B] each: positions in ``INTENTS``, bits of ``SIGNALS``, how they sound in [−1, 1]."""

    intents: NDArray[np.int64]
    signals: NDArray[np.int64]
    sentiments: NDArray[np.float64]
    cooperations: NDArray[np.float64]


def cap_of(first: Floats) -> int:
    """The cap that the observed turn is a share of, from ``first`` [20]: an observation after one turn."""
    return round(2.0 / (float(first[_AT["turn"]]) + 1.0))


def remembered(observations: Floats, cap: int) -> NDArray[np.float64]:
    """The memory [B, ``perception.MEMORY``] behind ``observations`` [B, 20], the inverse of ``perception.observe``.
    Of a count that is shown as full, the least that it can be."""
    seen = observations.astype(np.float64)
    at = _AT
    memory = np.zeros((len(seen), MEMORY))
    turns = np.rint((seen[:, at["turn"]] + 1.0) * cap / 2.0)
    memory[:, 0] = memory[:, 20] = turns
    memory[:, 1:4] = seen[:, [at["identified"], at["sentiment"], at["cooperation"]]]
    memory[:, 4] = _nearest(seen[:, at["last_act"]], ACT_LEVELS)
    memory[:, 5] = np.rint(3.0 * seen[:, at["repeated"]])
    memory[:, 6] = np.rint(3.0 * seen[:, at["answers"]])
    memory[:, 7] = seen[:, at["budget"]] * memory[:, 6]
    memory[:, 8:12] = seen[:, [at[name] for name in SIGNALS]]
    memory[:, 12] = np.rint(6.0 * seen[:, at["softened"]])
    memory[:, 13] = np.rint(4.0 * seen[:, at["asked"]])
    memory[:, 14] = np.rint(3.0 * seen[:, at["pressed"]])
    memory[:, 15] = np.rint(3.0 * seen[:, at["offered"]])
    memory[:, 16] = seen[:, at["standing"]]
    memory[:, 17:19] = np.rint(seen[:, [at["stalled"], at["complained"]]] * turns[:, None])
    memory[:, 19] = _nearest(seen[:, at["last_intent"]], INTENT_LEVELS)
    return memory


def heard_between(before: Floats, after: Floats) -> Utterances:
    """What was said between two observations in a row, [B, 20] each. A signal that an intent is named after is
    given with it; another one that had been given already may have been given again unseen."""
    one, other = before.astype(np.float64), after.astype(np.float64)
    at = _AT
    fresh = np.where(one[:, at["turn"]] > -1.0, FRESH, 1.0)
    sounds = [one[:, k] + (other[:, k] - one[:, k]) / fresh for k in (at["sentiment"], at["cooperation"])]
    intents = _nearest(other[:, at["last_intent"]], INTENT_LEVELS)
    signals = np.zeros(len(one), np.int64)
    for k, name in enumerate(SIGNALS):
        signals |= (other[:, at[name]] > one[:, at[name]]).astype(np.int64) << k
    for intent, k in _TELLING:
        signals |= (intents == intent).astype(np.int64) << k
    # That money is tight shows in what the answers come to; from the fourth answer on in where their mean moves.
    answers = [np.rint(3.0 * seen[:, at["answers"]]) for seen in (one, other)]
    told = [seen[:, at["budget"]] * count for seen, count in zip((one, other), answers, strict=True)]
    full = answers[0] == 3.0
    down = other[:, at["budget"]] < np.minimum(one[:, at["budget"]], 1.0 - 1e-6)
    tight = np.where(full, down, (answers[1] > answers[0]) & (told[1] - told[0] < 0.5))
    signals |= ((intents == _INFORM) & tight).astype(np.int64) << _HARDSHIP
    sentiments, cooperations = (np.clip(sound, -1.0, 1.0) for sound in sounds)
    return Utterances(intents, signals, sentiments, cooperations)


def go_on(
    memory: NDArray[np.float64], actions: Actions, said: Utterances, cap: int, masked: bool
) -> tuple[Floats, Mask]:
    """The observations [B, 20] and masks [B, 12] after ``actions`` [B] were done from ``memory`` [B, MEMORY] and
    answered by ``said``; ``memory`` is changed in place."""
    seen = np.empty((len(memory), len(OBSERVED)), np.float32)
    mask = np.ones((len(memory), len(ACTS)), np.bool_)
    _go_on(memory, actions, *said, cap, masked, seen, mask)
    return seen, mask


def broken(memory: NDArray[np.float64], actions: Actions) -> NDArray[np.int64]:
    """[B] how many rules each of ``actions`` would break."""
    count = np.zeros(len(memory), np.int64)
    _broken(memory, actions, count)
    return count


def _nearest(values: NDArray[np.float64], levels: tuple[float, ...]) -> NDArray[np.int64]:
    """[B] the level that each value is, −1 for 0: none yet."""
    found: NDArray[np.int64] = np.abs(values[:, None] - np.array((*levels, 0.0))).argmin(1)
    return np.where(found == len(levels), -1, found)


@compiled
def _go_on(
    memory: NDArray[np.float64], actions: Actions, intents: NDArray[np.int64], signals: NDArray[np.int64],
    sentiments: NDArray[np.float64], cooperations: NDArray[np.float64], cap: int, masked: bool,
    seen: Floats, mask: Mask,
) -> None:  # fmt: skip
    for i in range(memory.shape[0]):
        acted(memory, i, actions[i])
        heard(memory, i, intents[i], sentiments[i], cooperations[i], signals[i])
        observe(memory, i, cap, seen)
        allow(memory, i, masked, mask)


@compiled
def _broken(memory: NDArray[np.float64], actions: Actions, count: NDArray[np.int64]) -> None:
    for i in range(memory.shape[0]):
        found = violations(memory, i, actions[i])
        while found:
            count[i] += found & 1
            found >>= 1
