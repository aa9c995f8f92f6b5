"""``--share``: a public address through a tunnel client, here a script that only says one."""

import os
import re
import time
from pathlib import Path

import httpx
import pytest

from tests.system.support import PATIENCE, App, config, hamlet

CLOUDFLARED = """#!/bin/sh
echo "$@" >> "$0.asked"
echo $$ > "$0.pid"
echo "INF Requesting new quick Tunnel on trycloudflare.com..." >&2
echo "INF |  https://quiet-town-$(wc -l < "$0.asked" | tr -d ' ').trycloudflare.com  |" >&2
exec sleep 600
"""


@pytest.fixture
def client(tmp_path: Path) -> Path:
    """Where the client lies that is found first."""
    path = tmp_path / "bin" / "cloudflared"
    path.parent.mkdir()
    path.write_text(CLOUDFLARED)
    path.chmod(0o755)
    return path


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_public_address_that_only_looks_and_a_client_that_never_outlives_us(tmp_path: Path, client: Path) -> None:
    asked = ("all-in-one", "--data", tmp_path / "data", "--config", config(tmp_path, episodes=100_000), "--port", "0")
    path = f"{client.parent}{os.pathsep}{os.environ['PATH']}"
    with App.main(tmp_path, *asked, "--snapshots", "off", "--pace", "3600", "--share", PATH=path) as app:

        def address(number: int) -> str:
            line = rf"(?m)^Public: +https://(quiet-town-{number}\.trycloudflare\.com) "
            return app.wait_for(lambda: re.search(line, app.out), f"address {number}")[1]  # type: ignore[index]

        def status(host: str, path: str, **headers: str) -> int:
            way = f"http://127.0.0.1:{app.port}{path}"
            if path == "/api/commands":
                return httpx.post(way, json={"command": "pause"}, headers={"Host": host, **headers}).status_code
            return httpx.get(way, headers={"Host": host, **headers}).status_code

        first = address(1)
        token = re.search(r"token=(\S+)", app.out)
        assert token and token[1] not in "".join(re.findall("(?m)^Public:.*$", app.out))
        assert client.with_suffix(".asked").read_text() == f"tunnel --no-autoupdate --url http://127.0.0.1:{app.port}\n"
        bearer = f"Bearer {token[1]}"
        assert status(first, "/api/state") == 200
        assert status(first, "/api/commands", Authorization=bearer) == 401
        assert status(first, f"/operator?token={token[1]}") == 403
        assert status("localhost", "/api/commands", Authorization=bearer) == 202

        os.kill(int(client.with_suffix(".pid").read_text()), 9)  # the tunnel breaks: another is made
        second = address(2)
        assert (status(first, "/api/state"), status(second, "/api/state")) == (421, 200)

        last = int(client.with_suffix(".pid").read_text())
        assert alive(last)
        app.process.kill()
        app.process.wait()
    until = time.monotonic() + PATIENCE
    while alive(last):
        assert time.monotonic() < until, "the client outlives a killed app"
        time.sleep(0.02)


def test_without_a_client_it_says_how_to_get_one_and_begins_nothing(tmp_path: Path) -> None:
    ended = hamlet("all-in-one", "--data", tmp_path / "data", "--port", "0", "--share", PATH=str(tmp_path))
    assert ended.returncode == 2
    assert re.fullmatch(r"hamlet: --share needs a tunnel client, .*cloudflared/releases.*\n", ended.stderr)
    assert not (tmp_path / "data").exists()
