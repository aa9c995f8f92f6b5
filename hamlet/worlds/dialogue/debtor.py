"""What a debtor feels, decides and says in one turn; scalars in, scalars out, compiled into the kernel.

What it reacts to is its profile, its mood, and what was said so far (the same memory that the
collector has). ``draw`` is the call's seed with the turn's number: each chance in a turn has its own draw.
"""

import numpy as np
from numpy.typing import NDArray

from hamlet.worlds.compiled import compiled
from hamlet.worlds.dialogue.acts import ACTS, INTENTS, OUTCOMES
from hamlet.worlds.dialogue.perception import offers, presses
from hamlet.worlds.dialogue.physics import ActEffects, Persona
from hamlet.worlds.splitmix import unit

__all__ = ["ONGOING", "decides", "feels", "says"]

ONGOING = -1  # no outcome yet

_IDENTIFY, _LISTEN, _ASK, _ACKNOWLEDGE, _URGE, _REMIND, _PLAN, _VALIDATE, _SETTLE, _HARD, _REFER, _CLOSE = range(
    len(ACTS)
)
_GREET, _INFORM, _AGREE, _REFUSE, _HARDSHIP, _DISPUTE, _COMPLAIN, _STALL, _QUESTION, _STOP, _OTHER = range(len(INTENTS))
_KEPT, _BROKEN, _SETTLED, _REFERRED, _MISREFERRED, _HUNG_UP, _CLOSED, _TIMED_OUT = range(len(OUTCOMES))
_CANNOT_PAY, _DISPUTES, _WRONG_PARTY, _VULNERABLE = range(1, 5)
_SAYS_VULNERABLE, _SAYS_HARDSHIP, _SAYS_DISPUTE, _SAYS_STOP = 1, 2, 4, 8

_C = {name: column for column, name in enumerate(Persona._fields)}
_LISTENS, _ASKS, _FIRM, _PLANS, _SETTLES, _HARDNESS = (
    _C[name] for name in ("listen", "ask", "firm", "plan", "settle", "hard")
)
_COMMITS_C, _COMMITS_S, _ACK, _URGES = (
    _C[name] for name in ("commits_cooperation", "commits_sentiment", "acknowledge", "urge")
)
_EVADES, _STALLS, _COMPLAINS = (_C[name] for name in ("evades", "stalls", "complains"))

# Numbers of the draws of a turn.
_SWAY, _ACCEPT, _HANG, _STOPS, _ANSWER, _CLEAR, _TELL, _MOOD, _HEAR = 0, 1, 2, 3, 4, 5, 6, 7, 8


