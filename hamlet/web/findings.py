"""Studies, reports and lectures as they lie in the data directory: read afresh each time, in worker threads.

What may be fetched is what is listed: a name of the list, in its directory, with a harmless ending.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hamlet.web.wire.lab import LabFile, LabLecture, LabReport, LabStudy, LabTable, LabTrial

__all__ = ["Findings"]

_TYPES = {
    ".png": "image/png",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".md": "text/plain; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".gif": "image/gif",
}
_MOST = 200  # of studies, of reports, and of files of one


class Findings:
    """Over ``data``: ``studies/NAME``, ``reports/RUN`` and ``lectures/N-NAME``. Files that cannot be read
    are left out."""

    def __init__(self, data: Path) -> None:
        self._data = data

    def studies(self) -> list[LabStudy]:
        """Those that have begun, the newest first."""
        found = [study for path in self._below("studies") if (study := self._study(path)) is not None]
        return sorted(found, key=lambda study: -study.updated_at)

    def reports(self) -> list[LabReport]:
        """Of runs, by name."""
        found = [LabReport(run=path.name, files=self._files(path)) for path in self._below("reports")]
        return [report for report in found if report.files]

    def lectures(self) -> list[LabLecture]:
        """Each folder of ``lectures``, in order; last, without a name, what lies beside them."""
        found = [LabLecture(name=path.name, files=self._files(path)) for path in self._below("lectures")]
        found.append(LabLecture(name="", files=self._files(self._data / "lectures")))
        return [lecture for lecture in found if lecture.files]

    def read(self, path: str) -> tuple[bytes, str] | None:
        """The content and media type of a file that is listed as ``path``; ``None`` for any other."""
        files = [file for study in self.studies() for file in study.files]
        files += [file for report in self.reports() for file in report.files]
        files += [file for lecture in self.lectures() for file in lecture.files]
        if path not in {file.path for file in files}:
            return None
        try:
            return (self._data / path).read_bytes(), _TYPES[Path(path).suffix]
        except OSError:  # gone meanwhile
            return None

    def _below(self, name: str) -> Iterator[Path]:
        try:
            inside = sorted(path for path in (self._data / name).iterdir() if path.is_dir() and not path.is_symlink())
        except OSError:
            return
        yield from inside[:_MOST]

    def _study(self, path: Path) -> LabStudy | None:
        status, results = _json(path / "status.json"), _json(path / "results.json")
        told = status or results
        if not told:
            return None
        trials = [
            LabTrial(
                variant=str(trial.get("variant", "")),
                seed=int(trial.get("seed", 0)),
                state=str(trial.get("state", trial.get("status", ""))),
                episode=int(trial.get("episode", 0)),
                goal=int(trial.get("goal", 0)),
            )
            for trial in told.get("trials", [])
        ]
        try:
            written = (path / ("status.json" if status else "results.json")).stat().st_mtime
        except OSError:
            return None
        return LabStudy(
            name=path.name,
            title=str(told.get("title", path.name)),
            question=str(told.get("question", "")),
            updated_at=float(told.get("updated_at", written)),
            finished=bool(status.get("finished", True)) if status else True,
            trials=trials,
            table=_table(path / "results.md"),
            files=self._files(path),
        )

    def _files(self, path: Path) -> list[LabFile]:
        found = []
        if path.is_symlink():
            return []
        for file in sorted(path.glob("*.*")) + sorted(path.glob("figures/*.*")):
            if file.suffix not in _TYPES or file.is_symlink() or file.name == "status.json":
                continue
            try:
                about = file.stat()
            except OSError:
                continue
            name, place = str(file.relative_to(path)), str(file.relative_to(self._data))
            found.append(LabFile(name=name, path=place, bytes=about.st_size, modified=about.st_mtime))
        return found[:_MOST]


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _table(path: Path) -> LabTable | None:
    """The first table in a Markdown file."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return None
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return LabTable(columns=rows[0], rows=rows[2:]) if len(rows) > 2 else None
