"""Talks as a service: who may do what, what is written down, how many at once, and how they end."""

import threading
from pathlib import Path

import anyio
import msgspec
import pytest

from hamlet.conversation.session import Choice
from hamlet.errors import NoSuchTalk, TalksFull, UsageError
from hamlet.events.types import ConversationEnded, ConversationStarted, TurnTaken
from hamlet.talks.room import LONGEST, Asked, name_of
from hamlet.worlds.dialogue.acts import OUTCOMES
from hamlet.worlds.world import Floats, Mask
from tests.conversation.support import Scripted
from tests.talks.support import Room

SECRET = "Rumpelstiltskin"


async def test_a_person_is_called_and_every_turn_is_an_event_without_their_words(tmp_path: Path) -> None:
    room = Room(tmp_path)
    link, view = await room.talks.begin(Asked(play="debtor", persona="sad", seed=5))
    assert (view.run, view.episode, view.debtor.persona, view.kept, view.recorded) == ("told", 200, "sad", 1, True)
    assert [turn.act for turn in view.turns] == ["identify_and_disclose"] and len(view.observed) == 20
    heard, asks = await room.talks.say(link, f"yes, speaking, this is {SECRET}")
    assert (heard.intent, asks.act, len(asks.values), len(asks.observed)) == ("greet", "ask_about_situation", 12, 20)
    for text in ("my hours were cut but I still earn about 1600 a month", "Okay, that sounds fair. Set it up please."):
        await room.talks.say(link, text)
    view = room.talks.view(link)
    assert (view.ending, view.success, view.next) == ("agreed", view.debtor.reason == "", None)
    begun, *turns, ended = room.log[view.name]
    assert isinstance(begun, ConversationStarted) and isinstance(ended, ConversationEnded)
    assert (begun.partner, begun.seed, begun.persona, begun.collector) == ("person", 5, "sad", "told")
    assert [(turn.turn, turn.act, turn.intent) for turn in turns if isinstance(turn, TurnTaken)] == [
        (1, "identify_and_disclose", "greet"),
        (2, "ask_about_situation", "inform"),
        (3, "offer_payment_plan", "agree"),
    ]
    assert (ended.outcome, ended.turns, ended.returns) == ("agreed", 3, 0.0)
    assert SECRET.encode() not in room.payloads(view.name) and link.encode() not in room.payloads(view.name)
    lines = await anyio.to_thread.run_sync(room.store.show, 1)
    assert [line.who for line in lines] == ["collector", "debtor"] * 3 and SECRET in lines[1].text
    with pytest.raises(UsageError, match="has ended: agreed"):
        await room.talks.say(link, "hello?")


async def test_what_is_asked_again_is_an_event_and_no_turn(tmp_path: Path) -> None:
    room = Room(tmp_path)
    link, view = await room.talks.begin(Asked(play="debtor", seed=5))
    heard, again = await room.talks.say(link, "flurb wibble zonk")
    assert heard.intent == "other" and again.act == "" and again.number == 0
    await room.talks.say(link, "yes, speaking")
    await room.talks.leave(link)
    turns = [event for event in room.log[view.name] if isinstance(event, TurnTaken)]
    assert [(turn.turn, turn.act, turn.intent) for turn in turns] == [
        (1, "identify_and_disclose", "other"),
        (1, "", "greet"),
        (2, "ask_about_situation", ""),  # nobody answered any more
    ]
    ended = room.log[view.name][-1]
    assert isinstance(ended, ConversationEnded) and (ended.outcome, ended.turns) == ("hung_up", 2)


