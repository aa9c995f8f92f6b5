"""The talks that go on in this process, for any transport: a page, a voice, a test.

Each is known by its *link*, which nobody can guess and which is kept nowhere; its *name*, a hash of the link, is what
the log and the store know it by. So whoever reads either cannot open a conversation that is not theirs.

Everything that thinks runs in worker threads; the loop only waits. Per talk one thing happens at a time.
"""

import hashlib
import secrets
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol, TypeVar

import anyio
import anyio.to_thread
import msgspec

from hamlet.clock import Clock
from hamlet.conversation.session import HUNG_UP, Turn
from hamlet.conversation.store import Store
from hamlet.conversation.wording import TemplateWording, known_templates
from hamlet.errors import NoSuchTalk, TalksFull, UsageError
from hamlet.events.types import CollectorInterrupted, Event
from hamlet.talks.collectors import Candidate
from hamlet.talks.records import TalkRecorder, line_of
from hamlet.talks.talk import LEFT, Next, Play, Seat, Talk
from hamlet.training.foresight import Foretold
from hamlet.worlds.dialogue.acts import PERSONAS
from hamlet.worlds.dialogue.profiles import Profile

__all__ = ["IDLE", "LONGEST", "MOST", "Append", "Asked", "CollectorSource", "Past", "Talks", "View", "name_of"]

T = TypeVar("T")

Append = Callable[[str, Sequence[Event], int], Awaitable[object]]
"""Appends events to a stream of the log after its version, and returns when they are durable."""

Past = Callable[[str], str]
"""What the log tells of the talk of that name, which is not held any more, in a sentence; "" where it knows none. It
blocks, and is asked in a worker thread."""

MOST = 32  # talks held at once; full: the longest ended makes room, else TalksFull
IDLE = 900.0  # seconds without a word after which a talk is over, and after which one that is over is let go
LONGEST = 2000  # characters of one thing said
_SWEEP = 5.0
_SEEDS = 2**31


