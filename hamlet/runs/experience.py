"""Talks that people held, as experience: which of a log's can be learned from, and what a learner would have lived.

A talk is read from its events alone, which hold acts and what was understood but no words. So one whose words were
erased teaches the same, and what is learned from it can be learned again from the same log, bit for bit. What the
collector perceived is worked out anew by ``Perception``, as it was while they talked.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np

from hamlet.conversation.session import OFFERS
from hamlet.errors import UsageError
from hamlet.events.reading import read_events
from hamlet.events.types import ConversationEnded, ConversationEvent, ConversationStarted, TurnTaken, tag_of
from hamlet.talks.talk import LEFT
from hamlet.training.world_models.episodes import join
from hamlet.training.world_models.model import Episodes
from hamlet.worlds.dialogue.acts import ACTS, INTENTS, OUTCOMES, SIGNALS
from hamlet.worlds.dialogue.perception import Heard, Perception, mood
from hamlet.worlds.dialogue.settings import DialogueSettings

__all__ = ["Experience", "find_experience", "recall_experience"]

Talk = Sequence[ConversationEvent]

_OTHER, _TIMED_OUT = INTENTS.index("other"), "timed_out"


class Experience(msgspec.Struct, frozen=True):
    """The ``talks`` by name, oldest first, and their ``episodes`` in that order; ``left_out``: reason → how many that
    people held besides."""

    talks: tuple[str, ...]
    episodes: Episodes
    left_out: Mapping[str, int]

    def __str__(self) -> str:
        count, turns = len(self.talks), int(self.episodes.lengths.sum())
        found = f"{count:,} conversation{'s' * (count != 1)}, {turns:,} turn{'s' * (turns != 1)}"
        return found + (f" (left out: {_listed(self.left_out)})" if self.left_out else "")


class _Unusable(Exception):
    """Why a talk teaches nothing."""


def find_experience(events: Path, settings: DialogueSettings) -> Experience:
    """All talks in the log at ``events`` that people held and that a run of ``settings`` can learn from. Raises
    ``UsageError`` where there is none."""
    found: dict[str, Episodes] = {}
    left_out = Counter[str]()
    for name, talk in _talks(events).items():
        begun = talk[0]
        if isinstance(begun, ConversationStarted) and (begun.partner == "person" or begun.by_hand):
            try:
                found[name] = _lived(talk, settings)
            except _Unusable as why:
                left_out[str(why)] += 1
    if not found:
        besides = f" (left out: {_listed(left_out)})" if left_out else ""
        raise UsageError(
            f"{events.parent} holds no conversation to learn from{besides}; hold one to its end:"
            f" python main.py talk --data {events.parent}, or at /talk"
        )
    return Experience(tuple(found), join(list(found.values())), dict(left_out))


def recall_experience(events: Path, talks: Sequence[str], settings: DialogueSettings) -> Experience:
    """What a run of ``settings`` began with, from the ``talks`` that its beginning names. Raises ``UsageError`` where
    the log holds one of them no longer, or not as it was."""
    held = _talks(events)
    try:
        return Experience(tuple(talks), join([_lived(held[name], settings) for name in talks]), {})
    except KeyError as error:
        raise UsageError(f"{events}: the run learned from {error.args[0]}, which is not in this log") from None
    except _Unusable as why:
        raise UsageError(f"{events}: the run learned from a conversation that cannot be used any more: {why}") from None


def _talks(events: Path) -> dict[str, list[ConversationEvent]]:
    """The streams of the log that are talks, oldest first."""
    found: dict[str, list[ConversationEvent]] = {}
    kinds = [tag_of(kind) for kind in (ConversationStarted, TurnTaken, ConversationEnded)]
    for batch in read_events(events, types=kinds):
        for recorded in batch:
            event = recorded.event
            # In a run's own stream lie its exams.
            if isinstance(event, ConversationEvent) and recorded.run == event.conversation:
                found.setdefault(recorded.run, []).append(event)
    return found


def _lived(talk: Talk, settings: DialogueSettings) -> Episodes:
    """One episode, as if a learner of ``settings`` had collected. Raises ``_Unusable``."""
    begun, ended = talk[0], talk[-1]
    assert isinstance(begun, ConversationStarted)
    if begun.physics != settings.physics:
        raise _Unusable("of another physics")
    if not isinstance(ended, ConversationEnded):
        raise _Unusable("not finished")
    turns = _turns([event for event in talk if isinstance(event, TurnTaken)])
    if ended.outcome == LEFT:  # what was answered was lived all the same; of what came next nobody knows
        turns = [turn for turn in turns if turn.intent]
        if not turns:
            raise _Unusable("without an answer")
        outcome, reward = LEFT, 0.0
    else:
        outcome = _outcome(ended, [turn.act for turn in turns])
        reward = getattr(settings.rewards, outcome)
    cut = outcome in (LEFT, _TIMED_OUT)
    if not turns or len(turns) > settings.cap or (outcome == _TIMED_OUT and len(turns) < settings.cap):
        raise _Unusable("of another length than this run's")
    perception = Perception(settings.cap, masked=settings.masked)
    state = perception.begin()
    observations, masks = [perception.observe(state)], [perception.mask(state)]
    actions, earned = [], []
    for number, turn in enumerate(turns, start=1):
        act = ACTS.index(turn.act)
        if not masks[-1][act]:
            raise _Unusable("with an act that this run forbids")
        before = mood(state, 0)
        broken = perception.acted(state, act)
        perception.heard(state, _heard(turn, state[0, 2], state[0, 3]))
        last = number == len(turns)
        after = 0.0 if last and not cut else mood(state, 0)
        shaped = settings.shaping.weight * (settings.shaping.gamma * after - before)
        earned.append((reward if last else 0.0) + shaped - settings.cost_weight * len(broken))
        actions.append(act)
        observations.append(perception.observe(state))
        masks.append(perception.mask(state))
    return Episodes(
        observations=np.stack(observations)[None],
        masks=np.stack(masks)[None],
        actions=np.array([actions], np.int64),
        rewards=np.array([earned], np.float32),
        lengths=np.array([len(turns)]),
        terminated=np.array([not cut]),
    )


def _turns(taken: Sequence[TurnTaken]) -> list[TurnTaken]:
    """What was done, with the answer that counted: where it was only asked again, that is the next one's."""
    found: list[TurnTaken] = []
    for turn in taken:
        if turn.act not in ("", *ACTS) or turn.intent not in ("", *INTENTS) or not set(turn.signals) <= set(SIGNALS):
            raise _Unusable("not understood by this Hamlet")
        if turn.act:
            found.append(turn)
        elif found:
            found[-1] = msgspec.structs.replace(turn, act=found[-1].act)
    return found


def _heard(turn: TurnTaken, sentiment: float, cooperation: float) -> Heard:
    """The answer as it was understood; where nobody answered any more, nothing that would change a mind."""
    if not turn.intent:
        return Heard(_OTHER, float(sentiment), (False,) * len(SIGNALS), float(cooperation))
    signals = tuple(name in turn.signals for name in SIGNALS)
    return Heard(INTENTS.index(turn.intent), turn.sentiment, signals, turn.cooperation)


def _outcome(ended: ConversationEnded, acts: Sequence[str]) -> str:
    """Of ``OUTCOMES``. What a person promises is taken for what is kept, by one who can and should pay."""
    if ended.outcome in OUTCOMES:
        return ended.outcome
    offered = [act for act in acts if act in OFFERS]
    match ended.outcome:
        case "agreed" if ended.success:
            return "settlement" if offered and offered[-1] == "propose_settlement" else "promise_kept"
        case "agreed":
            return "promise_broken"
        case "referred":
            return "referral_correct" if ended.success else "referral_wrong"
        case "refused":
            return "closed"
        case _:
            raise _Unusable("not understood by this Hamlet")


def _listed(left_out: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {why}" for why, count in sorted(left_out.items()))
