"""Voice sessions over HTTP, and the websocket of one. Described at ``/api/openapi.json``.

A session is opened by its name, which nobody can guess; who holds it may talk, hear and end it.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Protocol

from litestar import Router, WebSocket, delete, get, post, websocket
from litestar.exceptions import WebSocketDisconnect
from litestar.params import FromPath, JSONBody

from hamlet.errors import HamletError, NoSuchTalk, TalksFull, UsageError
from hamlet.web.talks import answering
from hamlet.web.wire.voice import VoiceAsked, VoiceOpened, VoiceState

__all__ = ["VoiceRoom", "voice_routes"]

Receive = Callable[[], Awaitable[bytes | str | None]]
Send = Callable[[bytes | str], Awaitable[None]]


class VoiceRoom(Protocol):
    """Where talks are held by voice. All raise ``NoSuchTalk`` for an unknown session or talk."""

    async def open(self, asked: VoiceAsked) -> VoiceOpened:
        """Raises ``TalksFull``, and ``UsageError`` for what cannot be done here."""
        ...

    def state(self, name: str) -> VoiceState: ...

    async def close(self, name: str) -> None: ...

    async def attach(self, name: str, receive: Receive, send: Send) -> None:
        """Talk until the end; ``receive`` gives messages, ``None`` at the end."""
        ...


def voice_routes(room: VoiceRoom) -> Router:
    """Everything below ``/api/voice``."""

    @post("/sessions", summary="Open a voice session; the name in the answer is the only key to it")
    async def begin(data: JSONBody[VoiceAsked]) -> VoiceOpened:
        return await room.open(data)

    @get("/sessions/{name:str}", summary="How a voice session stands, and how quick its turns were")
    async def state(name: FromPath[str]) -> VoiceState:
        return room.state(name)

    @delete("/sessions/{name:str}", summary="End a voice session; its talk goes on as text")
    async def close(name: FromPath[str]) -> None:
        await room.close(name)

    @websocket("/sessions/{name:str}/ws")
    async def line(socket: WebSocket[Any, Any, Any], name: FromPath[str]) -> None:
        await socket.accept()

        async def receive() -> bytes | str | None:
            try:
                message: Any = await socket.receive()
            except WebSocketDisconnect:
                return None
            if message["type"] != "websocket.receive":
                return None
            found: bytes | str | None = message.get("bytes")
            return found if found is not None else str(message.get("text") or "")

        async def send(data: bytes | str) -> None:
            with suppress(WebSocketDisconnect):  # ``receive`` tells it, too, and ends the talk
                await (socket.send_bytes(data) if isinstance(data, bytes) else socket.send_text(data))

        try:
            await room.attach(name, receive, send)
        except HamletError as error:
            return await socket.close(1008, str(error)[:120])
        with suppress(WebSocketDisconnect):
            await socket.close(1000, "the talk is over")

    return Router(
        path="/api/voice",
        route_handlers=[begin, state, close, line],
        exception_handlers={NoSuchTalk: answering(404), TalksFull: answering(429), UsageError: answering(400)},
        response_headers={"Cache-Control": "no-store"},
        tags=["voice"],
    )
