"""Who is on the line: a debtor's hidden profile, drawn from the call's seed.

The kernel draws a row of numbers; ``Profile`` is the same row with names and words, for what is
rendered and shown. A collector never sees it.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from hamlet.worlds.compiled import compiled
from hamlet.worlds.dialogue.acts import PERSONAS
from hamlet.worlds.splitmix import unit

__all__ = ["FIELDS", "LIFE_EVENTS", "REASONS", "Profile", "draw", "profile"]

LIFE_EVENTS = (
    "none",
    "job_loss",
    "reduced_hours",
    "illness",
    "separation",
    "bereavement",
    "new_baby",
    "car_repair",
)

REASONS = (
    "",
    "cannot_pay",
    "disputes",
    "wrong_party",
    "vulnerable",
)  # why a specialist should take over; "": no reason

# A row of float64: 0 persona, 1 agreeableness, 2 stability, 3 assertiveness, 4 openness, 5 debt, 6 days overdue,
# 7 income, 8 affordable, 9 savings, 10 life event, 11 calls before, 12 reason, 13 instalment.
FIELDS = 14

_MONTHS = 12.0  # of the standard plan
_DISCOUNT = 0.6  # share of the debt that settles it at once


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """A debtor. Money in whole dollars: ``debt``, ``income`` and ``affordable`` a month, ``savings``;
    ``agreeableness``, ``stability``, ``assertiveness`` and ``openness`` in [0, 1]; ``reason``: one of
    ``REASONS``; ``calls_before``: how often others have called about it."""

    persona: str
    agreeableness: float
    stability: float
    assertiveness: float
    openness: float
    debt: int
    days_overdue: int
    income: int
    affordable: int
    savings: int
    life_event: str
    calls_before: int
    reason: str

    @property
    def instalment(self) -> int:
        """What the standard plan asks for each month: a twelfth of the debt, in full dollars."""
        return -int(-self.debt // _MONTHS)

    @property
    def tailored(self) -> int:
        """What a plan asks for that was made to measure, from what the debtor told."""
        return min(self.instalment, self.affordable)

    @property
    def settlement(self) -> int:
        """What settles the debt at once."""
        return int(self.debt * _DISCOUNT)

    @property
    def vulnerable(self) -> bool:
        return self.reason == "vulnerable"

    @property
    def disputes(self) -> bool:
        return self.reason in ("disputes", "wrong_party")

    @property
    def right_party(self) -> bool:
        return self.reason != "wrong_party"

    @property
    def cannot_pay(self) -> bool:
        return self.reason == "cannot_pay"


@compiled
def draw(
    seed: int,
    weights: NDArray[np.float64],
    reasons: NDArray[np.float64],
    tight: float,
    rows: NDArray[np.float64],
    i: int,
) -> None:
    """Write the debtor of the call ``seed`` into row ``i`` of ``rows`` [N, FIELDS]. ``weights`` [4] of the
    personas; ``reasons`` [5]: share of the debtors with each of ``REASONS`` (the first is not read);
    ``tight``: share of those who can pay that can pay less than the standard instalment."""
    total = 0.0
    for k in range(weights.size):
        total += weights[k]
    at, chosen = unit(seed, 0) * total, 0
    while chosen < weights.size - 1 and (at >= weights[chosen] or weights[chosen] == 0.0):
        at -= weights[chosen]
        chosen += 1
    rows[i, 0] = chosen
    for k in range(4):  # the mean of two draws: extremes are rare
        rows[i, 1 + k] = 0.5 * (unit(seed, 1 + 2 * k) + unit(seed, 2 + 2 * k))
    debt = np.floor(300.0 + 5700.0 * unit(seed, 9) * unit(seed, 10))
    rows[i, 5] = debt
    rows[i, 6] = np.floor(30.0 + 330.0 * unit(seed, 11) * unit(seed, 12))
    income = np.floor(1200.0 + 3000.0 * unit(seed, 13))
    at, reason = unit(seed, 14), 0
    for k in range(1, reasons.size):
        if reason == 0 and at < reasons[k]:
            reason = k
        at -= reasons[k]
    instalment = np.ceil(debt / _MONTHS)
    share, event = unit(seed, 15), unit(seed, 16)
    poor = reason == 1 or (reason != 2 and reason != 3 and unit(seed, 17) < tight)
    if reason == 1:
        affordable, savings = 0.0, 0.0
        income = np.floor(0.5 * income)
    elif poor:
        affordable = np.floor(instalment * (0.35 + 0.45 * share))
        savings = np.floor(debt * 0.5 * unit(seed, 18))
    else:
        affordable = np.ceil(instalment * (1.05 + 0.95 * share))
        savings = np.floor(debt * (0.2 + 1.2 * unit(seed, 18)))
    rows[i, 7] = income
    rows[i, 8] = affordable
    rows[i, 9] = savings
    # Something happened to whoever is short of money or unwell; to one in four of the others.
    if poor or reason == 4:
        rows[i, 10] = 1.0 + np.floor(event * 7.0)
    else:
        rows[i, 10] = 1.0 + np.floor(event * 4.0 * 7.0) if event < 0.25 else 0.0
    rows[i, 11] = np.floor(6.0 * unit(seed, 19) * unit(seed, 20))
    rows[i, 12] = reason
    rows[i, 13] = instalment


def profile(row: Sequence[float] | NDArray[np.float64]) -> Profile:
    """A row of the kernel with names and words."""
    persona, agreeable, stable, assertive, openness, debt, days, income, affordable, savings, event, calls, why = (
        float(value) for value in row[:13]
    )
    return Profile(
        persona=PERSONAS[int(persona)],
        agreeableness=agreeable,
        stability=stable,
        assertiveness=assertive,
        openness=openness,
        debt=int(debt),
        days_overdue=int(days),
        income=int(income),
        affordable=int(affordable),
        savings=int(savings),
        life_event=LIFE_EVENTS[int(event)],
        calls_before=int(calls),
        reason=REASONS[int(why)],
    )
