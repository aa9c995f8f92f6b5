"""The web as a supervised service: uvicorn on a socket that was bound before anything else started."""

import contextlib
import errno
import socket
from collections.abc import Callable, Iterator

import anyio
import uvicorn
from litestar.types import ASGIApp

from hamlet.errors import UsageError
from hamlet.web.app import BODY_LIMIT
from hamlet.web.hub import Hub
from hamlet.web.live import Live
from hamlet.web.protocol import ViewerProtocol
from hamlet.web.settings import WebSettings

__all__ = ["WebService", "bind"]

_SPARE_CONNECTIONS = 200  # besides the viewers: HTTP, and handshakes under way
_FAREWELL = 1  # seconds for requests under way


def bind(settings: WebSettings) -> socket.socket:
    """A listening socket; close it. Raises ``UsageError`` when the address cannot be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio sets TCP_NODELAY only where the protocol is named; without it each answer on a kept connection took 40 ms
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
        listener.listen(2048)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        what = f"port {settings.port} on {settings.host}"
        if error.errno == errno.EADDRINUSE:
            raise UsageError(f"{what} is in use; stop what uses it, or choose another with --port") from None
        raise UsageError(f"{what} cannot be used ({error.strerror}); choose another with --port") from None
    return listener


class WebService:
    """A ``supervisor.Service``: the server, the hub and the broadcast, together."""

    name = "web"

    def __init__(self, app: ASGIApp, listener: socket.socket, settings: WebSettings, live: Live, hub: Hub) -> None:
        self._app = app
        self._listener = listener
        self._settings = settings
        self._live = live
        self._hub = hub

    async def run(self, ready: Callable[[], None], stopping: anyio.Event) -> None:
        """Serve until ``stopping``, then finish what is under way (1 s at most) and return."""
        server = _Server(self._config(), ready)

        async def end() -> None:
            await stopping.wait()
            server.should_exit = True

        async with anyio.create_task_group() as group:
            group.start_soon(self._hub.run, name="hub")
            group.start_soon(self._live.run, name="live")
            group.start_soon(end, name="end of web")
            await server.serve([self._listener.dup()])  # uvicorn closes its copy; ours serves a restart
            group.cancel_scope.cancel()

    def _config(self) -> uvicorn.Config:
        patience = self._settings.patience
        return uvicorn.Config(
            self._app,
            http="h11",
            ws=ViewerProtocol,
            ws_max_size=BODY_LIMIT,
            ws_ping_interval=patience * 0.3,
            ws_ping_timeout=patience * 0.7,
            ws_per_message_deflate=False,
            lifespan="on",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=self._settings.viewers + _SPARE_CONNECTIONS,
            timeout_graceful_shutdown=_FAREWELL,
        )


class _Server(uvicorn.Server):
    """uvicorn, told when it is started and when to end by its supervisor and not by signals."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().serve(sockets)
        except SystemExit:  # uvicorn's way to say that the application did not start
            raise RuntimeError("the web application did not start") from None
        except BaseException:
            if self.started:
                self.force_exit = True
                with anyio.move_on_after(1.0, shield=True):
                    await self.shutdown(sockets)
            raise
