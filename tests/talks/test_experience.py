"""Talks as experience: exactly what the collector perceived, did and earned; what cannot be used is left out."""

from pathlib import Path

import anyio
import anyio.to_thread
import msgspec
import numpy as np
import pytest

from hamlet.errors import UsageError
from hamlet.events.types import ConversationEnded, ConversationStarted, Event, TurnTaken
from hamlet.runs.experience import Experience, find_experience, recall_experience
from hamlet.talks.room import Asked
from hamlet.training.imagination import transitions_of
from hamlet.worlds.dialogue.acts import ACTS
from hamlet.worlds.dialogue.dialogue import Dialogue
from hamlet.worlds.dialogue.settings import DialogueSettings, Shaping
from tests.conversation.support import settings
from tests.talks.support import Room, in_a_log

AGREES = (
    "yes, speaking",
    "my hours were cut but I still earn about 1600 a month",
    "Okay, that sounds fair. Set it up please.",
)
CAN_PAY, CANNOT = 5, 3  # seeds of a sad debtor


async def found(room: Room, path: Path, world: DialogueSettings | None = None) -> Experience:
    return await anyio.to_thread.run_sync(find_experience, await in_a_log(room.log, path), world or settings())


async def says(room: Room, *lines: str, seed: int = CAN_PAY, end: bool = False) -> str:
    link, view = await room.talks.begin(Asked(play="debtor", persona="sad", seed=seed))
    for line in lines:
        await room.talks.say(link, line)
    if end:
        await room.talks.leave(link)
    return view.name


async def test_what_is_learned_from_is_what_the_collector_perceived_did_and_earned(tmp_path: Path) -> None:
    room = Room(tmp_path)
    link, view = await room.talks.begin(Asked(play="debtor", persona="sad", seed=CAN_PAY))
    perceived = [view.turns[0].observed]
    for line in (AGREES[0], "flurb wibble zonk", *AGREES[1:]):  # one is asked again, which is no turn
        perceived.append((await room.talks.say(link, line))[0].observed)
    del perceived[2]
    view = room.talks.view(link)
    assert view.ending == "agreed" and view.success
    told = await found(room, tmp_path)
    assert told.talks == (view.name,) and not told.left_out and str(told) == "1 conversation, 3 turns"
    (lived,) = zip(*told.episodes, strict=True)
    seen, masks, acts, rewards, length, terminated = lived
    np.testing.assert_array_equal(seen, np.array(perceived, np.float32))
    assert [ACTS[act] for act in acts] == ["identify_and_disclose", "ask_about_situation", "offer_payment_plan"]
    assert (rewards.tolist(), length, terminated, masks.all()) == ([0.0, 0.0, 1.0], 3, True, True)
    spec = Dialogue(settings()).spec
    new = await anyio.to_thread.run_sync(transitions_of, told.episodes, spec, 3, 0.5)
    assert new.action.tolist() == acts.tolist() and new.reward.tolist() == [0.25, 0.5, 1.0]
    assert not new.discount.any() and not new.novelty.any()
    np.testing.assert_array_equal(new.observation, seen[:3])


@pytest.mark.parametrize("world", [settings(), settings(cost_weight=0.1, shaping=Shaping(weight=0.5, gamma=0.9))])
async def test_calls_with_simulated_debtors_earn_what_the_world_gave(tmp_path: Path, world: DialogueSettings) -> None:
    """The acts of a person, the debtor's answers, observations and rewards: as the kernel computed them."""
    room, rng, returns = Room(tmp_path, world=world), np.random.default_rng(0), []
    perceived = []
    for seed in range(12):
        link, view = await room.talks.begin(Asked(play="collector", seed=seed))
        while not view.ending:
            for turn in await room.talks.act(link, ACTS[rng.integers(len(ACTS))] if seed % 3 else None):
                perceived += [turn.observed] if turn.who == "debtor" else []
            view = room.talks.view(link)
        ended = room.log[view.name][-1]
        assert isinstance(ended, ConversationEnded)
        returns.append(ended.returns)
    episodes = (await found(room, tmp_path, world)).episodes
    np.testing.assert_allclose(episodes.rewards.sum(1), returns, atol=1e-6)
    seen = [episodes.observations[row, 1 : length + 1] for row, length in enumerate(episodes.lengths)]
    np.testing.assert_array_equal(np.concatenate(seen), np.array(perceived, np.float32))


