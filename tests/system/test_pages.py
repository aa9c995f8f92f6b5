"""The pages besides the worlds', as a visitor has them: a typed conversation, one that is watched, the laboratory, a
lecture; in a browser, on a run that has reached its goal."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from hamlet.errors import HamletError
from hamlet.events.types import RunFinished
from tests.system.support import OUTPUT, App, config, dialogue, events
from tests.system.test_viewer import findings

pytestmark = pytest.mark.browser

SECONDS = 1000.0


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a house whose town and dialogue have reached their goals."""
    directory = tmp_path_factory.mktemp("house")
    data = directory / "data"
    configs = ("--config", config(directory, episodes=60), "--config", dialogue(directory))
    with App.main(directory, "all-in-one", "--data", data, *configs, "--snapshots", "off", "--port", "0") as app:
        app.wait_for(lambda: finished(data) == 2, "the end of both runs", patience=120)
        yield f"http://localhost:{app.port}"
        assert app.stop() == 0, app.err


def finished(data: Path) -> int:
    """How many runs have reached their goals."""
    with suppress(HamletError):  # the log may be being made at this moment
        return sum(isinstance(recorded.event, RunFinished) for recorded in events(data))
    return 0


@pytest.fixture
def page(browser: Browser, house: str) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page.set_default_timeout(60 * SECONDS)
    expect.set_options(timeout=60 * SECONDS)
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    assert errors == []


def test_a_typed_conversation_from_the_first_visit_to_its_end(page: Page, browser: Browser, house: str) -> None:
    page.goto(house)
    page.get_by_role("link", name="Talk").click()
    expect(page).to_have_title("Talk · Hamlet")
    assert findings(page) == []
    page.get_by_label(re.compile("^sad")).check(force=True)
    page.get_by_role("button", name="Let it call me").click()
    script = page.get_by_role("group", name="What was said")
    expect(script).to_contain_text(re.compile("You are sad, and the phone rings.*Collector", re.DOTALL))
    said = page.get_by_label("What you say")
    said.fill("Yes, speaking.")
    said.press("Enter")
    expect(script.get_by_role("listitem")).to_have_count(3)
    expect(script).to_contain_text("sensed: makes small talk")
    expect(page.locator(".mind .acts [aria-current=true]")).to_have_count(1)
    OUTPUT.mkdir(exist_ok=True)
    page.screenshot(path=OUTPUT / "page-talk.png")
    assert findings(page) == []

    other = browser.new_page(viewport={"width": 390, "height": 844})
    other.goto(page.url)  # whoever holds the link sees it
    expect(other.get_by_role("group", name="What was said").get_by_role("listitem")).to_have_count(3)
    assert other.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Hang up").click()
    expect(page.get_by_label("How it ended")).to_contain_text("You hung up.")
    expect(other.get_by_label("How it ended")).to_contain_text("You hung up.")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the transcript").click()
    assert "**Debtor**" in Path(download.value.path()).read_text()
    page.get_by_role("button", name="Forget what I said").click()
    expect(page.get_by_role("heading", name="The agent will call you")).to_be_visible()
    other.reload()
    expect(other.get_by_role("heading", name="This conversation is not here any more")).to_be_visible()
    other.close()


def test_two_agents_are_watched_to_the_end(page: Page, house: str) -> None:
    page.goto(f"{house}/talk")
    page.get_by_role("button", name="Watch").click()
    page.get_by_role("button", name="Begin the call").click()
    page.get_by_role("button", name="fast").click()
    expect(page.get_by_label("How it ended")).to_contain_text(re.compile("A success|No success"))
    expect(page.get_by_label("This call")).to_contain_text(re.compile(r"talk-[0-9a-f]{16}"))


def test_runs_lie_side_by_side_in_the_laboratory(page: Page, house: str) -> None:
    page.goto(f"{house}/lab")
    expect(page.get_by_role("figure")).to_have_count(2)
    expect(
        page.get_by_role("img", name=re.compile("^town-.*: steps lived over 60 episodes; exam after 60"))
    ).to_be_visible()
    page.get_by_role("checkbox", name=re.compile("^dialogue-")).uncheck()
    expect(page.get_by_role("figure")).to_have_count(1)
    assert "#compare=town-" in page.url and findings(page) == []


def test_a_lecture_is_told_with_the_numbers_of_this_run(page: Page, house: str) -> None:
    page.goto(f"{house}/learn")
    lecture = page.get_by_role("article")
    expect(lecture).to_contain_text(re.compile(r"town-\d.*60 of 60 lives so far", re.DOTALL))
    expect(lecture.locator("figure.chart")).to_have_count(3)
    page.get_by_text("What would be lost at 0?").click()
    expect(lecture).to_contain_text("The town may change.")
    assert findings(page) == []
    page.get_by_role("link", name="Glossary").click()
    page.get_by_label("Look for").fill("oracle")
    expect(page.get_by_role("term")).to_contain_text(["oracle"])
