"""The dialogue's page as an audience has it: a conversation unfolds beside its figures, and the town is a tab away."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.system.support import OUTPUT, App, config, dialogue

pytestmark = pytest.mark.browser

SECONDS = 1000  # Playwright counts in milliseconds


def fits(page: Page) -> bool:
    """Nothing sticks out to the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_a_conversation_unfolds_and_the_town_is_a_tab_away(browser: Browser, tmp_path: Path) -> None:
    configs = ("--config", config(tmp_path, episodes=60), "--config", dialogue(tmp_path))
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    with App.main(tmp_path, "all-in-one", "--data", tmp_path / "data", *configs, "--port", "0") as app:
        page.goto(f"http://localhost:{app.port}/dialogue")
        patience = 60 * SECONDS
        expect(page.get_by_role("heading", name=re.compile("^On the line: an? "))).to_be_visible(timeout=patience)
        turn = page.get_by_role("group", name="What was said").get_by_role("listitem").first
        expect(turn).to_contain_text(
            re.compile(r"Collector.+\w.+Debtor.+\w.+Understood: ", re.DOTALL), timeout=patience
        )
        expect(page.locator(".acts [aria-current=true]")).to_have_count(1)
        expect(page.get_by_text("call 40 of 40")).to_be_visible(timeout=patience)
        expect(page.get_by_role("img", name=re.compile("^Success over 40 calls"))).to_be_visible(timeout=patience)
        expect(page.get_by_label("How well it does")).to_contain_text(re.compile(r"success\s*\d+ %"))
        expect(page.get_by_role("table", name="Who was on the line")).to_contain_text(re.compile(r"cooperative\s*\d+"))
        expect(page.get_by_role("table", name="What it does with whom").get_by_role("row")).to_have_count(13)
        OUTPUT.mkdir(exist_ok=True)
        page.screenshot(path=OUTPUT / "page-dialogue.png")
        assert fits(page)

        town = page.get_by_role("link", name="Town")
        town.focus()
        town.press("Enter")
        expect(page.get_by_role("img", name=re.compile("^Map of the town"))).to_be_visible()
        assert page.url == f"http://localhost:{app.port}/" and fits(page)
        page.go_back()
        expect(page.get_by_role("link", name="Dialogue")).to_have_attribute("aria-current", "page")
        page.set_viewport_size({"width": 390, "height": 844})
        expect(page.get_by_label("The conversation", exact=True)).to_be_visible()
        assert fits(page)
        page.screenshot(path=OUTPUT / "page-dialogue-phone.png")
        assert app.stop() == 0, app.err
    page.close()
    assert [error for error in errors if "ERR_CONNECTION_REFUSED" not in error] == []
