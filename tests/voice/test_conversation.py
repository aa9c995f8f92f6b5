"""A talk by voice with fakes, in virtual time: turns, interruptions, false alarms, silence, losses."""

from collections.abc import Sequence

import anyio

from hamlet.conversation.session import Turn
from hamlet.voice.conversation import State
from hamlet.voice.transport import Caption, Latency, Noted, Stopped, Turned
from tests.voice.support import FakeRecogniser, FakeSpeaker, FakeTalk, Line, conversation, silence, tone


async def test_turn_after_turn_until_the_talk_ends() -> None:
    line, talk, ears = Line(), FakeTalk(turns=2), FakeRecogniser("yes speaking", "I agree")
    whole = conversation(line, talk, ears, FakeSpeaker())
    for _ in range(2):
        line.until(lambda: whole.state is State.LISTENING)
        line.say(tone(0.8) + silence(0.7))
        line.until(lambda: whole.state is not State.LISTENING or bool(whole.ending))
    line.until(lambda: False)
    assert await whole.run() == "agreed"
    assert talk.said == [("yes speaking", True), ("I agree", True)]
    states = [news.state for news in line.told(Turned)]
    assert states == ["speaking", "listening", "processing"] * 1 + [
        "speaking",
        "listening",
        "processing",
        "speaking",
        "listening",
        "idle",
    ]
    assert [news.text for news in line.told(Caption) if news.final and news.who == "debtor"] == [
        "yes speaking",
        "I agree",
    ]
    assert len(line.told(Latency)) == 2
    assert len(line.heard) == 9 * len(tone(0.5)), "all that was said was heard"


async def test_speech_interrupts_and_what_was_heard_is_known() -> None:
    line, talk = Line(), FakeTalk(turns=1)
    whole = conversation(line, talk, FakeRecogniser("stop"), FakeSpeaker())
    line.say(silence(0.4) + tone(0.8) + silence(0.7))
    line.until(lambda: False)
    await whole.run()
    (heard,) = talk.interruptions
    assert 0.4 <= heard.share < 0.5, "after 0.4 s of quiet, a quarter of a second of speech; of 1.5 s"
    assert heard.text == "Who is there?"
    assert line.told(Stopped) == [Stopped("Who is there?")]
    assert talk.said == [("stop", True)]


async def test_who_goes_on_while_the_answer_is_thought_of_is_not_talked_over() -> None:
    answered = anyio.Event()

    class Slow(FakeTalk):
        async def say(self, text: str, *, clear: bool) -> Sequence[Turn]:
            await answered.wait()
            return await super().say(text, clear=clear)

    def answer() -> bool:
        answered.set()
        return True

    line, talk = Line(), Slow(turns=2)
    whole = conversation(line, talk, FakeRecogniser("well", "let me finish"), FakeSpeaker())
    line.until(lambda: whole.state is State.LISTENING)
    line.say(tone(0.6) + silence(0.6))
    line.until(lambda: whole.state is State.PROCESSING)
    line.say(tone(0.7))
    line.until(answer)
    line.say(tone(0.5) + silence(0.8))
    line.until(lambda: False)
    assert await whole.run() == "agreed"
    assert [heard.text for heard in talk.interruptions] == [""], "before a word of it"
    assert [text for text, _ in talk.said] == ["well", "let me finish"]


async def test_minutes_of_silence_are_no_turn() -> None:
    line, talk = Line(), FakeTalk()
    whole = conversation(line, talk, FakeRecogniser("never said"), FakeSpeaker())
    line.say(silence(20.0))
    for _ in range(9):
        line.say(silence(20.0))
    await whole.run()
    assert talk.said == []
    assert whole.state is State.IDLE


async def test_what_is_unfinished_is_waited_for() -> None:
    line, talk = Line(), FakeTalk(turns=1)
    whole = conversation(line, talk, FakeRecogniser("I lost my job and", "my flat"), FakeSpeaker())
    line.until(lambda: whole.state is State.LISTENING)
    line.say(tone(0.6) + silence(1.2) + tone(0.6) + silence(0.7))
    line.until(lambda: False)
    await whole.run()
    assert talk.said == [("I lost my job and my flat", True)]


async def test_a_recogniser_that_is_lost_hears_the_same_again() -> None:
    line, talk, ears = Line(), FakeTalk(turns=1), FakeRecogniser("I agree", lose=1)
    whole = conversation(line, talk, ears, FakeSpeaker())
    line.until(lambda: whole.state is State.LISTENING)
    line.say(tone(0.6) + silence(0.8))
    line.until(lambda: False)
    await whole.run()
    assert talk.said == [("I agree", True)]


async def test_a_recogniser_that_is_lost_twice_costs_one_turn() -> None:
    line, talk = Line(), FakeTalk(turns=2)
    whole = conversation(line, talk, FakeRecogniser("I agree", lose=2), FakeSpeaker())
    for _ in range(2):
        line.until(lambda: whole.state is State.LISTENING)
        line.say(tone(0.6) + silence(0.8))
        line.until(lambda: whole.state is not State.LISTENING)
    line.until(lambda: False)
    await whole.run()
    assert talk.said == [("", False), ("I agree", True)]


async def test_without_a_voice_the_answers_are_shown() -> None:
    line, talk = Line(), FakeTalk(turns=1)
    whole = conversation(line, talk, FakeRecogniser("I agree"), None)
    line.say(silence(0.2) + tone(0.6) + silence(0.8))
    line.until(lambda: False)
    assert await whole.run() == "agreed"
    assert line.heard == b""
    assert [news.text for news in line.told(Caption) if news.who == "collector"][-1].startswith("Answer 1.")


async def test_a_voice_that_fails_is_said_so() -> None:
    line, talk = Line(), FakeTalk(turns=1)
    whole = conversation(line, talk, FakeRecogniser("I agree"), FakeSpeaker(fails=True))
    line.until(lambda: whole.state is State.LISTENING)
    line.say(tone(0.6) + silence(0.8))
    line.until(lambda: False)
    assert await whole.run() == "agreed"
    assert line.told(Noted)
