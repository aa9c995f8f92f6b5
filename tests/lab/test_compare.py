"""``compare``, used as a user would: arms found, finals as the log has them, nothing counted twice."""

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

from hamlet.events.types import EvaluationCompleted, ExamResult, RunStarted, TrainingProgress
from hamlet.lab.arms import Arm, arms_of
from hamlet.lab.compare import comparison_sheets
from hamlet.lab.comparison import compared
from hamlet.lab.figures.comparing import comparing_figures
from hamlet.lab.figures.paper import writing
from hamlet.lab.record import Record
from hamlet.settings import read_config
from tests.system.support import TINY, inside


def run(name: str, seed: int, levels: list[float], every: int = 100) -> Record:
    """Exams at ``every`` episodes with these shares of an expert that lives 50 steps; 3 updates a vector step."""
    config = json.loads(msgspec.json.encode(read_config(TINY)))
    started = RunStarted(
        world="town", config_name=f"{name}.yaml", config=config, seed=seed, episodes=1, physics=1, versions={},
        device="cpu",
    )  # fmt: skip

    def result(mean: float) -> ExamResult:
        return ExamResult(mean=mean, worst=0, share_at_cap=0, causes={})

    exams = [
        EvaluationCompleted(
            episode=number * every, vector_step=number * every * 2, episodes=1, cap=50, layout={},
            results={"expert": result(50), "random": result(5), "stand_still": result(10), "agent": result(50 * level)},
        )
        for number, level in enumerate(levels)
    ]  # fmt: skip
    told = TrainingProgress(
        vector_step=200, updates=600, loss=1, gradient_norm=1, q_mean=0, q_min=0, q_max=1, q_histogram=[1], entropy=1,
        novelty_loss=0,
    )  # fmt: skip
    return Record(Path("events.db"), f"{name}-{seed}", [started, *exams, told])


def test_effort_and_finals_are_those_of_the_exams() -> None:
    slow = Arm("slow", {seed: run("slow", seed, [0, 0.2, 0.4, 0.6 + seed / 100]) for seed in range(4)})
    fast = Arm("fast", {seed: run("fast", seed, [0, 0.6, 0.8, 0.9 + seed / 100]) for seed in range(4)})
    found = compared([slow, fast], (0.5, 0.95), [])
    one, two = found.arms
    assert found.horizon == 300 and two.final == pytest.approx({seed: 0.9 + seed / 100 for seed in range(4)})
    half = {effort.axis: effort for effort in two.efforts if effort.threshold == 0.5}
    assert half["episodes"].by_seed == dict.fromkeys(range(4), 100.0) and half["episodes"].resolution == 100
    assert half["gradient steps"].by_seed == dict.fromkeys(range(4), 600.0), (
        "3 a vector step, 2 vector steps an episode"
    )
    assert half["episodes"].times_sooner is not None and half["episodes"].times_sooner.value == 3
    last = next(effort for effort in two.efforts if effort.threshold == 0.95)
    assert last.reached == 0 and last.median.value is None
    assert two.better is not None and (two.better.value, two.better.low) == (1.0, 1.0)
    assert two.to_first is not None and two.to_first.mean == pytest.approx(0.3)
    cells = [row for sheet in comparison_sheets(found) for row in sheet.rows]
    assert ("fast", "episodes", "0 of 4", "> 300", "cannot be said", "100") in cells
    assert [note for note in found.notes if note.startswith("4 seeds at least")]
    with writing():
        figures = {drawn.name: drawn.figure for drawn in comparing_figures([slow, fast], found)}
    lived, computed = figures["curves"].axes
    mean = next(line for line in lived.lines if line.get_label() == "fast (n = 4)")
    assert np.asarray(mean.get_ydata()).tolist() == pytest.approx([0, 0.6, 0.8, 0.915])
    assert computed.get_xlabel() == "gradient steps, planning's included" and lived.get_xlabel() == "episodes"
    ends, better = figures["finals"].axes
    assert sorted(ends.lines[1].get_xdata()) == pytest.approx(sorted(one.final.values()))  # type: ignore[arg-type]
    assert better.get_xlabel() == "probability to be better than slow"


def test_runs_of_other_lengths_are_read_at_the_same_place_and_it_is_said() -> None:
    long = Arm("long", {0: run("long", 0, [0, 0.5, 1.0, 0.2])})
    short = Arm("short", {0: run("short", 0, [0, 0.7])})
    found = compared([long, short], (0.95,), [])
    assert found.horizon == 100 and found.arms[0].final == {0: 0.5}
    assert "finals are read at 100, where the shortest ends (the longest at 300)" in found.notes[0]
    assert found.arms[0].efforts[0].by_seed == {0: 200.0}, "but the whole of it counts for what it reached"
    assert "nothing can be said of how sure" in found.notes[1]
    assert found.arms[1].better is not None and found.arms[1].better.low is None


def test_arms_are_found_over_directories_and_count_once(
    studied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arms, notes = arms_of([str(studied), f"{studied / 'trials' / 'still-seed0'}:still-*"], tmp_path)
    assert [(arm.name, list(arm.runs)) for arm in arms] == [("moved", [0, 1]), ("still", [0, 1])]
    assert notes == [f"{arms[1].runs[0].run}: left out, the same settings and seed as another run."]
    assert inside("compare", "moved-*", "still-*", "--data", studied, "--json", "--threshold", "0.3") == 0
    found = json.loads(capsys.readouterr().out)
    trials = json.loads((studied / "results.json").read_text())["trials"]
    for arm in found["arms"]:
        shares = {t["seed"]: t["values"]["exam_share"] for t in trials if t["variant"] == arm["name"]}
        assert {int(seed): share for seed, share in arm["final"].items()} == pytest.approx(shares)
    assert found["thresholds"] == [0.3]
    assert inside("compare", "moved-*", "still-*", "--data", studied, "--out", tmp_path / "out") == 0
    text = (tmp_path / "out" / "report.html").read_text()
    assert f"python main.py compare &#x27;moved-*&#x27; &#x27;still-*&#x27; --data {studied}" in text
    assert text.count("data:image/png;base64,") == 3 and (tmp_path / "out" / "comparison.json").exists()


def test_what_cannot_be_compared_is_one_clear_line(
    studied: Path, talked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def complaint(*arguments: str | Path) -> str:
        assert inside("compare", *arguments) == 2
        said = capsys.readouterr().err
        assert said.startswith("hamlet: ") and said.count("\n") == 1
        return said

    assert "no run is called 'x'; it holds: " in complaint("x", "--data", studied)
    assert "there is no log here" in complaint("x", "--data", tmp_path)
    assert "at least two ways to learn, found 1" in complaint("still-*", "--data", studied)
    assert "expected runs of one world, found dialogue and town" in complaint(studied, talked)
