"""A run as TensorBoard's event files: every episode, every exam, the learner's health, at the times of the log."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from hamlet.errors import UsageError
from hamlet.events.reading import read_events
from hamlet.events.types import TrainingProgress, tag_of
from hamlet.projections.rows import RunRow
from hamlet.projections.views import Views

__all__ = ["Scalar", "scalars", "write_tensorboard"]

_BATCH = 10_000
_EPISODE = ("total_reward", "extrinsic_reward", "intrinsic_reward", "intrinsic_weight", "curriculum_stage", "epsilon")
_LEARNER = ("loss", "gradient_norm", "q_mean", "q_min", "q_max", "entropy", "novelty_loss")


class Scalar(msgspec.Struct, frozen=True):
    """``step`` is an episode, or under ``learner/`` a vector step; ``at`` in UTC seconds."""

    tag: str
    value: float
    step: int
    at: float


def write_tensorboard(views: Views, events: Path, row: RunRow, out: Path) -> tuple[Path, int]:
    """One event file in a directory of the run's name below ``out``; returns that, and how many numbers. Raises
    ``UsageError`` without tensorboardX, or where the directory has one already: TensorBoard would draw both."""
    try:
        from tensorboardX import SummaryWriter
    except ImportError:
        raise UsageError("TensorBoard's files need tensorboardX: pip install -e '.[tensorboard]'") from None
    directory = out / row.run
    if list(directory.glob("events.out.tfevents.*")):
        raise UsageError(f"{directory}: has event files already; delete them, or choose another --out")
    count = 0
    with SummaryWriter(str(directory)) as writer:
        for one in scalars(views, events, row):
            writer.add_scalar(one.tag, one.value, one.step, walltime=one.at)
            count += 1
    return directory, count


def scalars(views: Views, events: Path, row: RunRow) -> Iterator[Scalar]:
    """All numbers of the run ``row``."""
    length, times, after = "turns" if row.world == "dialogue" else "survival_time", dict[int, float](), 0
    while rows := views.episodes(row.run, after=after, limit=_BATCH):
        for one in rows:
            times[one.episode] = one.timestamp
            yield Scalar(f"episode/{length}", one.survival_time, one.episode, one.timestamp)
            for name in _EPISODE:
                yield Scalar(f"episode/{name}", float(getattr(one, name)), one.episode, one.timestamp)
        after = rows[-1].episode
    if row.world == "dialogue":
        for call in views.calls(row.run, max(1, row.episode)):
            yield Scalar("episode/success", float(call.success), call.episode, times[call.episode])
    for exam in views.exams(row.run):
        for policy, value in exam.values.items():
            yield Scalar(f"exam/{policy}", value, exam.episode, times.get(exam.episode, row.started_at))
    for batch in read_events(events, run=row.run, types=[tag_of(TrainingProgress)]):
        for recorded in batch:
            event = recorded.event
            assert isinstance(event, TrainingProgress)
            numbers = {name: float(getattr(event, name)) for name in _LEARNER} | event.learner
            for name, value in numbers.items():
                yield Scalar(f"learner/{name}", value, event.vector_step, recorded.recorded_at)
