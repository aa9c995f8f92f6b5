"""What is exported is opened: a life plays from a file with the network off, weights act as the kept policy does."""

import json
from pathlib import Path

import pytest
import safetensors.numpy
from playwright.sync_api import Browser, expect

from hamlet.runs.kept import newest_kept
from hamlet.settings import Paths
from tests.system.support import inside

pytestmark = pytest.mark.browser


def test_a_life_plays_from_a_file_with_the_network_off(browser: Browser, finished: Path, tmp_path: Path) -> None:
    out = tmp_path / "life.html"
    assert inside("export", "episode", "30", "--data", finished, "--out", out) == 0
    assert out.stat().st_size < 1_500_000
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(out.as_uri())
    page.wait_for_selector("[data-ready]", state="attached")
    page.get_by_role("button", name="Hold the stage").click()
    moment = page.get_by_text("moment")
    before = moment.inner_text()
    page.get_by_role("button", name="One step on").click()
    expect(moment).not_to_have_text(before)
    page.get_by_role("slider").fill("0")
    expect(moment).to_contain_text("moment 1 of")
    expect(page.get_by_role("img", name="Map of the town")).to_be_visible()
    context.close()
    assert said == []
    assert [url for url in asked if not url.startswith("data:")] == [out.as_uri()]


def test_weights_are_the_kept_policys_and_their_card_says_how_good_it_is(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert inside("export", "weights", "--data", finished) == 0
    kept = newest_kept(Paths.of(finished, {}), None, "town")
    out = tmp_path / f"{kept.run}.safetensors"  # so that those of another run do not replace it
    found = safetensors.numpy.load(out.read_bytes())["averaged"]
    assert (found == kept.moment.weights).all()
    card = out.with_suffix(".md").read_text()
    assert kept.run in card and "By double DQN, " in card and "| expert |" in card and "## Limits" in card
    assert inside("export", "weights", "--data", finished, "--out", "here.safetensors") == 0
    assert (safetensors.numpy.load_file("here.safetensors")["averaged"] == found).all() and Path("here.md").exists()
    capsys.readouterr()
    assert inside("export", "weights", "--data", finished, "--out", ".") == 2
    assert capsys.readouterr().err == "hamlet: --out: expected a name that ends in .safetensors, found .\n"


def test_tables_and_histories_hold_every_episode(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert inside("export", "csv", "--data", finished, "--out", tmp_path / "all.csv") == 0
    assert len((tmp_path / "all.csv").read_text().splitlines()) == 61
    assert inside("export", "history", "--data", finished, "--out", tmp_path / "all.json") == 0
    assert json.loads((tmp_path / "all.json").read_text())["metadata"]["algorithm"] == "dqn-rnd"
    assert len(json.loads((tmp_path / "all.json").read_text())["history"]["rewards"]) == 60
    assert inside("export", "episode", "61", "--data", finished) == 2
    assert inside("export", "csv", "--data", finished, "--out", tmp_path / "all.txt") == 2
    assert len(capsys.readouterr().err.splitlines()) == 2
