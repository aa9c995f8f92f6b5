"""Row 17: each policy x each way to misbehave; ordered start and stop; deadlines; restarts."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import anyio
import pytest

from hamlet.clock import ManualClock, SystemClock
from hamlet.errors import HamletError, LogUnusable, Stuck
from hamlet.process.supervisor import DEGRADE, ESSENTIAL, Plan, Policy, ServiceFailed, Supervisor

RESTART_THEN_STOP = Policy("stop", restarts=2, backoff=0.01)
RESTART_THEN_DEGRADE = Policy("degrade", restarts=2, backoff=0.01)
POLICIES = {
    "essential": ESSENTIAL,
    "degrade": DEGRADE,
    "restart, stop": RESTART_THEN_STOP,
    "restart, degrade": RESTART_THEN_DEGRADE,
}


@dataclass
class Part:
    """A service that misbehaves as told, and notes what happens to it."""

    name: str
    behaviour: str = "good"
    notes: list[str] = field(default_factory=list)
    starts: int = 0
    released: anyio.Event = field(default_factory=anyio.Event)

    async def run(self, ready: Callable[[], None], stopping: anyio.Event) -> None:
        self.starts += 1
        self.notes.append(f"{self.name} starts")
        if self.behaviour == "is never ready":
            await anyio.sleep_forever()
        if self.behaviour == "raises at start":
            raise ValueError("no luck")
        ready()
        match self.behaviour:
            case "raises":
                await anyio.sleep(0.01)
                raise ValueError("no luck")
            case "ends early":
                await anyio.sleep(0.01)
            case "hangs on stop":
                await anyio.sleep_forever()
            case "ignores cancel":
                with anyio.CancelScope(shield=True):
                    await self.released.wait()
            case "fails on stop":
                await stopping.wait()
                raise ValueError("could not save")
            case _:
                await stopping.wait()
        self.notes.append(f"{self.name} stops")


def supervise(*plans: Plan, die: Callable[[int], object] | None = None, budget: float = 10.0) -> Supervisor:
    def unexpected(code: int) -> None:
        raise AssertionError(f"the process would have ended with {code}")

    return Supervisor(plans, SystemClock(), stop_budget=budget, die=die or unexpected)


def plan(part: Part, policy: Policy = ESSENTIAL, **changes: float | bool) -> Plan:
    settings: dict[str, float | bool] = {"start_deadline": 0.05, "stop_deadline": 0.05, **changes}
    return Plan(part, policy, **settings)  # type: ignore[arg-type]


async def stop_when(condition: Callable[[], bool], supervisor: Supervisor) -> None:
    while not condition():  # noqa: ASYNC110 - it has no event
        await anyio.sleep(0.01)
    supervisor.request_stop("test")


async def stop_after(seconds: float, supervisor: Supervisor) -> None:
    await anyio.sleep(seconds)
    supervisor.request_stop("test")


BREAKS_WHILE_RUNNING = ("raises", "ends early", "raises at start", "is never ready")


@pytest.mark.parametrize("behaviour", [*BREAKS_WHILE_RUNNING, "hangs on stop", "ignores cancel", "fails on stop"])
@pytest.mark.parametrize("policy", POLICIES)
async def test_the_policy_table(policy: str, behaviour: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hamlet.process.supervisor._CANCEL_GRACE", 0.1)
    bad, good = Part("bad", behaviour), Part("good")
    deaths: list[int] = []
    loop_token = anyio.lowlevel.current_token()

    def die(code: int) -> None:
        deaths.append(code)
        anyio.from_thread.run_sync(bad.released.set, token=loop_token)  # a test lives on

    rules = POLICIES[policy]
    patience = 0.05 if behaviour == "is never ready" else 2.0  # a traceback takes its time on a busy machine
    supervisor = supervise(
        plan(bad, rules, start_deadline=patience),
        plan(good),
        die=die,
        budget=0.4 if behaviour == "ignores cancel" else 10.0,
    )
    breaks = behaviour in BREAKS_WHILE_RUNNING

    def seen_enough() -> bool:
        return supervisor.ready and (not breaks or supervisor.health()["bad"].state == "failed")

    error: HamletError | None = None
    states = ("", "")
    with anyio.fail_after(8):
        async with anyio.create_task_group() as group:
            group.start_soon(stop_when, seen_enough, supervisor)
            try:
                await supervisor.run()
            except HamletError as caught:
                error = caught
            states = (supervisor.health()["bad"].state, supervisor.health()["good"].state)
            group.cancel_scope.cancel()

    assert bad.starts == (rules.restarts + 1 if breaks else 1)
    assert deaths == ([70] if behaviour == "ignores cancel" else [])
    if breaks or behaviour == "fails on stop":
        assert states[0] == "failed"
        assert (error is not None) == (rules.exhausted == "stop")
    else:
        assert (states[0], error) == ("stopped", None)
    if error is not None:
        assert "bad" in str(error) and error.exit_code == (70 if behaviour == "is never ready" else 1)
    good_ran = good.notes == ["good starts", "good stops"]
    never_ready = breaks and rules.exhausted == "stop" and behaviour in ("raises at start", "is never ready")
    assert good_ran != never_ready and states[1] == ("waiting" if never_ready else "stopped")


async def test_starts_in_order_and_stops_in_reverse() -> None:
    notes: list[str] = []
    supervisor = supervise(*(plan(Part(name, notes=notes)) for name in "abc"))
    async with anyio.create_task_group() as group:
        group.start_soon(stop_after, 0.05, supervisor)
        await supervisor.run()
    assert notes == ["a starts", "b starts", "c starts", "c stops", "b stops", "a stops"]
    assert [state.state for state in supervisor.health().values()] == ["stopped"] * 3


async def test_a_service_starts_when_the_one_before_is_ready() -> None:
    slow_is_ready = anyio.Event()

    class Slow:
        name = "slow"

        async def run(self, ready: Callable[[], None], stopping: anyio.Event) -> None:
            await anyio.sleep(0.05)
            slow_is_ready.set()
            ready()
            await stopping.wait()

    class Next:
        name = "next"

        async def run(self, ready: Callable[[], None], stopping: anyio.Event) -> None:
            assert slow_is_ready.is_set()
            assert supervisor.problem() == "starting: next"
            ready()
            await anyio.sleep(0.01)
            assert supervisor.ready and supervisor.problem() == ""
            supervisor.request_stop("seen enough")
            assert not supervisor.ready and supervisor.problem() == "stopping"

    supervisor = supervise(Plan(Slow(), ESSENTIAL), Plan(Next(), ESSENTIAL))
    assert supervisor.problem() == "starting: slow, next"
    await supervisor.run()


async def test_a_restarted_service_recovers_and_old_failures_are_forgotten() -> None:
    clock = ManualClock()
    seen: list[str] = []

    class Flaky:
        name = "flaky"
        starts = 0

        async def run(self, ready: Callable[[], None], stopping: anyio.Event) -> None:
            self.starts += 1
            seen.append(supervisor.health()["flaky"].state)
            ready()
            clock.advance(61)
            if self.starts == 5:
                supervisor.request_stop("five lives are enough")
            else:
                raise OSError("hiccup")

    policy = Policy("stop", restarts=1, window=60, backoff=0.001)
    supervisor = Supervisor([Plan(Flaky(), policy)], clock)
    await supervisor.run()
    assert seen == ["starting"] * 5 and supervisor.health()["flaky"].state == "stopped"


def test_the_pause_doubles_up_to_half_a_minute() -> None:
    assert [Policy("stop", backoff=0.5).pause(n) for n in (1, 2, 3, 7, 20)] == [0.5, 1.0, 2.0, 30.0, 30.0]


async def test_between_restarts_a_service_is_degraded_and_a_stop_does_not_wait_for_it() -> None:
    part = Part("part", "raises")
    supervisor = supervise(plan(part, Policy("stop", restarts=9, backoff=30)))
    with anyio.fail_after(2):
        async with anyio.create_task_group() as group:
            group.start_soon(supervisor.run)
            while (state := supervisor.health()["part"]).state != "degraded":  # noqa: ASYNC110 - it has no event
                await anyio.sleep(0.01)
            assert state.detail == "ValueError: no luck; starting again in 30 s"
            supervisor.request_stop("test")
    assert supervisor.health()["part"].state == "stopped"


async def test_a_service_that_may_finish_does() -> None:
    supervisor = supervise(plan(Part("trainer", "ends early"), may_finish=True), plan(Part("web")))
    async with anyio.create_task_group() as group:
        group.start_soon(stop_after, 0.1, supervisor)
        await supervisor.run()
    assert [state.state for state in supervisor.health().values()] == ["finished", "stopped"]


async def test_the_app_ends_when_every_service_has_finished() -> None:
    with anyio.fail_after(2):
        await supervise(*(plan(Part(name, "ends early"), may_finish=True) for name in "ab")).run()


async def test_the_app_fails_when_nothing_is_left_running() -> None:
    with anyio.fail_after(2), pytest.raises(ServiceFailed, match="nothing is left running; failed: a"):
        await supervise(plan(Part("a", "raises"), DEGRADE)).run()


async def test_the_error_of_an_essential_service_keeps_its_exit_code() -> None:
    class Log:
        name = "log"

        async def run(self, ready: Callable[[], None], stopping: anyio.Event) -> None:
            async with anyio.create_task_group() as group:
                group.start_soon(anyio.sleep_forever)
                raise LogUnusable("events.db: disk gone")

    with pytest.raises(LogUnusable, match="disk gone") as caught:
        await supervise(Plan(Log(), ESSENTIAL), plan(Part("web"))).run()
    assert caught.value.exit_code == 5


async def test_another_error_keeps_its_cause() -> None:
    with pytest.raises(ServiceFailed, match="bad failed: ValueError: no luck") as caught:
        await supervise(plan(Part("bad", "raises"))).run()
    assert isinstance(caught.value.__cause__, ValueError)


async def test_a_service_that_ignores_its_start_deadline_ends_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hamlet.process.supervisor._CANCEL_GRACE", 0.05)
    released = anyio.Event()

    class Deaf:
        name = "deaf"

        async def run(self, ready: Callable[[], None], stopping: anyio.Event) -> None:
            with anyio.CancelScope(shield=True):
                await released.wait()

    deaths: list[int] = []
    token = anyio.lowlevel.current_token()

    def die(code: int) -> None:
        deaths.append(code)
        anyio.from_thread.run_sync(released.set, token=token)

    supervisor = supervise(Plan(Deaf(), DEGRADE, start_deadline=0.05, stop_deadline=0.05), die=die, budget=0.5)
    with pytest.raises(Stuck, match="deaf neither started nor let itself be cancelled"):
        await supervisor.run()
    assert deaths == [70]


def test_plans_that_cannot_be_kept_are_refused() -> None:
    with pytest.raises(ValueError, match="names must differ"):
        supervise(plan(Part("a")), plan(Part("a")))
    with pytest.raises(ValueError, match="add up to 12 s, more than the budget of 10 s"):
        supervise(plan(Part("a"), stop_deadline=6), plan(Part("b"), stop_deadline=6))


async def test_what_stands_beside_another_is_stopped_with_it() -> None:
    parts = [Part(name) for name in ("first", "one", "other", "last")]
    plans = [plan(part, stop_deadline=4.0, beside=part.name == "other") for part in parts[:3]]
    with pytest.raises(ValueError, match=r"add up to 12\.05 s"):
        supervise(*(replace(each, beside=False) for each in plans), plan(parts[3]))
    supervisor = supervise(*plans, plan(parts[3]))
    with anyio.fail_after(8):
        async with anyio.create_task_group() as group:
            group.start_soon(stop_when, lambda: supervisor.ready, supervisor)
            await supervisor.run()
    assert all(state.state == "stopped" for state in supervisor.health().values())
