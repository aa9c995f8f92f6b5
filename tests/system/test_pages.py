"""The pages besides the worlds', as a visitor has them: a typed conversation, one that is watched, the laboratory, a
lecture; in a browser, on a run that has reached its goal."""

import json
import re
import shutil
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import minari
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect
from tensorboardX.proto.event_pb2 import Event

from hamlet.errors import HamletError
from hamlet.events.packing import unpack
from hamlet.events.types import DialogueEpisode, EpisodeCompleted, EvaluationCompleted, Recorded, RunFinished
from hamlet.worlds.dialogue.acts import ACTS
from hamlet.worlds.dialogue.perception import OBSERVED
from tests.system.support import OUTPUT, ROOT, App, config, dialogue, events, free_port, hamlet, inside
from tests.system.test_viewer import findings

pytestmark = pytest.mark.browser

SECONDS = 1000.0


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("house") / "data"


@pytest.fixture(scope="module")
def house(data: Path) -> Iterator[str]:
    """The address of a house whose town and dialogue have reached their goals."""
    directory = data.parent
    planner = dialogue(directory, ROOT / "configs" / "dialogue" / "ddq.yaml")
    configs = ("--config", config(directory, episodes=60), "--config", planner)
    with App.main(directory, "all-in-one", "--data", data, *configs, "--snapshots", "off", "--port", "0") as app:
        app.wait_for(lambda: finished(data) == 2, "the end of both runs", patience=120)
        yield f"http://localhost:{app.port}"
        assert app.stop() == 0, app.err


def finished(data: Path) -> int:
    """How many runs have reached their goals."""
    with suppress(HamletError):  # the log may be being made at this moment
        return sum(isinstance(recorded.event, RunFinished) for recorded in events(data))
    return 0


def ended(data: Path, world: str) -> dict[int, Recorded]:
    """Every episode of the run of ``world``, by its number."""
    told = [one for one in events(data) if one.run.startswith(world)]
    return {one.event.episode: one for one in told if isinstance(one.event, EpisodeCompleted)}


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
    expect(page.get_by_label("What it foresees").get_by_role("listitem")).to_have_count(3)
    expect(script).to_contain_text(re.compile(r"foreseen: \d+ %"))
    expect(page.get_by_label("This call")).to_contain_text(re.compile(r"model and reality\s*right [01] of 1"))
    OUTPUT.mkdir(exist_ok=True)
    page.screenshot(path=OUTPUT / "page-talk.png")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight"), "its parts scroll, not the page"
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


