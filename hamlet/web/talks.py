"""Talks over HTTP: begin one, say something, choose an act, watch it, erase it. Described at ``/api/openapi.json``.

A talk is opened by its link, which nobody can guess; besides whoever holds it, the operator sees it.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol, cast

import anyio
from litestar import Request, Response, Router, WebSocket, delete, get, post, websocket
from litestar.exceptions import NotAuthorizedException
from litestar.params import FromPath, JSONBody

from hamlet.errors import HamletError, NoSuchTalk, TalksFull, UsageError
from hamlet.web.guards import Operator
from hamlet.web.hub import packet
from hamlet.web.protocol import EXTENSION, ViewerProtocol
from hamlet.web.wire.talks import (
    TalkAct,
    TalkAsked,
    TalkBegun,
    TalkOptions,
    TalkSaid,
    TalkState,
    TalkSummary,
)

__all__ = ["TalkRoom", "answering", "talk_routes"]

_PRIVATE = {"Cache-Control": "no-store"}


class TalkRoom(Protocol):
    """Where talks are held. ``link``: what ``begin`` gave. All raise ``NoSuchTalk`` for an unknown one, and
    ``UsageError`` for what cannot be done; no call blocks the loop."""

    async def options(self) -> TalkOptions: ...

    async def begin(self, asked: TalkAsked) -> TalkBegun:
        """Raises ``TalksFull``, too."""
        ...

    async def state(self, link: str) -> TalkState: ...

    async def say(self, link: str, text: str) -> TalkState: ...

    async def act(self, link: str, act: str | None) -> TalkState: ...

    async def leave(self, link: str) -> TalkState: ...

    async def forget(self, link: str) -> None: ...

    async def beyond(self, link: str, revision: int) -> TalkState:
        """Waits until it has changed after ``revision``."""
        ...

    async def listed(self) -> list[TalkSummary]:
        """For the operator: every talk that is held."""
        ...

    async def named(self, name: str) -> TalkState:
        """For the operator: a talk by what the log calls it."""
        ...


def talk_routes(room: TalkRoom, operator: Operator) -> Router:
    """Everything below ``/api/talks``."""

    def operator_only(request: Request[Any, Any, Any]) -> None:
        if not operator.reads(request.headers, request.cookies):
            raise NotAuthorizedException("this needs the operator's token: open the address printed at start")

    @get("/options", summary="What can be asked for: personas, acts, and whose policies can collect")
    async def options() -> TalkOptions:
        return await room.options()

    @post("/", summary="Begin a talk; the link in the answer is the only key to it")
    async def begin(data: JSONBody[TalkAsked]) -> TalkBegun:
        return await room.begin(data)

    @get("/", summary="Every talk that is held: for the operator")
    async def listed(request: Request[Any, Any, Any]) -> list[TalkSummary]:
        operator_only(request)
        return await room.listed()

    @get("/named/{name:str}", summary="A talk by what the log calls it: for the operator")
    async def named(request: Request[Any, Any, Any], name: FromPath[str]) -> TalkState:
        operator_only(request)
        return await room.named(name)

    @get("/{link:str}", summary="A talk as it stands")
    async def state(link: FromPath[str]) -> TalkState:
        return await room.state(link)

    @post("/{link:str}/say", status_code=200, summary="Say something as the debtor; the answer is in the new state")
    async def say(link: FromPath[str], data: JSONBody[TalkSaid]) -> TalkState:
        return await room.say(link, data.text)

    @post("/{link:str}/act", status_code=200, summary="Let the collector do an act, or what its policy would")
    async def act(link: FromPath[str], data: JSONBody[TalkAct]) -> TalkState:
        return await room.act(link, data.act)

    @post("/{link:str}/end", status_code=200, summary="Hang up")
    async def end(link: FromPath[str]) -> TalkState:
        return await room.leave(link)

    @delete("/{link:str}", summary="End a talk and erase what the person said")
    async def forget(link: FromPath[str]) -> None:
        await room.forget(link)

    @websocket("/{link:str}/ws")
    async def follow(socket: WebSocket[Any, Any, Any], link: FromPath[str]) -> None:
        await socket.accept()
        viewer = cast("ViewerProtocol | None", (socket.scope["extensions"] or {}).get(EXTENSION))
        if viewer is None:  # another server than ours: it cannot show who does not read
            return await socket.close(1011, "run with python main.py")
        async with _following(room, link, viewer):
            await socket.receive()  # a disconnect: what viewers say ends at the protocol

    return Router(
        path="/api/talks",
        route_handlers=[options, begin, listed, named, state, say, act, end, forget, follow],
        exception_handlers={
            NoSuchTalk: answering(404),
            TalksFull: answering(429),
            UsageError: answering(400),
        },
        response_headers=_PRIVATE,
        tags=["talks"],
    )


@asynccontextmanager
async def _following(room: TalkRoom, link: str, viewer: ViewerProtocol) -> AsyncIterator[None]:
    """Give ``viewer`` the talk, whole, at each change; the newest wins. 1008 where there is none, or none any more."""

    async def give() -> None:
        revision = -1
        try:
            while True:
                state = await room.beyond(link, revision)
                viewer.offer(packet(state))
                revision = state.revision
        except NoSuchTalk as error:
            viewer.dismiss(1008, str(error)[:120])

    async with anyio.create_task_group() as group:
        group.start_soon(give, name="a talk is followed")
        yield
        group.cancel_scope.cancel()


def answering(status: int) -> Callable[[Request[Any, Any, Any], HamletError], Response[dict[str, str | int]]]:
    """A handler that answers an error with ``status`` and its words."""

    def answer(_: Request[Any, Any, Any], error: HamletError) -> Response[dict[str, str | int]]:
        body: dict[str, str | int] = {"status_code": status, "detail": str(error)}
        return Response(body, status_code=status, headers=_PRIVATE)

    return answer
