"""Row 10: a run that was killed, stopped and taken up again is the run that never was, bit for bit."""

import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from hamlet.commands import CheckpointNow, Command, Pause, RandomizeAffordances, SetPace, Unpause
from hamlet.events.types import (
    AffordancesRandomized,
    AnyEvent,
    CheckpointRejected,
    CommandApplied,
    EpisodeCompleted,
    EvaluationCompleted,
    ResumeStateSaved,
    RunDiverged,
    RunExtended,
    RunFinished,
    RunResumed,
    RunStarted,
)
from hamlet.runs.relived import fresh_episodes
from hamlet.settings import ROOT, read_config
from hamlet.training.settings import TrainingSettings
from hamlet.training.trainer import Trainer
from tests.training.support import ALL_AT_ONCE, Killed, MemoryLog, Process, digest, settings

COMMANDS: tuple[tuple[int, Command], ...] = (
    (40, SetPace(1e8)),
    (80, Pause()),
    (80, Unpause()),
    (120, RandomizeAffordances()),
    (121, SetPace(None)),
)


def straight(
    directory: Path,
    seed: int,
    episodes: int = 60,
    commands: Sequence[tuple[int, Command]] = COMMANDS,
    changes: Mapping[str, object] = {},
) -> tuple[MemoryLog, str]:
    """The log and the final state of a run that nothing interrupts."""
    log = MemoryLog()
    process = Process(log, directory, settings(seed=seed, episodes=episodes, **changes), commands=commands)
    process.work()
    return log, digest(process.run.trainer)


def interrupted(
    directory: Path, seed: int, how: str, cuts: random.Random, changes: Mapping[str, object] = {}
) -> tuple[MemoryLog, str]:
    """The same of a run whose processes end ``how`` over and over, after 2 to 15 more events each."""
    log = MemoryLog()
    cut = True
    while cut:
        process = Process(log, directory, settings(seed=seed, **changes), commands=COMMANDS)
        at = len(log.recorded) + cuts.randint(2, 15)
        cut = process.work_until_killed(log, at) if how == "killed" else process.work_until_stopped(log, at)
    return log, digest(process.run.trainer)


@pytest.mark.parametrize("how", ["killed", "stopped"])
@pytest.mark.parametrize("seed", [0, 1])
def test_interruptions_change_nothing(tmp_path: Path, seed: int, how: str) -> None:
    whole, state = straight(tmp_path / "whole", seed)
    assert [type(event.command) for event in whole.of(CommandApplied)] == [type(command) for _, command in COMMANDS]
    log, after = interrupted(tmp_path / "cut", seed, how, random.Random(seed))
    assert after == state
    assert log.facts() == whole.facts()
    assert len(log.of(RunResumed)) >= 3 and not log.of(RunDiverged) and not log.of(CheckpointRejected)
    assert any(resumed.vector_step > 0 for resumed in log.of(RunResumed)), "no state was ever taken up"


# Nothing has a place in a conversation, so there is nothing to move: a checkpoint is asked for instead.
CALLS = read_config(ROOT / "configs" / "dialogue" / "ddq.yaml")
ASKED: tuple[tuple[int, Command], ...] = (
    (10, SetPace(1e8)),
    (20, Pause()),
    (20, Unpause()),
    (30, CheckpointNow()),
    (31, SetPace(None)),
)


def calls(seed: int) -> TrainingSettings:
    small = {"episodes": 40, "agents": 4, "warm_up": 40, "capacity": 500, "batch": 16, "exam_episodes": 4}
    return msgspec.structs.replace(CALLS.training, seed=seed, exam_every=20, **small)


