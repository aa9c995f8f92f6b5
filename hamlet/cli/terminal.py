"""A talk in the terminal: shows turns, reads lines."""

from collections.abc import Callable, Sequence

from rich.console import Console

from hamlet.clock import Clock
from hamlet.conversation.session import Turn
from hamlet.conversation.store import Store
from hamlet.conversation.wording import Wording
from hamlet.errors import HamletError
from hamlet.talks.records import line_of
from hamlet.talks.talk import Play, Seat, Talk
from hamlet.worlds.dialogue.acts import ACTS
from hamlet.worlds.dialogue.profiles import Profile

__all__ = ["Terminal"]

_LONGEST = max(map(len, ACTS))


class Terminal:
    """Shows turns and reads lines. ``seat`` plays the collector; ``ask`` reads a line after a prompt and raises
    ``EOFError`` at the end."""

    def __init__(
        self,
        console: Console,
        seat: Seat,
        wording: Wording,
        *,
        show_q: bool = False,
        ask: Callable[[str], str] = input,
    ) -> None:
        self._console, self._seat, self._wording = console, seat, wording
        self._show_q, self._ask = show_q, ask

    def as_debtor(self, seed: int, persona: str | None, store: Store | None, clock: Clock) -> Talk:
        """The person plays the debtor; with a ``store`` what is said is kept there, and nowhere else."""
        talk, kept = self._introduced(seed, persona, store, clock)
        turns = talk.begin()
        while True:
            self._show_all(turns)
            if store:
                store.add(kept, [line_of(turn) for turn in turns])
            if talk.ending:
                break
            try:
                turns = talk.say(self._ask("you> "))
            except EOFError:
                talk.leave()
                break
        if store:
            store.end(kept, talk.ending)
        self._print(f"The call ended: {talk.ending}.", style="bold")
        return talk

    def by_voice(
        self, seed: int, persona: str | None, store: Store | None, clock: Clock, speak: Callable[..., list[str]]
    ) -> Talk:
        """As ``as_debtor``, but ``speak`` holds the talk, and returns what is to be told besides. Where it cannot, no
        talk is kept."""
        talk, kept = self._introduced(seed, persona, store, clock)
        try:
            notes = speak(talk, clock=clock)
        except HamletError:
            if store:
                store.forget(kept)
            raise
        if store:
            store.add(kept, [line_of(turn) for turn in talk.turns])
            store.end(kept, talk.ending)
        for turn in talk.turns:
            if turn.source == "person":
                self._print(f"you: {turn.text}", style="yellow")
            self._show(turn)
        for note in notes:
            self._print(note, style="red")
        self._print(f"The call ended: {talk.ending}.", style="bold")
        return talk

    def _introduced(self, seed: int, persona: str | None, store: Store | None, clock: Clock) -> tuple[Talk, int]:
        """A talk with a person, who is told whom they play; its number in the ``store``."""
        talk = self._talk("debtor", seed, persona)
        kept = store.begin("debtor", clock.now()) if store else 0
        self._print(f"Seed {seed}. You are the debtor: {_role(talk.debtor)}", style="dim")
        if store:
            how = f"erase it with: python main.py conversations forget {kept} --data {store.path.parent}"
            self._print(f"What you say is kept in {store.path} only; {how}", style="dim")
        return talk, kept

    def against_debtor(self, seed: int, persona: str | None, *, by_hand: bool) -> Talk:
        """A simulated debtor; the acts are the person's (``by_hand``) or the policy's."""
        talk = self._talk("collector" if by_hand else "watch", seed, persona)
        self._print(f"Seed {seed}." + (" You are the collector." if by_hand else ""), style="dim")
        talk.begin()
        while not talk.ending:
            try:
                self._show_all(talk.act(self._chosen(talk) if by_hand else None))
            except EOFError:
                talk.leave()
                self._print("You left the call.", style="bold")
                return talk
        self._print(f"The debtor was: {_role(talk.debtor)}", style="dim")
        success = "a success" if talk.success else "no success"
        self._print(f"The call ended: {talk.ending}, {success}.", style="bold")
        return talk

    def _talk(self, play: Play, seed: int, persona: str | None) -> Talk:
        return Talk(play, seed, persona, self._seat, self._wording)

    def _chosen(self, talk: Talk) -> str | None:
        """The person's act; ``None``: the policy's. Raises ``EOFError`` at the end of input."""
        assert talk.next is not None
        allowed = talk.next.mask
        listed = "  ".join(f"{at} {name}" for at, name in enumerate(ACTS) if allowed[at])
        self._print(listed, style="dim")
        while True:
            said = self._ask("act (number or name; Enter: the policy's)> ").strip()
            if not said:
                return None
            at = int(said) if said.isascii() and said.isdigit() else ACTS.index(said) if said in ACTS else -1
            if 0 <= at < len(ACTS) and allowed[at]:
                return ACTS[at]
            self._print(f"expected a number 0 … {len(ACTS) - 1} or a name from the list, found {said!r}", style="red")

    def _show_all(self, turns: Sequence[Turn]) -> None:
        for turn in turns:
            self._show(turn)

    def _show(self, turn: Turn) -> None:
        if turn.who == "collector":
            about = turn.act or "asks again"
            style = "cyan"
        else:
            about = f"{turn.intent} · sentiment {turn.sentiment:+.1f}"
            about += "".join(f" · {signal}" for signal in turn.signals)
            about += "" if turn.confidence == 1.0 else f" · {turn.confidence:.0%} sure"
            style = "yellow"
        if turn.source == "person":
            self._print(f"  heard: {about}", style="dim")
        else:
            self._print(f"{turn.who}: {turn.text}", style=style)
            self._print(f"  {about}", style="dim")
        for name in turn.violations:
            self._print(f"  violation: {name}", style="red")
        if turn.reason:
            self._print(f"  {turn.reason}", style="red")
        if self._show_q and turn.act:
            for line in _values(turn, self._console.width):
                self._print(f"  {line}", style="dim")

    def _print(self, text: str, style: str) -> None:
        self._console.print(text, style=style, markup=False)


def _values(turn: Turn, width: int) -> list[str]:
    """What the policy thinks of each act, the best first, as lines of columns that fit ``width``."""
    if not turn.values:
        return ["this policy tells no values"]
    ranked = sorted(zip(turn.values, ACTS, turn.mask, strict=True), reverse=True)
    told = [f"{value:+.2f} {name.ljust(_LONGEST)}" for value, name, allowed in ranked if allowed]
    across = max(1, width // (len(told[0]) + 2))
    return ["  ".join(told[at : at + across]).rstrip() for at in range(0, len(told), across)]


def _role(profile: Profile) -> str:
    """A debtor in a sentence."""
    happened = "nothing special" if profile.life_event == "none" else profile.life_event.replace("_", " ")
    afford = f"can afford ${profile.affordable:,} a month" if profile.affordable else "cannot afford anything"
    reason = f"; {profile.reason.replace('_', ' ')}" if profile.reason else ""
    return (
        f"{profile.persona}, owes ${profile.debt:,} for {profile.days_overdue} days, earns ${profile.income:,}"
        f" a month, {afford}, has ${profile.savings:,} saved; what happened: {happened}{reason}"
    )
