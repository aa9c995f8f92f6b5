"""What the page is told of talks, and what it may ask for: the messages of ``/api/talks``.

Numbers are plain, as in ``hamlet.web.wire``; ``wire.ts`` has these, too.
"""

from typing import Annotated, Literal

import msgspec

from hamlet.web.wire import Observed
from hamlet.web.wire.base import Wire
from hamlet.web.wire.dialogue import Foretold

__all__ = [
    "TalkAct",
    "TalkAsked",
    "TalkBegun",
    "TalkCollector",
    "TalkDebtor",
    "TalkNext",
    "TalkOptions",
    "TalkPlay",
    "TalkSaid",
    "TalkState",
    "TalkSummary",
    "TalkTurn",
]


TalkPlay = Literal["debtor", "collector", "watch"]
"""What the person does in a talk: play the debtor, choose the collector's acts, or watch."""


class TalkCollector(Wire, frozen=True, kw_only=True):
    """A run whose policies can collect in a talk; ``episodes``: those after which one was kept, in order."""

    run: str
    config: str
    seed: int
    episodes: list[int]


class TalkOptions(Wire, frozen=True, kw_only=True):
    """What can be asked for in a talk. ``collectors``: the newest first; the rule is always there. ``observed``:
    what the collector's numbers are. ``longest``: characters of one thing said. ``keeps``: a person's words can be
    kept by this process."""

    plays: list[TalkPlay]
    personas: list[str]
    acts: list[str]
    observed: list[Observed]
    collectors: list[TalkCollector]
    longest: int
    keeps: bool


class TalkAsked(Wire, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A talk to begin. ``persona`` of the debtor and ``seed``: ``null`` for a surprise. ``collector``: a run, "rule",
    or ``null`` for the newest that was trained; ``episode``: after which its policy was kept, ``null``: the newest.
    ``keep``: what a person says may be kept, to be erased on request."""

    play: TalkPlay
    persona: str | None = None
    seed: Annotated[int, msgspec.Meta(ge=0, lt=2**52)] | None = None
    collector: str | None = None
    episode: Annotated[int, msgspec.Meta(ge=0)] | None = None
    keep: bool = True


class TalkSaid(Wire, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person says as the debtor."""

    text: Annotated[str, msgspec.Meta(max_length=2000)]


class TalkAct(Wire, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the collector does; ``null``: what its policy would."""

    act: str | None = None


class TalkTurn(Wire, frozen=True, kw_only=True):
    """One utterance of a talk. ``number``: the collector's turn it belongs to, from 0.

    Of the collector: ``act`` (empty where it only asks again), ``q_values`` and ``mask`` in the order of
    ``TalkOptions.acts`` (values empty where its policy tells none, or a person chose), and the rules that it broke.
    Of the debtor: ``intent``, ``sentiment``, ``cooperation`` and ``signals`` as the collector perceives them,
    ``confidence`` of the intent in [0, 1]. ``observed``: by which numbers it was chosen, or which came of it.

    Where the collector has a world model: ``foretold`` of the act and of those of most promise, the best first, when it
    was chosen; ``chance``: how likely it held the answer that came, ``null`` where it was not asked."""

    number: int
    who: str
    text: str
    act: str
    q_values: list[float]
    mask: list[bool]
    violations: list[str]
    intent: str
    sentiment: float
    cooperation: float
    signals: list[str]
    confidence: float
    observed: list[float]
    foretold: list[Foretold] = []
    chance: float | None = None


class TalkNext(Wire, frozen=True, kw_only=True):
    """What the collector's policy would do now; ``q_values`` and ``foretold`` as in ``TalkTurn``."""

    act: str
    q_values: list[float]
    mask: list[bool]
    foretold: list[Foretold] = []


class TalkDebtor(Wire, frozen=True, kw_only=True):
    """Who the debtor is: what no collector sees. Money in dollars, ``income``, ``affordable`` and ``instalment`` (what
    the standard plan asks) a month; temperament in [0, 1]; ``reason`` for a specialist, or ""."""

    persona: str
    debt: int
    days_overdue: int
    income: int
    affordable: int
    savings: int
    instalment: int
    life_event: str
    reason: str
    calls_before: int
    agreeableness: float
    stability: float
    assertiveness: float
    openness: float


class TalkState(Wire, frozen=True, kw_only=True, tag_field="type", tag="talk"):
    """A talk as it stands; ``revision`` counts its changes. ``run`` and ``episode``: whose policy collects ("rule": the
    rule). ``debtor``: ``null`` while somebody who chooses the collector's acts is not to know. ``observed``: what the
    collector perceives now. ``next``: where the debtor is simulated and the talk goes on. ``ending``: "" while it goes
    on; ``success``: it ended well. ``foresees``: the policy was kept with a world model; what that foretells comes with
    a later revision. ``kept``: its number in the store of what people said, ``recorded``: its turns are
    events in the log."""

    name: str
    play: TalkPlay
    seed: int
    run: str
    episode: int
    cap: int
    debtor: TalkDebtor | None
    turns: list[TalkTurn]
    observed: list[float]
    next: TalkNext | None
    foresees: bool
    ending: str
    success: bool
    began: float
    kept: int | None
    recorded: bool
    revision: int


class TalkBegun(Wire, frozen=True, kw_only=True):
    """``link`` opens the talk: whoever holds it sees what is said."""

    link: str
    state: TalkState


class TalkSummary(Wire, frozen=True, kw_only=True):
    """A talk in the operator's list."""

    name: str
    play: TalkPlay
    run: str
    began: float
    turns: int
    ending: str
    kept: int | None
