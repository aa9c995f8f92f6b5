"""Talks with a collector that does what it is told, and a log and a store to look into."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import numpy as np

from hamlet.clock import ManualClock
from hamlet.conversation.session import PolicyChooser
from hamlet.conversation.store import Store
from hamlet.errors import UsageError
from hamlet.events.log import EventLog
from hamlet.events.types import Event, encode
from hamlet.talks.collectors import Candidate
from hamlet.talks.room import Talks
from hamlet.talks.talk import Seat
from hamlet.training.foresight import Foresight
from hamlet.training.networks import Mlp
from hamlet.training.policy import GreedyPolicy
from hamlet.training.tasks.making import spec_of
from hamlet.training.world_models.making import make_model
from hamlet.training.world_models.settings import WorldModelSettings
from hamlet.worlds.dialogue.policies import RulePolicy
from hamlet.worlds.dialogue.settings import DialogueSettings
from tests.conversation.support import Scripted, settings

OPENING = ("identify_and_disclose", "ask_about_situation", "offer_payment_plan")


class Scripts:
    """The collectors of a test: "told" does ``OPENING``, "planner" too, and has a model of debtors that has learned
    nothing yet; "rule" is the rule."""

    def __init__(self, world: DialogueSettings | None = None) -> None:
        self._world = world or settings()

    def candidates(self) -> list[Candidate]:
        return [Candidate("told", "told.yaml", 1, [100, 200])]

    def seat(self, run: str | None, episode: int | None = None) -> Seat:
        if run == "rule":
            return Seat(PolicyChooser(RulePolicy()), self._world)
        if run not in (None, "told", "planner"):
            raise UsageError(f"no run {run!r}")
        foresight = foreseeing() if run == "planner" else None
        return Seat(Scripted(OPENING), self._world, run or "told", episode or 200, foresight)


def foreseeing() -> Foresight:
    spec, kind, rng = spec_of(settings()), WorldModelSettings(kind="mlp", hidden=8), np.random.default_rng(0)
    model = make_model("mlp", spec, kind, rng)
    policy = GreedyPolicy(Mlp([spec.observation_size, 8, len(spec.actions)], rng))
    return Foresight(spec, 0.97, model, policy, rng)


@dataclass
class Room:
    """Everything around the talks of a test. ``log``: what was appended, by stream."""

    directory: Path
    most: int = 32
    keeps: bool = True
    world: DialogueSettings = field(default_factory=settings)
    clock: ManualClock = field(default_factory=ManualClock)
    log: dict[str, list[Event]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store = Store(self.directory / "conversations.db")
        store, append = (self.store, self._append) if self.keeps else (None, None)
        self.talks = Talks(Scripts(self.world), store, append, self.clock, most=self.most, idle=600.0)

    async def _append(self, stream: str, events: Sequence[Event], version: int) -> None:
        held = self.log.setdefault(stream, [])
        assert version == len(held), "each append follows the one before"
        held.extend(events)

    def payloads(self, stream: str) -> bytes:
        return b"\n".join(map(encode, self.log[stream]))


async def in_a_log(streams: Mapping[str, Sequence[Event]], directory: Path) -> Path:
    """A log in ``directory`` that holds ``streams``, whole; its path."""
    path = directory / "events.db"
    async with EventLog.open(path, ManualClock()) as log, anyio.create_task_group() as group:
        group.start_soon(log.run)
        for name, events in streams.items():
            await log.append(name, events, expected=0)
        group.cancel_scope.cancel()
    return path
