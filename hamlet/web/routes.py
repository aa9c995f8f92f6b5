"""What can be asked over HTTP, and the one socket. Described at ``/api/openapi.json``."""

from collections.abc import Sequence
from typing import Annotated, Any, cast

from litestar import Request, Response, WebSocket, get, post, websocket
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.exceptions import HTTPException, NotAuthorizedException, NotFoundException
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from hamlet.commands import Command
from hamlet.errors import UsageError
from hamlet.projections.rows import stopped
from hamlet.web.calls import acts_over_time, call_points
from hamlet.web.downloads import download_routes
from hamlet.web.frontend import Frontend
from hamlet.web.guards import Operator
from hamlet.web.hub import Hub
from hamlet.web.lab import lab_routes
from hamlet.web.lectures import lecture_routes
from hamlet.web.live import Live
from hamlet.web.metrics import CONTENT_TYPE, as_text
from hamlet.web.past import past_routes
from hamlet.web.protocol import EXTENSION, ViewerProtocol
from hamlet.web.sources import Sources
from hamlet.web.state import marks, point, points, recoveries, summary
from hamlet.web.talks import talk_routes
from hamlet.web.voice import voice_routes
from hamlet.web.wire import (
    Accepted,
    ActsOfPersona,
    CallPoint,
    DialogueUpdate,
    EpisodePoint,
    Gauge,
    Health,
    Mark,
    Recovery,
    RunSummary,
    StateUpdate,
)
from hamlet.web.wire.past import Controls

__all__ = ["handlers"]

_MOST_EPISODES = 5000
"""Episodes in one answer; ask again with ``after`` for those that follow."""

_MOST_MOVES = 1000

_After = Annotated[int, QueryParameter(ge=0, description="Only episodes numbered above this.")]
_Limit = Annotated[int, QueryParameter(ge=1, le=_MOST_EPISODES, description="At most so many, the earliest first.")]
_Stretches = Annotated[int, QueryParameter(ge=1, le=1000, description="In about so many stretches of equal length.")]
_Run = Annotated[str | None, QueryParameter(description="The run that it is for; the first one without.")]
_Points = Annotated[
    int | None,
    QueryParameter(name="points", ge=2, le=_MOST_EPISODES, description="Instead: about so many, spread over the run."),
]


