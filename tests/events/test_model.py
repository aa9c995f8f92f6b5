"""The log equals a plain list, whatever is done to it in whatever order."""

import shutil
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import anyio.from_thread
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hamlet.clock import ManualClock
from hamlet.errors import VersionConflict
from hamlet.events.log import Appended, EventLog
from hamlet.events.reading import read_events, verify
from hamlet.events.types import RunFinished
from tests.events.support import finished, running

RUNS = st.sampled_from(["a", "b", "c"])
NUMBERS = st.lists(st.integers(0, 9), min_size=1, max_size=4)
MEMORY = Path("/dev/shm")  # where there is one, its fsync costs nothing


class LogAgainstList(RuleBasedStateMachine):
    """``model`` holds (run, version, event) of every position."""

    @initialize()
    def start(self) -> None:
        self.directory = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
        self.path = self.directory / "events.db"
        self.model: list[tuple[str, int, RunFinished]] = []
        self.reopened_at = 0
        self.clock = ManualClock()
        self.portal_context = anyio.from_thread.start_blocking_portal()
        self.portal = self.portal_context.__enter__()
        self.open()

    def open(self) -> None:
        self.log_context: AbstractContextManager[EventLog] = self.portal.wrap_async_context_manager(
            running(self.path, self.clock)
        )
        self.log = self.log_context.__enter__()

    def version(self, run: str) -> int:
        return sum(name == run for name, _, _ in self.model)

    def extend(self, run: str, events: Sequence[RunFinished]) -> None:
        version = self.version(run)
        self.model += [(run, version + at, event) for at, event in enumerate(events, start=1)]

    def append(self, run: str, events: Sequence[RunFinished], expected: int | None) -> Appended:
        async def append() -> Appended:
            return await self.log.append(run, events, expected=expected)

        return self.portal.call(append)

    @rule(run=RUNS, numbers=NUMBERS, stated=st.booleans())
    def append_at_the_end(self, run: str, numbers: list[int], stated: bool) -> None:
        events = [finished(number) for number in numbers]
        before, version = len(self.model), self.version(run)
        appended = self.append(run, events, version if stated else None)
        self.extend(run, events)
        assert appended == Appended(before + 1, len(self.model), version + len(events))

    @rule(batches=st.lists(st.tuples(RUNS, NUMBERS), min_size=1, max_size=3))
    def submit_and_flush(self, batches: list[tuple[str, list[int]]]) -> None:
        async def submit() -> int:
            for run, numbers in batches:
                await self.log.submit(run, [finished(number) for number in numbers])
            return await self.log.flush()

        head = self.portal.call(submit)
        for run, numbers in batches:
            self.extend(run, [finished(number) for number in numbers])
        assert head == len(self.model)

    @precondition(lambda self: self.model)
    @rule(data=st.data(), more=st.lists(st.integers(0, 9), max_size=2))
    def append_again(self, data: st.DataObject, more: list[int]) -> None:
        run = data.draw(st.sampled_from(sorted({name for name, _, _ in self.model})))
        there = [(at, event) for at, (name, _, event) in enumerate(self.model, start=1) if name == run]
        start = data.draw(st.integers(0, len(there) - 1))
        repeated = there[start : start + data.draw(st.integers(1, 5))]
        new = [finished(number) for number in more] if start + len(repeated) == len(there) else []
        appended = self.append(run, [event for _, event in repeated] + new, start)
        self.extend(run, new)
        last = len(self.model) if new else repeated[-1][0]
        assert appended == Appended(repeated[0][0], last, start + len(repeated) + len(new))

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def append_another_one(self, data: st.DataObject) -> None:
        run, version, event = data.draw(st.sampled_from(self.model))
        with pytest.raises(VersionConflict):
            self.append(run, [finished(event.episode + 1)], version - 1)

    @rule(run=RUNS, gap=st.integers(1, 3))
    def append_beyond_the_end(self, run: str, gap: int) -> None:
        with pytest.raises(VersionConflict):
            self.append(run, [finished(1)], self.version(run) + gap)

    @rule(seconds=st.sampled_from([-50.0, 0.0, 3.5]))
    def clock_moves(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(run=st.none() | RUNS, after=st.integers(0, 20), until=st.none() | st.integers(0, 40), batch=st.integers(1, 7))
    def read(self, run: str | None, after: int, until: int | None, batch: int) -> None:
        batches = list(read_events(self.path, run=run, after=after, until=until, batch=batch))
        found = [(event.position, event.run, event.version, event.event) for events in batches for event in events]
        assert found == [
            (at, *row)
            for at, row in enumerate(self.model, start=1)
            if after < at <= (until if until is not None else at) and run in (None, row[0])
        ]
        assert all(0 < len(events) <= batch for events in batches)

    @precondition(lambda self: len(self.model) >= self.reopened_at + 6)
    @rule()
    def reopen(self) -> None:
        self.reopened_at = len(self.model)
        self.log_context.__exit__(None, None, None)
        assert verify(self.path).problems == []
        self.open()

    @invariant()
    def heads_are_equal(self) -> None:
        async def versions() -> list[int]:
            return [await self.log.version(run) for run in "abc"]

        assert self.log.head == len(self.model)
        assert self.portal.call(versions) == [self.version(run) for run in "abc"]

    def teardown(self) -> None:
        self.log_context.__exit__(None, None, None)
        assert verify(self.path).events == len(self.model)
        self.portal_context.__exit__(None, None, None)
        shutil.rmtree(self.directory)


TestLogAgainstList = LogAgainstList.TestCase
TestLogAgainstList.settings = settings(
    max_examples=300, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
