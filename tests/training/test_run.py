"""A run as its viewers and operators meet it: failures, pace, pauses, commands and what it shows."""

import hashlib
import queue
from pathlib import Path

import msgspec
import pytest

from hamlet.clock import ManualClock
from hamlet.commands import CheckpointNow, Command, Pause, RandomizeAffordances, SetPace, Unpause
from hamlet.errors import UsageError
from hamlet.events.types import (
    AnyEvent,
    CheckpointSaved,
    CommandApplied,
    EpisodeCompleted,
    RunFinished,
    RunResumed,
    TrainingFailed,
    TrainingProgress,
)
from hamlet.training.live import INBOX, Live
from hamlet.training.pace import Pace
from hamlet.training.service import TrainingStopped
from hamlet.training.trainer import NotFinite, Trainer
from tests.training.support import TOWN, MemoryLog, Process, digest, settings


@pytest.mark.parametrize("where", ["online", "reward", "target"])
def test_a_loss_that_is_no_number_stops_the_training_and_says_where(tmp_path: Path, where: str) -> None:
    log = MemoryLog()
    process = Process(log, tmp_path, settings())

    def poison(event: AnyEvent) -> None:
        if isinstance(event, EpisodeCompleted) and event.episode == 25:
            trainer = process.run.trainer
            if where == "reward":
                trainer.learner.memory()["replay.reward"][:] = float("nan")
            else:
                trainer.learner.networks()[where][3] = float("nan")

    log.on_event = poison
    with pytest.raises(TrainingStopped, match=r"^run town-test, episode \d+: loss nan"):
        process.work()
    (failed,) = log.of(TrainingFailed)
    assert failed.reason.startswith("loss nan") and failed.episode >= 25 and failed.vector_step > 0
    assert process.live.status.status == "failed" and process.live.status.detail == failed.reason
    with pytest.raises(UsageError, match="is failed: it takes no commands"):
        process.live.command(Pause())
    # Taken up again, it goes on from the last good state as if nothing had been.
    again = Process(log, tmp_path, settings())
    again.work()
    whole = MemoryLog()
    straight = Process(whole, tmp_path / "whole", settings())
    straight.work()
    assert log.of(RunResumed) and log.facts() == whole.facts()
    assert digest(again.run.trainer) == digest(straight.run.trainer)


def test_the_learner_refuses_what_is_no_number_at_once() -> None:
    trainer = Trainer(TOWN, settings())
    trainer.learner.networks()["online"][0] = float("inf")
    with pytest.raises(NotFinite, match=r"in update \d+"):
        for _ in range(100):
            trainer.advance()


def test_the_pace_says_when_an_episode_is_due() -> None:
    clock = ManualClock()
    pace = Pace(clock, episodes_per_hour=3600.0)
    assert pace.wait(0) == 0.0
    assert pace.wait(10) == pytest.approx(10.0)
    clock.advance(4.0)
    assert pace.wait(10) == pytest.approx(6.0)
    pace.set(7200.0, episode=10)
    assert pace.wait(10) == 0.0 and pace.wait(12) == pytest.approx(1.0)
    clock.advance(100.0)
    assert pace.wait(12) == 0.0, "what was missed is caught up with, not waited for twice"
    pace.set(None, episode=12)
    assert pace.wait(10**9) == 0.0


def test_a_slow_run_keeps_its_pace_also_when_taken_up_again(tmp_path: Path) -> None:
    log, moments = MemoryLog(), []
    process = Process(log, tmp_path, settings(), commands=[(1, SetPace(3600.0))])
    log.on_event = lambda event: (
        moments.append(process.run._clock.now()) if isinstance(event, EpisodeCompleted) else None
    )
    assert process.work_until_killed(log, 40)
    assert moments[-1] - moments[0] >= len(moments) - 16, "an episode a second, but for those of one vector step"
    again = Process(log, tmp_path, settings(), commands=[(1, SetPace(3600.0))])
    known, moments[:] = len(log.of(EpisodeCompleted)), []
    log.on_event = lambda event: moments.append(again.run._clock.now()) if isinstance(event, EpisodeCompleted) else None
    again.work()
    assert moments[-1] - moments[0] >= 60 - known - 16
    assert len(log.of(CommandApplied)) == 1


