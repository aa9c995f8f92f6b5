"""A talk at the level of text: turns of collector and debtor, with what was heard, thought and violated.

Pure: no I/O, no clock. A terminal, a page or a voice drives it: ``PersonTalk`` where a person plays the
debtor, ``SimulatedTalk`` where the debtor is simulated and a policy, or a person by hand, plays the collector.
"""

from typing import NamedTuple, Protocol

import msgspec
import numpy as np

from hamlet.conversation.lexicon import known_lexicon
from hamlet.conversation.tokens import tokenise
from hamlet.conversation.understanding import Understanding
from hamlet.conversation.wording import Worded, Wording
from hamlet.worlds.dialogue.acts import ACTS, INTENTS
from hamlet.worlds.dialogue.dialogue import Dialogue
from hamlet.worlds.dialogue.perception import Heard, Perception
from hamlet.worlds.dialogue.profiles import Profile
from hamlet.worlds.dialogue.settings import DialogueSettings
from hamlet.worlds.world import Actions, Floats, Mask, Policy

__all__ = [
    "ENDINGS",
    "HUNG_UP",
    "OFFERS",
    "Choice",
    "Chooser",
    "PersonTalk",
    "PolicyChooser",
    "SimulatedTalk",
    "Turn",
    "ValueChooser",
    "went_well",
]

HUNG_UP = "hung_up"
"""The person who plays the debtor ended the talk, in words or by a button for it."""

ENDINGS = ("agreed", "refused", "referred", "closed", HUNG_UP, "timed_out")
"""How a talk with a person ends: yes to an offer; the collector ended it after a no, for a specialist, or with
nothing said to an offer; the person hung up; the cap."""

OFFERS = frozenset({"offer_payment_plan", "validate_then_offer", "propose_settlement"})
_FAREWELLS = frozenset({"bye", "goodbye", "hangup"})


class Choice(NamedTuple):
    """``act``: position in ``ACTS``; ``values`` [12]: what the policy thinks of each, where it tells."""

    act: int
    values: Floats | None = None


class Chooser(Protocol):
    """Plays the collector in one talk: observation [20], mask [12] → an act that the mask allows."""

    def choose(self, observation: Floats, mask: Mask) -> Choice: ...


class ValuePolicy(Protocol):
    """A policy that says what it thinks of the acts: observation [N, 20], mask [N, 12] → values [N, 12], acts [N]."""

    def decide(self, observation: Floats, mask: Mask) -> tuple[Floats, Actions]: ...


class ValueChooser:
    """A learned policy as a chooser."""

    def __init__(self, policy: ValuePolicy) -> None:
        self._policy = policy

    def choose(self, observation: Floats, mask: Mask) -> Choice:
        values, acts = self._policy.decide(observation[None], mask[None])
        return Choice(int(acts[0]), values[0].copy())


class PolicyChooser:
    """A policy of worlds as a chooser; it tells no values."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def choose(self, observation: Floats, mask: Mask) -> Choice:
        return Choice(int(self._policy.act(observation[None], mask[None])[0]))


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One utterance. ``number``: the collector's turn it belongs to, from 0.

    ``who`` ``"collector"``: ``act`` (empty where it only asks again), ``values`` and ``mask`` by position in
    ``ACTS`` (values empty where the policy tells none), ``violations`` by name. ``who`` ``"debtor"``: ``intent``,
    ``sentiment``, ``cooperation`` and ``signals`` as the collector perceives them; ``confidence`` 1 where the
    debtor is simulated, for its intent is known. ``ending``: one of ``ENDINGS`` with a person, of
    ``acts.OUTCOMES`` with a simulated debtor; empty while the talk goes on. ``source`` and ``reason`` as in
    ``Worded``. ``observed``: the 20 numbers that the collector perceived when it chose, or when it had heard this."""

    number: int
    who: str
    text: str
    act: str = ""
    intent: str = ""
    sentiment: float = 0.0
    cooperation: float = 0.0
    signals: tuple[str, ...] = ()
    confidence: float = 1.0
    values: tuple[float, ...] = ()
    mask: tuple[bool, ...] = ()
    violations: tuple[str, ...] = ()
    ending: str = ""
    source: str = ""
    reason: str = ""
    observed: tuple[float, ...] = ()