@pytest.mark.parametrize("how", ["killed", "stopped"])
@pytest.mark.parametrize(("seed", "told"), [(0, 0), (1, 3)])
def test_interruptions_change_nothing_in_the_dialogue(tmp_path: Path, seed: int, told: int, how: str) -> None:
    """Row 10 for the other world, with the learner that plans; also when it had ``told`` calls before it began."""
    whole = MemoryLog()
    world, experience = CALLS.world, None
    if told:
        _, experience = fresh_episodes(world, told, seed=9)
    straight = Process(whole, tmp_path / "whole", calls(seed), commands=ASKED, world=world, experience=experience)
    straight.work()
    log, cuts, cut = MemoryLog(), random.Random(seed), True
    while cut:
        process = Process(log, tmp_path / "cut", calls(seed), commands=ASKED, world=world, experience=experience)
        at = len(log.recorded) + cuts.randint(4, 20)
        cut = process.work_until_killed(log, at) if how == "killed" else process.work_until_stopped(log, at)
    assert digest(process.run.trainer) == digest(straight.run.trainer)
    assert log.facts() == whole.facts() and len(whole.of(CommandApplied)) == len(ASKED)
    assert len(log.of(RunResumed)) >= 3 and not log.of(RunDiverged) and not log.of(CheckpointRejected)
    assert any(resumed.vector_step > 0 for resumed in log.of(RunResumed)), "no state was ever taken up"


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_interruptions_change_nothing_with_every_option_switched(tmp_path: Path, how: str) -> None:
    whole, state = straight(tmp_path / "whole", 0, changes=ALL_AT_ONCE)
    log, after = interrupted(tmp_path / "cut", 0, how, random.Random(0), ALL_AT_ONCE)
    assert after == state and log.facts() == whole.facts()
    assert not log.of(RunDiverged) and not log.of(CheckpointRejected)
    assert any(resumed.vector_step > 0 for resumed in log.of(RunResumed)), "no state was ever taken up"


def test_a_state_is_taken_up_in_the_middle_of_the_facts_of_one_step(tmp_path: Path) -> None:
    whole, state = straight(tmp_path / "whole", 3)
    log = MemoryLog()
    for at in range(2, len(whole.events) + 60, 7):  # each cut a few events on: every place in a batch is met
        process = Process(log, tmp_path / "cut", settings(seed=3), commands=COMMANDS, resume_every=0.05)
        if not process.work_until_killed(log, at):
            break
    process = Process(log, tmp_path / "cut", settings(seed=3), commands=COMMANDS)
    process.work()
    assert (log.facts(), digest(process.run.trainer)) == (whole.facts(), state)


