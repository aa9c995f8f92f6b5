"""Talks as the page is told of them: the room of talks, behind the web's protocol."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import zip_longest

import msgspec

from hamlet.app.showing import foretold_of
from hamlet.conversation.session import Turn
from hamlet.errors import NoSuchTalk
from hamlet.talks.room import LONGEST, Asked, Talks, View, name_of
from hamlet.training import foresight
from hamlet.web.copying import all_as_wire, as_wire
from hamlet.web.wire import Foretold, Observed
from hamlet.web.wire.talks import (
    TalkAsked,
    TalkBegun,
    TalkCollector,
    TalkDebtor,
    TalkNext,
    TalkOptions,
    TalkState,
    TalkSummary,
    TalkTurn,
)
from hamlet.worlds.dialogue.acts import ACTS, INTENTS, PERSONAS
from hamlet.worlds.dialogue.perception import OBSERVED

__all__ = ["TalksShown"]


class TalksShown:
    """A ``web.talks.TalkRoom``."""

    def __init__(self, talks: Talks) -> None:
        self._talks = talks

    async def options(self) -> TalkOptions:
        return TalkOptions(
            plays=["debtor", "collector", "watch"],
            personas=list(PERSONAS),
            acts=list(ACTS),
            observed=[Observed(name=number.name, meaning=number.meaning) for number in OBSERVED],
            collectors=all_as_wire(TalkCollector, await self._talks.candidates()),
            longest=LONGEST,
            keeps=self._talks.keeps,
        )

    async def begin(self, asked: TalkAsked) -> TalkBegun:
        link, view = await self._talks.begin(msgspec.convert(asked, Asked, from_attributes=True))
        return TalkBegun(link=link, state=_state(view))

    async def state(self, link: str) -> TalkState:
        async with self._knowing(name_of(link)):
            return _state(await self._talks.foreseen(link))

    async def say(self, link: str, text: str) -> TalkState:
        await self._talks.say(link, text)
        return await self.state(link)

    async def act(self, link: str, act: str | None) -> TalkState:
        await self._talks.act(link, act)
        return await self.state(link)

    async def leave(self, link: str) -> TalkState:
        return _state(await self._talks.leave(link))

    async def forget(self, link: str) -> None:
        await self._talks.forget(link)

    async def beyond(self, link: str, revision: int) -> TalkState:
        return _state(await self._talks.beyond(link, revision))

    async def listed(self) -> list[TalkSummary]:
        return [
            TalkSummary(
                name=view.name,
                play=view.play,
                run=view.run,
                began=view.began,
                turns=len(view.turns),
                ending=view.ending,
                kept=view.kept,
            )
            for view in self._talks.views()
        ]

    async def named(self, name: str) -> TalkState:
        async with self._knowing(name):
            return _state(self._talks.named(name))

    @asynccontextmanager
    async def _knowing(self, name: str) -> AsyncIterator[None]:
        """Of a talk that is not held any more it is said what became of it."""
        try:
            yield
        except NoSuchTalk as error:
            raise NoSuchTalk(await self._talks.became(name) or str(error)) from None


def _state(view: View) -> TalkState:
    hidden = view.play == "collector" and not view.ending
    return TalkState(
        name=view.name,
        play=view.play,
        seed=view.seed,
        run=view.run,
        episode=view.episode,
        cap=view.cap,
        debtor=None if hidden else as_wire(TalkDebtor, view.debtor),
        turns=_turns(view),
        observed=list(view.observed),
        next=_next(view),
        foresees=view.foresees,
        ending=view.ending,
        success=view.success,
        began=view.began,
        kept=view.kept,
        recorded=view.recorded,
        revision=view.revision,
    )


def _next(view: View) -> TalkNext | None:
    if (ahead := view.next) is None:
        return None
    foretold = _foretold(view, sum(bool(turn.act) for turn in view.turns))
    return TalkNext(
        act=ahead.act,
        q_values=list(ahead.values),
        mask=list(ahead.mask),
        foretold=foretold_of(foretold, ACTS.index(ahead.act)),
    )


def _turns(view: View) -> list[TalkTurn]:
    act, found = -1, list[TalkTurn]()
    for turn, after in zip_longest(view.turns, view.turns[1:]):
        every = _foretold(view, turn.number)
        shown, chance = list[Foretold](), None
        asked_again = after is not None and after.who == "collector" and not after.act
        if turn.act:
            act = ACTS.index(turn.act)
            shown = foretold_of(every, act)
        elif turn.who == "debtor" and not asked_again:
            intent = INTENTS.index(turn.intent)
            chance = next((one.chance_of(intent) for one in every if one.act == act), None)
        found.append(_turn(turn, shown, chance))
    return found


def _foretold(view: View, number: int) -> tuple[foresight.Foretold, ...]:
    """What was foretold when the collector chose its act ``number``."""
    return view.foretold[number] if number < len(view.foretold) else ()


def _turn(turn: Turn, foretold: list[Foretold], chance: float | None) -> TalkTurn:
    return TalkTurn(
        number=turn.number,
        who=turn.who,
        text=turn.text,
        act=turn.act,
        q_values=list(turn.values),
        mask=list(turn.mask),
        violations=list(turn.violations),
        intent=turn.intent,
        sentiment=turn.sentiment,
        cooperation=turn.cooperation,
        signals=list(turn.signals),
        confidence=turn.confidence,
        observed=list(turn.observed),
        foretold=foretold,
        chance=chance,
    )
