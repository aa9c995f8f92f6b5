"""The laboratory: curves to compare, studies while they run and when they are done, and no file but theirs."""

import json
from pathlib import Path

import msgspec
import pytest

from hamlet.web.wire.lab import LabLecture, LabReport, LabRun, LabStudy
from tests.web.support import RUN, Readings, Town, client

TABLE = "# Title\n\n| measure | variant | mean |\n|---|---|--:|\n| steps | base | 430 ± 12 |\n| | slow | 400 |\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A directory with a study that runs, one that is done, a report, and things that are nobody's business."""
    directory = tmp_path / "data"
    running, done = directory / "studies" / "running", directory / "studies" / "done"
    (done / "figures").mkdir(parents=True)
    running.mkdir()
    trial = {"name": "base-1", "variant": "base", "seed": 1, "state": "running", "episode": 40, "goal": 100}
    status = {"title": "Which?", "question": "Which one?", "updated_at": 2e9, "finished": False, "trials": [trial]}
    (running / "status.json").write_text(json.dumps(status))
    finished = {"variant": "base", "seed": 1, "status": "finished", "values": {}}
    (done / "results.json").write_text(json.dumps({"title": "Done", "question": "", "trials": [finished]}))
    (done / "results.md").write_text(TABLE)
    (done / "figures" / "curve.png").write_bytes(b"\x89PNG")
    (done / "secret.db").write_text("secret")
    (done / "link.png").symlink_to(tmp_path / "outside.png")
    (tmp_path / "outside.png").write_text("secret")
    (directory / "studies" / "escape").symlink_to(tmp_path)
    (directory / "studies" / "empty").mkdir()
    (directory / "reports" / "town-1").mkdir(parents=True)
    (directory / "reports" / "town-1" / "report.html").write_text("<p>report</p>")
    (directory / "lectures" / "1-exploration").mkdir(parents=True)
    (directory / "lectures" / "1-exploration" / "slides.html").write_text("<p>slides</p>")
    (directory / "lectures" / "gallery.html").write_text("<p>gallery</p>")
    (directory / "events.db").write_text("secret")
    (directory / "conversations.db").write_text("secret")
    return directory


async def test_runs_are_told_in_curves_exams_and_stages() -> None:
    async with client(Town()) as http:
        answer = await http.get(f"/api/lab/runs/{RUN}")
        run = msgspec.json.decode(answer.content, type=LabRun)
        assert (run.world, run.algorithm, run.unit) == ("town", "dqn", "steps")
        assert [(one.episode, one.mean, one.low, one.high) for one in run.curve] == [(120, 100.123, 97.123, 103.123)]
        assert run.exams[0].values == {"agent": 150.0, "expert": 200.0} and run.stages == {100: "stage 2"}
        assert (await http.get("/api/lab/runs/nobody")).status_code == 404


async def test_conversations_are_told_by_their_success() -> None:
    class Talking(Readings):
        def run(self, run: str):  # type: ignore[no-untyped-def]
            [row] = self.runs()
            return msgspec.structs.replace(row, world="dialogue", config={"training": {"dyna": {"k": 5}}})

    async with client(Town(views=Talking())) as http:
        run = msgspec.json.decode((await http.get(f"/api/lab/runs/{RUN}")).content, type=LabRun)
    assert (run.algorithm, run.unit, run.top) == ("ddq", "success", 1.0)
    half, whole = run.curve
    assert (half.episode, half.mean) == (50, 0.5) and 0.36 < half.low < 0.37 and 0.63 < half.high < 0.64
    assert whole.mean == 1.0 == whole.high and 0.92 < whole.low < 0.93, "also at the edge it is no certainty"


async def test_studies_while_they_run_and_when_they_are_done(data: Path) -> None:
    async with client(Town(directory=data)) as http:
        running, done = msgspec.json.decode((await http.get("/api/lab/studies")).content, type=list[LabStudy])
        assert (running.name, running.finished, running.table) == ("running", False, None)
        assert (running.trials[0].state, running.trials[0].episode, running.trials[0].goal) == ("running", 40, 100)
        assert done.finished and done.table is not None and done.trials[0].state == "finished"
        assert (done.table.columns, done.table.rows[0]) == (
            ["measure", "variant", "mean"],
            ["steps", "base", "430 ± 12"],
        )
        names = [file.name for file in done.files]
        assert names == ["results.json", "results.md", "figures/curve.png"]
        [report] = msgspec.json.decode((await http.get("/api/lab/reports")).content, type=list[LabReport])
        assert report.run == "town-1"
        told = (await http.get("/api/lab/lectures")).content
        first, beside = msgspec.json.decode(told, type=list[LabLecture])
        assert (first.name, first.files[0].name) == ("1-exploration", "slides.html")
        assert (beside.name, beside.files[0].path) == ("", "lectures/gallery.html")
        for study in (done, report, first, beside):
            for file in study.files:
                answer = await http.get(f"/shelf/{file.path}")
                assert (answer.status_code, len(answer.content)) == (200, file.bytes)


@pytest.mark.parametrize(
    "path",
    [
        "events.db",
        "conversations.db",
        "studies/done/secret.db",
        "studies/done/link.png",
        "studies/done/../../events.db",
        "studies/done/..%2f..%2fevents.db",
        "studies/escape/outside.png",
        "%2fetc%2fpasswd",
        "..%2f..%2fetc%2fpasswd",
        "studies/done",
        "",
    ],
)
async def test_nothing_else_is_served(path: str, data: Path) -> None:
    async with client(Town(directory=data)) as http:
        answer = await http.get(f"/shelf/{path}")
    assert answer.status_code == 404 and "secret" not in answer.text


async def test_a_broken_study_is_left_out_and_no_directory_is_none(data: Path) -> None:
    (data / "studies" / "running" / "status.json").write_text("{")
    (data / "studies" / "done" / "results.md").unlink()
    async with client(Town(directory=data)) as http:
        [done] = msgspec.json.decode((await http.get("/api/lab/studies")).content, type=list[LabStudy])
    assert done.table is None
    async with client(Town()) as http:
        assert (await http.get("/api/lab/studies")).json() == [] == (await http.get("/api/lab/reports")).json()
