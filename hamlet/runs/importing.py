"""``import``: a learning curve of another program as a run of the log, marked as such.

Its world is called ``imported``: nothing takes it up, examines or replays it, while lists, charts and exports show it.
"""

import hashlib
from pathlib import Path

import anyio
import anyio.to_thread
import msgspec
import numpy as np

from hamlet.clock import Clock, SystemClock
from hamlet.errors import UsageError
from hamlet.events.log import EventLog
from hamlet.events.packing import pack
from hamlet.events.types import AnyEvent, DialogueEpisode, EpisodeCompleted, HistoryImported, RunFinished, RunStarted
from hamlet.exports.history import History, read_history
from hamlet.process.lock import data_lock
from hamlet.projections.projector import Projector
from hamlet.settings import Paths

__all__ = ["import_history"]

_BATCH = 1000  # events in one append


def import_history(paths: Paths, file: Path) -> tuple[str, int, int]:
    """Take ``file`` into the log of ``paths``; returns the run, its episodes and how many events were new.

    Raises ``UsageError`` for what is no history file, ``AlreadyRunning`` while another process owns the log.
    """
    history = read_history(file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    run = f"imported-{''.join(c if c.isalnum() else '-' for c in history.algorithm)[:40]}-{digest[:12]}"
    events = _events_of(history, file.name, digest)
    try:
        paths.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{paths.data}: cannot be made ({error.strerror})") from None
    with data_lock(paths.data):
        new = anyio.run(_append, paths, run, events, SystemClock())
    return run, len(history.rewards), new


def _events_of(history: History, file: str, digest: str) -> list[AnyEvent]:
    """The run: what it is, where it came from, its episodes. A return is taken for the extrinsic reward."""
    count = len(history.rewards)
    events: list[AnyEvent] = [
        RunStarted(
            world="imported",
            config_name=f"imported: {file}",
            config={},
            seed=0,
            episodes=count,
            physics=0,
            versions={},
            device="imported",
        ),
        HistoryImported(
            file=file,
            algorithm=history.algorithm,
            sha256=digest,
            metadata=msgspec.json.encode(history.metadata).decode(),
        ),
    ]
    nothing = pack(np.zeros(0, np.int64))
    lengths = history.lengths or [0] * count
    steps = 0
    for number, (reward, length) in enumerate(zip(history.rewards, lengths, strict=True), start=1):
        success = bool(history.successes[number - 1]) if history.successes else False
        steps += length
        events.append(
            EpisodeCompleted(
                episode=number,
                survival_time=length,
                total_reward=reward,
                extrinsic_reward=reward,
                intrinsic_reward=0.0,
                intrinsic_weight=0.0,
                curriculum_stage=0,
                epsilon=0.0,
                cause="success" if success else "unknown",
                agent=0,
                vector_step=steps,
                detail=DialogueEpisode(
                    seed=0, physics=0, persona="unknown", success=success, acts=nothing, violations={}
                ),
            )
        )
    events.append(RunFinished(episode=count, vector_step=steps))
    return events


async def _append(paths: Paths, run: str, events: list[AnyEvent], clock: Clock) -> int:
    async with EventLog.open(paths.events, clock) as log, anyio.create_task_group() as group:
        group.start_soon(log.run, name="log writer")
        before = log.head
        for start in range(0, len(events), _BATCH):
            await log.append(run, events[start : start + _BATCH], expected=start)
        added = log.head - before
        group.cancel_scope.cancel()

    def project() -> None:
        with Projector.open(paths.views, paths.events) as projector:
            projector.catch_up()

    await anyio.to_thread.run_sync(project)
    return added
