"""A study of the tiny town, run once for all tests of the lab."""

from pathlib import Path

import pytest

from tests.lab.support import study_file
from tests.system.support import hamlet


@pytest.fixture(scope="session")
def studied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a finished study, its file beside it; leave it as it is."""
    directory = tmp_path_factory.mktemp("studied")
    ended = hamlet("study", study_file(directory), "--data", directory / "data", "--jobs", "2", timeout=300)
    assert ended.returncode == 0, ended.stderr
    return directory / "data"
