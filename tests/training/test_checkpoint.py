"""Row 11: what is on disk is used only when it is what was saved; the state before it is taken then."""

import hashlib
import os
import pickle
import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from hamlet.errors import UsageError
from hamlet.events.types import CheckpointRejected, CheckpointSaved, ResumeStateSaved, RunResumed
from hamlet.training.checkpoint import Rejected, load, save
from hamlet.training.keep import kept_policy, newest_policy
from hamlet.training.states import RunFiles
from hamlet.training.trainer import Trainer
from tests.training.support import TOWN, MemoryLog, Process, advance, digest, settings

STATES = "resume_*.safetensors"


class Bomb:
    """Unpickled, it leaves a file."""

    def __init__(self, sentinel: Path) -> None:
        self.sentinel = sentinel

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.sentinel),)


def corruptions(whole: bytes, rng: random.Random, sentinel: Path) -> Iterator[bytes]:
    """Over two hundred files that are not ``whole``."""
    header = 8 + int.from_bytes(whole[:8], "little")
    for _ in range(110):
        at = rng.randrange(header) if rng.random() < 0.5 else rng.randrange(len(whole))
        yield whole[:at] + bytes([whole[at] ^ 1 << rng.randrange(8)]) + whole[at + 1 :]
    for _ in range(80):
        yield whole[: rng.randrange(len(whole))]
    for extra in (b"\0", b"x" * 100, whole):
        yield whole + extra
    yield b""
    yield b"\xff" * 64
    yield (2**63).to_bytes(8, "little") + whole[8:]
    for protocol in range(6):
        yield pickle.dumps(Bomb(sentinel), protocol)
    arrays = safetensors.numpy.load(whole)
    for name in list(arrays)[:12]:
        changed = dict(arrays)
        changed[name] = np.zeros((*arrays[name].shape, 2), arrays[name].dtype)
        yield safetensors.numpy.save(changed)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, CheckpointSaved, ResumeStateSaved, str]:
    directory = tmp_path_factory.mktemp("saved")
    trainer = Trainer(TOWN, settings())
    advance(trainer, 60)
    files = RunFiles(directory)
    return directory, files.save_checkpoint(trainer, 3), files.save_resume_state(trainer, [], 0, 9), digest(trainer)


Saved = tuple[Path, CheckpointSaved, ResumeStateSaved, str]


def test_what_was_saved_comes_back(saved: Saved) -> None:
    directory, checkpoint, state, before = saved
    trainer = Trainer(TOWN, settings())
    assert digest(trainer) != before
    assert RunFiles(directory).load_resume_state(state, trainer) == ([], 0)
    assert digest(trainer) == before
    policy = kept_policy(directory, checkpoint.file, checkpoint.sha256, 3, TOWN, settings())
    assert np.array_equal(policy.weights, trainer.learner.weights())


def test_equal_states_make_equal_files(saved: Saved, tmp_path: Path) -> None:
    trainer = Trainer(TOWN, settings())
    RunFiles(saved[0]).load_resume_state(saved[2], trainer)
    assert RunFiles(tmp_path).save_resume_state(trainer, [], 0, 9) == saved[2]


def test_no_corrupt_file_is_ever_used(saved: Saved, tmp_path: Path) -> None:
    directory, checkpoint, state, _ = saved
    sentinel = tmp_path / "executed"
    trainer, files, tried = Trainer(TOWN, settings()), RunFiles(tmp_path), 0
    for kept in (checkpoint, state):
        whole = (directory / kept.file).read_bytes()
        for data in corruptions(whole, random.Random(11), sentinel):
            (tmp_path / kept.file).write_bytes(data)
            with pytest.raises(Rejected, match="SHA-256 is"):
                if isinstance(kept, ResumeStateSaved):
                    files.load_resume_state(kept, trainer)
                else:
                    kept_policy(tmp_path, kept.file, kept.sha256, 3, TOWN, settings())
            tried += 1
    assert tried >= 400 and not sentinel.exists()


