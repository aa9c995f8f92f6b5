"""Row 15: who is let in, as a table of Host, Origin and token; and the operator's cookie."""

import re

import anyio.to_thread
import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from hamlet.clock import ManualClock
from hamlet.settings import ROOT
from tests.web.support import TOKEN, Town, client, served

GOOD = "localhost:8765"
PAUSE = '{"command":"pause"}'


def table(title: str) -> dict[str | None, int]:
    """The table under ``### title`` in docs/security.md, which is where the rules stand: value → status."""
    text = (ROOT / "docs" / "security.md").read_text().partition(f"### {title}\n")[2].partition("\n#")[0]
    rows = re.findall(r"(?m)^\| (none|empty|`[^|]*`) \| (\d{3}) \|", text)
    return {{"none": None, "empty": ""}.get(value, value.strip("`")): int(status) for value, status in rows}


HOSTS = table("Host")
ORIGINS = table("Origin")


def test_the_tables_are_read() -> None:
    assert len(HOSTS) + len(ORIGINS) + len(TOKENS) >= 24
    assert set(HOSTS.values()) == {200, 421} and set(ORIGINS.values()) == {202, 403}


@pytest.mark.parametrize("host", HOSTS)
async def test_only_known_hosts_are_answered(host: str) -> None:
    async with client(Town(names=["town.example"])) as http:
        answer = await http.get("/api/state", headers={"Host": host})
    assert answer.status_code == HOSTS[host]


async def test_a_page_connects_to_nobody_else_unless_it_is_set_up() -> None:
    policies = []
    for reaches in ([], ["wss://rooms.example.org"]):
        async with client(Town(reaches=reaches)) as http:
            policies.append((await http.get("/api/state")).headers["content-security-policy"])
    assert "connect-src" not in policies[0] and "default-src 'self'" in policies[0]
    assert policies[1] == f"{policies[0]}; connect-src 'self' wss://rooms.example.org"


@pytest.mark.parametrize("origin", ORIGINS)
async def test_origins_of_changes(origin: str | None) -> None:
    headers = {"Host": GOOD, "Authorization": f"Bearer {TOKEN}"} | ({} if origin is None else {"Origin": origin})
    town = Town()
    async with client(town) as http:
        answer = await http.post("/api/commands", content=PAUSE, headers=headers)
        looked = await http.get("/api/state", headers=headers)
    assert answer.status_code == ORIGINS[origin]
    assert bool(town.commands) == (answer.status_code == 202)
    assert looked.status_code == 200


async def test_hosts_and_origins_at_the_handshake() -> None:
    async with served(Town(names=["town.example"])) as town:
        port = town.port

        async def status(host: str, origin: str | None) -> int:
            try:
                async with connect(f"ws://{host}:{port}/ws", host="127.0.0.1", port=port, origin=origin) as viewer:  # type: ignore[arg-type]
                    assert "hello" in str(await viewer.recv())
                return 101
            except InvalidStatus as refusal:
                return refusal.response.status_code

        assert await status("localhost", None) == 101
        assert await status("localhost", f"http://localhost:{port}") == 101
        assert await status("town.example", f"https://town.example:{port}") == 101
        assert await status("localhost", "null") == 403
        assert await status("localhost", "http://localhost:3000") == 403
        assert await status("localhost", "http://evil.example") == 403
        assert await status("localhost", f"http://127.0.0.1:{port}") == 403
        assert await status("evil.example", f"http://evil.example:{port}") == 421
        assert await status("evil.example", None) == 421


async def test_two_hosts_or_two_origins_are_refused() -> None:
    async with client(Town()) as http:
        hosts = httpx.Headers([("Host", GOOD), ("Host", "evil.example")])
        assert (await http.get("/", headers=hosts)).status_code == 421
        origins = httpx.Headers([("Host", GOOD), ("Origin", f"http://{GOOD}"), ("Origin", "http://evil.example")])
        assert (await http.post("/api/commands", content=PAUSE, headers=origins)).status_code == 403