@compiled
def feels(
    forces: ActEffects, table: NDArray[np.float64], profile: NDArray[np.float64], memory: NDArray[np.float64],
    i: int, act: int, s: float, c: float, draw: int,
) -> tuple[float, float]:  # fmt: skip
    """Sentiment and cooperation after ``act``, from those before it (``s``, ``c``) and ``memory`` before it."""
    k = int(profile[i, 0])
    ds, dc = 0.0, 0.0
    wear = 1.0 / (1.0 + forces.wear * (memory[i, 5] + 1.0)) if memory[i, 4] == act else 1.0
    soft = wear / (1.0 + forces.fade * memory[i, 12])
    offer = wear / (1.0 + forces.fade * memory[i, 15])
    rapport = s >= forces.rapport_sentiment and c >= forces.rapport_cooperation
    if act == _IDENTIFY:
        if memory[i, 1] == 0.0:
            dc = forces.identified
        else:
            ds = -forces.repeated
    elif memory[i, 1] == 0.0:
        ds, dc = -forces.unknown_caller, -0.5 * forces.unknown_caller
    elif act == _LISTEN:
        room = forces.soothed - s
        ds = forces.listen_sentiment * table[k, _LISTENS] * soft * (room if room > 0.0 else 0.0)
        dc = forces.listen_cooperation * table[k, _LISTENS] * soft
    elif act == _ACKNOWLEDGE:
        last = int(memory[i, 19])
        due = last in (_COMPLAIN, _STALL, _REFUSE, _DISPUTE)
        effect = table[k, _ACK] * soft * (1.0 if due else forces.beside)
        ds, dc = forces.acknowledge_sentiment * effect, forces.acknowledge_cooperation * effect
    elif act == _ASK:
        dc = forces.ask_cooperation * table[k, _ASKS] * wear / (1.0 + forces.fade * memory[i, 13])
        if memory[i, 6] >= 3.0:
            ds, dc = -forces.tiresome, 0.0
    elif act == _URGE:
        if rapport:
            dc = forces.urge_cooperation * table[k, _URGES] * wear
        else:
            ds, dc = -forces.urge_backfires, -0.5 * forces.urge_backfires
    elif act == _REMIND:
        if rapport:
            dc = forces.firm_cooperation * table[k, _FIRM] * wear
        else:
            ds, dc = -forces.firm_backfires, -0.5 * forces.firm_backfires
    elif offers(act):
        if memory[i, 6] == 0.0:
            ds, dc = -forces.premature, -0.5 * forces.premature
        elif act == _PLAN:
            dc = forces.plan_cooperation * table[k, _PLANS] * offer
        elif act == _VALIDATE:
            dc = 0.5 * forces.plan_cooperation * table[k, _PLANS] * offer
            ds = forces.validate_sentiment * table[k, _LISTENS] * offer
        else:
            dc = forces.settle_cooperation * table[k, _SETTLES] * offer
    elif act == _HARD and not (rapport and memory[i, 15] > 0.0 and memory[i, 0] + 1.0 >= forces.hard_turn):
        ds, dc = -forces.hard_backfires, -0.5 * forces.hard_backfires
    if memory[i, 0] + 1.0 >= forces.weary_turn:
        ds -= forces.weary
    unsteady = forces.unsteady - forces.steadies * profile[i, 2]
    ds = ds * unsteady if ds < 0.0 else ds
    dc = dc * unsteady if dc < 0.0 else dc * (forces.agreeable_least + forces.agreeable * profile[i, 1])
    chance = unit(draw, _SWAY) - 0.5
    s += ds + forces.sways * chance
    c += dc + 0.6 * forces.sways * chance
    s = -1.0 if s < -1.0 else 1.0 if s > 1.0 else s
    c = 0.0 if c < 0.0 else 1.0 if c > 1.0 else c
    return s, c


@compiled
def decides(
    forces: ActEffects, table: NDArray[np.float64], threshold: float, profile: NDArray[np.float64],
    memory: NDArray[np.float64], i: int, act: int, s: float, c: float, draw: int,
) -> tuple[int, float]:  # fmt: skip
    """The outcome (or ``ONGOING``) of ``act`` in the mood after it, and by how much an offer fell short in
    cooperation or sentiment (0 without one). ``memory`` is that before the act."""
    k, reason = int(profile[i, 0]), int(profile[i, 12])
    if act == _CLOSE:
        return _CLOSED, 0.0
    if act == _REFER:
        told = memory[i, 8] + memory[i, 9] + memory[i, 10] > 0.0
        return (_REFERRED if reason > 0 and told and memory[i, 1] > 0.0 else _MISREFERRED), 0.0
    pressing, offering = presses(act), offers(act)
    if memory[i, 11] > 0.0 and (pressing or offering) and unit(draw, _HANG) < forces.hangs_up_ignored:
        return _HUNG_UP, 0.0
    below = forces.hangs_up_below - s
    if below > 0.0 and unit(draw, _HANG) < forces.hangs_up + forces.hangs_up_steeply * below:
        return _HUNG_UP, 0.0
    late = memory[i, 15] > 0.0 and memory[i, 0] + 1.0 >= forces.hard_turn
    if not (offering or (act == _HARD and late)) or memory[i, 1] == 0.0:
        return ONGOING, 0.0
    if memory[i, 6] == 0.0 or reason in (_DISPUTES, _WRONG_PARTY):
        return ONGOING, 1.0
    if act == _SETTLE and profile[i, 9] < 0.6 * profile[i, 5]:
        return ONGOING, 1.0
    commits = table[k, _COMMITS_C] + threshold + forces.assertive * (profile[i, 3] - 0.5)
    if act == _SETTLE:
        commits -= forces.settle_easier
    elif act == _HARD:
        commits -= forces.hard_easier + 0.1 * table[k, _HARDNESS]
    short_c, short_s = commits - c, table[k, _COMMITS_S] + threshold - s
    short = short_c if short_c > short_s else short_s
    short += 0.06 * (unit(draw, _ACCEPT) - 0.5)
    if short > 0.0:
        return ONGOING, short
    if act == _SETTLE:
        return _SETTLED, 0.0
    asked = profile[i, 13]
    if act == _VALIDATE:  # made to measure once enough was told, else a guess
        asked = profile[i, 8] if memory[i, 6] >= 2.0 and profile[i, 8] > 0.0 else 0.75 * asked
        asked = asked if asked < profile[i, 13] else profile[i, 13]
    kept = profile[i, 8] >= asked and reason == 0
    if act == _HARD:
        kept = kept and profile[i, 2] >= forces.promise_steadiness
    return (_KEPT if kept else _BROKEN), 0.0


