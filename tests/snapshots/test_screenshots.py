"""Row 19: whatever the page or the browser does, a shot takes 10 s at most, and nothing is left of one that failed."""

import http.server
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest
from PIL import Image

from hamlet.clock import SystemClock
from hamlet.process.supervisor import Plan, Policy, Supervisor
from hamlet.snapshots import services
from hamlet.snapshots.child import Child, ChildFailed, tree
from hamlet.snapshots.orders import CAMERA
from hamlet.snapshots.services import NoBrowser, ScreenshotService, find_browser, take_shot
from hamlet.snapshots.studio import Studio
from tests.snapshots.support import SMALL, fill, lived, owned, started, writing

pytestmark = pytest.mark.browser

PAGES = {
    "/good": """<meta http-equiv="Content-Security-Policy" content="script-src 'self'">
        <body data-ready style="background:#fdfaf1"><h1 style="font-size:300px">Hamlet</h1>""",
    "/never": "<body><h1>never ready</h1>",
    "/busy": "<body data-ready><script>for (;;);</script>",
}


class _Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            time.sleep(30)
            return
        if self.path not in PAGES:  # a browser asks for an icon
            return self.send_error(404)
        body = PAGES[self.path].encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def browser() -> str:
    try:
        return find_browser()
    except NoBrowser as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    """No process that was started is left."""
    yield
    until = time.monotonic() + 10
    while len(tree(os.getpid())) > 1 and time.monotonic() < until:
        time.sleep(0.05)
    assert tree(os.getpid()) == [os.getpid()]


async def test_a_picture_is_whole_of_its_size_and_not_blank(tmp_path: Path, site: str, browser: str) -> None:
    path = tmp_path / "shot.png"
    async with Child.start(CAMERA, browser) as camera:
        await take_shot(camera, f"{site}/good", path)

    def look() -> tuple[tuple[int, int], int]:
        with Image.open(path) as picture:
            return picture.size, len(picture.convert("RGB").getcolors(1 << 24))

    size, colours = await anyio.to_thread.run_sync(look)
    assert size == (1920, 1080)
    assert colours > 10


@pytest.mark.parametrize("page", ["/never", "/busy", "/endless"])
async def test_a_page_that_does_not_come_to_an_end_leaves_nothing(
    page: str, tmp_path: Path, site: str, browser: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "SHOT", 1.0)
    async with Child.start(CAMERA, browser) as camera:
        await camera.ask(services.Shot("", "", 0.0), int, 30.0)
        begun = anyio.current_time()
        with pytest.raises(ChildFailed):
            await take_shot(camera, f"{site}{page}", tmp_path / "shot.png")
        assert anyio.current_time() - begun < 1.0 + services._GRACE + 5.0
    assert [path async for path in anyio.Path(tmp_path).iterdir()] == []


@pytest.mark.parametrize("kills", [1, pytest.param(10, marks=[pytest.mark.slow, pytest.mark.timeout(1200)])])
async def test_a_browser_that_is_killed_is_started_again_and_the_page_hears_of_it(
    tmp_path: Path, site: str, browser: str, monkeypatch: pytest.MonkeyPatch, kills: int
) -> None:
    monkeypatch.setattr(Studio, "wait_until_due", _at_once)
    async with writing(tmp_path) as log:
        await fill(log, [started(), *map(lived, range(1, 4))])
        service = ScreenshotService(owned(log, SMALL), f"{site}/good")
        quick = Policy("degrade", restarts=1000, window=60.0, backoff=0.1, longest=0.2)
        supervisor = Supervisor([Plan(service, quick, stop_deadline=0.5)], SystemClock())
        async with anyio.create_task_group() as group:
            group.start_soon(supervisor.run)
            for _ in range(kills):
                with anyio.fail_after(90):
                    while not await anyio.to_thread.run_sync(_kill_a_chromium):  # noqa: ASYNC110 - it has no event
                        await anyio.sleep(0.05)
                    before = await shots(tmp_path)
                    while not await shots(tmp_path) - before:  # noqa: ASYNC110 - it has no event
                        await anyio.sleep(0.05)
            supervisor.request_stop("seen")


async def shots(directory: Path) -> set[str]:
    return {path.name async for path in anyio.Path(directory / "snapshots").glob("screenshot_*.png")}


async def _at_once(self: Studio, kind: str, every: float, first: float) -> None:
    await anyio.lowlevel.checkpoint()


def _kill_a_chromium() -> bool:
    for pid in tree(os.getpid())[1:]:
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if b"--remote-debugging-pipe" in command:
            os.kill(pid, signal.SIGKILL)
            return True
    return False


def test_no_browser_outlives_a_process_that_was_killed(tmp_path: Path, site: str, browser: str) -> None:
    script = f"""
import anyio
from pathlib import Path
from hamlet.snapshots.child import Child
from hamlet.snapshots.services import take_shot
async def main():
    async with Child.start("{CAMERA}", "{browser}") as camera:
        await take_shot(camera, "{site}/good", Path("{tmp_path}/shot.png"))
        print("there", flush=True)
        await anyio.sleep(60)
anyio.run(main)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"there\n"
        family = tree(process.pid)
        assert len(family) > 3
        process.kill()
    until = time.monotonic() + 20
    while alive := [pid for pid in family if _runs(pid)]:
        assert time.monotonic() < until, alive
        time.sleep(0.1)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_without_a_browser_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(NoBrowser, match="apt install chromium"):
        find_browser()
