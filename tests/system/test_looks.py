"""Every page as it is met: three sizes × two themes × empty, running, paused, finished, disconnected, from real runs.

Nothing may stick out to the side, and axe finds nothing serious. The pictures lie in ``tests/output/looks``, and as
sheets of a state and a theme beside them (``sheet-…``): look at them. ``pytest tests/system/test_looks.py -m slow``.
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.system.support import OUTPUT, ROOT, App, config, dialogue
from tests.system.test_pages import finished
from tests.system.test_viewer import findings

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(3600)]

LOOKS = OUTPUT / "looks"
SIZES = {"wide": (1920, 1080), "laptop": (1280, 800), "phone": (390, 844)}
THEMES = ("light", "dark")
PAGES = {"town": "/", "dialogue": "/dialogue", "talk": "/talk", "lab": "/lab", "learn": "/learn", "kiosk": "/?kiosk=1"}
_STICKS_OUT = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return "";
  const all = [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > width + 1);
  return all.map((one) => `${one.tagName}.${one.className}`).slice(-3).join("; ");
}"""
_SHOWN = (480, 360)  # of a sheet's pictures, pixels


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """With a microphone that says nothing, and may be used."""
    found = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)
    flags = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=flags)
        yield chromium
        chromium.close()


@contextmanager
def house(directory: Path, goal: int, *more: str) -> Iterator[App]:
    """The tiny town beside a dialogue that plans."""
    planner = dialogue(directory, ROOT / "configs" / "dialogue" / "ddq.yaml", episodes=goal)
    configs = ("--config", config(directory, episodes=goal), "--config", planner, "--snapshots", "off", "--port", "0")
    with App.main(directory, "all-in-one", "--data", directory / "data", *configs, *more) as app:
        app.wait_for(lambda: "Viewer:" in app.out, "a viewer", patience=180)
        yield app