async def test_who_comes_by_a_shared_address_is_a_visitor_whatever_he_brings() -> None:
    town = Town()
    app, *_ = await anyio.to_thread.run_sync(town.build)
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="https://Green-Hat.tunnel.example") as http:
        assert (await http.get("/api/state")).status_code == 421
        app.share("green-hat.tunnel.example")
        assert (await http.get("/api/state")).status_code == 200
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        assert (await http.post("/api/commands", content=PAUSE, headers=bearer)).status_code == 401
        assert (await http.get(f"/operator?token={TOKEN}")).status_code == 403
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{GOOD}") as here:
            traded = await here.get(f"/operator?token={TOKEN}")
            assert (await here.post("/api/commands", content=PAUSE, headers=bearer)).status_code == 202
        stolen = {"Cookie": traded.headers["set-cookie"].split(";")[0], "Origin": "https://green-hat.tunnel.example"}
        assert (await http.post("/api/commands", content=PAUSE, headers=stolen)).status_code == 401
        elsewhere = await http.post("/api/commands", content=PAUSE, headers={"Origin": "https://evil.example"})
        assert elsewhere.status_code == 403
        app.unshare("green-hat.tunnel.example")
        assert (await http.get("/api/state")).status_code == 421
    assert len(town.commands) == 1


TOKENS = {
    "absent": {},
    "empty": {"Authorization": "Bearer "},
    "wrong": {"Authorization": "Bearer wrong"},
    "prefix": {"Authorization": f"Bearer {TOKEN[:-1]}"},
    "not ASCII": {"Authorization": "Bearer ´".encode()},
    "another scheme": {"Authorization": f"Basic {TOKEN}"},
    "bare": {"Authorization": TOKEN},
    "in the address": {},
}


@pytest.mark.parametrize("token", TOKENS)
async def test_bad_tokens_are_401_and_command_nothing(token: str) -> None:
    town = Town()
    query = f"?token={TOKEN}" if token == "in the address" else ""
    async with client(town) as http:
        answer = await http.post(f"/api/commands{query}", content=PAUSE, headers=TOKENS[token])
    assert answer.status_code == 401 and town.commands == []
    assert f"| {token} | 401 |" in (ROOT / "docs" / "security.md").read_text()


async def trade(http: httpx.AsyncClient) -> str:
    answer = await http.get(f"/operator?token={TOKEN}")
    assert answer.status_code == 303 and answer.headers["location"] == "/"
    cookie: str = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "samesite=strict" in cookie.lower() and TOKEN not in cookie
    assert answer.headers["cache-control"] == "no-store" and answer.headers["referrer-policy"] == "no-referrer"
    return cookie.partition(";")[0]


async def test_the_cookie_never_goes_without_tls_where_there_is_a_name_with_it() -> None:
    town = Town(names=["town.example"], tls=["town.example"])
    for host, secure in (("town.example", True), ("TOWN.example:443", True), (GOOD, False)):
        async with client(town, host) as http:
            answer = await http.get(f"/operator?token={TOKEN}")
        assert ("Secure" in answer.headers["set-cookie"].split("; ")) == secure, host


async def test_the_token_is_traded_for_a_cookie_that_ends() -> None:
    clock = ManualClock()
    town = Town(clock=clock)
    async with client(town) as http:
        name, _, value = (await trade(http)).partition("=")
        http.cookies.clear()

        async def status(cookie: str, origin: str | None = f"http://{GOOD}") -> int:
            headers = {"Cookie": f"{name}={cookie}"} | ({} if origin is None else {"Origin": origin})
            return (await http.post("/api/commands", content=PAUSE, headers=headers)).status_code

        assert await status(value) == 202
        assert await status(value, origin=None) == 401  # no browser leaves it out
        assert await status(value, origin="http://localhost:3000") == 403  # same site, another origin
        made, _, mac = value.partition(".")
        for bad in ("", "x", TOKEN, f"{int(made) + 9}.{mac}", f"{made}.{mac[:-1]}0", f"{made}.", f".{mac}", "9e9.x"):
            assert await status(bad) == 401, bad
        clock.advance(7 * 86_400 - 1)
        assert await status(value) == 202
        clock.advance(3)
        assert await status(value) == 401
    assert len(town.commands) == 2


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", f"?token={TOKEN}x", "?token=%ff%fe", "?Token=x"])
async def test_a_bad_token_is_not_traded(query: str) -> None:
    async with client(Town()) as http:
        answer = await http.get(f"/operator{query}")
    assert answer.status_code == 401 and "set-cookie" not in answer.headers
