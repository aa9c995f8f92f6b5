"""``lectures``, used as a user would: four folders that can be held as they are, and failures that are really there."""

import io
import re
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from hamlet.events.packing import pack
from hamlet.events.types import DialogueEpisode, EpisodeCompleted, TownEpisode
from hamlet.lab.failures import failures_of, nearest_remedy
from hamlet.lab.record import Record, read_record
from hamlet.lab.slides import Slide, as_html, as_markdown
from hamlet.lectures.reading import lectures
from hamlet.runs.choosing import newest_run
from tests.system.support import inside


@pytest.fixture(scope="module")
def held(lived: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("held")
    assert inside("lectures", "--data", lived, "--out", out) == 0
    return out


def test_four_lectures_can_be_held_as_they_are(held: Path, lived: Path) -> None:
    folders = sorted(path for path in held.iterdir() if path.is_dir())
    assert [folder.name for folder in folders] == [f"{n}-{one.name}" for n, one in enumerate(lectures(), start=1)]
    run = newest_run(lived / "events.db", None, "town")
    assert run and run in (folders[0] / "slides.md").read_text(), "the run's own words and numbers"
    for folder, lecture in zip(folders, lectures(), strict=True):
        html, text = (folder / "slides.html").read_text(), (folder / "slides.md").read_text()
        assert re.findall(r'(?:src|href)="(?!data:)', html) == [], "one file that needs no other"
        assert text.count("\n---\n") == html.count("<section") - 1 and html.count("<aside") >= len(lecture.exercises)
        assert "{" not in text.replace("${", ""), "no place left open"
        for name in re.findall(r"!\[.*?\]\((.+?)\)", text):
            with Image.open(folder / name) as picture:
                assert picture.width > 300, name
        assert all(one.answer in (folder / "exercises.md").read_text() for one in lecture.exercises)
    with Image.open(io.BytesIO((folders[0] / "novelty.gif").read_bytes())) as gif:
        assert getattr(gif, "n_frames", 1) >= 50


def test_the_gallery_and_the_failures_are_those_of_the_log(held: Path, lived: Path) -> None:
    run = newest_run(lived / "events.db", None, "town")
    assert run
    record = read_record(lived / "events.db", run)
    gallery, failures = (held / "gallery.html").read_text(), (held / "failures.html").read_text()
    dead = [event for event in record.episodes if event.cause != "cap"]
    assert f"{len(dead):,} of {len(record.episodes):,} lives" in gallery
    episode = dead[0]
    assert f"Episode {episode.episode:,}" in gallery and f"#life={episode.episode}" in gallery
    assert f"{episode.cause} ran out" in gallery and f"{episode.survival_time:,} of" in gallery
    for failure in failures_of(record):
        assert failure.name in failures and failure.what.split("'")[0] in failures
        assert f"#life={failure.episodes[0][0]}" in failures


def life(record: Record, path: list[int], actions: list[int], cause: str, **more: float) -> EpisodeCompleted:
    """A life in the tiny town: Bed at 0, Job at 1, Fridge at cell 2 of the second row."""
    old = record.episodes[0]
    assert isinstance(old.detail, TownEpisode)
    detail = TownEpisode(
        seed=0, physics=1, layout=old.detail.layout, path=pack(np.array(path)), actions=pack(np.array(actions)),
        novelty=old.detail.novelty, affordances={},
    )  # fmt: skip
    values = {"extrinsic_reward": 1.0, "intrinsic_reward": 0.0, "intrinsic_weight": 1.0} | more
    return EpisodeCompleted(
        episode=1, survival_time=len(actions), total_reward=0, curriculum_stage=1, epsilon=0, cause=cause, agent=0,
        vector_step=1, detail=detail, **values,
    )  # fmt: skip


def test_failures_are_recognised_by_what_they_look_like(lived: Path) -> None:
    run = newest_run(lived / "events.db", None, "town")
    assert run
    record = read_record(lived / "events.db", run)

    def found(event: EpisodeCompleted) -> set[str]:
        record.episodes = [event]
        return {one.name for one in failures_of(record)}

    bed = record.lives[0].layout["Bed"]
    far = max(record.lives[0].layout.values()) if bed == 0 else 0
    beside = life(record, [bed, bed], [4], "energy")
    assert nearest_remedy(record, beside) == ("Bed", 0) and found(beside) == {"Beside the remedy"}
    to_and_fro = life(record, [0, 1] * 25, [3, 2] * 24 + [3], "cap")
    assert found(to_and_fro) == {"To and fro"}
    assert found(life(record, [far] * 121, [0] * 120, "cap")) == {"Waiting it out"}
    assert found(life(record, [0, 1] * 5, [3, 2] * 4 + [3], "cap")) == set()
    curious = life(record, [0, 1, 0], [3, 2], "satiation", intrinsic_reward=5.0)
    assert "Curious to death" in found(curious)


def test_failures_of_calls(talked: Path) -> None:
    run = newest_run(talked / "events.db", None, "dialogue")
    assert run
    record = read_record(talked / "events.db", run)
    old = record.episodes[0]

    def call(acts: list[int], cause: str, success: bool, broken: dict[str, int]) -> EpisodeCompleted:
        detail = DialogueEpisode(
            seed=0, physics=1, persona="sad", success=success, acts=pack(np.array(acts)), violations=broken
        )
        return msgspec.structs.replace(old, detail=detail, cause=cause, survival_time=len(acts))

    record.episodes = [
        call([0, 1, 1, 1, 1, 1, 2], "hung_up", False, {}),
        call([11], "closed", False, {}),
        call([6, 6], "promise_kept", True, {"undisclosed": 2}),
    ]
    said = {one.name: one.episodes[0][1] for one in failures_of(record)}
    assert said == {
        "Over and over": "empathetic listening, 5 times in a row",
        "Gave up at once": "ended the call in turn 1",
        "Won by breaking rules": "undisclosed 2",
    }


def test_slides_are_text_and_nothing_else(tmp_path: Path) -> None:
    slides = [Slide("A <b>", ("*one* & `two`",), "said -- aloud\n\n<script>")]
    html = as_html("T", "Q", slides, tmp_path)
    assert "A &lt;b&gt;" in html and "<em>one</em> &amp; <code>two</code>" in html and "&lt;script&gt;" in html
    assert "<!--\nsaid – aloud" in as_markdown("T", "Q", slides)


def test_without_a_town_it_says_so(talked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert inside("lectures", "--data", talked, "--out", tmp_path) == 2
    assert "no run of the town yet" in capsys.readouterr().err
