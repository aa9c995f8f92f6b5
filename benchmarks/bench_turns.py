"""How fast the collector learns: ``python -m benchmarks --only turns``. Turns of real calls a second while training.

The shipped configs, the trainer alone, without exams: updates, and in DDQ the world model, its imagined calls and the
updates that they pay for, are all in it. The figures beside them are those of a public Deep Dyna-Q project, taken in
November 2026 on two shared cores without a GPU (Python 3.11, torch 2.13, one thread) and not in this run: DQN 750
to 850 turns/s, DDQ 325. It does not install as a package. Its ratios say an order of magnitude, no more.
"""

import statistics
import time

import msgspec

from benchmarks.row import Row
from hamlet.settings import ROOT, read_config
from hamlet.training.networks import one_thread
from hamlet.training.trainer import Trainer

__all__ = ["rows"]

REPEATS = 5
TURNS = {"dqn": 6_400, "ddq": 640}  # of a repeat
THEIRS = {"dqn": 800.0, "ddq": 325.0}  # turns/s, see above
BAR = 10.0


def rows() -> list[Row]:
    """Medians of interleaved repeats, in time of CPU: the peer's machine was not shared with this run's neighbours."""
    one_thread()
    trainers = {name: _trainer(name) for name in TURNS}
    for trainer in trainers.values():
        _advance(trainer, TURNS["ddq"])  # past the warm-up, and the first calls of the rule policy
    found: dict[str, list[float]] = {name: [] for name in TURNS}
    for _ in range(REPEATS):
        for name, trainer in trainers.items():
            found[name].append(_advance(trainer, TURNS[name]))
    medians = {name: statistics.median(each) for name, each in found.items()}
    return [
        Row(
            name=f"dialogue: {name.upper()} training / the public project's",
            ours=median,
            peer=THEIRS[name],
            ratio=median / THEIRS[name],
            unit="turns/s of CPU",
            bar=BAR,
            note=f"configs/dialogue/{name}.yaml; the peer's figure is an earlier measurement",
        )
        for name, median in medians.items()
    ]


def _trainer(name: str) -> Trainer:
    config = read_config(ROOT / f"configs/dialogue/{name}.yaml")
    return Trainer(config.world, msgspec.structs.replace(config.training, exam_every=1_000_000))


def _advance(trainer: Trainer, turns: int) -> float:
    """Turns a second of CPU over ``turns`` more."""
    agents = trainer.settings.agents
    before = time.thread_time()
    for _ in range(turns // agents):
        trainer.advance()
    return turns // agents * agents / (time.thread_time() - before)
