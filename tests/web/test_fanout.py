"""Several web processes before one audience: what any ``Fanout`` must do, and what a process does with one."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import anyio
import pytest

from hamlet.clock import SystemClock
from hamlet.web.fanout import Fanout, FanoutLost, Relay
from hamlet.web.hub import KINDS, VOID, Hub, Packet
from hamlet.web.redis_fanout import RedisFanout
from tests.web.redis_server import redis_server
from tests.web.support import stage_frame

TERM = 0.6


class Between:
    """What is between the ends of ``MemoryFanout``: in memory, for tests. ``lost``: nobody reaches it."""

    def __init__(self) -> None:
        self.newest: dict[str, Packet] = {}
        self.ends: list[anyio.abc.ObjectSendStream[Packet]] = []
        self.leader: tuple[object, float] = (None, 0.0)
        self.lost = False


class MemoryFanout:
    def __init__(self, between: Between) -> None:
        self._between = between

    def _reach(self) -> Between:
        if self._between.lost:
            raise FanoutLost("unplugged")
        return self._between

    async def send(self, packets: Sequence[Packet]) -> None:
        between = self._reach()
        for each in packets:
            for kind in VOID.get(each.kind, ()):
                between.newest.pop(kind, None)
            between.newest[each.kind] = each
            for end in between.ends:
                await end.send(each)

    async def packets(self) -> AsyncIterator[Packet]:
        between = self._reach()
        send, receive = anyio.create_memory_object_stream[Packet](1000)  # full: the sender waits
        between.ends.append(send)
        with send, receive:
            for kind in KINDS:
                if kind in between.newest:
                    yield between.newest[kind]
            while True:
                with anyio.move_on_after(0.05):
                    yield await receive.receive()
                self._reach()

    async def lead(self, term: float) -> bool:
        between, now = self._reach(), anyio.current_time()
        holder, until = between.leader
        if holder is not self and now < until:
            return False
        between.leader = (self, now + term)
        return True

    async def close(self) -> None:
        if self._between.leader[0] is self:
            self._between.leader = (None, 0.0)


Ends = Callable[[], Fanout]


@pytest.fixture(params=["memory", "redis"])
def ends(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ends]:
    """Makes one end after another of the same."""
    if request.param == "memory":
        between = Between()
        yield lambda: MemoryFanout(between)
        return
    with redis_server(tmp_path) as url:
        yield lambda: RedisFanout(url, "town-1")


def numbered(kind: str, number: int, size: int = 1) -> Packet:
    return Packet(kind, b"%d" % number + b"\0\xff" * size)


async def take(fanout: Fanout, count: int, into: list[Packet], listening: anyio.Event) -> None:
    packets = fanout.packets()
    async for each in packets:
        into.append(each)
        if each.kind == "dialogue_frame":  # what the test sends to see who listens
            listening.set()
        elif len([one for one in into if one.kind != "dialogue_frame"]) >= count:
            break
    await packets.aclose()  # type: ignore[attr-defined]


async def test_what_one_sends_comes_out_at_all_in_order_and_whole(ends: Ends) -> None:
    one, other, third = ends(), ends(), ends()
    sent = [numbered("stage_frame", number, 1 if number % 3 else 50_000) for number in range(30)]
    at_one: list[Packet] = []
    at_other: list[Packet] = []
    events = anyio.Event(), anyio.Event()
    with anyio.fail_after(20):
        async with anyio.create_task_group() as group:
            group.start_soon(take, one, 30, at_one, events[0])
            group.start_soon(take, other, 30, at_other, events[1])
            while not all(event.is_set() for event in events):
                await third.send([Packet("dialogue_frame", b"do you hear me?")])
                await anyio.sleep(0.05)
            for packet in sent:
                await third.send([packet])
    for found in (at_one, at_other):
        assert [each for each in found if each.kind != "dialogue_frame"] == sent
    for fanout in (one, other, third):
        await fanout.close()


async def test_who_comes_later_gets_the_newest_of_each_kind_greetings_first(ends: Ends) -> None:
    one, late = ends(), ends()
    await one.send([numbered("state_update", 1), numbered("stage_frame", 1)])
    await one.send([numbered("hello", 2)])  # of another run: what was said of the first is void
    await one.send([numbered("state_update", 3), numbered("dialogue_update", 3), numbered("dialogue_update", 4)])
    got: list[Packet] = []
    with anyio.fail_after(10):
        await take(late, 3, got, anyio.Event())
    assert got == [numbered("hello", 2), numbered("state_update", 3), numbered("dialogue_update", 4)]
    await one.close()
    await late.close()


async def test_exactly_one_leads_and_another_when_it_is_gone(ends: Ends) -> None:
    all_ends = [ends() for _ in range(3)]

    async def leaders() -> list[int]:
        return [number for number, end in enumerate(all_ends) if await end.lead(TERM)]

    first = await leaders()
    assert len(first) == 1
    await anyio.sleep(TERM / 2)
    assert await leaders() == first, "as long as it asks"
    await anyio.sleep(TERM / 2)
    assert await leaders() == first
    gone = all_ends.pop(first[0])  # it asks no more
    assert await leaders() == []
    await anyio.sleep(TERM * 1.3)
    second = await leaders()
    assert len(second) == 1
    await all_ends.pop(second[0]).close()  # it says that it goes
    assert len(await leaders()) == 1
    await gone.close()
    assert len(await leaders()) == 1, "who leads no more takes nothing from who does"
    for end in all_ends:
        await end.close()


class Watching:
    """A viewer that keeps what it is offered."""

    def __init__(self) -> None:
        self.got: list[Packet] = []

    def offer(self, packet: Packet) -> None:
        self.got.append(packet)


async def until(condition: Callable[[], object]) -> None:
    with anyio.fail_after(15):
        while not condition():  # noqa: ASYNC110 - plain attributes, as the app reads them
            await anyio.sleep(0.01)


async def test_processes_share_what_one_of_them_publishes_and_go_on_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hamlet.web.fanout.TERM", TERM)
    monkeypatch.setattr("hamlet.web.fanout._ASK_EVERY", TERM / 3)
    monkeypatch.setattr("hamlet.web.fanout._AGAIN", 0.1)
    between, clock, stopping = Between(), SystemClock(), anyio.Event()
    hubs = [Hub(clock, 10) for _ in range(2)]
    relays = [Relay(lambda: MemoryFanout(between), hub, clock) for hub in hubs]
    viewers = [Watching() for _ in hubs]
    for hub, viewer in zip(hubs, viewers, strict=True):
        hub.join(viewer)
    async with anyio.create_task_group() as group:
        scopes = [anyio.CancelScope() for _ in relays]

        async def live(number: int) -> None:
            with scopes[number]:
                await relays[number].run(lambda: None, stopping)

        for number, hub in enumerate(hubs):
            group.start_soon(hub.run)
            group.start_soon(live, number)
        await until(lambda: not any(relay.alone for relay in relays) and len(between.ends) == 2)
        assert sorted(len(relay) for relay in relays) == [0, 1], "only who leads has to play"
        for relay in relays:  # both have something to show; one of them is heard
            relay.publish(stage_frame(1 + relay.leads))
        await until(lambda: all(viewer.got for viewer in viewers))
        assert [b'"step":2' in viewer.got[-1].data for viewer in viewers] == [True, True]
        assert [len(viewer.got) for viewer in viewers] == [1, 1]
        # Who leads dies: the other does soon.
        leading = next(number for number, relay in enumerate(relays) if relay.leads)
        scopes[leading].cancel()
        await until(lambda: relays[1 - leading].leads)
        # What is between them is gone: it shows to its own viewers what it has.
        between.lost = True
        await until(lambda: relays[1 - leading].alone)
        assert len(relays[1 - leading]) == 1
        relays[1 - leading].publish(stage_frame(7))
        await until(lambda: b'"step":7' in viewers[1 - leading].got[-1].data)
        between.lost = False
        await until(lambda: relays[1 - leading].leads)
        stopping.set()
        with suppress(anyio.get_cancelled_exc_class()):
            group.cancel_scope.cancel()
