"""What the process log is told of a run: no more than one heartbeat a second, and whose it is."""

import numpy as np
from structlog.testing import capture_logs

from hamlet.clock import ManualClock
from hamlet.events.types import EpisodeCompleted, StageChanged
from hamlet.training.run_logger import RunLogger
from tests.projections.support import lived


def lives(*numbers: int) -> list[EpisodeCompleted]:
    return [lived(number, np.random.default_rng(number)) for number in numbers]


def test_every_line_names_its_run_and_heartbeats_are_a_second_apart() -> None:
    clock = ManualClock()
    town, calls = RunLogger("town-1", clock), RunLogger("dialogue-1", clock)
    with capture_logs() as lines:
        town.tell(lives(10, 20), 100, 5)
        calls.tell(lives(10), 100, 4)
        clock.advance(1.0)
        town.tell(lives(25, 30), 100, 5)
        town.tell([StageChanged(episode=30, vector_step=9, old_stage=1, new_stage=2, reason="it lives")], 100, 5)
    assert [(line["run"], line["event"].partition(" | ")[0]) for line in lines] == [
        ("town-1", "Episode 10/100"),
        ("dialogue-1", "Episode 10/100"),
        ("town-1", "Episode 30/100"),
        ("town-1", "Stage 1 → 2: it lives"),
    ]
