"""The dialogue's baselines: one act for ever, a script that listens, and an oracle that sees the debtor.

They frame every result: a policy that learned something lives between the script and the oracle.
"""

import numpy as np
from numpy.typing import NDArray

from hamlet.worlds.dialogue.acts import ACTS, INTENTS, PERSONAS
from hamlet.worlds.dialogue.dialogue import Dialogue
from hamlet.worlds.dialogue.perception import OBSERVED
from hamlet.worlds.dialogue.physics import BANDS, FORCES, PERSONA_TABLE
from hamlet.worlds.world import Actions, Floats, Mask, Policy

__all__ = ["ConstantPolicy", "MixedPolicy", "OraclePolicy", "RulePolicy"]

_NUMBER = {act: number for number, act in enumerate(ACTS)}
_COLUMN = {number.name: column for column, number in enumerate(OBSERVED)}


def _first_true(cases: list[tuple[NDArray[np.bool_], str]], n: int) -> Actions:
    """[N] the act of the first case that holds; the last case is for the rest."""
    chosen: Actions = np.full(n, _NUMBER[cases[-1][1]], np.int64)
    for holds, act in reversed(cases):
        chosen[holds] = _NUMBER[act]
    return chosen


def _allowed(wish: Actions, mask: Mask) -> Actions:
    """The wish where it is allowed, elsewhere listening, which always is."""
    return np.where(mask[np.arange(len(wish)), wish], wish, _NUMBER["empathetic_listening"])


class ConstantPolicy:
    """One act, whatever is said."""

    def __init__(self, act: str) -> None:
        self._act = _NUMBER[act]

    def act(self, observation: Floats, mask: Mask) -> Actions:
        return _allowed(np.full(len(observation), self._act, np.int64), mask)


class MixedPolicy:
    """Each turn ``other`` with probability ``share``, else ``one``: a rung of a ladder between the two."""

    def __init__(self, one: Policy, other: Policy, share: float, rng: np.random.Generator) -> None:
        self._one, self._other, self._share, self._rng = one, other, share, rng

    def act(self, observation: Floats, mask: Mask) -> Actions:
        first, second = self._one.act(observation, mask), self._other.act(observation, mask)
        return np.where(self._rng.random(len(first)) < self._share, second, first)


class RulePolicy:
    """A call-centre script: disclose, ask, listen to who is upset, offer, refer who cannot or should not pay.
    It reads the observation only and takes the first answer at its word."""

    def act(self, observation: Floats, mask: Mask) -> Actions:
        def see(name: str) -> Floats:
            column: Floats = observation[:, _COLUMN[name]]
            return column

        answered, budget = see("answers") > 0, see("budget")
        cases = [
            (see("identified") == 0, "identify_and_disclose"),
            ((see("dispute") > 0) | (see("vulnerable") > 0), "refer_to_specialist"),
            (answered & (budget < -0.4), "refer_to_specialist"),
            (see("stop") > 0, "close_call"),
            ((see("sentiment") < -0.3) & (see("softened") < 0.6), "empathetic_listening"),
            (~answered & (see("asked") < 1.0), "ask_about_situation"),
            ((see("sentiment") < 0.1) & (see("softened") < 0.6), "empathetic_listening"),
            (budget < 0.6, "validate_then_offer"),
            (see("offered") < 1.0, "offer_payment_plan"),
            ((see("pressed") < 0.3) & (see("sentiment") > 0.0), "gentle_urgency"),
            (see("last_act") < 0.0, "empathetic_listening"),
            (np.ones(len(observation), np.bool_), "offer_payment_plan"),
        ]
        return _allowed(_first_true(cases, len(observation)), mask)


class OraclePolicy:
    """Sees profile and mood of every call of ``world``: the upper bound. Brings out the reason for a
    referral, or answers, mood and cooperation to what the debtor commits at, and offers what it can keep.
    Keeps no memory of its own."""

    def __init__(self, world: Dialogue) -> None:
        self._world = world
        table = [PERSONA_TABLE[name] for name in PERSONAS]
        self._commits = np.array([(row.commits_cooperation, row.commits_sentiment) for row in table])
        self._commits += BANDS[world.settings.difficulty].threshold
        self._urges = np.array([row.urge for row in table])
        self._settles = np.array([row.settle for row in table])

    def act(self, observation: Floats, mask: Mask) -> Actions:
        profile, mood, memory = self._world.hidden
        persona = profile[:, 0].astype(np.int64)
        sentiment, cooperation = mood.T
        commits = self._commits[persona] + FORCES.assertive * (profile[:, 3:4] - 0.5)
        commits[:, 1] = self._commits[persona, 1]
        answers, last_act, last = memory[:, 6], memory[:, 4], memory[:, 19]
        refers = profile[:, 12] > 0
        told = memory[:, 8:11].any(axis=1)
        tight = profile[:, 8] < profile[:, 13]
        enough = np.where(tight, 2, 1)
        due = np.isin(last, [INTENTS.index(name) for name in ("complain", "stall", "refuse", "dispute")])
        listened, acknowledged = last_act == 1, last_act == 3
        rapport = (sentiment >= FORCES.rapport_sentiment + 0.05) & (cooperation >= FORCES.rapport_cooperation + 0.04)
        ready = (cooperation >= commits[:, 0] + 0.02) & (sentiment >= commits[:, 1] + 0.02)
        low = sentiment < commits[:, 1] + 0.06
        urge = rapport & (self._urges[persona] > 0.4) & (memory[:, 14] < 2) & (last_act != 4)
        cases = [
            (memory[:, 1] == 0, "identify_and_disclose"),
            (refers & told, "refer_to_specialist"),
            (refers & (sentiment > -0.2) & (memory[:, 13] < 4), "ask_about_situation"),
            (refers & ~listened, "empathetic_listening"),
            (refers, "ask_about_situation"),
            (ready & (answers >= enough) & tight, "validate_then_offer"),
            (ready & (answers >= enough), "offer_payment_plan"),
            (due & ~acknowledged & (low | (cooperation < commits[:, 0])), "acknowledge_and_redirect"),
            (low & (sentiment < -0.1) & ~listened, "empathetic_listening"),
            (answers < enough, "ask_about_situation"),
            (low & ~listened, "empathetic_listening"),
            (urge, "gentle_urgency"),
            ((persona != 2) & (answers < 3) & (last_act != 2), "ask_about_situation"),
            (~listened, "empathetic_listening"),
            (~acknowledged, "acknowledge_and_redirect"),
            (tight, "validate_then_offer"),
            (np.ones(len(observation), np.bool_), "offer_payment_plan"),
        ]
        return _allowed(_first_true(cases, len(observation)), mask)
