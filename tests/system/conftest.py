"""A run that has reached its goal, made once for all tests of the whole."""

from pathlib import Path

import pytest

from tests.system.support import config, hamlet


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of 60 episodes in the tiny town; leave it as it is."""
    directory = tmp_path_factory.mktemp("finished")
    ended = hamlet("train", "--data", directory / "data", "--config", config(directory))
    assert ended.returncode == 0, ended.stderr
    return directory / "data"
