"""What a run's recorded configuration says of it, read from the configurations that ship."""

from pathlib import Path

import msgspec
import pytest

from hamlet.projections.configs import algorithm_of, grid_of
from hamlet.settings import read_config

CONFIGS = Path(__file__).parents[2] / "configs"


@pytest.mark.parametrize(
    ("config", "algorithm", "grid"),
    [
        ("town/sparse_adaptive.yaml", "dqn", (8, 8)),
        ("town/rememberer.yaml", "recall", (8, 8)),
        ("dialogue/dqn.yaml", "dqn", (0, 0)),
        ("dialogue/ddq.yaml", "ddq", (0, 0)),
        ("town/fog.yaml", "drqn", (8, 8)),
    ],
)
def test_the_learner_and_the_grid_are_told_from_the_record(config: str, algorithm: str, grid: tuple[int, int]) -> None:
    recorded = msgspec.to_builtins(read_config(CONFIGS / config))
    assert (algorithm_of(recorded), grid_of(recorded)) == (algorithm, grid)


def test_an_imported_history_says_neither() -> None:
    assert (algorithm_of({}), grid_of({})) == ("dqn", (0, 0))
