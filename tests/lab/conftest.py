"""A study of the tiny town, run once for all tests of the lab."""

from pathlib import Path

import pytest

from tests.lab.support import study_file
from tests.system.support import ROOT, dialogue, hamlet


@pytest.fixture(scope="session")
def studied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a finished study, its file beside it; leave it as it is."""
    directory = tmp_path_factory.mktemp("studied")
    ended = hamlet("study", study_file(directory), "--data", directory / "data", "--jobs", "2", timeout=300)
    assert ended.returncode == 0, ended.stderr
    return directory / "data"


@pytest.fixture(scope="session")
def talked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a short dialogue run that plans in a small world model; leave it as it is."""
    directory = tmp_path_factory.mktemp("talked")
    dyna = {"k": 2, "model": {"kind": "mlp", "hidden": 8, "batch": 16}, "model_updates": 1, "hold_out": 2}
    shipped = ROOT / "configs" / "dialogue" / "ddq.yaml"
    file = dialogue(directory, shipped, episodes=60, progress_every=20, updates_per_step=1, dyna=dyna)
    ended = hamlet("train", "--config", file, "--data", directory / "data", timeout=120)
    assert ended.returncode == 0, ended.stderr
    return directory / "data"
