"""The web application: routes, guards and error answers around what it is handed."""

from typing import Any

import structlog
from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import Scope

from hamlet.clock import Clock
from hamlet.errors import HamletError
from hamlet.web.frontend import Frontend
from hamlet.web.guards import GuardMiddleware, Operator
from hamlet.web.hub import Hub
from hamlet.web.live import Live
from hamlet.web.routes import handlers
from hamlet.web.settings import WebSettings
from hamlet.web.sources import Sources

__all__ = ["BODY_LIMIT", "create_app"]

BODY_LIMIT = 65_536
"""Bytes of a request's body, or of a websocket message; more is 413, or 1009."""

_log = structlog.get_logger("web")


def create_app(
    settings: WebSettings, sources: Sources, live: Live, hub: Hub, frontend: Frontend, clock: Clock
) -> GuardMiddleware:
    """The ASGI application."""
    app = Litestar(
        route_handlers=handlers(sources, live, hub, Operator(sources.operator_token, clock, settings.tls), frontend),
        exception_handlers={HamletError: _unavailable, RecursionError: _too_deep},
        after_exception=[_log_unexpected],
        request_max_body_size=BODY_LIMIT,
        openapi_config=OpenAPIConfig(
            title="Hamlet", version="1", path="/api/openapi.json", render_plugins=[JsonRenderPlugin(path="/")]
        ),
        logging_config=None,
    )
    return GuardMiddleware(app, settings.names, settings.reaches)


def _unavailable(_: Request[Any, Any, Any], error: HamletError) -> Response[dict[str, str | int]]:
    return Response({"status_code": 503, "detail": str(error)}, status_code=503)


def _too_deep(_: Request[Any, Any, Any], __: RecursionError) -> Response[dict[str, str | int]]:
    return Response({"status_code": 400, "detail": "the body is nested too deeply"}, status_code=400)


def _log_unexpected(error: Exception, scope: Scope) -> None:
    if not isinstance(error, HTTPException | HamletError | RecursionError):
        _log.error("request failed", path=scope["path"], error=f"{type(error).__name__}: {error}", exc_info=error)
