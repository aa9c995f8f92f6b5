"""What the model of utterances looks at: the observed numbers, and what of them is more than a sum.

Nothing hidden is in here: every number is worked out from the 20 observed ones and the act.
"""

import numpy as np
from numpy.typing import NDArray

from hamlet.worlds.dialogue.acts import ACTS, INTENTS
from hamlet.worlds.dialogue.perception import OBSERVED
from hamlet.worlds.world import Actions, Floats

__all__ = ["DECISIVE", "KINDS_OF_ACTS", "SITUATION", "situations"]

_NUMBER = {name: number for number, name in enumerate(ACTS)}
KINDS_OF_ACTS = tuple(
    tuple(_NUMBER[name] for name in names)
    for names in (
        ("identify_and_disclose",),
        ("empathetic_listening", "acknowledge_and_redirect"),
        ("ask_about_situation",),
        ("gentle_urgency", "firm_reminder", "hard_close"),
        ("offer_payment_plan", "validate_then_offer", "propose_settlement"),
        ("refer_to_specialist",),
        ("close_call",),
    )
)
"""Acts that are alike, by their number: what is known of one says something of the others of its kind."""

_AT = {number.name: place for place, number in enumerate(OBSERVED)}
_SIGNS = slice(_AT["vulnerable"], _AT["dispute"] + 1)  # for any of which a specialist may be right
_PLAIN = [
    place
    for place, number in enumerate(OBSERVED)
    if number.name not in ("turn", "last_act", "last_intent", "repeated", "answers")
]
_MORE = 19  # numbers that ``situations`` works out
SITUATION = len(_PLAIN) + _MORE + len(INTENTS)
_DECISIVE = ("identified", "vulnerable", "hardship", "dispute", "stop")
DECISIVE = np.array(
    [OBSERVED[place].name in _DECISIVE for place in _PLAIN]
    + [6 <= number < 16 for number in range(_MORE)]
    + [False] * len(INTENTS)
)
"""[SITUATION] what is there or not, and may decide how a call ends: disclosures, signs, answers, the budget's steps."""


def situations(observations: Floats, memory: NDArray[np.float64], actions: Actions) -> Floats:
    """[B, SITUATION] from observations [B, 20], the memory behind them (``bookkeeping.remembered``) and what is done
    now: the numbers themselves, the last intent as one of its kinds, and what takes effect together or from
    some value on."""
    sentiment, cooperation, budget = (observations[:, _AT[name]] for name in ("sentiment", "cooperation", "budget"))
    answers, signs = memory[:, 6], observations[:, _SIGNS].max(1) > 0
    answered = answers > 0
    more = [
        np.ones(len(actions)),
        sentiment * cooperation,
        np.minimum(sentiment, 0.0) ** 2,
        np.minimum(sentiment - 0.3, 0.0),
        np.minimum(cooperation - 0.3, 0.0),
        np.minimum(np.minimum(sentiment - 0.3, cooperation - 0.4), 0.0),
        *(answers >= many for many in (1, 2, 3)),
        *(answered & (budget < at) for at in (-0.6, -0.3, 0.2, 0.7)),
        (answers >= 2) & (budget < 0.7),
        signs,
        signs & (budget < -0.3),
        memory[:, 15] > 0,
        observations[:, _AT["turn"]] > 0.5,
        (memory[:, 4] == actions) * (1.0 + memory[:, 5]) / 2.0,
    ]
    last = memory[:, 19, None] == np.arange(len(INTENTS))
    columns = [observations[:, _PLAIN], np.column_stack(more), last]
    return np.concatenate(columns, axis=1, dtype=np.float32)