@pytest.mark.timeout(300)  # the app is started twice
def test_a_talks_link_says_what_became_of_it_after_a_restart(
    browser: Browser, data: Path, house: str, tmp_path: Path
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(60 * SECONDS)
    expect.set_options(timeout=60 * SECONDS)
    shutil.copytree(data, tmp_path / "data", ignore=shutil.ignore_patterns(".lock"))
    configs = ("--config", data.parent / "town.yaml", "--config", data.parent / "dialogue.yaml")
    command = ("all-in-one", "--data", tmp_path / "data", *configs, "--snapshots", "off", "--port", str(free_port()))
    with App.main(tmp_path, *command) as app:
        page.goto(f"http://localhost:{app.port}/talk")
        page.get_by_role("button", name="Let it call me").click()
        said = page.get_by_label("What you say")
        said.fill("Yes, speaking.")
        said.press("Enter")
        lines = page.get_by_role("group", name="What was said").get_by_role("listitem")
        expect(lines).to_have_count(3)
        link = page.url
        assert app.stop() == 0, app.err
    # What was said stays with whoever saw it, to be read and taken away.
    expect(page.get_by_label("How it ended")).to_contain_text("The call was left.")
    with App.main(tmp_path, *command) as app:
        app.wait_for(lambda: bool(app.port), "a viewer")
        expect(page.get_by_label("How it ended")).to_contain_text(re.compile(r"forget \d+ erases it"))
        expect(lines).to_have_count(3)
        page.goto("about:blank")
        page.goto(link)
        expect(page.get_by_role("main")).to_contain_text(
            re.compile(r"The conversation of .* UTC is over \(left, after 2 turns\).*events --run talk-[0-9a-f]{16}")
        )
        page.screenshot(path=OUTPUT / "page-talk-gone.png")
        page.get_by_role("button", name="Begin another one").click()
        expect(page.get_by_role("heading", name="The agent will call you")).to_be_visible()
        page.close()
        assert app.stop() == 0, app.err


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


def test_a_call_plays_from_a_file_with_the_network_off(
    browser: Browser, house: str, data: Path, tmp_path: Path
) -> None:
    assert inside("export", "conversation", "7", "--data", data, "--out", tmp_path / "call.html") == 0
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    page.goto((tmp_path / "call.html").as_uri())
    page.get_by_role("button", name="All of it").click()
    event = ended(data, "dialogue")[7].event
    assert isinstance(event, EpisodeCompleted)
    said = page.get_by_role("group", name="What was said").get_by_role("listitem")
    expect(said).to_have_count(event.survival_time)
    assert findings(page) == []
    context.close()


def test_a_dataset_holds_the_calls_as_they_were_learned_from(house: str, data: Path, tmp_path: Path) -> None:
    assert inside("export", "minari", "--data", data, "--out", tmp_path) == 0
    [file] = tmp_path.glob("hamlet/dialogue/*-v0/data")
    dataset, calls = minari.MinariDataset(file), ended(data, "dialogue")
    assert (dataset.total_episodes, dataset.action_space.n) == (len(calls), len(ACTS))
    for at, (number, recorded) in enumerate(sorted(calls.items())):
        event, [found] = recorded.event, list(dataset.iterate_episodes([at]))
        assert isinstance(event, EpisodeCompleted) and isinstance(event.detail, DialogueEpisode)
        assert found.actions.tolist() == unpack(event.detail.acts).tolist()
        assert found.observations.shape == (event.survival_time + 1, len(OBSERVED))
        assert found.rewards.sum() == pytest.approx(event.extrinsic_reward, abs=1e-4)
        assert found.terminations.sum() + found.truncations.sum() == 1
        assert bool(found.truncations[-1]) == (event.cause == "cap")
        assert found.infos["mask"][np.arange(len(found.actions)), found.actions].all()
        [told] = dataset.storage.get_episode_metadata([at])
        assert told["seed"] == event.detail.seed
        assert (told["options"]["episode"], told["options"]["persona"]) == (number, event.detail.persona)
    assert inside("export", "minari", "--data", data, "--out", tmp_path) == 2, "a dataset is never written over"


def test_event_files_hold_every_episode_and_exam(house: str, data: Path, tmp_path: Path) -> None:
    assert inside("export", "tensorboard", "--data", data, "--out", tmp_path) == 0
    [file] = tmp_path.glob("town-*/events.out.tfevents.*")
    found: dict[str, dict[int, tuple[float, float]]] = {}
    for message in records(file.read_bytes()):
        event = Event.FromString(message)
        for value in event.summary.value:
            found.setdefault(value.tag, {})[event.step] = (value.simple_value, event.wall_time)
    lives = {number: one for number, one in ended(data, "town").items() if isinstance(one.event, EpisodeCompleted)}
    assert found["episode/survival_time"] == {
        number: (float(one.event.survival_time), one.recorded_at) for number, one in lives.items()
    }
    exams = [one.event for one in events(data) if one.run.startswith("town")]
    means = {exam.episode: exam.results["agent"].mean for exam in exams if isinstance(exam, EvaluationCompleted)}
    assert {step: value for step, (value, _) in found["exam/agent"].items()} == pytest.approx(means)
    assert {"learner/loss", "exam/expert", "episode/epsilon"} <= set(found)
    assert inside("export", "tensorboard", "--data", data, "--out", tmp_path) == 2, "TensorBoard would draw both"


def records(content: bytes) -> Iterator[bytes]:
    """What a TFRecord file holds: length (8 bytes), its checksum (4), as many bytes, their checksum (4)."""
    at = 0
    while at < len(content):
        (length,) = struct.unpack_from("<Q", content, at)
        yield content[at + 12 : at + 12 + length]
        at += 16 + length


def test_a_curve_from_elsewhere_lies_beside_ours(page: Page, house: str, data: Path, tmp_path: Path) -> None:
    shutil.copytree(data, tmp_path / "data", ignore=shutil.ignore_patterns(".lock"))
    history = tmp_path / "ddq_300ep_20251201_093000.json"
    columns = {"rewards": [0.5] * 300, "successes": [at > 150 for at in range(300)], "lengths": [9] * 300}
    history.write_text(json.dumps({"metadata": {"algorithm": "ddq"}, "history": columns}))
    taken = hamlet("import", history, "--data", tmp_path / "data")
    assert taken.returncode == 0, taken.stderr
    with App.main(tmp_path, "serve", "--data", tmp_path / "data", "--port", "0") as app:
        page.goto(f"http://localhost:{app.port}/lab")
        row = page.get_by_role("row", name=re.compile("imported"))
        expect(row).to_contain_text(re.compile("imported: ddq_300ep_20251201_093000.json.*300 of 300"))
        row.get_by_role("checkbox").check()
        curve = page.get_by_role("img", name=re.compile("^imported-ddq.*over 300 episodes; no exam yet"))
        expect(curve).to_be_visible()
        page.screenshot(path=OUTPUT / "page-lab-imported.png")
        assert findings(page) == []
        page.goto("about:blank")
        assert app.stop() == 0, app.err


def test_one_who_only_looks_on_sees_both_worlds(page: Page, data: Path, tmp_path: Path) -> None:
    with App.main(tmp_path, "serve", "--data", data, "--port", "0") as app:
        for world in ("", "dialogue"):
            page.goto(f"http://localhost:{app.port}/{world}")
            expect(page.get_by_role("banner")).to_contain_text(re.compile("finished.*(60|40) of"))
        expect(page.get_by_text("The line is not open yet.")).to_be_hidden()
        expect(page.get_by_role("main")).to_contain_text("exam at call 40")
        page.goto("about:blank")
        assert app.stop() == 0, app.err
    assert re.search("looking on at town-.* and dialogue-", app.out)