@pytest.mark.parametrize(
    ("seed", "lines", "earned"),
    [
        (CAN_PAY, AGREES, 1.0),
        (CANNOT, AGREES, -0.4),  # promised by one who cannot pay
        (CAN_PAY, (AGREES[0], "bye"), -1.0),
    ],
)
async def test_how_it_ends_is_rewarded_by_the_table(
    tmp_path: Path, seed: int, lines: tuple[str, ...], earned: float
) -> None:
    room = Room(tmp_path)
    await says(room, *lines, seed=seed)
    assert (await found(room, tmp_path)).episodes.rewards.sum() == pytest.approx(earned)


async def test_where_nobody_answered_any_more_nothing_is_made_up(tmp_path: Path) -> None:
    room = Room(tmp_path)
    await says(room, AGREES[0], end=True)
    lived = (await found(room, tmp_path)).episodes
    assert (lived.lengths.tolist(), lived.rewards.tolist()) == ([2], [[0.0, -1.0]])
    before, after = lived.observations[0, 1:3]
    sounds = slice(2, 4)
    np.testing.assert_array_equal(before[sounds], after[sounds])


async def test_one_that_was_left_teaches_what_was_answered_and_ends_without_a_reward(tmp_path: Path) -> None:
    room, whole = Room(tmp_path), Room(tmp_path)
    await says(whole, *AGREES)
    (tmp_path / "whole").mkdir()
    known = (await found(whole, tmp_path / "whole")).episodes
    name = await says(room, *AGREES[:2])
    await says(room)
    room.clock.advance(601.0)
    await room.talks.sweep()  # nothing is said any more
    ended = room.log[name][-1]
    assert isinstance(ended, ConversationEnded) and (ended.outcome, ended.turns) == ("left", 3)
    told = await found(room, tmp_path)
    assert told.talks == (name,) and told.left_out == {"without an answer": 1}
    lived = told.episodes
    assert (lived.lengths.tolist(), lived.terminated.tolist(), lived.rewards.sum()) == ([2], [False], 0.0)
    np.testing.assert_array_equal(lived.observations[0], known.observations[0, :3])
    new = await anyio.to_thread.run_sync(transitions_of, lived, Dialogue(settings()).spec, 3, 0.5)
    assert new.discount.tolist() == [0.25, 0.5], "what could have come of it is estimated, not nothing"


async def test_what_cannot_be_learned_from_is_left_out_and_counted(tmp_path: Path) -> None:
    (tmp_path / "another").mkdir()
    room = Room(tmp_path)
    kept = await says(room, *AGREES)
    await says(room, AGREES[0])  # goes on still
    link, watched = await room.talks.begin(Asked(play="watch", collector="rule", seed=7))
    while not room.talks.view(link).ending:
        await room.talks.act(link)
    begun, first, *_, ended = room.log[kept]
    assert isinstance(begun, ConversationStarted) and isinstance(first, TurnTaken)
    change = msgspec.structs.replace
    room.log["talk-physics"] = [change(begun, physics=99), first, ended]
    room.log["talk-act"] = [begun, change(first, act="shout"), ended]
    room.log["talk-long"] = [begun, *[first] * 16, ended]
    for name, events in room.log.items():
        room.log[name] = [change(event, conversation=name) for event in events]  # type: ignore[type-var]
    told = await found(room, tmp_path)
    assert told.talks == (kept,) and watched.name in room.log
    assert told.left_out == {
        "not finished": 1,
        "of another physics": 1,
        "not understood by this Hamlet": 1,
        "of another length than this run's": 1,
    }
    assert "3 turns (left out: 1 not finished, 1 not understood" in str(told)
    hard = room.log[kept][1]
    assert isinstance(hard, TurnTaken)
    events: list[Event] = [begun, change(hard, act="hard_close", conversation=kept), ended]
    with pytest.raises(UsageError, match="left out: 1 with an act that this run forbids"):
        await found(Room(tmp_path, log={kept: events}), tmp_path / "another", settings(masked=True))


def test_a_log_without_talks_is_one_clear_line(tmp_path: Path) -> None:
    anyio.run(in_a_log, {}, tmp_path)
    with pytest.raises(UsageError, match="holds no conversation to learn from; hold one to its end"):
        find_experience(tmp_path / "events.db", settings())
    with pytest.raises(UsageError, match="learned from talk-gone, which is not in this log"):
        recall_experience(tmp_path / "events.db", ["talk-gone"], settings())
