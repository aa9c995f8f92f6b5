"""Caddy and nginx as deploy/ sets them up: they take their files, and let through to a viewer what they should."""

import json
import re
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.system.support import ROOT, App, config, free_port, tool

NAME = "hamlet.example.org"
HIDDEN = ("/metrics", "/metrics/", "//metrics", "/%6detrics", "/api/resources", "/api/resources/", "/api//resources")


def nginx(directory: Path, backend: int = 8765, http: int = 80, https: int = 443) -> list[str | Path]:
    """The command that runs nginx with a certificate of its own."""
    program = tool("nginx", "/usr/sbin/nginx", package="nginx-light")
    subprocess.run(
        [
            *(tool("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", f"/CN={NAME}"),
            *("-keyout", directory / "privkey.pem", "-out", directory / "fullchain.pem"),
        ],
        check=True,
        capture_output=True,
    )
    site = replaced(
        (ROOT / "deploy" / "nginx.conf").read_text(),
        ("/etc/letsencrypt/live/hamlet.example.org", str(directory)),
        ("listen 80;", f"listen {http};"),
        ("listen 443 ssl;", f"listen {https} ssl;"),
        ("127.0.0.1:8765;", f"127.0.0.1:{backend};"),
    )
    (directory / "site.conf").write_text(site)
    stores = " ".join(f"{kind}_temp_path {directory}/{kind};" for kind in ("client_body", "proxy"))
    (directory / "nginx.conf").write_text(
        f"daemon off; pid {directory}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; {stores} include {directory}/site.conf; }}\n"
    )
    return [program, "-p", directory, "-c", directory / "nginx.conf"]


def caddy(directory: Path, backend: int, http: int, https: int) -> list[str | Path]:
    """The command that runs Caddy with an authority of its own, in the place of a public one."""
    ours = f"admin off\n skip_install_trust\n http_port {http}\n storage file_system {directory}"
    site = replaced(
        (ROOT / "deploy" / "Caddyfile").read_text(),
        (f"{NAME} {{", f"{{\n {ours}\n}}\nhttps://{NAME}:{https} {{\n tls internal"),
        ("127.0.0.1:8765", f"127.0.0.1:{backend}"),
    )
    (directory / "Caddyfile").write_text(site)
    return [tool("caddy"), "run", "--adapter", "caddyfile", "--config", directory / "Caddyfile"]


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    for found, instead in pairs:
        assert found in text, found
        text = text.replace(found, instead)
    return text


def test_nginx_takes_its_configuration(tmp_path: Path) -> None:
    checked = subprocess.run([*nginx(tmp_path), "-t"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    assert "[warn]" not in checked.stderr, checked.stderr


def test_caddy_takes_its_configuration() -> None:
    command = [tool("caddy"), "validate", "--adapter", "caddyfile", "--config", ROOT / "deploy" / "Caddyfile"]
    checked = subprocess.run(command, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr


@contextmanager
def running(app: App, command: list[str | Path], port: int, errors: Path) -> Iterator[None]:
    """A proxy, from when it takes connections on."""

    def listens() -> bool:
        assert proxy.poll() is None, errors.read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    with open(errors, "wb") as told, subprocess.Popen(command, stdout=told, stderr=told) as proxy:
        try:
            app.wait_for(listens, f"a proxy on port {port}")
            yield
        finally:
            proxy.terminate()


def walk(app: App, https: int) -> None:
    """What a visitor, an operator and another website may, by the public name."""
    host, token = f"{NAME}:{https}", re.search(r"token=(\S+)", app.out)
    assert token
    bearer, ours = {"Authorization": f"Bearer {token[1]}"}, {"Origin": f"https://{host}"}
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE

    with httpx.Client(verify=trusting, headers={"Host": host}, timeout=30) as http:

        def ask(path: str, method: str = "GET", **more: object) -> httpx.Response:
            address = f"https://127.0.0.1:{https}{path}"
            return http.request(method, address, extensions={"sni_hostname": NAME}, **more)  # type: ignore[arg-type]

        def pause(**headers: str) -> int:
            return ask("/api/commands", "POST", json={"command": "pause"}, headers=headers).status_code

        page = ask("/")
        script = re.search(r'src="(/assets/[^"]+\.js)"', page.text)
        assert page.status_code == 200 and script
        for packed in (script[1], "/api/state"):
            assert ask(packed).headers["content-encoding"] == "gzip", packed
        assert ask("/healthz").status_code == 200
        assert {path: ask(path).status_code for path in HIDDEN} == dict.fromkeys(HIDDEN, 404)
        assert (pause(), pause(**bearer, Origin="https://evil.example"), pause(**bearer, **ours)) == (401, 403, 202)
        assert ask("/api/commands", "POST", content=b"x" * 2_000_000, headers=bearer).status_code == 413
        traded = ask(f"/operator?token={token[1]}")
        assert traded.status_code == 303 and "Secure" in traded.headers["set-cookie"].split("; ")
        assert pause(**ours) == 202, "by the cookie"

    def first_words(origin: str) -> list[str]:
        raw = socket.create_connection(("127.0.0.1", https))
        with connect(f"wss://{host}/ws", sock=raw, ssl=trusting, server_hostname=NAME, origin=origin) as viewer:  # type: ignore[arg-type]
            return [json.loads(viewer.recv(timeout=30))["type"] for _ in range(2)]

    assert first_words(ours["Origin"]) == ["hello", "state_update"]
    with pytest.raises(InvalidStatus, match="403"):
        first_words("https://evil.example")


@pytest.mark.parametrize("proxy", [nginx, caddy])
def test_before_a_viewer(proxy: Callable[[Path, int, int, int], list[str | Path]], tmp_path: Path) -> None:
    data, town = tmp_path / "data", config(tmp_path, episodes=100_000)
    command = ("all-in-one", "--data", data, "--config", town, "--port", "0", "--snapshots", "off", "--pace", "3600")
    http, https = free_port(), free_port()
    tool(proxy.__name__, "/usr/sbin/nginx" if proxy is nginx else "")
    with App.main(tmp_path, *command, HAMLET_BROWSER_URL=f"https://{NAME}") as app:
        arguments = proxy(tmp_path, app.port, http, https)
        app.wait_for(lambda: "ready" in app.err, "that all runs")
        with running(app, arguments, https, tmp_path / "proxy.log"):
            walk(app, https)