def test_a_pause_holds_everything_until_it_is_lifted(tmp_path: Path) -> None:
    log = MemoryLog()
    process = Process(log, tmp_path, settings(), commands=[(50, Pause()), (50, Unpause())])
    shown: list[tuple[str, int]] = []

    def look(event: AnyEvent) -> None:
        if isinstance(event, CommandApplied):
            shown.append((process.live.status.status, process.run.trainer.counters.vector_step))

    log.on_event = look
    process.work()
    assert shown == [("training", 49), ("paused", 49)]


def test_a_stop_ends_a_pause(tmp_path: Path) -> None:
    log = MemoryLog()
    process = Process(log, tmp_path, settings(), commands=[(50, Pause())])
    log.on_event = lambda event: process.run.stop.set() if isinstance(event, CommandApplied) else None
    process.work()
    assert process.live.status.status == "stopped" and not log.of(RunFinished)
    assert process.run.trainer.counters.vector_step == 49


def test_a_checkpoint_that_was_asked_for_replaces_none_and_is_met_again(tmp_path: Path) -> None:
    commands: list[tuple[int, Command]] = [
        (1, CheckpointNow()),
        (110, CheckpointNow()),
        (111, SetPace(None)),
        (112, CheckpointNow()),
    ]
    log = MemoryLog()
    assert Process(log, tmp_path, settings(), commands=commands, resume_every=1e9).work_until_killed(log, 60)
    process = Process(log, tmp_path, settings(), commands=commands)
    process.work()
    saved = log.of(CheckpointSaved)
    scheduled = [event.file for event in saved if "_step" not in event.file]
    assert scheduled == [f"checkpoint_ep{episode:05d}.safetensors" for episode in (20, 40, 60)]
    assert [event.file.split("_step")[1] for event in saved if "_step" in event.file] == [
        f"{step}.safetensors" for step in (0, 109, 111)
    ]
    assert {event.file for event in saved} == {path.name for path in tmp_path.glob("checkpoint_*")}
    for event in saved:
        assert hashlib.sha256((tmp_path / event.file).read_bytes()).hexdigest() == event.sha256


def test_a_goal_between_two_checkpoints_is_kept_and_examined_all_the_same(tmp_path: Path) -> None:
    log = MemoryLog()
    Process(log, tmp_path, settings(episodes=33)).work()
    kinds = [type(event).__name__ for event in log.facts()]
    assert kinds[-3:] == ["CheckpointSaved", "EvaluationCompleted", "RunFinished"]
    assert max(event.episode for event in log.of(EpisodeCompleted)) == 33
    assert log.of(CheckpointSaved)[-1].file == "checkpoint_ep00033.safetensors"


def test_the_inbox_is_bounded_and_says_so() -> None:
    live = Live()
    with pytest.raises(UsageError, match="is waiting"):
        live.command(Pause())
    live.status = msgspec.structs.replace(live.status, run="town-test", status="training")
    for _ in range(INBOX):
        live.command(RandomizeAffordances())
    with pytest.raises(UsageError, match="64 commands are waiting already"):
        live.command(RandomizeAffordances())
    assert isinstance(live.inbox, queue.Queue) and live.inbox.qsize() == INBOX


def test_what_a_run_shows_is_how_it_stands(tmp_path: Path) -> None:
    log, seen = MemoryLog(), set()
    process = Process(log, tmp_path, settings())
    log.on_event = lambda _: seen.add(process.live.status.status)
    assert process.work_until_killed(log, 50)
    assert seen == {"waiting", "training"}, "waiting only until the run has begun"
    again = Process(log, tmp_path, settings())
    statuses = []
    advance = Trainer.advance

    def watched(trainer: Trainer) -> list[AnyEvent]:
        statuses.append(again.live.status)
        return advance(trainer)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "advance", watched)
        again.work()
    reliving = [status for status in statuses if status.status == "catching_up"]
    assert reliving and reliving == statuses[: len(reliving)]
    assert all(status.detail.startswith("re-living episodes ") for status in reliving)
    assert again.live.status.episode == again.live.status.episodes == 60
    policy = again.live.policy
    assert policy is not None and policy.episode == 60 and policy.layout == again.run.trainer.world.layout


def test_progress_is_reported_with_means_over_its_stretch(tmp_path: Path) -> None:
    log = MemoryLog()
    Process(log, tmp_path, settings()).work()
    reports = log.of(TrainingProgress)
    assert [report.vector_step % 40 for report in reports] == [0] * len(reports) and len(reports) >= 3
    for report in reports:
        assert report.loss >= 0 and report.gradient_norm >= 0 and 0 <= report.entropy <= 1
        assert report.q_min <= report.q_mean <= report.q_max and sum(report.q_histogram) > 0