def test_a_file_whose_hash_was_forged_too_runs_no_code_and_never_gives_another_error(
    saved: Saved, tmp_path: Path
) -> None:
    directory, _, state, _ = saved
    sentinel = tmp_path / "executed"
    trainer, files, refused = Trainer(TOWN, settings()), RunFiles(tmp_path), 0
    for data in corruptions((directory / state.file).read_bytes(), random.Random(12), sentinel):
        (tmp_path / state.file).write_bytes(data)
        forged = ResumeStateSaved(
            episode=0, vector_step=60, version=9, file=state.file, sha256=hashlib.sha256(data).hexdigest(), bytes=0
        )
        try:
            files.load_resume_state(forged, trainer)
        except Rejected:
            refused += 1
    assert refused >= 120 and not sentinel.exists()


def test_every_array_must_have_its_shape(saved: Saved, tmp_path: Path) -> None:
    directory, _, state, _ = saved
    trainer = Trainer(TOWN, settings())
    arrays, scalars = load(directory / state.file, state.sha256)
    for name, array in arrays.items():
        for wrong in (array[..., None], array.reshape(-1)[:1] if array.size > 1 else np.zeros(2, array.dtype)):
            sha256, size = save(tmp_path / "x", arrays | {name: wrong}, scalars)
            forged = ResumeStateSaved(episode=0, vector_step=60, version=9, file="x", sha256=sha256, bytes=size)
            with pytest.raises(Rejected):
                RunFiles(tmp_path).load_resume_state(forged, trainer)
    for name in ("outbox", "finished_at", "counters", "annealing", "curriculum", "progress", "generators"):
        values: tuple[object, ...] = (None, "x", {}, [])
        for value in values:
            if (name, value) in (("outbox", []), ("counters", {}), ("curriculum", {})):  # those could be
                continue
            sha256, size = save(tmp_path / "x", arrays, scalars | {name: value})
            forged = ResumeStateSaved(episode=0, vector_step=60, version=9, file="x", sha256=sha256, bytes=size)
            with pytest.raises(Rejected):
                RunFiles(tmp_path).load_resume_state(forged, trainer)


@pytest.mark.parametrize("broken", [1, 2])
def test_a_run_takes_up_the_state_before_a_broken_one(tmp_path: Path, broken: int) -> None:
    whole = MemoryLog()
    process = Process(whole, tmp_path / "whole", settings())
    process.work()
    log, directory = MemoryLog(), tmp_path / "run"
    assert Process(log, directory, settings(), resume_every=0.1).work_until_killed(log, 55)
    newest = sorted(directory.glob(STATES))[::-1]
    assert len(newest) == 2
    for path in newest[:broken]:
        path.write_bytes(path.read_bytes()[:-1] + b"\x7f")
    again = Process(log, directory, settings())
    again.work()
    assert [event.file for event in log.of(CheckpointRejected)] == [path.name for path in newest[:broken]]
    (resumed,) = log.of(RunResumed)
    assert resumed.vector_step == (int(newest[1].name[7:17]) if broken == 1 else 0)
    assert log.facts() == whole.facts() and digest(again.run.trainer) == digest(process.run.trainer)


def test_the_exam_takes_the_policy_before_a_broken_one(saved: Saved, tmp_path: Path) -> None:
    trainer, files = Trainer(TOWN, settings()), RunFiles(tmp_path)
    kept = []
    for episode in (20, 40):
        advance(trainer, 20)
        kept.append(files.save_checkpoint(trainer, episode))
    assert newest_policy(tmp_path, kept, TOWN, settings()).episode == 40
    (tmp_path / kept[1].file).write_bytes(b"")
    assert newest_policy(tmp_path, kept, TOWN, settings()).episode == 20
    with pytest.raises(Rejected, match="not a policy of this run"):
        kept_policy(tmp_path, kept[0].file, kept[0].sha256, 20, TOWN, settings(hidden=(8, 8)))
    (tmp_path / kept[0].file).unlink()
    with pytest.raises(UsageError, match="no checkpoint to load"):
        newest_policy(tmp_path, kept, TOWN, settings())


def test_a_checkpoint_holds_all_networks(saved: Saved) -> None:
    arrays, scalars = load(saved[0] / saved[1].file, saved[1].sha256)
    spec = Trainer(TOWN, settings()).world.spec
    sizes = (spec.observation_size, *settings().hidden, len(spec.actions))
    count = sum(a * b + b for a, b in pairwise(sizes))
    assert {name: arrays[name].shape for name in ("online", "target", "averaged")} == dict.fromkeys(
        ("online", "target", "averaged"), (count,)
    )
    assert set(scalars["layout"]) == set(TOWN.affordances)
