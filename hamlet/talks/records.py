"""What is kept of a talk: events for the log, which hold no words, and lines for the store, which are the words."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from hamlet.conversation.session import Turn
from hamlet.conversation.store import Line
from hamlet.errors import HamletError
from hamlet.events.reading import read_ends
from hamlet.events.types import ConversationEnded, ConversationEvent, ConversationStarted, Recorded, TurnTaken
from hamlet.talks.talk import Talk

__all__ = ["TalkRecorder", "became", "line_of"]


class TalkRecorder:
    """Writes down what happened in ``talk`` since it last did, as events of the conversation ``name``.

    A turn is what the collector did *and* how it understood the answer: its last words wait for that."""

    def __init__(self, name: str, talk: Talk) -> None:
        self.name = name
        self._talk = talk
        self._begun = self._ended = False
        self._read = 0  # turns of the talk that are in events, or in ``_waiting``
        self._waiting: Turn | None = None
        self._taken = 0

    def events(self) -> list[ConversationEvent]:
        """What is new; with the end of the talk all there will be."""
        talk, found = self._talk, list[ConversationEvent]()
        if not self._begun:
            self._begun = True
            found.append(self._started())
        for turn in talk.turns[self._read :]:
            if turn.who == "debtor":
                found.append(self._turn(turn))
            else:
                self._waiting = turn
        self._read = len(talk.turns)
        if talk.ending and not self._ended:
            self._ended = True
            if self._waiting is not None:
                found.append(self._turn(None))
            found.append(
                ConversationEnded(
                    conversation=self.name,
                    episode=talk.seat.episode,
                    outcome=talk.ending,
                    success=talk.success,
                    turns=self._taken,
                    returns=talk.returns,
                )
            )
        return found

    def _started(self) -> ConversationStarted:
        talk = self._talk
        return ConversationStarted(
            conversation=self.name,
            episode=talk.seat.episode,
            vector_step=0,
            partner="person" if talk.play == "debtor" else "simulated",
            seed=talk.seed,
            persona=talk.debtor.persona,
            collector=talk.seat.run,
            by_hand=talk.play == "collector",
            physics=talk.seat.settings.physics,
        )

    def _turn(self, answer: Turn | None) -> TurnTaken:
        """What waits, answered."""
        done, self._waiting = self._waiting, None
        assert done is not None  # nobody answers before the collector has spoken
        self._taken += bool(done.act)
        return TurnTaken(
            conversation=self.name,
            episode=self._talk.seat.episode,
            turn=done.number + 1,
            act=done.act,
            q_values=list(done.values),
            mask=list(done.mask),
            violations=list(done.violations),
            intent=answer.intent if answer else "",
            sentiment=answer.sentiment if answer else 0.0,
            cooperation=answer.cooperation if answer else 0.0,
            signals=list(answer.signals) if answer else [],
        )


def line_of(turn: Turn) -> Line:
    """What was said, with the little that one wants to know of it when reading."""
    about = {
        "act": turn.act,
        "intent": turn.intent,
        "signals": ", ".join(turn.signals),
        "violations": ", ".join(turn.violations),
    }
    return Line(turn.who, turn.text, {name: value for name, value in about.items() if value})


def became(log: Path, name: str) -> str:
    """What ``log`` tells of the talk ``name``, in a sentence; "" where it knows none, or cannot be read."""
    with suppress(HamletError):
        if ends := read_ends(log, name):
            return _told(*ends)
    return ""


def _told(first: Recorded, last: Recorded) -> str:
    if isinstance(last.event, ConversationEnded):
        ending, turns = last.event.outcome.replace("_", " "), last.event.turns
        over = f"is over ({ending}, after {turns} turn{'' if turns == 1 else 's'})"
    else:
        over = "was cut off when the process that held it ended"
    day = datetime.fromtimestamp(first.recorded_at, UTC)
    return (
        f"the conversation of {day.day} {day:%B %Y, %H:%M} UTC {over}. It is held for 15 minutes after its last word, "
        "and not beyond a restart. What was done and understood is in the log: "
        f"python main.py events --run {first.run}"
    )