class CollectorSource(Protocol):
    """Who can collect: ``collectors.Collectors``. Both block, and are asked in worker threads."""

    def candidates(self) -> list[Candidate]: ...

    def seat(self, run: str | None, episode: int | None = None) -> Seat: ...


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A talk to begin. ``persona`` of the debtor, ``None``: by the ``seed``, which is drawn where none is given.
    ``collector`` and ``episode`` as in ``Collectors.seat``. ``keep``: a person's words go into the store, and what was
    understood of them into the log; else nothing is kept. With a simulated debtor it makes no difference."""

    play: Play
    persona: str | None = None
    seed: int | None = None
    collector: str | None = None
    episode: int | None = None
    keep: bool = True


class View(msgspec.Struct, frozen=True, kw_only=True):
    """A talk as it stands. ``revision`` counts its changes; ``observed`` [20] is what the collector perceives now;
    ``next`` what its policy would do now, where the debtor is simulated. ``foresees``: its policy was kept with a world
    model; ``foretold`` as in ``Talk``, as far as somebody asked for it (``Talks.foreseen``). ``kept``: its number in
    the store; ``recorded``: its turns are events of the log."""

    name: str
    play: Play
    seed: int
    run: str
    episode: int
    cap: int
    debtor: Profile
    turns: tuple[Turn, ...]
    observed: tuple[float, ...]
    next: Next | None
    foresees: bool
    foretold: tuple[tuple[Foretold, ...], ...]
    ending: str
    success: bool
    began: float
    kept: int | None
    recorded: bool
    revision: int


class _Open:
    """A talk that is held. ``recorded``: what happens is an event. ``view``: how it stood when all that it shows was
    written down."""

    def __init__(self, talk: Talk, name: str, began: float, kept: int | None, recorded: bool, now: float) -> None:
        self.talk, self.name, self.began, self.kept, self.recorded = talk, name, began, kept, recorded
        self.recorder = TalkRecorder(name, talk)
        self.lock = anyio.Lock()
        self.touched = now
        self.version = 0  # of its stream in the log
        self.changed = anyio.Event()
        self.view = self.look(0)

    def look(self, revision: int) -> View:
        talk = self.talk
        return View(
            name=self.name,
            play=talk.play,
            seed=talk.seed,
            run=talk.seat.run,
            episode=talk.seat.episode,
            cap=talk.seat.settings.cap,
            debtor=talk.debtor,
            turns=tuple(talk.turns),
            observed=talk.observed,
            next=talk.next,
            foresees=talk.seat.foresight is not None,
            foretold=tuple(talk.foretold),
            ending=talk.ending,
            success=talk.success,
            began=self.began,
            kept=self.kept,
            recorded=self.recorded,
            revision=revision,
        )

    def tell(self) -> None:
        """Wake who waits for a change."""
        self.changed.set()
        self.changed = anyio.Event()


class Talks:
    """A ``supervisor.Service``: while it runs, idle talks end. ``store``: where a person's words are kept; ``append``:
    where what happened is; ``None`` where this process may not write them. ``past``: what became of those before."""

    name = "talks"

    def __init__(
        self,
        collectors: CollectorSource,
        store: Store | None,
        append: Append | None,
        clock: Clock,
        *,
        most: int = MOST,
        idle: float = IDLE,
        past: Past = lambda _: "",
        new_link: Callable[[], str] = secrets.token_urlsafe,
    ) -> None:
        self._collectors, self._store, self._append, self._clock = collectors, store, append, clock
        self._most, self._idle, self._past, self._new_link = most, idle, past, new_link
        self._threads = anyio.CapacityLimiter(2)  # full: the next word waits its turn
        self._ahead = anyio.CapacityLimiter(1)  # full: who wants to see what is foretold waits, and no talk for it
        self._held: dict[str, _Open] = {}  # by name

    async def run(self, ready: Callable[[], None], stopping: anyio.Event) -> None:
        """End what is idle until ``stopping``, then all that goes on, so that the log tells how it ended."""
        ready()
        while not stopping.is_set():
            await self.sweep()
            with anyio.move_on_after(_SWEEP):
                await stopping.wait()
        for held in list(self._held.values()):
            await self._leave(held, LEFT)

    @property
    def keeps(self) -> bool:
        """A person's words can be kept here."""
        return self._store is not None

    async def candidates(self) -> list[Candidate]:
        """Whose policies can collect, besides the rule."""
        return await self._work(self._collectors.candidates)

    async def begin(self, asked: Asked) -> tuple[str, View]:
        """A new talk: its link, and how it stands. Raises ``TalksFull``, and ``UsageError`` for a persona or a
        collector that there is not."""
        if asked.persona is not None and asked.persona not in PERSONAS:
            raise UsageError(f"persona: expected one of {', '.join(PERSONAS)}, found {asked.persona!r}")
        self._make_room()
        link = self._new_link()
        seed = secrets.randbelow(_SEEDS) if asked.seed is None else asked.seed
        talk = await self._work(self._begun, asked, seed)
        person, began = asked.play == "debtor", self._clock.now()
        keeps = self._store if person and asked.keep else None
        recorded = self._append is not None and (asked.keep or not person)
        kept = await self._work(keeps.begin, asked.play, began) if keeps else None
        self._make_room()  # others may have come meanwhile
        held = _Open(talk, name_of(link), began, kept, recorded, self._clock.monotonic())
        self._held[held.name] = held
        async with held.lock:
            await self._write_down(held, talk.turns)
        return link, held.view

    async def say(self, link: str, text: str, *, clear: bool = True) -> list[Turn]:
        """``Talk.say``: as the debtor; at most ``LONGEST`` characters. Raises ``NoSuchTalk`` and ``UsageError``."""
        if len(text) > LONGEST:
            raise UsageError(f"at most {LONGEST:,} characters can be said at once, found {len(text):,}")
        held = self._found(link)
        return await self._happens(held, partial(held.talk.say, text, clear=clear))

    async def interrupted(self, link: str, heard: float) -> None:
        """The person spoke when only the share ``heard`` of the collector's last words was heard. Raises
        ``NoSuchTalk``."""
        held = self._found(link)
        async with held.lock:
            if self._append is not None and held.recorded and held.talk.turns:
                turn, episode = held.talk.turns[-1].number + 1, held.talk.seat.episode
                event = CollectorInterrupted(conversation=held.name, episode=episode, turn=turn, heard=heard)
                await self._append(held.name, [event], held.version)
                held.version += 1

    async def act(self, link: str, name: str | None = None) -> list[Turn]:
        """``Talk.act``: the collector does ``name``, or what its policy would. Raises ``NoSuchTalk`` and
        ``UsageError``."""
        held = self._found(link)
        return await self._happens(held, partial(held.talk.act, name))

    async def leave(self, link: str) -> View:
        """Hang up as the debtor, or walk away; raises ``NoSuchTalk``."""
        held = self._found(link)
        await self._leave(held, HUNG_UP if held.talk.play == "debtor" else LEFT)
        return held.view

    async def forget(self, link: str) -> None:
        """End it, erase its words, and let it go; the events stay, which hold none. Raises ``NoSuchTalk``."""
        held = self._found(link)
        await self._leave(held, LEFT)
        if self._store is not None and held.kept is not None:
            await self._work(self._store.forget, held.kept)
        self._held.pop(held.name, None)
        held.tell()

    def view(self, link: str) -> View:
        """How it stands; raises ``NoSuchTalk``."""
        return self._found(link).view

    async def foreseen(self, link: str) -> View:
        """How it stands, with what its collector expects of each act: computed when somebody wants to see it, and only
        then, so that no voice waits for it. Raises ``NoSuchTalk``."""
        held = self._found(link)
        if held.view.foresees:
            async with self._ahead, held.lock:
                if await anyio.to_thread.run_sync(held.talk.foresee):
                    held.view = await self._work(held.look, held.view.revision + 1)
                    held.tell()
        return held.view

    def named(self, name: str) -> View:
        """The talk that the log calls ``name``: for the operator. Raises ``NoSuchTalk``."""
        if (held := self._held.get(name)) is None:
            raise NoSuchTalk(f"no conversation {name} is held")
        return held.view

    async def became(self, name: str) -> str:
        """What the log tells of the talk ``name``, as in ``Past``."""
        return await self._work(self._past, name)

    def views(self) -> list[View]:
        """All that are held, the newest first: for the operator."""
        return [held.view for held in reversed(self._held.values())]

    async def beyond(self, link: str, revision: int) -> View:
        """How it stands once it has changed after ``revision``, be it by what is ``foreseen``; raises ``NoSuchTalk``
        also when it is let go."""
        if self._found(link).view.revision <= revision:
            await self.foreseen(link)
        while (held := self._found(link)).view.revision <= revision:
            await held.changed.wait()
        return held.view

    async def sweep(self) -> None:
        """End talks in which nothing was said for long, and let go those that ended long ago."""
        late = self._clock.monotonic() - self._idle
        for held in [held for held in self._held.values() if held.touched <= late]:
            if held.talk.ending:
                self._held.pop(held.name, None)
                held.tell()
            else:
                await self._leave(held, LEFT)

    def _begun(self, asked: Asked, seed: int) -> Talk:
        seat = self._collectors.seat(asked.collector, asked.episode)
        talk = Talk(asked.play, seed, asked.persona, seat, TemplateWording(known_templates()))
        talk.begin()
        return talk

    def _make_room(self) -> None:
        if len(self._held) < self._most:
            return
        ended = [held for held in self._held.values() if held.talk.ending]
        if not ended:
            raise TalksFull(f"{self._most} conversations are going on, as many as may; try again in some minutes")
        self._held.pop(min(ended, key=lambda held: held.touched).name)

    def _found(self, link: str) -> _Open:
        if (held := self._held.get(name_of(link))) is None:
            raise NoSuchTalk("no conversation has this link; it was mistyped, or is over for long, or was forgotten")
        return held

    async def _happens(self, held: _Open, what: Callable[[], list[Turn]]) -> list[Turn]:
        async with held.lock:
            turns = await self._work(what)
            await self._write_down(held, turns)
        return turns

    async def _leave(self, held: _Open, ending: str) -> None:
        async with held.lock:
            if not held.talk.ending:
                held.talk.leave(ending)
                await self._write_down(held, [])

    async def _write_down(self, held: _Open, turns: Sequence[Turn]) -> None:
        """Words into the store, the rest into the log, and then to those who follow."""
        held.touched = self._clock.monotonic()
        if self._store is not None and held.kept is not None:
            await self._work(self._store.add, held.kept, [line_of(turn) for turn in turns])
            if held.talk.ending:
                await self._work(self._store.end, held.kept, held.talk.ending)
        events = held.recorder.events()
        if self._append is not None and held.recorded and events:
            await self._append(held.name, events, held.version)
            held.version += len(events)
        held.view = await self._work(held.look, held.view.revision + 1)
        held.tell()

    async def _work(self, function: Callable[..., T], *arguments: object) -> T:
        return await anyio.to_thread.run_sync(partial(function, *arguments), limiter=self._threads)


def name_of(link: str) -> str:
    """What the talk of ``link`` is called in the log and the store."""
    return f"talk-{hashlib.sha256(link.encode()).hexdigest()[:16]}"
