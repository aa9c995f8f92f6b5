"""The page as an audience has it: the agent moves, episodes count up, and a break of the connection heals."""

import itertools
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Response, WebSocket, expect

from hamlet.events.types import EpisodeCompleted
from tests.system.support import OUTPUT, ROOT, App, config, events, free_port
from tests.system.test_viewer import findings

pytestmark = pytest.mark.browser

SECONDS = 1000  # Playwright counts in milliseconds


class Visit:
    """A visit of the page; remembers what the console said and which episodes it was told of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        self.episodes: set[int] = set()
        self.newest: list[int] = []
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("websocket", self._listen)
        page.on("response", self._answered)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._update)

    def _answered(self, response: Response) -> None:
        if "/episodes?" in response.url:
            self._told(response.json())
        elif response.url.endswith("/series"):
            assert response.ok, response.text()
            for stretch in response.json()["stretches"]:
                self.episodes |= set(range(stretch["first"], stretch["episode"] + 1))

    def _update(self, frame: str | bytes) -> None:
        message = json.loads(frame)
        if message["type"] == "state_update":
            self._told(message["recent"])
            self.newest.append(message["episode"])

    def _told(self, points: list[dict[str, int]]) -> None:
        self.episodes |= {point["episode"] for point in points}

    @property
    def place(self) -> str | None:
        """Where the map says that the agent is."""
        label = self.page.get_by_role("img", name=re.compile("^Map of the town")).get_attribute("aria-label")
        found = re.search(r"The agent is at column \d+, row \d+", label or "")
        return found and found[0]

    @property
    def counter(self) -> int:
        """The episode that the page shows."""
        text = self.page.get_by_text(re.compile(r"^episode [\d,\s]+ of")).inner_text()
        return int(re.sub(r"\D", "", text.split("of")[0]))

    def until(self, look: str, more_than: object, patience: float = 30.0) -> None:
        """Wait until ``look`` has another value than ``more_than``."""
        for _ in range(int(patience * 10)):
            if getattr(self, look) not in (None, more_than):
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"{look} stays {more_than!r}")


def test_the_agent_moves_and_a_broken_connection_heals(browser: Browser, tmp_path: Path) -> None:
    assert (ROOT / "frontend" / "dist" / "index.html").exists(), "the page is not built: make setup"
    data, port = tmp_path / "data", free_port()
    command = ("all-in-one", "--data", data, "--config", config(tmp_path, episodes=100_000), "--port", str(port))
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    visit = Visit(page)
    with App.main(tmp_path, *command, "--pace", "36000") as app:
        page.goto(f"http://localhost:{app.port}/")
        expect(page.get_by_role("heading", name="Hamlet")).to_be_visible()
        expect(page.get_by_text(re.compile(r"^episode [\d,\s]+ of"))).to_be_visible(timeout=30 * SECONDS)
        visit.until("place", None)
        visit.until("place", visit.place)
        before = visit.counter
        visit.until("counter", before)
        assert visit.counter > before
        expect(page.get_by_role("status")).to_have_count(0)
        OUTPUT.mkdir(exist_ok=True)
        page.screenshot(path=OUTPUT / "page.png")
        assert visit.errors == []
        shown = visit.counter
        assert app.stop() == 0, app.err
    expect(page.get_by_role("heading", name="The connection to the town is lost")).to_be_visible(timeout=30 * SECONDS)
    page.screenshot(path=OUTPUT / "page-out-of-sight.png")
    assert findings(page) == []
    known = len(visit.newest)
    with App.main(tmp_path, *command) as app:
        assert app.port == port
        expect(page.get_by_role("status")).to_have_count(0, timeout=60 * SECONDS)
        visit.until("counter", shown)
        visit.until("counter", visit.counter)
        assert visit.counter > shown
        visit.until("place", visit.place)
        assert app.stop() == 0, app.err
    page.close()
    nobody = re.compile("ERR_CONNECTION_(REFUSED|RESET)")  # reset: it knocked at the moment of the end
    refused = [error for error in visit.errors if not nobody.search(error)]
    assert refused == [], "while nobody answers the browser says so; nothing else goes wrong"
    assert visit.newest == sorted(visit.newest) and visit.newest[known] >= shown, "it went on where it was"
    assert visit.episodes == set(range(1, max(visit.episodes) + 1)), "the page was told of every episode"
    lived = [recorded.event.episode for recorded in events(data) if isinstance(recorded.event, EpisodeCompleted)]
    assert all(b == a + 1 for a, b in itertools.pairwise(lived)) and lived[-1] >= max(visit.episodes)