@compiled
def _answers(forces: ActEffects, profile: NDArray[np.float64], i: int, draw: int) -> tuple[int, int]:
    """An answer about the situation: intent and signals; now and then it misleads by a step."""
    level = 0 if profile[i, 8] == 0.0 else 1 if profile[i, 8] < profile[i, 13] else 2
    at = unit(draw, _CLEAR)
    if at >= forces.clear:
        other = at < 0.5 + 0.5 * forces.clear
        level = 1 if level != 1 else 0 if other else 2
    if level == 0:
        return _HARDSHIP, _SAYS_HARDSHIP
    return _INFORM, (_SAYS_HARDSHIP if level == 1 else 0)


@compiled
def says(
    forces: ActEffects, table: NDArray[np.float64], profile: NDArray[np.float64], memory: NDArray[np.float64],
    i: int, act: int, outcome: int, short: float, s: float, c: float, draw: int,
) -> tuple[int, int]:  # fmt: skip
    """Intent and signals (bits) of the utterance, in the mood after ``act``; ``memory`` before it."""
    k, reason = int(profile[i, 0]), int(profile[i, 12])
    tell = unit(draw, _TELL)
    if outcome == _HUNG_UP:
        return (_STOP, _SAYS_STOP) if unit(draw, _STOPS) < 0.5 else (_COMPLAIN, 0)
    if outcome in (_KEPT, _BROKEN, _SETTLED, _REFERRED):
        return _AGREE, 0
    if outcome in (_MISREFERRED, _CLOSED):
        return (_QUESTION if tell < 0.5 else _OTHER), 0
    pressing, offering = presses(act), offers(act)
    if pressing and s < forces.stops_below and unit(draw, _STOPS) < forces.stops:
        return _STOP, _SAYS_STOP
    if unit(draw, _HEAR) < forces.misheard:
        return _OTHER, 0
    knows = memory[i, 1] > 0.0 or act == _IDENTIFY
    if knows and reason in (_DISPUTES, _WRONG_PARTY):
        likely = forces.disputes_at_once if act == _IDENTIFY else 0.85
        if tell < likely:
            return _DISPUTE, _SAYS_DISPUTE
    vulnerable = 0
    if reason == _VULNERABLE and memory[i, 1] > 0.0 and act in (_LISTEN, _ASK, _ACKNOWLEDGE):
        vulnerable = _SAYS_VULNERABLE if tell < forces.discloses else 0
    bad = unit(draw, _MOOD)
    if memory[i, 1] > 0.0 and act in (_ASK, _LISTEN):
        p = (
            forces.answers
            + forces.answers_cooperation * c
            + forces.answers_sentiment * s
            + forces.answers_openness * profile[i, 4]
            - table[k, _EVADES]
        )
        p = p if act == _ASK else forces.volunteers * p
        if unit(draw, _ANSWER) < p:
            intent, signals = _answers(forces, profile, i, draw)
            return intent, signals | vulnerable
        if act == _ASK and s > -0.25:
            return _STALL, vulnerable
    if offering and short > 0.0:
        if short <= forces.near:
            return _STALL, vulnerable
        return _REFUSE, vulnerable
    if s < -0.1 and bad < table[k, _COMPLAINS] * (0.5 - s):
        return _COMPLAIN, vulnerable
    if c < table[k, _COMMITS_C] and bad > 1.0 - table[k, _STALLS]:
        return _STALL, vulnerable
    if act == _HARD and short > 0.0:
        return _REFUSE, vulnerable
    return (_GREET if memory[i, 0] < 2.0 or tell > 0.5 else _QUESTION), vulnerable
