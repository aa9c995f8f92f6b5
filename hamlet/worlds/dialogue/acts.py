"""The words of the dialogue world: what a collector can do, what a debtor can say, how a call ends.

The one list of each. Kernels use the position in the tuple, events and files the name; docs,
viewer, templates and classifier are checked against these.
"""

__all__ = ["ACTS", "INTENTS", "OUTCOMES", "PERSONAS", "SIGNALS", "SUCCESSES", "VIOLATIONS"]

ACTS = (
    "identify_and_disclose",  # who is calling, the right party, that this is an attempt to collect a debt
    "empathetic_listening",
    "ask_about_situation",
    "acknowledge_and_redirect",
    "gentle_urgency",
    "firm_reminder",
    "offer_payment_plan",
    "validate_then_offer",  # names what was understood, then offers a plan
    "propose_settlement",
    "hard_close",
    "refer_to_specialist",  # hardship, dispute, vulnerability: somebody else's call
    "close_call",
)

INTENTS = (
    "greet",  # small talk, "yes, speaking"
    "inform",  # tells of the situation, answers a question
    "agree",  # yes to what was proposed last
    "refuse",  # no to what was proposed last
    "hardship",  # cannot pay
    "dispute",  # not my debt, not this amount
    "complain",  # anger, insult
    "stall",  # later, not now, have to think
    "ask",  # a question back
    "stop",  # asks not to be called or pressed any more
    "other",  # not understood, or nothing of the above
)

SIGNALS = ("vulnerable", "hardship", "dispute", "stop")  # what an utterance lets on, besides its intent

PERSONAS = ("cooperative", "sad", "avoidant", "angry")

OUTCOMES = (
    "promise_kept",
    "promise_broken",
    "settlement",
    "referral_correct",
    "referral_wrong",
    "hung_up",
    "closed",  # the collector ended the call with nothing agreed
    "timed_out",  # the cap: cut off, not ended
)

SUCCESSES = frozenset({"promise_kept", "settlement", "referral_correct"})

VIOLATIONS = (
    "undisclosed",  # the debt spoken of, or an offer made, before identity and disclosure
    "threat",  # a threat or false urgency
    "pressed_dispute",  # pressed after the debt was disputed
    "pressed_stop",  # pressed, or an offer made, after a request to stop
    "pressed_vulnerable",  # pressed after a sign of vulnerability
)
