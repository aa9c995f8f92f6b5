"""The laboratory over HTTP: runs beside one another, studies and reports, and their files."""

from collections.abc import Sequence

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from hamlet.projections.configs import algorithm_of
from hamlet.projections.curves import SuccessPoint
from hamlet.web.findings import Findings
from hamlet.web.live import Live
from hamlet.web.sources import Readings
from hamlet.web.wire.lab import LabCurve, LabExam, LabLecture, LabReport, LabRun, LabStudy

__all__ = ["curve_of", "lab_routes"]

_POINTS = 50  # of a curve: as many as stay apart when six lie side by side


def lab_routes(views: Readings, findings: Findings, live: Live) -> Sequence[ControllerRouterHandler]:
    """Below ``/api/lab``, and ``/shelf`` for files."""

    @get("/api/lab/runs/{run:str}", summary="A run's curve, exams and stages, to be compared")
    async def lab_run(run: FromPath[str]) -> LabRun:
        if (found := await live.query(curve_of, views, run)) is None:
            raise NotFoundException(f"no run {run!r}; /api/runs lists them")
        return found

    @get("/api/lab/studies", summary="Studies in this data directory, the newest first, live while they run")
    async def studies() -> list[LabStudy]:
        return await live.query(findings.studies)

    @get("/api/lab/reports", summary="Reports about runs in this data directory")
    async def reports() -> list[LabReport]:
        return await live.query(findings.reports)

    @get("/api/lab/lectures", summary="Lectures made of a run in this data directory")
    async def made_lectures() -> list[LabLecture]:
        return await live.query(findings.lectures)

    @get("/shelf/{path:path}", include_in_schema=False)
    async def file(path: FromPath[str]) -> Response[bytes]:
        if (found := await live.query(findings.read, path.lstrip("/"))) is None:
            raise NotFoundException("nothing here: /api/lab/studies, …/reports and …/lectures list what there is")
        content, kind = found
        return Response(content, media_type=kind, headers={"Cache-Control": "no-cache"})

    return [lab_run, studies, reports, made_lectures, file]


def curve_of(views: Readings, run: str) -> LabRun | None:
    """The curve of ``run``; ``None`` where there is none of this name."""
    row = views.run(run)
    if row is None:
        return None
    # A curve from elsewhere is of calls where it says of some that they ended well.
    calls = views.success(run, _POINTS) if row.world in ("dialogue", "imported") else ()
    talks = row.world == "dialogue" or any(point.success > 0 for point in calls)
    if talks:
        curve = [_success(point) for point in calls]
    else:
        curve = [
            LabCurve(
                episode=one.last,
                mean=one.survival,
                low=max(0.0, one.survival - one.deviation),
                high=one.survival + one.deviation,
            )
            for one in views.series(run, _POINTS).stretches
        ]
    top = 1.0 if talks else row.config.get("world", {}).get("cap") or max((one.high for one in curve), default=1.0)
    return LabRun(
        run=run,
        world=row.world,
        algorithm=algorithm_of(row.config),
        unit="success" if talks else "steps",
        top=float(top),
        curve=curve,
        exams=[LabExam(episode=exam.episode, values=exam.values) for exam in views.exams(run)],
        stages={mark.episode: mark.text for mark in views.marks(run) if mark.kind == "stage"},
    )


def _success(point: SuccessPoint) -> LabCurve:
    """With Wilson's interval, which is right at the edges, too (Wilson 1927)."""
    n, p, z = point.calls, point.success, 1.96
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    return LabCurve(episode=point.last, mean=p, low=max(0.0, middle - half), high=min(1.0, middle + half))
