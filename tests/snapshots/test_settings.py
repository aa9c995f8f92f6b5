"""The shipped file says what holds without it, and a wrong one is one clear line."""

from pathlib import Path

import pytest

from hamlet.app.picturing import SHIPPED, read_snapshot_settings
from hamlet.errors import HamletError
from hamlet.settings import Paths
from hamlet.snapshots.settings import SnapshotSettings


def test_the_shipped_file_is_the_default() -> None:
    assert read_snapshot_settings(SHIPPED) == SnapshotSettings()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("gifs: {episodes: 1}", "gifs.episodes"),
        ("screenshots: {evry: 5}", "screenshots.evry"),
        ("exports: {keep: many}", "exports.keep"),
        ("- 1", "expected the sections"),
    ],
)
def test_a_wrong_one_names_the_key(text: str, named: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(HamletError, match=named):
        read_snapshot_settings(path)


@pytest.mark.parametrize(
    ("where", "pictures"), [("/srv/hamlet", "/srv/hamlet/snapshots"), ("/snapshots", "/snapshots")]
)
def test_where_they_go_is_one_variable(where: str, pictures: str) -> None:
    paths = Paths.of(None, {"HAMLET_SNAPSHOT_DIR": where})
    assert paths.products == {"snapshots": Path(pictures), "exports": Path(where, "exports")}