def test_who_is_killed_before_the_next_state_is_due_gets_further_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while it still catches up with a log that is far ahead of the newest state."""
    whole, state = straight(tmp_path / "whole", 0, 40)
    log, advance = MemoryLog(), Trainer.advance
    first = Process(log, tmp_path / "cut", settings(seed=0, episodes=40), commands=COMMANDS, resume_every=1e9)
    assert first.work_until_killed(log, len(whole.events) - 20)
    lives, every = 0, 1.0  # seconds: no life lasts half as long
    steps = 0

    def short(trainer: Trainer) -> list[AnyEvent]:
        nonlocal steps
        steps += 1
        if steps > 60:
            raise Killed
        return advance(trainer)

    monkeypatch.setattr(Trainer, "advance", short)
    process = Process(log, tmp_path / "cut", settings(seed=0, episodes=40), commands=COMMANDS, resume_every=every)
    while process.live.status.status != "finished":
        lives, steps = lives + 1, 0
        assert lives < 12, "no progress"
        process = Process(log, tmp_path / "cut", settings(seed=0, episodes=40), commands=COMMANDS, resume_every=every)
        with suppress(Killed):
            process.work()
    assert lives >= 3 and log.facts() == whole.facts() and digest(process.run.trainer) == state
    assert not log.of(RunDiverged) and not log.of(CheckpointRejected)


def test_a_finished_run_stays_as_it_is(tmp_path: Path) -> None:
    log, state = straight(tmp_path, 0)
    before = list(log.recorded)
    process = Process(log, tmp_path, settings(seed=0))
    process.work()
    assert log.recorded == before and digest(process.run.trainer) == state
    assert process.live.status.status == "finished" and process.live.status.episode == 60


def at_60_only(event: AnyEvent) -> bool:
    return isinstance(event, RunFinished | EvaluationCompleted) and event.episode == 60


@pytest.mark.parametrize("cut", [False, True])
def test_extending_is_as_if_the_goal_had_been_further_from_the_start(tmp_path: Path, cut: bool) -> None:
    whole, state = straight(tmp_path / "whole", 2, episodes=120)
    log, _ = straight(tmp_path / "twice", 2, episodes=60)
    longer = settings(seed=2, episodes=120)
    if cut:
        assert Process(log, tmp_path / "twice", longer).work_until_killed(log, len(log.recorded) + 20)
    process = Process(log, tmp_path / "twice", longer)
    process.work()
    assert digest(process.run.trainer) == state
    assert len(log.of(RunExtended)) == 1 and [event.episode for event in log.of(RunFinished)] == [60, 120]
    (started,) = whole.of(RunStarted)
    goal = [msgspec.structs.replace(log.facts()[0], episodes=120, config=started.config)]
    rest = [event for event in log.facts()[1:] if not at_60_only(event)]
    assert goal + rest == whole.facts()


def tampered(log: MemoryLog, episode: int) -> MemoryLog:
    """The log of another past: one life in it was a step longer, and no state was saved after it."""
    other = MemoryLog()
    for recorded in log.recorded:
        event = recorded.event
        if isinstance(event, EpisodeCompleted) and event.episode == episode:
            event = msgspec.structs.replace(event, survival_time=event.survival_time + 1)
        other.recorded.append(msgspec.structs.replace(recorded, event=event))
    return other


def test_a_past_that_cannot_be_computed_again_is_given_up_from_there(tmp_path: Path) -> None:
    whole, state = straight(tmp_path / "whole", 0)
    log = MemoryLog()
    first = Process(log, tmp_path / "run", settings(seed=0), commands=COMMANDS, resume_every=1e9)
    assert first.work_until_killed(log, 45)
    known = max(event.episode for event in log.of(EpisodeCompleted))
    log = tampered(log, 20)
    process = Process(log, tmp_path / "run", settings(seed=0), commands=COMMANDS)
    assert process.work_until_killed(log, len(log.recorded) + 12)
    (diverged,) = log.of(RunDiverged)
    assert diverged.from_episode == 20 < known
    assert "survival_time" in diverged.reason
    assert process.live.status.status == "training"
    # Taken up again after the divergence: no second one, and the run is again the one it should have been.
    again = Process(log, tmp_path / "run", settings(seed=0), commands=COMMANDS)
    again.work()
    assert len(log.of(RunDiverged)) == 1
    kept = [event for event in log.facts() if isinstance(event, EpisodeCompleted)]
    assert [event.episode for event in kept] == list(range(1, 61))
    assert log.facts() == whole.facts() and digest(again.run.trainer) == state


def test_states_of_a_past_that_was_given_up_are_not_taken_up(tmp_path: Path) -> None:
    log = MemoryLog()
    first = Process(log, tmp_path, settings(seed=0), resume_every=0.1)
    assert first.work_until_killed(log, 60)
    assert len(log.of(ResumeStateSaved)) >= 3
    for file in tmp_path.glob("resume_*"):
        file.unlink()
    log = tampered(log, 2)
    assert Process(log, tmp_path, settings(seed=0)).work_until_killed(log, len(log.recorded) + 6)
    (diverged,) = log.of(RunDiverged)
    process = Process(log, tmp_path, settings(seed=0), resume_every=0.1)
    process.work()
    last = log.of(RunResumed)[-1]
    assert last.vector_step <= diverged.vector_step
    assert len(log.of(RunDiverged)) == 1 and len(log.of(CheckpointRejected)) == 2  # both by the second process
    assert log.of(AffordancesRandomized)
