"""One talk from its first word to its end: a person as the debtor, a person as the collector, or nobody but agents.

Synchronous, without I/O: whoever holds it decides on which thread it speaks, one at a time.
"""

from typing import Literal

import msgspec
import numpy as np

from hamlet.conversation.session import Choice, Chooser, PersonTalk, SimulatedTalk, Turn, went_well
from hamlet.conversation.understanding import understanding
from hamlet.conversation.wording import Wording
from hamlet.errors import UsageError
from hamlet.training.foresight import Foresight, Foretold
from hamlet.worlds.dialogue.acts import ACTS, SUCCESSES
from hamlet.worlds.dialogue.replaying import with_debtor
from hamlet.worlds.dialogue.settings import DialogueSettings

__all__ = ["LEFT", "Next", "Play", "Seat", "Talk"]

Play = Literal["debtor", "collector", "watch"]
"""What the person does: play the debtor, choose the collector's acts, or watch."""

LEFT = "left"
"""How a talk ends that broke off: no word any more, the end of the input, a page that was closed. Nobody decided
anything in it, so it is neither good nor bad."""


class Seat(msgspec.Struct, frozen=True):
    """Who collects. ``run``: whose policy of ``episode``, in calls of which ``settings``; "rule": the rule.
    ``foresight``: looks ahead in this one talk by the world model kept with the policy, where there is one."""

    chooser: Chooser
    settings: DialogueSettings
    run: str = "rule"
    episode: int = 0
    foresight: Foresight | None = None


class Next(msgspec.Struct, frozen=True):
    """What the collector's policy would do now, by which ``values`` of the acts (empty where it tells none), of
    which its ``mask`` allows some; both by position in ``ACTS``."""

    act: str
    values: tuple[float, ...]
    mask: tuple[bool, ...]


class Talk:
    """``persona``: of the debtor; ``None``: by the ``seed``. ``turns``: all so far. ``ending``: "" while it goes on,
    then one of ``session.ENDINGS`` with a person, of ``acts.OUTCOMES`` with a simulated debtor, or ``LEFT``.
    ``foretold``: for each of the collector's acts that were looked ahead from (``foresee``), and for the one that is
    to come, what every act was expected to lead to, the most promising first."""

    def __init__(self, play: Play, seed: int, persona: str | None, seat: Seat, wording: Wording) -> None:
        self.play, self.seed, self.seat = play, seed, seat
        self.turns: list[Turn] = []
        self.ending = ""
        self.next: Next | None = None
        self.foretold: list[tuple[Foretold, ...]] = []
        world = with_debtor(seat.settings, seed, persona)
        self.debtor = world.debtor(0)
        self._talk: PersonTalk | SimulatedTalk
        if play == "debtor":
            self._talk = PersonTalk(seat.chooser, wording, understanding(), self.debtor, seed, seat.settings)
        else:
            self._talk = SimulatedTalk(seat.chooser, wording, world, seed)

    def begin(self) -> list[Turn]:
        """The collector's first words to a person; with a simulated debtor nothing is said before an act."""
        if isinstance(self._talk, PersonTalk):
            return self._heard([self._talk.begin()])
        self._consider(self._talk)
        return []

    def say(self, text: str, *, clear: bool = True) -> list[Turn]:
        """What the person says as the debtor, as it was heard, and the answer, if there is one; ``clear`` as in
        ``PersonTalk.reply``. Raises ``UsageError`` after the end, and where the debtor is simulated."""
        self._require_open()
        if not isinstance(self._talk, PersonTalk):
            raise UsageError("the debtor of this talk is simulated: choose an act")
        return self._heard(self._talk.reply(text, clear=clear))

    def act(self, name: str | None = None) -> list[Turn]:
        """The collector does ``name``, or what its policy would (``None``), and the debtor answers. Raises
        ``UsageError`` after the end, where a person plays the debtor, and for an act that is not allowed."""
        self._require_open()
        if isinstance(self._talk, PersonTalk) or self.next is None:
            raise UsageError("the collector of this talk chooses its own acts: say something")
        if name is None:
            values = np.array(self.next.values, np.float32) if self.next.values else None
            choice = Choice(ACTS.index(self.next.act), values)
        else:
            choice = Choice(_allowed(name, self.next.mask))
        turns = self._heard(self._talk.act(choice))
        self._consider(self._talk)
        return turns

    def leave(self, ending: str = LEFT) -> None:
        """It breaks off, or the debtor hangs up (``session.HUNG_UP``); nothing happens after the end."""
        self.ending, self.next = self.ending or ending, None

    def foresee(self) -> bool:
        """Look ahead from every moment in which the collector chose, or is to choose, where that was not done yet:
        some 50 ms of computing each, at most ``settings.cap`` of them. Says whether something was foretold. It changes
        nothing in the talk."""
        if (foresight := self.seat.foresight) is None:
            return False
        done = [turn for turn in self.turns if turn.act]
        moments = [(turn.observed, turn.mask) for turn in done]
        if self.next is not None:
            moments.append((self.observed, self.next.mask))
        known = len(self.foretold)
        for at, (observed, mask) in enumerate(moments[known:], known):
            if at:
                foresight.acted(ACTS.index(done[at - 1].act))
            foresight.see(np.array([observed], np.float32))
            self.foretold.append(foresight.look(np.array([mask])))
        return len(moments) > known

    @property
    def observed(self) -> tuple[float, ...]:
        """The 20 numbers that the collector perceives now."""
        return tuple(float(number) for number in self._talk.observation)

    @property
    def success(self) -> bool:
        """Whether it ended well; false while it goes on."""
        return went_well(self.ending, self.debtor) if self.play == "debtor" else self.ending in SUCCESSES

    @property
    def returns(self) -> float:
        """The undiscounted sum of the rewards; 0 with a person, who gives none."""
        return 0.0 if isinstance(self._talk, PersonTalk) else self._talk.returns

    def _consider(self, talk: SimulatedTalk) -> None:
        """Once for each situation: a policy with memory must not see one twice."""
        if self.ending:
            self.next = None
            return
        choice = talk.next_act()
        values = () if choice.values is None else tuple(float(value) for value in choice.values)
        self.next = Next(ACTS[choice.act], values, tuple(bool(allowed) for allowed in talk.mask))

    def _heard(self, turns: list[Turn]) -> list[Turn]:
        self.turns += turns
        self.ending = turns[-1].ending
        return turns

    def _require_open(self) -> None:
        if self.ending:
            raise UsageError(f"this talk has ended: {self.ending}")


def _allowed(name: str, mask: tuple[bool, ...]) -> int:
    allowed = [act for act, may in zip(ACTS, mask, strict=True) if may]
    if name not in allowed:
        raise UsageError(f"act: expected one of {', '.join(allowed)}; found {name!r}")
    return ACTS.index(name)
