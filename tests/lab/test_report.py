"""``report``, used as a user would: one file with everything in it, tables on the terminal, what is wrong in a line."""

import json
import re
import sys
from pathlib import Path

import pytest

from tests.system.support import ROOT, inside


def test_a_report_is_one_file_with_everything_in_it(
    studied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = next(path.name for path in (studied / "checkpoints").iterdir() if path.name.startswith("moved-seed1"))
    assert inside("report", "--data", studied, "--run", run, "--out", tmp_path) == 0
    file = tmp_path / run / "report.html"
    assert capsys.readouterr().out.replace("\n", "") == f"{file}: 10 figures"
    text = file.read_text()
    assert re.findall(r'(?:src|href)="(?!data:)', text) == [] and "url(http" not in text
    assert text.count("data:image/png;base64,") == 10 == len(list(file.parent.glob("*.png")))
    assert f"python main.py report --data {studied} --run {run}" in text and "--seed 1 --episodes 400" in text
    assert "scripted expert" in text and "collapse_window: 10" in text and "torch 2" in text
    listed = json.loads((file.parent / "figures.json").read_text())
    assert {one["file"] for one in listed} == {path.name for path in file.parent.glob("*.png")}
    assert all(one["title"] and one["caption"] for one in listed)


def test_a_summary_needs_no_figures(
    talked: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)  # as if it were not installed
    monkeypatch.setenv("COLUMNS", "80")
    assert inside("report", "--data", talked, "--summary") == 0
    printed = capsys.readouterr().out
    assert "60 of 60" in printed and "oracle" in printed and "Exam after call 60" in printed
    assert all(word in printed for word in ("constant", "cooperative", "avoidant")), "whole, on 80 columns"
    assert inside("report", "--data", talked) == 2
    complaint = capsys.readouterr().err
    assert complaint.startswith("hamlet: figures need matplotlib, which is not installed: .venv/bin/pip install")
    assert complaint.count("\n") == 1 and not (talked / "reports").exists()


def test_what_cannot_be_reported_is_one_clear_line(
    talked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert inside("report", "--data", tmp_path) == 2
    assert "no run yet; train one with" in capsys.readouterr().err
    assert inside("report", "--data", talked, "--run", "nobody") == 2
    assert "no run nobody in" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert inside("report", "--data", talked, "--out", tmp_path / "file") == 2
    assert "cannot be made" in capsys.readouterr().err


def test_the_letters_come_with_their_licence() -> None:
    fonts = ROOT / "hamlet" / "lab" / "fonts"
    assert "SIL OPEN FONT LICENSE" in (fonts / "OFL.txt").read_text().upper()
    assert {path.stem for path in fonts.glob("*.ttf")} == {"EBGaramond-Regular", "EBGaramond-Italic", "Inter-Regular"}
