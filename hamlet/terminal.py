"""A talk in the terminal: shows turns, reads lines."""

from collections.abc import Callable

from rich.console import Console

from hamlet.clock import Clock
from hamlet.conversation.session import Choice, Chooser, PersonTalk, SimulatedTalk, Turn
from hamlet.conversation.store import Line, Store
from hamlet.conversation.understanding import understanding
from hamlet.conversation.wording import Wording
from hamlet.worlds.dialogue.acts import ACTS, SUCCESSES
from hamlet.worlds.dialogue.physics import PHYSICS
from hamlet.worlds.dialogue.profiles import Profile
from hamlet.worlds.dialogue.replaying import with_debtor
from hamlet.worlds.dialogue.settings import DialogueSettings

__all__ = ["Terminal"]


class Terminal:
    """Shows turns and reads lines. ``collector`` plays the collector; ``ask`` reads a line after a prompt and
    raises ``EOFError`` at the end."""

    def __init__(
        self,
        console: Console,
        collector: Chooser,
        wording: Wording,
        *,
        show_q: bool = False,
        settings: DialogueSettings | None = None,
        ask: Callable[[str], str] = input,
    ) -> None:
        self._console, self._collector, self._wording = console, collector, wording
        self._show_q, self._ask = show_q, ask
        self._settings = settings or DialogueSettings(physics=PHYSICS)

    def as_debtor(self, seed: int, persona: str | None, store: Store | None, clock: Clock) -> None:
        """The person plays the debtor; with a ``store`` what is said is kept there, and nowhere else."""
        profile = with_debtor(self._settings, seed, persona).debtor(0)
        kept = store.begin("debtor", clock.now()) if store else 0
        self._print(f"Seed {seed}. You are the debtor: {_role(profile)}", style="dim")
        if store:
            how = f"erase it with: python main.py conversations forget {kept} --data {store.path.parent}"
            self._print(f"What you say is kept in {store.path} only; {how}", style="dim")
        talk = PersonTalk(self._collector, self._wording, understanding(), profile, seed, self._settings)
        turns = [talk.begin()]
        while True:
            for turn in turns:
                self._show(turn)
            if store:
                store.add(kept, [_line(turn) for turn in turns])
            ending = turns[-1].ending
            if ending:
                break
            try:
                turns = talk.reply(self._ask("you> "))
            except EOFError:
                ending = "hung_up"
                break
        if store:
            store.end(kept, ending)
        self._print(f"The call ended: {ending}.", style="bold")

    def against_debtor(self, seed: int, persona: str | None, *, by_hand: bool) -> None:
        """A simulated debtor; the acts are the person's (``by_hand``) or the policy's."""
        talk = SimulatedTalk(self._collector, self._wording, with_debtor(self._settings, seed, persona), seed)
        self._print(f"Seed {seed}." + (" You are the collector." if by_hand else ""), style="dim")
        ending = ""
        while not ending:
            choice = self._chosen(talk) if by_hand else talk.next_act()
            if choice is None:
                self._print("You left the call.", style="bold")
                return
            turns = talk.act(choice)
            for turn in turns:
                self._show(turn)
            ending = turns[-1].ending
        self._print(f"The debtor was: {_role(talk.profile)}", style="dim")
        success = "a success" if ending in SUCCESSES else "no success"
        self._print(f"The call ended: {ending}, {success}.", style="bold")

    def _chosen(self, talk: SimulatedTalk) -> Choice | None:
        """The person's act; ``None`` at the end of input."""
        allowed = talk.mask
        listed = "  ".join(f"{at} {name}" for at, name in enumerate(ACTS) if allowed[at])
        self._print(listed, style="dim")
        while True:
            try:
                said = self._ask("act (number or name; Enter: the policy's)> ").strip()
            except EOFError:
                return None
            if not said:
                return talk.next_act()
            at = int(said) if said.isascii() and said.isdigit() else ACTS.index(said) if said in ACTS else -1
            if 0 <= at < len(ACTS) and allowed[at]:
                return Choice(at)
            self._print(f"expected a number 0 … {len(ACTS) - 1} or a name from the list, found {said!r}", style="red")

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
            self._print(f"  {_values(turn)}", style="dim")

    def _print(self, text: str, style: str) -> None:
        self._console.print(text, style=style, markup=False)


def _values(turn: Turn) -> str:
    if not turn.values:
        return "this policy tells no values"
    ranked = sorted(zip(turn.values, ACTS, turn.mask, strict=True), reverse=True)
    return "  ".join(f"{name} {value:+.2f}" for value, name, allowed in ranked if allowed)


def _role(profile: Profile) -> str:
    """A debtor in a sentence."""
    happened = "nothing special happened" if profile.life_event == "none" else profile.life_event.replace("_", " ")
    afford = f"can afford ${profile.affordable:,} a month" if profile.affordable else "cannot afford anything"
    reason = f"; {profile.reason.replace('_', ' ')}" if profile.reason else ""
    return (
        f"{profile.persona}, owes ${profile.debt:,} for {profile.days_overdue} days, earns ${profile.income:,}"
        f" a month, {afford}, has ${profile.savings:,} saved; {happened}{reason}"
    )


def _line(turn: Turn) -> Line:
    about = {"act": turn.act} if turn.who == "collector" else {"intent": turn.intent}
    if turn.signals:
        about["signals"] = ", ".join(turn.signals)
    if turn.violations:
        about["violations"] = ", ".join(turn.violations)
    return Line(turn.who, turn.text, {name: value for name, value in about.items() if value})
