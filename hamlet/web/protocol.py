"""One viewer's websocket, at the level where a slow reader can be seen: uvicorn's protocol, extended.

ASGI has no way to ask whether a socket takes more, and ``websocket.close`` waits for the very
reader who does not read. So a viewer takes whole frames (``Packet``) straight to its transport:

* at most one frame waits in the transport, and behind it one slot per kind of message; a full
  slot is replaced;
* a ping is answered only after all that was sent before it was read; who has not answered one
  within the patience (``ws_ping_interval`` + ``ws_ping_timeout`` of the server) is closed with
  1013, and cut off if that cannot be delivered;
* viewers only listen: the first thing said closes the socket with 1008, undecoded, so that what is
  said can neither be malformed nor pile up. Only the line of a voice session may speak (``_SPEAKS``); of it one
  message waits, and then nothing more is read.

The methods that are extended are those of uvicorn 0.54; ``tests/web/test_protocol.py`` pins them.
"""

from asyncio.transports import BaseTransport
from socket import SO_SNDBUF, SOL_SOCKET
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from hamlet.web.hub import Packet

__all__ = ["EXTENSION", "ViewerProtocol"]

EXTENSION = "hamlet.viewer"
"""Key in ``scope["extensions"]`` under which the application finds the ``ViewerProtocol``."""

_KERNEL_BUFFER = 32_768  # bytes, doubled by Linux; by default it grows to megabytes, minutes of unread frames
_SPEAKS = "/api/voice/sessions/"
_LAST_WORDS = 2.0  # seconds for a close to be delivered


class ViewerProtocol(WebSocketsSansIOProtocol):
    """A ``hub.Viewer``."""

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self.close_timeout = _LAST_WORDS
        self._waiting: dict[str, Packet] = {}
        self.transport.set_write_buffer_limits(high=0)
        self.transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_SNDBUF, _KERNEL_BUFFER)

    def offer(self, packet: Packet) -> None:
        """Send it, or keep it as the newest of its kind until there is room."""
        if self._leaving():
            return
        if self.writable.is_set():
            self.transport.write(packet.data)
        else:
            self._waiting[packet.kind] = packet

    def dismiss(self, code: int, reason: str) -> None:
        """Close with ``code``; the handler hears of it as a disconnect. Does nothing when it is closed."""
        if self._leaving():
            return
        if not self.handshake_complete:
            self.transport.abort()
            return
        self._waiting = {}
        self.stop_keepalive()
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.close_timer = self.loop.call_later(self.close_timeout, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        waiting, self._waiting = self._waiting, {}
        for packet in waiting.values():
            self.offer(packet)  # the first may fill the transport again: then the rest wait on

    def keepalive_timeout(self) -> None:
        self.pong_timer = None
        self.dismiss(1013, f"read nothing for {self._allowed():g} s")

    def send_receive_event_to_app(self) -> None:
        if self.scope["path"].startswith(_SPEAKS):
            super().send_receive_event_to_app()
            return
        self.frames = []
        self.dismiss(1008, "viewers only listen")

    def shutdown(self) -> None:
        super().shutdown()
        self.loop.call_later(_LAST_WORDS / 2, self.transport.abort)

    async def run_asgi(self) -> None:
        extensions: dict[str, Any] = self.scope["extensions"]
        extensions[EXTENSION] = self
        await super().run_asgi()

    def _leaving(self) -> bool:
        return self.close_sent or self.disconnected or self.transport.is_closing()

    def _allowed(self) -> float:
        return (self.config.ws_ping_interval or 0.0) + (self.config.ws_ping_timeout or 0.0)
