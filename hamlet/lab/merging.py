"""One log of all finished trials, with its views, so that ``runs``, ``events``, ``replay``,
``evaluate`` and ``serve`` show a study as they show a directory that was trained in."""

from pathlib import Path

import anyio
import anyio.to_thread

from hamlet.clock import Clock
from hamlet.events.log import EventLog
from hamlet.lab.trials import Trial, history_of
from hamlet.projections.projector import Projector

__all__ = ["merge"]

_BATCH = 1000  # events in one append


async def merge(data: Path, trials: list[Trial], clock: Clock) -> int:
    """Append the events of ``trials`` to the log of ``data`` under their own runs' names; returns
    how many were new. What is there already is compared, not written again.

    Each trial's checkpoints are linked beside the log. The times of the merged log are those of the
    merging: a log's times never go back, and trials ran side by side. Raises ``VersionConflict``
    when a trial's log is not the one that was merged before.
    """
    async with EventLog.open(data / "events.db", clock) as log, anyio.create_task_group() as group:
        group.start_soon(log.run, name="log writer")
        before = log.head
        for trial in trials:
            history = await anyio.to_thread.run_sync(history_of, trial)
            for start in range(0, len(history), _BATCH):
                batch = history[start : start + _BATCH]
                events = [recorded.event for recorded in batch]
                await log.append(batch[0].run, events, expected=batch[0].version - 1)
            _link(data, trial, history[0].run)
        added = log.head - before
        group.cancel_scope.cancel()
    await anyio.to_thread.run_sync(_catch_up, data)
    return added


def _catch_up(data: Path) -> None:
    with Projector.open(data / "demo_state.db", data / "events.db") as projector:
        projector.catch_up()


def _link(data: Path, trial: Trial, run: str) -> None:
    """Where ``data`` as a whole expects the run's checkpoints; a relative link, so that it can be moved."""
    link = data / "checkpoints" / run
    if not link.is_symlink():
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(Path("..", "trials", trial.directory.name, "checkpoints", run))
