"""Words to systemd: ready, alive, stopping (the protocol of ``sd_notify``), where it started us and listens.

A datagram to the socket named by ``NOTIFY_SOCKET``; ``WATCHDOG_USEC`` says how long it waits for the
next sign of life before it starts the service anew. https://www.freedesktop.org/software/systemd/man/sd_notify.html
"""

import contextlib
import os
import socket
from collections.abc import Mapping

__all__ = ["Systemd"]


class Systemd:
    """``patience``: seconds within which it wants a sign of life; 0 when it wants none."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        microseconds, meant_for = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
        ours = not meant_for or meant_for == str(os.getpid())
        self.patience = int(microseconds) / 1e6 if microseconds.isdigit() and ours and address else 0.0

    def say(self, *lines: str) -> None:
        """Send the lines, ``READY=1`` for one; nobody who listens is no error."""
        if self._address:
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
                out.setblocking(False)
                out.sendto("\n".join(lines).encode(), self._address)
