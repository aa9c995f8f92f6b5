"""The notebook runs from its first cell to its last on a fresh run, and lies in the repository without outputs."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.system.support import ROOT, environment

NOTEBOOK = ROOT / "notebooks" / "analysis.ipynb"
EXECUTE = """
import sys, nbformat, nbclient
book = nbformat.read(sys.argv[1], 4)
nbclient.NotebookClient(book, timeout=240, resources={"metadata": {"path": sys.argv[3]}}).execute()
nbformat.write(book, sys.argv[2])
"""


def cells(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text())["cells"]
    return found


def test_it_lies_here_without_outputs() -> None:
    code = [cell for cell in cells(NOTEBOOK) if cell["cell_type"] == "code"]
    assert code and all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert sum(cell["cell_type"] == "markdown" for cell in cells(NOTEBOOK)) >= len(code) - 1, "code is commented"


def test_it_runs_and_shows_figures(lived: Path, tmp_path: Path) -> None:
    out = tmp_path / "executed.ipynb"
    relative = os.path.relpath(lived, ROOT)  # from the project's directory, as the docs write it
    ended = subprocess.run(
        [sys.executable, "-c", EXECUTE, str(NOTEBOOK), str(out), str(NOTEBOOK.parent)],
        env=environment(HAMLET_DB_PATH=relative, PYTHONPATH=str(ROOT), PYDEVD_DISABLE_FILE_VALIDATION="1"),
        cwd=ROOT, capture_output=True, text=True, timeout=500,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-2000:]
    outputs = [output for cell in cells(out) for output in cell.get("outputs", [])]
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 18, (
        "ten of the town, the others of calls"
    )
    said = "".join("".join(output.get("text", "")) for output in outputs)
    assert "steps lived" in said and "correlation of length and extrinsic reward" in said
