"""The page is served as it was built, and nothing else is."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from hamlet.settings import ROOT
from hamlet.web.frontend import PAGES, Frontend
from tests.web.support import Town, client, served


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("secret")
    directory = tmp_path / "dist"
    (directory / "assets").mkdir(parents=True)
    (directory / "index.html").write_text("<!doctype html><title>Hamlet</title>")
    (directory / "assets/index-abc.js").write_text("console.log(1)\n" * 200)
    (directory / "assets/font.woff2").write_bytes(bytes(range(256)))
    (directory / "escape").symlink_to(tmp_path / "secret.txt")
    (directory / "escaping").symlink_to(tmp_path)
    return directory


async def test_the_page_and_its_assets(built: Path) -> None:
    async with client(Town(directory=built)) as http:
        page = await http.get("/")
        script = await http.get("/assets/index-abc.js")
        font = await http.get("/assets/font.woff2")
        plain = await http.get("/assets/index-abc.js", headers={"Accept-Encoding": "identity"})
    assert page.status_code == 200 and page.headers["content-type"] == "text/html; charset=utf-8"
    assert "Hamlet" in page.text and page.headers["cache-control"] == "no-cache"
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert script.headers["content-encoding"] == "gzip" and script.headers["vary"] == "Accept-Encoding"
    assert "immutable" in script.headers["cache-control"]
    assert script.text == plain.text and "content-encoding" not in plain.headers
    assert font.content == bytes(range(256)) and font.headers["content-type"] == "font/woff2"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]


async def test_every_page_has_a_path_and_no_other_path_is_a_page(built: Path) -> None:
    known = re.findall(r'(\w+): "/(\w*)"', (ROOT / "frontend/src/route.ts").read_text())
    assert {path for _, path in known} == {"", *PAGES}
    async with client(Town(directory=built)) as http:
        for path in (*PAGES, "talk/"):
            answer = await http.get(f"/{path}")
            assert (answer.status_code, "Hamlet" in answer.text) == (200, True), path
        for path in ("nowhere", "talk/more", "assets/gone.js"):
            assert (await http.get(f"/{path}")).status_code == 404
            shown = await http.get(f"/{path}", headers={"Accept": "text/html,*/*"})
            assert (shown.status_code, "Hamlet" in shown.text) == (404, True), (
                f"a browser is told of {path} by the page"
            )
        assert (await http.get("/api/nothing", headers={"Accept": "text/html"})).status_code == 404


async def test_what_the_browser_has_is_not_sent_again(built: Path) -> None:
    async with client(Town(directory=built)) as http:
        first = await http.get("/")
        again = await http.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304 and again.content == b""


async def test_without_a_build_the_page_says_what_to_do() -> None:
    async with client(Town()) as http:
        answer = await http.get("/")
    assert answer.status_code == 503 and "make setup" in answer.text
    assert answer.headers["content-type"].startswith("text/html")


def traversals() -> Iterator[str]:
    up = ["..", "%2e%2e", "%2E%2e", ".%2e", "..%00", "%252e%252e", "..;", "%c0%ae%c0%ae", "....", "..%5c.."]
    for dots in up:
        yield f"/{dots}/secret.txt"
        yield f"/assets/{dots}/{dots}/secret.txt"
        yield f"/assets/{dots}%2f{dots}%2fsecret.txt"
        yield f"/{dots}%5csecret.txt"
        yield f"//{dots}/secret.txt"
    yield from (
        "/escape", "/escaping/secret.txt", "/escaping", "/etc/passwd", "//etc/passwd", "/%2fetc%2fpasswd",
        "/assets", "/assets/", "/assets/.", "/file:///etc/passwd", "/secret.txt", "/%00", "/index.html%00.js",
    )  # fmt: skip


async def test_no_path_leads_out_of_the_build(built: Path) -> None:
    paths = list(traversals())
    assert len(paths) >= 60
    async with served(Town(directory=built)) as town:
        base = httpx.URL(f"http://localhost:{town.port}")
        async with httpx.AsyncClient() as http:
            for path in paths:
                answer = await http.get(base.copy_with(raw_path=path.encode()))
                assert answer.status_code in (400, 404), path
                assert "secret" not in answer.text.replace(path, "").replace("secret.txt", ""), path


def test_files_are_compressed_the_same_way_each_time(built: Path) -> None:
    first = Frontend(built).response("assets/index-abc.js", {"accept-encoding": "gzip"})
    again = Frontend(built).response("assets/index-abc.js", {"accept-encoding": "gzip"})
    assert first is not None and again is not None
    assert first.content == again.content
    assert gzip.decompress(first.content) == b"console.log(1)\n" * 200