class PersonTalk:
    """A person plays the debtor ``profile``; ``collector`` chooses the acts. ``begin``, then ``reply`` to what the
    person says until a turn has an ``ending``."""

    def __init__(
        self,
        collector: Chooser,
        wording: Wording,
        understanding: Understanding,
        profile: Profile,
        seed: int,
        settings: DialogueSettings,
    ) -> None:
        self._collector, self._wording, self._understanding = collector, wording, understanding
        self._profile, self._seed, self._cap = profile, seed, settings.cap
        self._perception = Perception(settings.cap, masked=settings.masked)
        self._state = self._perception.begin()
        self._number = -1
        self._act = ""
        self._standing = ""  # what the person said to the last offer: "", "offered", "refused"
        self._asked_again = False
        self._sentiment = 0.0
        self._ended = False

    @property
    def observation(self) -> Floats:
        """What the collector perceives now, [20]."""
        return self._perception.observe(self._state)

    def begin(self) -> Turn:
        """The collector's first words."""
        return self._speaks()

    def reply(self, text: str, *, clear: bool = True) -> list[Turn]:
        """The person's turn as it was heard, and the collector's next, unless that was the end. What was not
        understood is asked again, once in a row, and changes nothing; nor was what did not come over ``clear``, of
        which ``text`` is a guess. Raises ``RuntimeError`` after the end."""
        if self._ended:
            raise RuntimeError("reply: this talk has ended")
        found = self._understanding.understand(text if clear else "")
        if found.asks_again and not self._asked_again:
            self._asked_again = True
            worded = self._wording.asks_again(self._seed, self._number)
            text_, source, reason = worded
            seen = self.observation
            heard = _heard(self._number, Worded(text, source="person"), found.heard, seen, found.confidence)
            observed = _numbers(seen)
            return [
                heard,
                Turn(number=self._number, who="collector", text=text_, source=source, reason=reason, observed=observed),
            ]
        self._asked_again = False
        self._perception.heard(self._state, found.heard)
        self._sentiment = found.heard.sentiment
        ending = self._ending_of(text, found.intent)
        self._ended = bool(ending)
        worded = Worded(text, source="person")
        turn = _heard(self._number, worded, found.heard, self.observation, found.confidence, ending)
        return [turn] if ending else [turn, self._speaks()]

    def _ending_of(self, text: str, intent: str) -> str:
        offered = self._act in OFFERS or (self._act == "hard_close" and self._standing == "offered")
        if intent == "agree" and offered:
            return "agreed"
        if intent == "refuse" and (offered or self._standing):
            self._standing = "refused"
        if intent == "stop" and _hangs_up(text):
            return HUNG_UP
        return "timed_out" if self._number + 1 >= self._cap else ""

    def _speaks(self) -> Turn:
        self._number += 1
        mask = self._perception.mask(self._state)
        seen = self.observation
        choice = self._collector.choose(seen, mask)
        violations = self._perception.acted(self._state, choice.act)
        self._act = ACTS[choice.act]
        if self._act in OFFERS:
            self._standing = "offered"
        ending = ""
        if self._act == "refer_to_specialist":
            ending = "referred"
        elif self._act == "close_call":
            ending = "refused" if self._standing == "refused" else "closed"
        self._ended = bool(ending)
        worded = self._wording.collector(choice.act, self._sentiment, self._profile, self._seed, self._number)
        return _done(self._number, worded, choice, seen, mask, violations, ending)


class SimulatedTalk:
    """The debtor of ``world`` (one call, as ``with_debtor`` begins it with ``seed``) is simulated. ``act`` plays a
    turn, until one has an ``ending``; ``next_act`` is what ``collector`` would do."""

    def __init__(self, collector: Chooser, wording: Wording, world: Dialogue, seed: int) -> None:
        self._collector, self._wording, self._world = collector, wording, world
        self._perception = Perception(world.settings.cap, masked=world.settings.masked)
        self._state = self._perception.begin()
        self._seed = seed
        self._sentiment = 0.0
        self._number = 0
        self._ended = False
        self.profile = world.debtor(0)
        self.returns = 0.0  # the undiscounted sum of its rewards so far

    @property
    def observation(self) -> Floats:
        """What the collector perceives now, [20]."""
        return self._perception.observe(self._state)

    @property
    def mask(self) -> Mask:
        """Which acts are allowed now, [12]."""
        return self._perception.mask(self._state)

    def next_act(self) -> Choice:
        """What the collector's policy would do now."""
        return self._collector.choose(self.observation, self.mask)

    def act(self, choice: Choice) -> list[Turn]:
        """The collector's turn and the debtor's answer. Raises ``RuntimeError`` after the end."""
        if self._ended:
            raise RuntimeError("act: this talk has ended")
        seen, mask = self.observation, self.mask
        violations = self._perception.acted(self._state, choice.act)
        step = self._world.step(np.array([choice.act], np.int64))
        self._ended = bool(step.terminated[0] or step.truncated[0])
        self.returns += float(step.reward[0])
        ending = ""
        if self._ended:
            call = self._world.episode(0)
            said, ending = call.heard(self._number), call.outcome
        else:
            said = self._world.heard(0)
        worded = self._wording.collector(choice.act, self._sentiment, self.profile, self._seed, self._number)
        turn = _done(self._number, worded, choice, seen, mask, violations, "")
        self._perception.heard(self._state, said)
        self._sentiment = said.sentiment
        answered = self._wording.debtor(said, self.profile, self._seed, self._number)
        answer = _heard(self._number, answered, said, self.observation, ending=ending)
        self._number += 1
        return [turn, answer]


def went_well(ending: str, debtor: Profile) -> bool:
    """Whether a talk with a person who played ``debtor`` ended as it should: agreed with somebody who can and should
    pay, or referred where there was a reason for it. What is promised is taken for what is kept."""
    return ending == ("referred" if debtor.reason else "agreed")


def _hangs_up(text: str) -> bool:
    """Whether somebody who asks to stop also ends the call: a farewell, or nothing but "stop"."""
    words = [token.word for token in tokenise(text, known_lexicon()) if token.word.isalpha()]
    return words == ["stop"] or not _FAREWELLS.isdisjoint(words)


def _done(
    number: int, worded: Worded, choice: Choice, seen: Floats, mask: Mask, violations: tuple[str, ...], ending: str
) -> Turn:
    return Turn(
        number=number,
        who="collector",
        act=ACTS[choice.act],
        values=() if choice.values is None else _numbers(choice.values),
        mask=tuple(bool(allowed) for allowed in mask),
        violations=violations,
        ending=ending,
        text=worded.text,
        source=worded.source,
        reason=worded.reason,
        observed=_numbers(seen),
    )


def _heard(number: int, worded: Worded, said: Heard, seen: Floats, confidence: float = 1.0, ending: str = "") -> Turn:
    return Turn(
        number=number,
        who="debtor",
        intent=INTENTS[said.intent],
        sentiment=said.sentiment,
        cooperation=said.cooperation,
        signals=said.lets_on,
        confidence=confidence,
        ending=ending,
        text=worded.text,
        source=worded.source,
        reason=worded.reason,
        observed=_numbers(seen),
    )


def _numbers(values: Floats) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
