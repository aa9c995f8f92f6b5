"""Where networks live and learn: chosen by a rule, and no bit of what is learned depends on the way there and back."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import torch

from hamlet.errors import ConfigError
from hamlet.events.types import RunResumed
from hamlet.training import trainer as trainers
from hamlet.training.checkpoint import load, save
from hamlet.training.device import HOST, device_of
from hamlet.training.recall.settings import RecallSettings
from hamlet.training.recurrent_settings import RecurrentSettings
from hamlet.training.settings import TrainingSettings
from hamlet.training.trainer import Trainer
from hamlet.worlds.settings import WorldSettings
from tests.training.elsewhere import ELSEWHERE, Elsewhere
from tests.training.support import TOWN, VARIANTS, MemoryLog, Process, advance, digest, settings
from tests.training.test_recall import SHOWN, recalling

ONCE = {"updates_curious": 1, "warm_up": 64, "exam_episodes": 2}
SMALL = RecurrentSettings(hidden=8, memory=8, batch=4, sequence=4, burn_in=2)
LEARNERS: dict[str, tuple[WorldSettings, TrainingSettings]] = {
    "dqn": (TOWN, settings(**ONCE)),
    "dueling and prioritised": (TOWN, settings(**(ONCE | VARIANTS["dueling"] | VARIANTS["prioritised"]))),
    "lstm": (TOWN, settings(q_network="lstm", recurrent=SMALL, **ONCE)),
    "recall": (SHOWN, recalling(**ONCE, recall=RecallSettings(lives=8, errands=2, begin=64))),
    "dyna": (TOWN, settings(**(ONCE | VARIANTS["planning"]))),
}


def test_auto_is_the_gpu_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert [device_of(wanted).type for wanted in ("auto", "cuda", "cpu")] == ["cuda", "cuda", "cpu"]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert device_of("auto") == device_of("cpu") == HOST
    with pytest.raises(ConfigError, match=r"^training\.device: cuda, but torch finds no GPU here; write auto or cpu$"):
        device_of("cuda")


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[Elsewhere]:
    """``auto`` is a device that this machine does not have."""
    monkeypatch.setattr(trainers, "device_of", lambda wanted: ELSEWHERE if wanted == "auto" else HOST)
    with Elsewhere() as device:
        yield device


@pytest.mark.parametrize("kind", LEARNERS)
def test_each_learner_learns_there_what_it_learns_here_and_is_taken_up_on_either(
    kind: str, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    """All networks and every update are there: an operation on tensors of both sides fails."""
    world, training = LEARNERS[kind]
    auto = msgspec.structs.replace(training, device="auto")
    there = Trainer(world, auto)
    here = Trainer(world, training)
    assert (there.device, here.device) == (ELSEWHERE, HOST)
    ran = elsewhere.operations
    assert advance(here, 20) == advance(there, 20) and elsewhere.operations > ran
    assert here.counters.updates >= 10 and digest(there) == digest(here)
    for old, new in ((there, Trainer(world, training)), (here, Trainer(world, auto))):
        sha256, _ = save(tmp_path / "state", *old.state())
        new.restore(*load(tmp_path / "state", sha256))
        assert new.device != old.device and digest(new) == digest(old)
        advance(new, 4)
        advance(old, 4)
        assert digest(new) == digest(old)


def test_the_log_says_where_it_is_taken_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    log = MemoryLog()
    Process(log, tmp_path, settings(episodes=10)).work()
    monkeypatch.setattr(trainers, "device_of", lambda wanted: ELSEWHERE)
    with Elsewhere():
        Process(log, tmp_path, settings(episodes=12)).work()
    (resumed,) = log.of(RunResumed)
    assert resumed.device == ELSEWHERE.type
