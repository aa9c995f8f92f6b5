"""A study of the tiny town, run once for all tests of the lab."""

from pathlib import Path

import pytest

from tests.lab.support import study_file
from tests.system.support import ROOT, config, dialogue, hamlet


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever comes first waits for the study, or the run."""
    for item in items:
        if {"studied", "lived"} & set(getattr(item, "fixturenames", ())) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of 2,000 short lives in the tiny town, and of sixty calls; leave it as it is."""
    directory = tmp_path_factory.mktemp("lived")
    town = config(directory, episodes=2000, shift_at=1000, checkpoint_every=1000, exam_every=200)
    for file in (town, dialogue(directory, episodes=60, agents=8, progress_every=4)):
        ended = hamlet("train", "--config", file, "--data", directory / "data", "--new-run", timeout=300)
        assert ended.returncode == 0, ended.stderr
    return directory / "data"
