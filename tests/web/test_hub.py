"""The newest wins, each kind at its pace, and what nobody has seen is replaced."""

from dataclasses import dataclass, field

import anyio
import pytest

from hamlet.clock import ManualClock, SystemClock
from hamlet.errors import LogUnusable
from hamlet.web.hub import Hub, Packet, packet
from hamlet.web.live import Live
from hamlet.web.wire import StateUpdate
from tests.web.support import RUN, Readings, Town, parse, stage_frame


@dataclass(eq=False)
class Fake:
    got: list[Packet] = field(default_factory=list)

    def offer(self, packet: Packet) -> None:
        self.got.append(packet)

    def kinds(self) -> list[str]:
        return [packet.kind for packet in self.got]


def payload(packet: Packet) -> dict[str, object]:
    """What is in an unmasked text frame (RFC 6455, 5.2)."""
    assert packet.data[0] == 0x81
    length = packet.data[1]
    start = {126: 4, 127: 10}.get(length, 2)
    return parse(packet.data[start:])


def test_a_packet_is_a_whole_text_frame() -> None:
    assert payload(packet(stage_frame(3)))["step"] == 3
    assert packet(Town().hello()).kind == "hello"


async def test_one_encoding_is_shared_and_the_newest_of_each_kind_wins() -> None:
    clock = ManualClock()
    hub, first, second = Hub(clock, 10), Fake(), Fake()
    assert hub.join(first) and hub.join(second) and len(hub) == 2
    for step in range(5):
        hub.publish(stage_frame(step))  # nobody has taken them yet: four are replaced
    async with anyio.create_task_group() as group:
        group.start_soon(hub.run)
        await anyio.wait_all_tasks_blocked()
        assert [payload(packet)["step"] for packet in first.got] == [4]
        assert first.got[0] is second.got[0]
        hub.leave(second)
        group.cancel_scope.cancel()
    assert len(hub) == 1


async def test_stage_frames_come_at_ten_hertz_at_most() -> None:
    hub, viewer = Hub(SystemClock(), 10), Fake()
    hub.join(viewer)
    async with anyio.create_task_group() as group:
        group.start_soon(hub.run)
        began = anyio.current_time()
        for step in range(100):
            hub.publish(stage_frame(step))
            await anyio.sleep(0.005)
        await anyio.sleep(0.15)
        took = anyio.current_time() - began
        group.cancel_scope.cancel()
    steps = [payload(packet)["step"] for packet in viewer.got]
    assert 3 <= len(steps) <= took / 0.1 + 2
    assert steps[0] == 0 and steps[-1] == 99 and steps == sorted(steps, key=lambda step: int(str(step)))


async def test_who_comes_late_gets_hello_first_and_the_newest_of_the_rest() -> None:
    hub, viewer = Hub(ManualClock(), 10), Fake()
    hub.publish(Town().hello())
    hub.publish(stage_frame(1))
    hub.publish(stage_frame(2))
    hub.join(viewer)
    assert viewer.kinds() == ["hello", "stage_frame"] and payload(viewer.got[1])["step"] == 2


async def test_a_new_run_makes_the_old_one_void() -> None:
    hub, viewer = Hub(ManualClock(), 10), Fake()
    hub.publish(Town().hello())
    hub.publish(stage_frame(1))
    hub.publish(Town(run="town-2").hello())
    hub.join(viewer)
    assert viewer.kinds() == ["hello"] and payload(viewer.got[0])["run"] == "town-2"


async def test_the_house_has_a_number_of_seats() -> None:
    hub, viewers = Hub(ManualClock(), 2), [Fake(), Fake(), Fake()]
    hub.publish(Town().hello())
    assert [hub.join(viewer) for viewer in viewers] == [True, True, False]
    assert viewers[2].got == []
    hub.leave(viewers[0])
    assert hub.join(viewers[2])


async def of_town(live: Live) -> StateUpdate:
    update = await live.state(StateUpdate)
    assert update is not None
    return update


async def test_an_update_is_built_at_most_once_a_second_and_sent_when_something_changed() -> None:
    clock = ManualClock()
    town = Town(clock=clock)
    _, live, hub, _ = await anyio.to_thread.run_sync(town.build)
    first = await of_town(live)
    asked = town.views.look_ups
    async with anyio.create_task_group() as group:
        for _ in range(50):
            group.start_soon(live.state, StateUpdate)
    assert town.views.look_ups == asked  # fifty questions in one second, one answer
    clock.advance(1)
    assert await of_town(live) is first and town.views.look_ups == asked  # nothing changed
    town.views.count += 1
    live.changed()
    assert (await of_town(live)).episode == first.episode + 1
    clock.advance(1)
    town.status = "paused"
    assert (await of_town(live)).state.status == "paused"
    viewer = Fake()
    hub.join(viewer)
    assert viewer.kinds() == ["hello", "state_update"]


async def test_views_that_cannot_be_read_are_said_once_and_tried_again(capsys: pytest.CaptureFixture[str]) -> None:
    clock = ManualClock()
    town = Town(clock=clock, views=Readings(fails_with=LogUnusable("demo_state.db: gone")))
    _, live, hub, _ = await anyio.to_thread.run_sync(town.build)
    for _ in range(3):
        clock.advance(1)
        await live.refresh()
    assert capsys.readouterr().out.count("demo_state.db: gone") == 1
    town.views.fails_with = None
    await live.refresh()
    viewer = Fake()
    hub.join(viewer)
    assert viewer.kinds() == ["hello", "state_update"] and payload(viewer.got[1])["run"] == RUN
