"""How debtors react: every number of physics 1 in one typed place. The kernel holds none of them.

Moods: sentiment in [−1, 1], cooperation in [0, 1]. The columns of ``PERSONA_TABLE`` up to
``commits_sentiment`` were chosen beforehand; the rest was set by
measurement so that every persona can be won and none by one act alone (``docs/dialogue.md``).
"""

from typing import NamedTuple

__all__ = ["BANDS", "FORCES", "PERSONA_TABLE", "PHYSICS", "ActEffects", "Band", "Persona"]

PHYSICS = 1


class Persona(NamedTuple):
    """Effects in [−1, 1] of an act on this persona; cooperation and sentiment from which it commits."""

    sentiment_low: float
    sentiment_high: float
    cooperation_low: float
    cooperation_high: float
    listen: float
    ask: float
    firm: float
    plan: float
    settle: float
    hard: float
    commits_cooperation: float
    commits_sentiment: float
    acknowledge: float  # effect of acknowledging what was just complained of or put off
    urge: float
    evades: float  # taken from the probability to answer a question
    stalls: float  # probability to put off while cooperation is below what it commits at
    complains: float  # probability to complain while the mood is bad


#             sentiment0   cooperation0 listen ask firm  plan settle hard commits   ack urge  evades stalls complains
PERSONA_TABLE = {
    "cooperative": Persona(0.2, 0.4, 0.6, 0.8, 0.5, 0.6, 0.3, 0.9, 0.8, -0.3, 0.6, 0.2, 0.5, 0.5, 0.0, 0.1, 0.3),
    "sad": Persona(-0.2, 0.0, 0.4, 0.6, 0.9, 0.7, -0.5, 0.6, 0.5, -0.8, 0.7, 0.3, 0.6, -0.3, 0.1, 0.2, 0.3),
    "avoidant": Persona(-0.1, 0.1, 0.2, 0.4, 0.3, -0.2, 0.4, 0.7, 0.8, 0.5, 0.7, 0.4, 0.9, 0.9, 0.2, 0.75, 0.2),
    "angry": Persona(-0.6, -0.4, 0.1, 0.3, 0.8, 0.6, -0.7, 0.4, 0.3, -0.9, 0.8, 0.4, 0.9, -0.5, 0.1, 0.15, 0.85),
}


class ActEffects(NamedTuple):
    """How strongly acts move a mood, and when."""

    unknown_caller: float = 0.12  # sentiment lost by an act before the caller said who calls
    identified: float = 0.04  # cooperation won by saying so; saying it again costs ``repeated``
    repeated: float = 0.12
    wear: float = 0.8  # the r-th repetition has 1 / (1 + wear · r) of the effect
    fade: float = 0.06  # the n-th soft act 1 / (1 + fade · n), offers likewise
    listen_sentiment: float = 0.3
    listen_cooperation: float = 0.13
    soothed: float = 0.8  # sentiment at which listening has no more effect on it
    acknowledge_sentiment: float = 0.26
    acknowledge_cooperation: float = 0.18
    beside: float = 0.2  # share of it where there was nothing to acknowledge
    ask_cooperation: float = 0.16
    tiresome: float = 0.1  # sentiment lost by each further question once three were answered
    answers: float = 0.4  # probability to answer, + the three below times cooperation, sentiment, openness
    answers_cooperation: float = 0.45
    answers_sentiment: float = 0.3
    answers_openness: float = 0.2
    rapport_sentiment: float = 0.05  # pressure works from here on, and backfires below
    rapport_cooperation: float = 0.42
    urge_cooperation: float = 0.16
    urge_backfires: float = 0.18  # in sentiment; half of it in cooperation
    firm_cooperation: float = 0.2
    firm_backfires: float = 0.3
    premature: float = 0.12  # sentiment lost by an offer before the situation is known; half in cooperation
    plan_cooperation: float = 0.08
    settle_cooperation: float = 0.06
    validate_sentiment: float = 0.08
    declined: float = 0.06  # sentiment lost by an offer that is refused
    near: float = 0.14  # an offer that falls short by no more is put off, not refused
    settle_easier: float = 0.04  # a settlement is taken this much cooperation below the threshold
    hard_turn: float = 7.0  # a hard close can work from this turn on
    hard_easier: float = 0.15  # and then takes this much less cooperation, + a tenth of the persona's effect
    hard_backfires: float = 0.4
    unsteady: float = 1.4  # losses are scaled by unsteady − steadies · stability
    steadies: float = 0.8
    agreeable_least: float = 0.75  # gains of cooperation by agreeable_least + agreeable · agreeableness
    agreeable: float = 0.5
    assertive: float = 0.08  # thresholds rise by assertive · (assertiveness − ½)
    calls_sentiment: float = 0.03  # starting sentiment lost by each call that others made before
    overdue_cooperation: float = 0.06  # starting cooperation lost by a year overdue
    sways: float = 0.1  # width of the chance in sentiment each turn; 0.6 of it in cooperation
    weary_turn: float = 12.0  # from here on each turn costs ``weary`` of sentiment
    weary: float = 0.03
    hangs_up_below: float = -0.72
    hangs_up: float = 0.15  # probability there, + steeply · (how far below)
    hangs_up_steeply: float = 2.0
    hangs_up_ignored: float = 0.5  # when pressed or offered something after having asked to stop
    stops_below: float = -0.4  # pressed in such a mood it asks to stop
    stops: float = 0.4
    discloses: float = 0.6  # probability that a vulnerable debtor lets it on, when listened to or asked
    volunteers: float = 0.2  # probability to tell of the situation when listened to
    disputes_at_once: float = 0.6  # probability to dispute at the disclosure; at a later act .85
    clear: float = 0.88  # probability that an answer says how things stand
    misheard: float = 0.03  # probability that an utterance is not understood
    sounds: float = 0.28  # half width of the noise on how words sound
    promise_steadiness: float = 0.45  # a promise from a hard close is kept from this stability on


FORCES = ActEffects()


class Band(NamedTuple):
    """A band of difficulty: added to starting moods and to thresholds; noise is scaled."""

    sentiment: float
    cooperation: float
    threshold: float
    noise: float


BANDS = {
    "easy": Band(0.12, 0.06, -0.06, 0.7),
    "medium": Band(0.0, 0.0, 0.0, 1.0),
    "hard": Band(-0.1, -0.05, 0.04, 1.4),
}
