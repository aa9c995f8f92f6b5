"""The microphone on ``/talk`` in a real browser: Chromium's fake one says what flite said into a file."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from benchmarks.voice.browser import microphone
from hamlet.app.talks_shown import TalksShown
from hamlet.app.voice_shown import VoiceShown
from hamlet.clock import SystemClock
from hamlet.settings import ROOT
from hamlet.snapshots.services import BROWSERS
from hamlet.voice.livekit import origins
from hamlet.voice.sessions import Engines
from hamlet.voice.vad import LoudnessVad
from tests.system.support import OUTPUT
from tests.talks.support import Room
from tests.voice.sfu import KEY, SECRET, serving
from tests.voice.support import FakeRecogniser, FakeSpeaker, flite
from tests.web.support import Town, served

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
DIST = ROOT / "frontend" / "dist"
LINES_KEPT = """
window.lines = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) { super(...given); window.lines.push(this); }
};
"""
COLLECTOR_HEARD = """async () => {
  for (let tries = 0; tries < 200; tries++) {
    for (const line of window.lines)
      for (const one of (await line.getStats()).values())
        if (one.type === "inbound-rtp" && one.totalAudioEnergy > 0.001) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}"""


def speaking(path: Path, text: str) -> list[str]:
    """The flags of a Chromium whose microphone says ``text`` again and again."""
    return microphone(path, flite(text, "rms"), before=1.0, after=6.0)


@contextmanager
def browser_at(url: str, *arguments: str, allowed: bool = True, script: str = "") -> Iterator[Page]:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None and os.environ.get("CI") != "true":
        pytest.skip("no Chromium (apt install chromium)")
    flags = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required", *arguments]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=flags)
        context = chromium.new_context(permissions=["microphone"] if allowed else [])
        context.add_init_script(script)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{url}/talk")
        page.locator('form[aria-label="Begin a call"] button[type=submit]').click()
        yield page
        chromium.close()


@asynccontextmanager
async def talking(directory: Path, engines: Engines | None = None, **environment: str) -> AsyncIterator[str]:
    if not (DIST / "index.html").exists():
        pytest.skip("the page is not built (make setup)")
    room = Room(directory)
    voice, stopping = VoiceShown(room.talks, environment, SystemClock(), engines), anyio.Event()
    town = Town(talks=TalksShown(room.talks), voice=voice, directory=DIST, reaches=origins(environment))
    async with served(town) as server, anyio.create_task_group() as group:
        group.start_soon(voice.run, lambda: None, stopping)
        yield f"http://127.0.0.1:{server.port}"
        stopping.set()


async def test_one_talks_with_the_agent_through_the_browsers_microphone(tmp_path: Path) -> None:
    fake = await anyio.to_thread.run_sync(speaking, tmp_path / "said.wav", "Yes, speaking.")

    def visit(url: str) -> None:
        with browser_at(url, *fake) as page:
            page.get_by_role("button", name="Talk by voice").click()
            strip = page.get_by_label("Talking by voice")
            expect(strip.get_by_text("Speaking: talk over it to interrupt.")).to_be_visible(timeout=60_000)
            expect(strip.get_by_text("from your last word")).to_be_visible(timeout=90_000)
            page.screenshot(path=str(OUTPUT / "voice.png"))
            expect(page.get_by_text("yes speaking").first).to_be_visible()
            page.get_by_role("button", name="Stop talking by voice").click()
            expect(strip).to_be_hidden()

    OUTPUT.mkdir(exist_ok=True)
    async with talking(tmp_path) as url:
        await anyio.to_thread.run_sync(visit, url)


async def test_a_refused_microphone_says_so_and_typing_goes_on(tmp_path: Path) -> None:
    def visit(url: str) -> None:
        with browser_at(url, "--use-fake-device-for-media-stream", allowed=False) as page:
            page.get_by_role("button", name="Talk by voice").click()
            expect(page.get_by_role("alert")).to_contain_text("does not let this page hear you")
            page.screenshot(path=str(OUTPUT / "voice-refused.png"))
            page.get_by_label("What you say").fill("Yes, speaking.")
            page.get_by_role("button", name="Say", exact=True).click()
            expect(page.get_by_text("Yes, speaking.").first).to_be_visible()

    async with talking(tmp_path) as url:
        await anyio.to_thread.run_sync(visit, url)


async def test_one_talks_with_the_agent_in_a_room_of_livekit(tmp_path: Path) -> None:
    """Chromium's microphone into a room and the collector's voice out of it; a small server stands between them."""
    fake = await anyio.to_thread.run_sync(speaking, tmp_path / "said.wav", "Yes, speaking.")

    def visit(url: str) -> None:
        with browser_at(url, *fake, script=LINES_KEPT) as page:
            page.get_by_role("button", name="Talk by voice").click()
            strip = page.get_by_label("Talking by voice")
            expect(strip.get_by_text("from your last word")).to_be_visible(timeout=90_000)
            page.screenshot(path=str(OUTPUT / "voice-room.png"))
            assert page.evaluate(COLLECTOR_HEARD), "sound comes out of the room"
            expect(page.get_by_text("yes speaking").first).to_be_visible()
            page.get_by_role("button", name="Stop talking by voice").click()
            expect(strip).to_be_hidden()

    OUTPUT.mkdir(exist_ok=True)
    engines = Engines(vad=LoudnessVad, recogniser=lambda: FakeRecogniser("yes speaking"), speaker=FakeSpeaker)
    async with (
        serving() as (sfu, rooms),
        talking(tmp_path, engines, LIVEKIT_URL=rooms, LIVEKIT_API_KEY=KEY, LIVEKIT_API_SECRET=SECRET) as url,
    ):
        await anyio.to_thread.run_sync(visit, url)
        with anyio.fail_after(30.0):
            await sfu.empty.wait()
        assert sorted(sfu.gone) == ["hamlet", "you"]