def handlers(
    sources: Sources, live: Live, hub: Hub, operator: Operator, frontend: Frontend
) -> Sequence[ControllerRouterHandler]:
    """Every route of the application."""

    async def known(run: str) -> str:
        if await live.query(sources.views.run, run) is None:
            raise NotFoundException(f"no run {run!r}; /api/runs lists them")
        return run

    def operator_only(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        if not operator.admits(connection.headers, connection.cookies):
            raise NotAuthorizedException("this needs the operator's token: open the address printed at start")

    @get("/healthz", summary="Whether visitors can be sent here; 503 with the reason when not")
    async def healthz() -> Response[Health]:
        health = sources.health()
        return Response(health, status_code=200 if health.ok else 503, headers={"Cache-Control": "no-store"})

    @get("/api/resources", summary="What this process uses and how it goes, as numbers with names")
    async def resources() -> list[Gauge]:
        return list(await live.query(sources.gauges))

    @get("/metrics", summary="The same for Prometheus", media_type=CONTENT_TYPE)
    async def metrics() -> Response[str]:
        return Response(as_text(await live.query(sources.gauges)), media_type=CONTENT_TYPE)

    @get("/api/state", summary="The town as of this second, as viewers get it")
    async def state() -> StateUpdate:
        if (update := await live.state(StateUpdate)) is None:
            raise NotFoundException("no town is shown here; /api/dialogue has the conversations")
        return update

    @get("/api/dialogue", summary="The conversations as of this second, as viewers get them")
    async def dialogue() -> DialogueUpdate:
        if (update := await live.state(DialogueUpdate)) is None:
            raise NotFoundException("no conversations are shown here; /api/state has the town")
        return update

    @get("/api/runs/{run:str}/calls", summary="The newest calls of a run, oldest first")
    async def run_calls(run: FromPath[str], limit: _Limit = 1000) -> list[CallPoint]:
        return call_points(await live.query(sources.views.calls, await known(run), limit))

    @get("/api/runs", summary="Every run, the newest first")
    async def runs() -> list[RunSummary]:
        rows = await live.query(sources.views.runs)
        return [summary(row if sources.worked_on(row.run) else stopped(row)) for row in rows]

    @get("/api/runs/{run:str}/episodes", summary="Episodes of a run, in order")
    async def episodes(
        run: FromPath[str], after: _After = 0, limit: _Limit = 1000, spread: _Points = None
    ) -> list[EpisodePoint]:
        await known(run)
        if spread is not None:
            return await live.query(points, sources.views, run, spread)
        return [point(row) for row in await live.query(sources.views.episodes, run, after, limit)]

    @get("/api/runs/{run:str}/marks", summary="What happened to a run, oldest first")
    async def run_marks(run: FromPath[str]) -> list[Mark]:
        return await live.query(marks, sources.views, await known(run))

    @get("/api/runs/{run:str}/recoveries", summary="Each time that everything moved, and how long until it was back")
    async def run_recoveries(run: FromPath[str]) -> list[Recovery]:
        return await live.query(recoveries, sources.views, await known(run), _MOST_MOVES)

    @get("/api/runs/{run:str}/acts", summary="What the collector did with whom, over the whole run")
    async def run_acts(run: FromPath[str], stretches: _Stretches = 20) -> list[ActsOfPersona]:
        return await live.query(acts_over_time, sources.views, await known(run), stretches)

    @get("/api/controls", summary="What this visitor may do")
    async def controls(request: Request[Any, Any, Any]) -> Response[Controls]:
        knows = operator.reads(request.headers, request.cookies)
        answer = Controls(operator=knows, training=sources.submit_command is not None)
        return Response(answer, headers={"Cache-Control": "no-store"})

    @post("/api/commands", status_code=202, guards=[operator_only], summary="Ask the training for something")
    async def command(data: JSONBody[Command], run: _Run = None) -> Accepted:
        if sources.submit_command is None:
            raise HTTPException("this process only looks on; the one that trains takes commands", status_code=409)
        try:
            taken = await sources.submit_command(data, run)
        except UsageError as error:
            raise HTTPException(str(error), status_code=409) from None
        tag = str(data.__struct_config__.tag)
        return Accepted(run=taken.run, command=tag, episode=taken.episode, marks=f"/api/runs/{taken.run}/marks")

    @get("/operator", include_in_schema=False)
    async def trade(request: Request[Any, Any, Any], token: FromQuery[str] = "") -> Redirect:
        if not operator.knows(token):
            raise NotAuthorizedException("this is not the operator's token; it is printed when Hamlet starts")
        cookie = Cookie(
            operator.cookie_name,
            value=operator.cookie(),
            max_age=int(operator.lifetime),
            httponly=True,
            secure=operator.behind_tls(request.headers["host"]),
            samesite="strict",
        )
        return Redirect("/", status_code=303, cookies=[cookie], headers={"Cache-Control": "no-store"})

    @websocket("/ws")
    async def watch(socket: WebSocket[Any, Any, Any]) -> None:
        await socket.accept()
        viewer = cast("ViewerProtocol | None", (socket.scope["extensions"] or {}).get(EXTENSION))
        if viewer is None:  # another server than ours: it cannot show who does not read
            return await socket.close(1011, "run with python main.py")
        await live.refresh()
        if not hub.join(viewer):
            viewer.dismiss(1013, "every seat is taken; try again later")
        try:
            await socket.receive()  # a disconnect: what viewers say ends at the protocol
        finally:
            hub.leave(viewer)

    @get(["/", "/{path:path}"], include_in_schema=False)
    async def page(request: Request[Any, Any, Any], path: FromPath[str] = "") -> Response[bytes]:
        found = frontend.response(path.lstrip("/"), request.headers)
        if found is None and "text/html" in request.headers.get("accept", ""):
            found = frontend.lost()
        if found is None:
            raise NotFoundException(f"nothing here at {request.url.path}")
        return found

    return [
        healthz,
        resources,
        metrics,
        state,
        dialogue,
        runs,
        episodes,
        run_calls,
        run_acts,
        run_marks,
        run_recoveries,
        controls,
        command,
        trade,
        watch,
        past_routes(sources, live),
        *lecture_routes(sources.views, live),
        *([download_routes(sources.downloads)] if sources.downloads else []),
        *(lab_routes(sources.views, sources.findings, live) if sources.findings else ()),
        *([talk_routes(sources.talks, operator)] if sources.talks else []),
        *([voice_routes(sources.voice)] if sources.voice else []),
        page,
    ]
