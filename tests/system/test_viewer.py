"""The town's page as visitors and its operator use it, in one real run: looking, travelling, reliving, commanding."""

import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from hamlet.commands import Pause, Unpause
from hamlet.events.types import CommandApplied
from tests.system.support import OUTPUT, ROOT, App, config, events

pytestmark = pytest.mark.browser

SECONDS = 1000  # Playwright counts in milliseconds
PATIENCE = 60 * SECONDS
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
SECTIONS = ("How lives end", "How good is it?", "Curiosity", "Its life")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("viewer")


@pytest.fixture(scope="module")
def town(home: Path) -> Iterator[App]:
    """A run that goes on, at ten lives a second, and has come some way."""
    command = ("--data", home / "data", "--config", config(home, episodes=100_000), "--port", "0")
    with App.main(home, "all-in-one", *command, "--snapshots", "off", "--pace", "36000") as app:
        app.wait_for(lambda: answer(app, "/api/state")["episode"] > 120, "120 episodes", patience=120)
        yield app


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    yield context.new_page()
    context.close()


def answer(app: App, path: str) -> Any:
    with urllib.request.urlopen(f"http://localhost:{app.port}{path}", timeout=30) as response:
        return json.load(response)


def visit(page: Page, app: App, address: str) -> None:
    page.goto(f"http://localhost:{app.port}{address}")
    expect(page.locator("body[data-ready]")).to_be_attached(timeout=PATIENCE)


def findings(page: Page) -> list[str]:
    """What axe finds that is serious or critical."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    grave = [each for each in found["violations"] if each["impact"] in ("serious", "critical")]
    return [f"{each['id']}: {node['html'][:160]}" for each in grave for node in each["nodes"]]


def told(page: Page, name: str) -> str:
    return re.sub(r"\s+", " ", page.get_by_label(name, exact=True).inner_text())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_use_it(town: App, page: Page, theme: str) -> None:
    for path in ("/", "/#episode=60", "/?kiosk=1", "/dialogue", "/talk"):
        before, hash_, after = path.partition("#")
        address = f"{before}{'&' if '?' in before else '?'}theme={theme}{hash_}{after}"
        page.goto(f"http://localhost:{town.port}{address}")
        if path.startswith(("/#", "/?")) or path == "/":
            expect(page.locator("body[data-ready]")).to_be_attached(timeout=PATIENCE)
        else:
            expect(page.get_by_role("heading", name="Hamlet")).to_be_visible(timeout=PATIENCE)
        assert findings(page) == [], address


def test_a_visitor_travels_back_and_sees_a_life_lived_again(town: App, page: Page) -> None:
    visit(page, town, "/")
    line = page.get_by_role("slider", name="Episode that is looked at")
    line.focus()
    line.press("Home")
    expect(page.get_by_text(re.compile("episode 1 · stage 1 · you are looking back"))).to_be_visible()
    line.press("PageUp")
    line.press("ArrowRight")
    expect(line).to_have_attribute("aria-valuenow", "12")
    expect(page.get_by_label("Lately").get_by_role("listitem").first).to_contain_text(
        re.compile(r"^\s*12\s"), timeout=PATIENCE
    )
    assert page.url.endswith("#episode=12")
    chart, laid_over = page.locator(".survival .u-over"), page.locator(".survival .over")
    page.set_viewport_size({"width": 900, "height": 800})
    page.set_viewport_size({"width": 1280, "height": 800})
    page.wait_for_function(
        "[...document.querySelectorAll('.survival .u-over, .survival .over')]"
        ".map((one) => one.getBoundingClientRect().width).every((width, _, all) => width > 0 && width === all[0])"
    )
    assert laid_over.bounding_box() == chart.bounding_box(), (
        "the line stands where the chart is, also when it was resized"
    )
    box = chart.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 5, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 30, box["y"] + 40, steps=4)
    page.mouse.up()
    dragged = int(line.get_attribute("aria-valuenow") or 0)
    assert dragged > 1 and page.url.endswith(f"#episode={dragged}"), "a drag travels"

    page.get_by_role("combobox", name="Speed").select_option("8")
    page.mouse.click(box["x"] + 30, box["y"] + 40)
    expect(page).to_have_url(re.compile(rf"#life={dragged}$"))
    life = answer(town, f"/api/runs/{answer(town, '/api/state')['run']}/episodes/{dragged}/life")
    count = len(life["frames"])
    stage = page.get_by_role("group", name="The stage, in your own hand")
    expect(stage).to_contain_text(re.compile(rf"moment ([2-9]|\d\d+) of {count}\b"), timeout=PATIENCE)
    expect(stage).to_contain_text(f"moment {count} of {count}", timeout=PATIENCE)
    stage.get_by_role("button", name="One step back").click()
    expect(stage).to_contain_text(f"moment {count - 1} of {count}")
    expect(page.get_by_label("Its life")).to_contain_text(f"step {count - 2}")
    frame = life["frames"][count - 2]
    where = f"The agent is at column {frame['x'] + 1}, row {frame['y'] + 1}."
    expect(page.get_by_role("img", name=re.compile("^Map of the town"))).to_have_attribute(
        "aria-label", re.compile(re.escape(where))
    )
    page.get_by_role("button", name="return to now").click()
    expect(stage).to_contain_text("as it happens", timeout=PATIENCE)
    assert "#" not in page.url
    stage.get_by_role("button", name="Hold the stage").click()
    expect(stage).to_contain_text("behind")


def test_only_the_operator_commands(home: Path, town: App, page: Page) -> None:
    visit(page, town, "/")
    page.get_by_text("looking only").click()
    expect(page.get_by_text("with the operator's link, printed at its start")).to_be_visible()
    expect(page.get_by_role("button", name="Pause", exact=True)).to_have_count(0)
    refused = page.evaluate(
        "fetch('/api/commands', { method: 'POST', headers: { 'Content-Type': 'application/json' },"
        " body: JSON.stringify({ command: 'pause' }) }).then((answer) => answer.status)"
    )
    assert refused == 401
    link = re.search(r"Operator: +(\S+)", town.out)
    assert link is not None
    page.goto(link[1])
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_role("button", name="Go on")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_label("What happened")).to_contain_text("Paused", timeout=PATIENCE)
    OUTPUT.mkdir(exist_ok=True)
    page.screenshot(path=OUTPUT / "page-paused.png")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible(timeout=PATIENCE)
    applied = [each.event.command for each in events(home / "data") if isinstance(each.event, CommandApplied)]
    assert applied[-2:] == [Pause(), Unpause()]


def test_a_picture_shows_what_the_page_shows(town: App, page: Page) -> None:
    visit(page, town, "/#episode=60")
    expect(page.get_by_label("Its life")).to_contain_text("episode 60, as it was lived", timeout=PATIENCE)
    drawn = page.get_by_role("img", name=re.compile("^Map of the town")).get_attribute("aria-label")
    live = {name: told(page, name) for name in SECTIONS}
    page.set_viewport_size({"width": 1920, "height": 1080})
    visit(page, town, "/?kiosk=1&episode=60")
    assert page.get_by_role("img", name=re.compile("^Map of the town")).get_attribute("aria-label") == drawn
    assert {name: told(page, name) for name in SECTIONS} == live
    assert page.locator("a, button, input, select, summary, [tabindex]").count() == 0, "nothing to click"
    inside = "document.documentElement.scrollWidth <= 1920 && document.documentElement.scrollHeight <= 1080"
    assert page.evaluate(inside), "all of it on one screen"
    page.screenshot(path=OUTPUT / "kiosk.png")