async def test_a_person_chooses_the_acts_or_watches(tmp_path: Path) -> None:
    room = Room(tmp_path)
    link, view = await room.talks.begin(Asked(play="collector", persona="angry", seed=4, collector="rule"))
    assert view.turns == () and view.kept is None and view.next is not None
    assert view.next.act == "identify_and_disclose" and view.next.values == ()
    done, answer = await room.talks.act(link, "hard_close")
    assert done.violations and (done.act, answer.who) == ("hard_close", "debtor")
    for wrong in ("shout", ""):
        with pytest.raises(UsageError, match="expected one of identify_and_disclose"):
            await room.talks.act(link, wrong)
    with pytest.raises(UsageError, match="is simulated"):
        await room.talks.say(link, "hello")
    begun, turn = room.log[view.name]
    assert isinstance(begun, ConversationStarted) and begun.by_hand and begun.collector == "rule"
    assert isinstance(turn, TurnTaken) and turn.q_values == [] and turn.violations

    watched, view = await room.talks.begin(Asked(play="watch", persona="angry", seed=3))
    while not (view := room.talks.view(watched)).ending:
        assert view.next is not None
        planned = view.next
        done, _ = await room.talks.act(watched)
        assert (done.act, done.values) == (planned.act, planned.values)
    ended = room.log[view.name][-1]
    assert isinstance(ended, ConversationEnded) and ended.outcome in OUTCOMES and view.next is None
    assert (ended.success, ended.turns) == (view.success, len(view.turns) // 2) and ended.returns != 0.0
    assert not room.store.path.exists(), "what a simulated debtor says is not kept"


async def test_nothing_is_kept_on_request_or_where_nothing_may_be_written(tmp_path: Path) -> None:
    room = Room(tmp_path)
    link, view = await room.talks.begin(Asked(play="debtor", keep=False))
    await room.talks.say(link, SECRET)
    assert (view.kept, view.recorded, room.log) == (None, False, {})
    onlooker = Room(tmp_path, keeps=False)
    link, view = await onlooker.talks.begin(Asked(play="debtor"))
    await onlooker.talks.say(link, SECRET)
    assert (view.recorded, onlooker.talks.keeps) == (False, False)
    assert not [path async for path in anyio.Path(tmp_path).iterdir()]


async def test_forgotten_words_are_gone_and_so_is_the_link(tmp_path: Path) -> None:
    room = Room(tmp_path)
    link, view = await room.talks.begin(Asked(play="debtor"))
    await room.talks.say(link, f"I work at {SECRET} Ltd")
    await room.talks.forget(link)
    assert SECRET.encode() not in await anyio.Path(room.store.path).read_bytes()
    assert isinstance(room.log[view.name][-1], ConversationEnded), "the events stay: they hold no words"
    for attempt in (
        room.talks.say(link, "hello"),
        room.talks.act(link),
        room.talks.leave(link),
        room.talks.forget(link),
    ):
        with pytest.raises(NoSuchTalk):
            await attempt


async def test_links_differ_and_names_do_not_tell_them(tmp_path: Path) -> None:
    room = Room(tmp_path)
    (one, first), (other, second) = [await room.talks.begin(Asked(play="watch", seed=1)) for _ in range(2)]
    assert one != other and len(one) >= 32 and first.name == name_of(one) != second.name
    with pytest.raises(NoSuchTalk):
        room.talks.view(first.name)
    assert room.talks.named(first.name).name == first.name
    assert [view.name for view in room.talks.views()] == [second.name, first.name]


async def test_as_many_as_may_be_and_those_that_ended_make_room(tmp_path: Path) -> None:
    room = Room(tmp_path, most=2)
    links = [(await room.talks.begin(Asked(play="watch")))[0] for _ in range(2)]
    with pytest.raises(TalksFull, match="2 conversations"):
        await room.talks.begin(Asked(play="watch"))
    await room.talks.leave(links[1])
    await room.talks.begin(Asked(play="watch"))
    assert room.talks.view(links[0]).ending == ""
    with pytest.raises(NoSuchTalk):
        room.talks.view(links[1])


async def test_idle_talks_end_and_are_let_go_later(tmp_path: Path) -> None:
    room = Room(tmp_path)
    link, view = await room.talks.begin(Asked(play="debtor"))
    room.clock.advance(599)
    await room.talks.sweep()
    assert room.talks.view(link).ending == ""
    room.clock.advance(2)
    await room.talks.sweep()
    assert room.talks.view(link).ending == "left" and not room.talks.view(link).success
    assert isinstance(room.log[view.name][-1], ConversationEnded)
    room.clock.advance(601)
    await room.talks.sweep()
    with pytest.raises(NoSuchTalk):
        room.talks.view(link)


async def test_whoever_follows_is_told_of_every_change_and_of_the_end(tmp_path: Path) -> None:
    room = Room(tmp_path)
    link, _ = await room.talks.begin(Asked(play="debtor"))
    seen: list[int] = []

    async def follow() -> None:
        revision = -1
        with pytest.raises(NoSuchTalk):
            while True:
                now = await room.talks.beyond(link, revision)
                revision = now.revision
                seen.append(len(now.turns))

    async with anyio.create_task_group() as group:
        group.start_soon(follow)
        await anyio.wait_all_tasks_blocked()
        await room.talks.say(link, "yes, speaking")
        await anyio.wait_all_tasks_blocked()
        await room.talks.forget(link)
    assert seen[0] == 1 and 3 in seen and seen == sorted(seen)


async def test_when_the_house_closes_all_that_goes_on_is_ended(tmp_path: Path) -> None:
    room = Room(tmp_path)
    _, view = await room.talks.begin(Asked(play="debtor"))
    stopping, ready = anyio.Event(), anyio.Event()
    async with anyio.create_task_group() as group:
        group.start_soon(room.talks.run, ready.set, stopping)
        await ready.wait()
        stopping.set()
    ended = room.log[view.name][-1]
    assert isinstance(ended, ConversationEnded) and ended.outcome == "left"
    (one,) = await anyio.to_thread.run_sync(room.store.all)
    assert one.ending == "left"


async def test_two_who_speak_at_once_are_heard_one_after_the_other(tmp_path: Path) -> None:
    room = Room(tmp_path)
    link, view = await room.talks.begin(Asked(play="watch", seed=3))
    async with anyio.create_task_group() as group:
        for _ in range(2):
            group.start_soon(room.talks.act, link)
    turns = room.talks.view(link).turns
    assert [turn.number for turn in turns] == [0, 0, 1, 1] and len(room.log[view.name]) == 3


async def test_bad_wishes_are_one_line(tmp_path: Path) -> None:
    room = Room(tmp_path)
    for asked, told in (
        (Asked(play="debtor", persona="grumpy"), "expected one of cooperative"),
        (Asked(play="debtor", collector="nobody"), "no run 'nobody'"),
    ):
        with pytest.raises(UsageError, match=told):
            await room.talks.begin(asked)
    link, _ = await room.talks.begin(Asked(play="debtor"))
    with pytest.raises(UsageError, match="2,001"):
        await room.talks.say(link, "a" * (LONGEST + 1))
    assert room.talks.view(link).revision == 1


async def test_all_thinking_is_done_beside_the_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are blockbuster's concern, which ends a test whose loop waits for one."""
    threads: list[str] = []
    choose = Scripted.choose

    def noted(self: Scripted, observation: Floats, mask: Mask) -> Choice:
        threads.append(threading.current_thread().name)
        return choose(self, observation, mask)

    monkeypatch.setattr(Scripted, "choose", noted)
    room = Room(tmp_path)
    link, _ = await room.talks.begin(Asked(play="debtor"))
    await room.talks.say(link, "yes, speaking")
    watched, _ = await room.talks.begin(Asked(play="watch"))
    await room.talks.act(watched)
    assert len(threads) == 4 and "MainThread" not in threads


async def test_what_is_foretold_is_computed_for_who_wants_to_see_it_and_changes_nothing(tmp_path: Path) -> None:
    room = Room(tmp_path)
    asked = Asked(play="collector", persona="angry", seed=4, collector="planner")
    link, view = await room.talks.begin(asked)
    assert view.foresees and view.foretold == (), "nobody has asked"
    ahead = await room.talks.beyond(link, view.revision)
    assert ahead.revision == view.revision + 1 and len(ahead.foretold) == 1
    acts = [one.act for one in ahead.foretold[0]]
    assert ahead.next is not None and sorted(acts) == [at for at, allowed in enumerate(ahead.next.mask) if allowed]
    assert (await room.talks.foreseen(link)).revision == ahead.revision, "once for each moment"
    await room.talks.act(link, "ask_about_situation")  # not what was advised
    await room.talks.act(link)
    later = await room.talks.foreseen(link)
    assert len(later.foretold) == 3 and later.foretold[0] == ahead.foretold[0]

    unseen, _ = await room.talks.begin(asked)
    await room.talks.act(unseen, "ask_about_situation")
    await room.talks.act(unseen)
    seen, blind = room.talks.view(link), room.talks.view(unseen)
    assert (seen.turns, seen.next) == (blind.turns, blind.next), "looking ahead changes no talk"
    assert room.log[seen.name][1:] == [
        msgspec.structs.replace(event, conversation=seen.name) for event in room.log[blind.name][1:]
    ]
    assert (await room.talks.foreseen(unseen)).foretold == later.foretold, "nor does it matter when"
    link, view = await room.talks.begin(Asked(play="watch", collector="rule"))
    assert (await room.talks.foreseen(link)).revision == view.revision and not view.foresees