class Photographer:
    """Takes ``page`` in every size and theme; notes what is wrong with what it sees."""

    def __init__(self, browser: Browser, state: str) -> None:
        self.browser, self.state = browser, state
        self.wrong: list[str] = []

    @contextmanager
    def at(self, address: str) -> Iterator[Page]:
        page = self.open(address)
        yield page
        page.close()

    def open(self, address: str) -> Page:
        page = self.browser.new_page(reduced_motion="reduce")
        page.set_default_timeout(120_000)
        page.goto(address)
        expect(page.get_by_role("heading", name="Hamlet", exact=True)).to_be_visible(timeout=60_000)
        return page

    def take(self, page: Page, name: str) -> None:
        for theme in THEMES:
            page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
            for size, (width, height) in SIZES.items():
                if name == "kiosk" and size != "wide":
                    continue  # it is made for one size
                page.set_viewport_size({"width": width, "height": height})
                page.wait_for_timeout(400)  # charts are drawn again when their frame has a new size
                page.screenshot(path=LOOKS / f"{self.state}-{name}-{size}-{theme}.png")
                if sticks_out := page.evaluate(_STICKS_OUT):
                    self.wrong.append(f"{name}, {size}: sticks out to the side: {sticks_out}")
            self.wrong += [f"{name}, {theme}: {finding}" for finding in findings(page)]

    def tour(self, app: App, *, without: tuple[str, ...] = ()) -> None:
        """Every page, as it is opened."""
        for name, path in PAGES.items():
            if name not in without:
                with self.at(f"http://localhost:{app.port}{path}") as page:
                    if name in ("town", "kiosk", "dialogue"):
                        expect(page.locator("body[data-ready]")).to_be_attached(timeout=60_000)
                    page.wait_for_timeout(1500)
                    self.take(page, name)

    def sheets(self) -> None:
        for theme in THEMES:
            shots = sorted(LOOKS.glob(f"{self.state}-*-{theme}.png"))
            across = 4
            sheet = Image.new("RGB", (across * _SHOWN[0], max(1, -(-len(shots) // across)) * _SHOWN[1]), "white")
            for at, shot in enumerate(shots):
                with Image.open(shot) as picture:
                    picture.thumbnail(_SHOWN)
                    sheet.paste(picture, (at % across * _SHOWN[0], at // across * _SHOWN[1]))
            sheet.save(LOOKS / f"sheet-{self.state}-{theme}.png")


@pytest.fixture
def photographer(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Photographer]:
    LOOKS.mkdir(parents=True, exist_ok=True)
    taken = Photographer(browser, request.node.name.split("_")[-1])
    yield taken
    taken.sheets()
    assert not taken.wrong, "\n".join(taken.wrong)


def test_empty(photographer: Photographer, tmp_path: Path) -> None:
    with house(tmp_path, 10, "--pace", "1") as app:
        photographer.tour(app)


def test_running(photographer: Photographer, tmp_path: Path) -> None:
    with house(tmp_path, 100_000, "--pace", "36000") as app:
        url = f"http://localhost:{app.port}"
        app.wait_for(lambda: episode(url) > 120, "120 episodes", patience=600)
        photographer.tour(app)
        with photographer.at(f"{url}/talk") as page:
            page.get_by_role("button", name="Let it call me").click()
            page.get_by_label("What you say").fill("Yes, speaking.")
            page.get_by_label("What you say").press("Enter")
            expect(page.get_by_role("group", name="What was said").get_by_role("listitem")).to_have_count(
                3, timeout=60_000
            )
            photographer.take(page, "talk-typed")
            page.get_by_role("button", name="Talk by voice").click()
            expect(page.get_by_label("Talking by voice", exact=True)).to_be_visible()
            page.wait_for_timeout(5000)
            photographer.take(page, "talk-voice")
            page.get_by_role("button", name="Hang up").click()
            expect(page.get_by_label("How it ended")).to_be_visible()
            photographer.take(page, "talk-ended")
        with photographer.at(f"{url}/talk") as page:
            page.get_by_role("button", name="Watch").click()
            page.get_by_role("button", name="Begin the call").click()
            for turns in (2, 4):
                page.get_by_role("button", name="One turn").click()
                expect(page.get_by_role("group", name="What was said").get_by_role("listitem")).to_have_count(
                    turns, timeout=60_000
                )
            photographer.take(page, "talk-watched")


def test_paused(photographer: Photographer, tmp_path: Path) -> None:
    with house(tmp_path, 100_000, "--pace", "36000") as app:
        url = f"http://localhost:{app.port}"
        app.wait_for(lambda: episode(url) > 20, "20 episodes", patience=600)
        token = re.search(r"token=(\S+)", app.out)
        assert token is not None
        asked = {"Authorization": f"Bearer {token[1]}"}
        for run in httpx.get(f"{url}/api/runs", timeout=60).json():
            told = httpx.post(
                f"{url}/api/commands?run={run['run']}", json={"command": "pause"}, headers=asked, timeout=60
            )
            assert told.is_success, told.text
        photographer.tour(app, without=("talk", "learn"))


def test_finished(photographer: Photographer, tmp_path: Path) -> None:
    with house(tmp_path, 60) as app:
        app.wait_for(lambda: finished(tmp_path / "data") == 2, "the end of both runs", patience=600)
        photographer.tour(app)


def test_disconnected(photographer: Photographer, tmp_path: Path) -> None:
    with house(tmp_path, 60) as app:
        app.wait_for(lambda: finished(tmp_path / "data") == 2, "the end of both runs", patience=600)
        pages = {name: photographer.open(f"http://localhost:{app.port}{path}") for name, path in PAGES.items()}
        pages["talk"].get_by_role("button", name="Let it call me").click()
        said = pages["talk"].get_by_role("group", name="What was said").get_by_role("listitem")
        expect(said).to_have_count(1, timeout=60_000)
        expect(pages["kiosk"].locator("body[data-ready]")).to_be_attached(timeout=60_000)
        assert app.stop() == 0, app.err
    for name, page in pages.items():
        expect(page.get_by_role("status").first).to_be_visible(timeout=60_000)
        photographer.take(page, name)
        page.close()


def episode(url: str) -> int:
    return int(httpx.get(f"{url}/api/state", timeout=60).json()["episode"])
