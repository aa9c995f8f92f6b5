"""Who may ask, and who may change something.

``GuardMiddleware`` stands before every request: the Host must be a name of ours (a page that rebinds
its own name to this machine is refused), and what could change or watch something from a browser
must come from a page of ours. ``Operator`` knows the operator by token or cookie. The whole table
is a test: ``tests/web/test_guards.py``.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from hamlet.clock import Clock

__all__ = ["GuardMiddleware", "Operator"]

_LOCAL = ("localhost", "127.0.0.1", "::1")
_PROOFS = (b"authorization", b"cookie")
_SAFE = ("GET", "HEAD", "OPTIONS")
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]
_POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"


class GuardMiddleware:
    """ASGI middleware around the whole application.

    421 unless there is exactly one Host and its name is local or one of ``names`` (at any port:
    a forwarded port is another one). 403 when a websocket or a state-changing request names an
    Origin that is not this very host and port: another page on this machine is another origin.
    Without an Origin it comes from no page, and passes here.

    ``reaches``: origins that the page may connect to besides this one.

    Who comes by a host that was let in by ``share`` is a visitor, whoever it is: no token and no cookie gets past,
    since the address leads through somebody else's machines.
    """

    def __init__(self, app: ASGIApp, names: Sequence[str] = (), reaches: Sequence[str] = ()) -> None:
        self._app = app
        policy = "; ".join([_POLICY, *([f"connect-src 'self' {' '.join(reaches)}"] if reaches else [])])
        self._headers = [*_HEADERS, (b"content-security-policy", policy.encode())]
        self._names = {*_LOCAL, *(name.lower() for name in names)}
        self._shared = set[str]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in (ScopeType.HTTP, ScopeType.WEBSOCKET):
            await self._app(scope, receive, send)
            return
        if refusal := self._refusal(scope):
            await _refuse(scope, send, *refusal)
            return
        if _name(_values(scope, b"host")[0]) in self._shared:
            scope["headers"] = [(name, value) for name, value in scope["headers"] if name.lower() not in _PROOFS]
        await self._app(scope, receive, _with_headers(send, self._headers) if scope["type"] == ScopeType.HTTP else send)

    def share(self, host: str) -> None:
        """Let in visitors who come by ``host``, until ``unshare``."""
        self._shared.add(host.lower())

    def unshare(self, host: str) -> None:
        self._shared.discard(host.lower())

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        hosts, origins = _values(scope, b"host"), _values(scope, b"origin")
        if len(hosts) != 1 or _name(hosts[0]) not in self._names | self._shared:
            return 421, "this server does not answer to that Host; its operator names it in HAMLET_BROWSER_URL"
        if scope["path"] == "/operator" and _name(hosts[0]) in self._shared:
            return 403, "the operator's link is for the machine itself, not for the public address"
        changes = scope["type"] == ScopeType.WEBSOCKET or scope.get("method") not in _SAFE
        if changes and origins and (len(origins) > 1 or not _same(origins[0], hosts[0])):
            return 403, "requests of this kind are taken from this server's own pages only"
        return None


class Operator:
    """Knows the operator: by ``Authorization: Bearer TOKEN``, or by the cookie that the token was
    traded for. The cookie holds when it was made and a MAC of that under the token, so that it ends
    with ``lifetime`` seconds and with the token, and never tells the token."""

    def __init__(self, token: str, clock: Clock, tls: Sequence[str] = (), lifetime: float = 7 * 86_400.0) -> None:
        self._token = token.encode()
        self._tls = frozenset(name.lower() for name in tls)
        self._clock = clock
        self.lifetime = lifetime
        self.cookie_name = f"hamlet_operator_{hashlib.sha256(self._token).hexdigest()[:8]}"  # ports share cookies

    def knows(self, token: str) -> bool:
        return bool(self._token) and hmac.compare_digest(token.encode(), self._token)

    def behind_tls(self, host: str) -> bool:
        """Whether browsers reach ``host`` (a Host header) by TLS only, so that the cookie never has to go without."""
        return _name(host) in self._tls

    def cookie(self) -> str:
        """A new cookie's value."""
        made = str(int(self._clock.now()))
        return f"{made}.{self._mac(made)}"

    def admits(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> bool:
        """Whether a request comes from the operator. A cookie counts only beside an Origin (browsers send
        one with every change; the middleware has compared it)."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self.knows(token.strip())
        return "origin" in headers and self._fresh(cookies.get(self.cookie_name, ""))

    def reads(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> bool:
        """Whether a request that changes nothing comes from the operator. Browsers name no Origin with those; another
        page cannot read the answer, so the cookie alone counts."""
        return self.admits(headers, cookies) or self._fresh(cookies.get(self.cookie_name, ""))

    def _fresh(self, cookie: str) -> bool:
        made, _, mac = cookie.partition(".")
        if not self._token or not hmac.compare_digest(mac.encode(), self._mac(made).encode()):
            return False
        return 0 <= self._clock.now() - int(made) <= self.lifetime

    def _mac(self, made: str) -> str:
        return hmac.new(self._token, f"operator cookie {made}".encode(), hashlib.sha256).hexdigest()


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1").strip() for key, value in scope["headers"] if key.lower() == name]


def _name(host: str) -> str:
    """The name in a Host header, lower case, without port; "" when it is no host."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:
        return ""
    return parts.hostname or "" if parts.netloc == host and "@" not in host else ""


def _same(origin: str, host: str) -> bool:
    scheme, _, rest = origin.partition("://")
    return scheme.lower() in ("http", "https") and rest.lower() == host.lower()


def _with_headers(send: Send, headers: Sequence[tuple[bytes, bytes]]) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *headers]
        await send(message)

    return sending


async def _refuse(scope: Scope, send: Send, status: int, why: str) -> None:
    kind = "http.response" if scope["type"] == ScopeType.HTTP else "websocket.http.response"
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": f"{kind}.start", "status": status, "headers": headers})  # type: ignore[misc, arg-type]
    await send({"type": f"{kind}.body", "body": f"{why}\n".encode(), "more_body": False})  # type: ignore[misc, arg-type]
