"""Talks with a collector that does what it is told, and a log and a store to look into."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hamlet.clock import ManualClock
from hamlet.conversation.session import PolicyChooser
from hamlet.conversation.store import Store
from hamlet.errors import UsageError
from hamlet.events.types import Event, encode
from hamlet.talks.collectors import Candidate
from hamlet.talks.room import Talks
from hamlet.talks.talk import Seat
from hamlet.worlds.dialogue.policies import RulePolicy
from tests.conversation.support import Scripted, settings

OPENING = ("identify_and_disclose", "ask_about_situation", "offer_payment_plan")


class Scripts:
    """The collectors of a test: "told" does ``OPENING``, "rule" is the rule."""

    def candidates(self) -> list[Candidate]:
        return [Candidate("told", "told.yaml", 1, [100, 200])]

    def seat(self, run: str | None, episode: int | None = None) -> Seat:
        if run == "rule":
            return Seat(PolicyChooser(RulePolicy()), settings())
        if run not in (None, "told"):
            raise UsageError(f"no run {run!r}")
        return Seat(Scripted(OPENING), settings(), "told", episode or 200)


@dataclass
class Room:
    """Everything around the talks of a test. ``log``: what was appended, by stream."""

    directory: Path
    most: int = 32
    keeps: bool = True
    clock: ManualClock = field(default_factory=ManualClock)
    log: dict[str, list[Event]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store = Store(self.directory / "conversations.db")
        store, append = (self.store, self._append) if self.keeps else (None, None)
        self.talks = Talks(Scripts(), store, append, self.clock, most=self.most, idle=600.0)

    async def _append(self, stream: str, events: Sequence[Event], version: int) -> None:
        held = self.log.setdefault(stream, [])
        assert version == len(held), "each append follows the one before"
        held.extend(events)

    def payloads(self, stream: str) -> bytes:
        return b"\n".join(map(encode, self.log[stream]))
