"""``--share``: the viewer under a public address, through a tunnel client that is installed.

The client is a program of its own on a leash: it ends with us, however we end. What it says is read until it names
its address; then that address is let in by the web, as a visitor's (see ``web.guards``), and told.
"""

import os
import re
import shutil
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from subprocess import DEVNULL, PIPE, STDOUT
from urllib.parse import urlsplit

import anyio
import anyio.abc
import msgspec

from hamlet.errors import HamletError, UsageError
from hamlet.process.leash import leashed
from hamlet.process.supervisor import Plan, Policy

__all__ = ["CLIENTS", "Client", "Tunnel", "TunnelFailed", "installed", "sharing"]

_LONGEST = 65_536  # bytes of a line; what is longer is no address
_SAID = 5  # lines that are told of when it ends
_GRACE = 0.3  # seconds between asking it to end and ending it
# The network goes and comes; each new start has a new address.
_PATIENT = Policy("degrade", restarts=100, window=3600.0, backoff=2.0, longest=120.0)


class TunnelFailed(HamletError):
    """The tunnel client ended."""


class Client(msgspec.Struct, frozen=True):
    """A program that makes a tunnel to ``http://127.0.0.1:PORT``, and what its address looks like in what it says."""

    program: str
    arguments: tuple[str, ...]
    address: str


CLIENTS = (
    # developers.cloudflare.com/cloudflare-one/networks/connectors/cloudflare-tunnel (a "quick tunnel": no account)
    Client("cloudflared", ("tunnel", "--no-autoupdate", "--url", "http://127.0.0.1:PORT"),
           r"https://[a-z0-9-]+\.trycloudflare\.com\b"),
    # ngrok.com/docs/agent/cli (with an account)
    Client("ngrok", ("http", "http://127.0.0.1:PORT", "--log", "stdout", "--log-format", "logfmt"),
           r"(?<=url=)https://[a-z0-9.-]+"),
)  # fmt: skip
"""The first that is found is taken."""


def installed(environment: Mapping[str, str] = os.environ) -> tuple[Client, str]:
    """A client, and where it lies. Raises ``UsageError`` that says how to get one."""
    for client in CLIENTS:
        if where := shutil.which(client.program, path=environment.get("PATH")):
            return client, where
    raise UsageError(
        "--share needs a tunnel client, and neither cloudflared nor ngrok is installed; cloudflared is one file and"
        " needs no account: https://github.com/cloudflare/cloudflared/releases (docs/sharing.md)"
    )


def sharing(
    found: tuple[Client, str],
    port: int,
    announce: Callable[[str], None],
    opened: Callable[[str], None],
    closed: Callable[[str], None],
) -> Plan:
    """A ``Tunnel`` to ``port`` as it is kept: its address is announced, its host told to ``opened`` and ``closed``."""

    def tell(address: str) -> None:
        opened(urlsplit(address).hostname or "")
        announce(f"Public:    {address} (who has it can look and talk, but change nothing; it ends with this process)")

    return Plan(Tunnel(*found, port, tell, closed), _PATIENT, stop_deadline=0.5, beside=True)


class Tunnel:
    """A ``supervisor.Service``: the client at ``where``, its tunnel led to ``port``. ``opened`` is told of the address,
    ``closed`` of its host when it is gone: a new start gets another."""

    name = "share"

    def __init__(
        self,
        client: Client,
        where: str,
        port: int,
        opened: Callable[[str], None],
        closed: Callable[[str], None],
    ) -> None:
        self._client = client
        self._command = [where, *(part.replace("PORT", str(port)) for part in client.arguments)]
        self._opened = opened
        self._closed = closed

    async def run(self, ready: Callable[[], None], stopping: anyio.Event) -> None:
        """Keep the tunnel open until ``stopping``. Ready at once: a slow tunnel holds up nothing. Raises
        ``TunnelFailed`` when the client ends by itself."""
        ready()
        process = await anyio.open_process(leashed(self._command), stdin=DEVNULL, stdout=PIPE, stderr=STDOUT)
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._listen, process, name="the tunnel's output")
                await stopping.wait()
                tasks.cancel_scope.cancel()
        except* TunnelFailed as group:
            raise group.exceptions[0] from None
        finally:
            with anyio.CancelScope(shield=True):
                await _end(process)

    async def _listen(self, process: anyio.abc.Process) -> None:
        assert process.stdout is not None
        said: deque[str] = deque(maxlen=_SAID)
        left, host = b"", ""
        try:
            async for piece in process.stdout:
                *lines, left = (left + piece)[-_LONGEST:].split(b"\n")
                for line in (raw.decode(errors="replace").strip() for raw in lines):
                    said.append(line)
                    if not host and (found := re.search(self._client.address, line)):
                        host = urlsplit(found[0]).hostname or ""
                        self._opened(found[0])
            code = await process.wait()
            raise TunnelFailed(f"{self._client.program} ended with {code}: {' | '.join(said) or 'it said nothing'}")
        finally:
            if host:
                self._closed(host)


async def _end(process: anyio.abc.Process) -> None:
    for ask in (process.terminate, process.kill):
        with suppress(ProcessLookupError):
            ask()
        with anyio.move_on_after(_GRACE):
            await process.wait()
            break
    await process.aclose()
