"""The studies that come with Hamlet can be run, and the page about studies names all there is."""

from pathlib import Path

import pytest

from hamlet.lab.measures import MEASURES
from hamlet.lab.study import read_study
from hamlet.settings import ROOT

SHIPPED = sorted((ROOT / "configs" / "studies").glob("*.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_study_can_be_run(path: Path) -> None:
    study = read_study(path)
    assert len(study.seeds) >= 5 and len(study.variants) >= 2


def test_every_measure_and_study_is_documented() -> None:
    page = (ROOT / "docs" / "studies.md").read_text()
    assert all(f"`{name}`" in page for name in MEASURES)
    assert all(f"`{path.name}`" in page for path in SHIPPED)


def test_a_grid_crosses_with_the_variants(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(
        f"title: t\nquestion: q\nconfig: {ROOT / 'tests/training/tiny.yaml'}\nseeds: [3, 1]\nmeasures: [stage]\n"
        "variants: {a: {training.hidden: [8]}, b: {}}\n"
        "grid: {training.n_step: [1, 3], training.curriculum.window: [10]}\n"
    )
    study = read_study(path)
    assert study.seeds == (3, 1)
    assert [variant.name for variant in study.variants] == [
        f"{name}_n_step={n}_window=10" for name in "ab" for n in (1, 3)
    ]
    last = study.variants[-1].config.training
    assert (last.hidden, last.n_step, last.curriculum.window) == ((16,), 3, 10)
    path.write_text(
        path.read_text().replace("variants:", "overrides:").replace("{a: {training.hidden: [8]}, b: {}}", "{}")
    )
    assert [variant.name for variant in read_study(path).variants] == ["n_step=1_window=10", "n_step=3_window=10"]
