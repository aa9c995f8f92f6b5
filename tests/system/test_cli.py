"""The commands, used as a user would: train, look, ask, rebuild, serve."""

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from hamlet.events.types import CheckpointSaved, CommandApplied, RunExtended, RunFinished
from hamlet.settings import ENVIRONMENT, ROOT
from tests.system.support import App, assert_whole, config, events, free_port, hamlet, inside, lives_beyond


def said(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    capsys.readouterr()
    code = inside(*arguments)
    captured = capsys.readouterr()
    assert code == 0, captured.err
    return captured.out


def test_a_finished_run_is_all_there(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if shutil.which("sqlite3"):
        query = ["sqlite3", str(finished / "demo_state.db"), "SELECT COUNT(*) FROM episodes"]
        assert subprocess.run(query, capture_output=True, text=True, check=True).stdout == "60\n"
    assert_whole(finished, capsys)
    run = events(finished)[0].run
    saved = [recorded.event.file for recorded in events(finished) if isinstance(recorded.event, CheckpointSaved)]
    assert saved == [f"checkpoint_ep{episode:05d}.safetensors" for episode in (20, 40, 60)]
    assert all((finished / "checkpoints" / run / name).exists() for name in saved)
    exported = (finished / "exports" / "final_metrics.csv").read_text().splitlines()
    assert len(exported) == 61 and exported[0].startswith("episode")
    assert not list(finished.rglob("*.tmp"))


def test_evaluate_says_four_numbers(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ("evaluate", "--data", finished, "--episodes", "40", "--cap", "50")
    found = json.loads(said(capsys, *command, "--json"))
    assert list(found)[:4] == ["random", "stand_still", "expert", "agent"]
    assert found["expert"] == 50 and 0 < found["random"] < 50 and 0 < found["stand_still"] < 50
    assert 0 < found["agent"] <= 50
    assert (found["run"], found["config"]) == (events(finished)[0].run, str(finished.parent / "town.yaml"))
    assert (found["episode"], found["episodes"]) == (60, 40)
    [exam] = found["exams"]
    assert exam["cap"] == 50 and exam["agent_of_expert"] == found["agent"] / 50
    assert exam["results"]["expert"] == {"mean": 50, "worst": 50, "share_at_cap": 1, "causes": {"cap": 40}}
    assert all(sum(result["causes"].values()) == 40 for result in exam["results"].values())
    assert json.loads(said(capsys, *command, "--json")) == found, "an exam has no luck in it"
    elsewhere = json.loads(said(capsys, *command, "--first-seed", "7", "--json"))
    assert elsewhere["first_seed"] == 7 and elsewhere["random"] != found["random"]


def test_evaluate_sits_both_caps_unless_told_otherwise(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(said(capsys, "evaluate", "--data", finished, "--episodes", "9", "--json"))
    assert [exam["cap"] for exam in found["exams"]] == [500, 2000]
    assert found["expert"] == 500 and found["exams"][1]["results"]["expert"]["mean"] == 2000
    table = said(capsys, "evaluate", "--data", finished, "--episodes", "9", "--cap", "50", "--cap", "60", "--cap", "50")
    for words in ("random", "stand_still", "expert", "agent", "to the cap", "How lives ended", "energy", "60"):
        assert words in table
    assert table.count("lived to the cap") == 2


def judged(capsys: pytest.CaptureFixture[str], code: int, *arguments: str | Path) -> dict[str, dict[str, object]]:
    assert inside("criteria", "--json", *arguments) == code
    found = json.loads(capsys.readouterr().out)
    assert found["met"] == (code == 0)
    return {f"{one['owner']} {one['name']}": one for one in found["criteria"]}


def test_criteria_says_what_a_small_run_reached(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")  # no word is broken
    found = judged(capsys, 1, "--data", finished)
    assert (found["original episodes"]["measured"], found["original episodes"]["verdict"]) == ("60", "not met")
    for name in ("stability", "data captured", "export"):
        assert found[f"original {name}"]["verdict"] == "met", found[f"original {name}"]
    assert "moved at 45" in str(found["original recovery"]["measured"])
    assert "of 2000.0, cap 2,000, episode 60" in str(found["ours long exam"]["measured"])
    assert inside("criteria", "--data", finished) == 1
    table = capsys.readouterr().out
    assert "not measurable here" in table and "standing still" in table and "table recoveries" in table
    data = tmp_path / "data"
    shutil.copytree(finished, data)
    shutil.rmtree(data / "checkpoints")
    (data / "exports" / "final_metrics.csv").unlink()
    found = judged(capsys, 1, "--data", data)
    assert found["ours long exam"]["verdict"] == "not measurable here"
    assert "no checkpoint to load" in str(found["ours long exam"]["why"])
    assert found["original export"]["verdict"] == "not met"


def test_events_and_runs_can_be_read_by_programs(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "events", "--data", finished, "--type", "checkpoint_saved.v1", "--json").splitlines()
    assert [json.loads(line)["event"]["episode"] for line in lines] == [20, 40, 60]
    everything = said(capsys, "events", "--data", finished, "--json").splitlines()
    assert [json.loads(line)["position"] for line in everything] == list(range(1, len(everything) + 1))
    after = said(capsys, "events", "--data", finished, "--after", str(len(everything) - 2))
    assert len(after.splitlines()) == 2
    (run,) = json.loads(said(capsys, "runs", "--data", finished, "--json"))
    assert (run["status"], run["episode"], run["episodes_goal"], run["seed"]) == ("finished", 60, 60, 0)
    assert "60 of 60" in said(capsys, "runs", "--data", finished)


def test_the_past_and_the_lost_are_rebuilt(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    shutil.copytree(finished, data)
    then = tmp_path / "then.db"
    said(capsys, "replay", "--data", data, "--until-episode", "25", "--out", then)
    with sqlite3.connect(then) as connection:
        assert connection.execute("SELECT COUNT(*), MAX(episode_id) FROM episodes").fetchone() == (25, 25)
    connection.close()
    for leftover in data.glob("demo_state.db*"):
        leftover.unlink()
    assert "the views at position" in said(capsys, "replay", "--data", data)
    assert_whole(data, capsys)
    with sqlite3.connect(data / "demo_state.db") as connection:
        connection.execute("UPDATE run_episodes SET survival_time = survival_time + 1 WHERE episode = 9")
    connection.close()
    assert inside("replay", "--verify", "--data", data) == 1
    assert "they differ in: run_episodes" in capsys.readouterr().out


def test_a_damaged_log_is_noticed(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    shutil.copytree(finished, data)
    with sqlite3.connect(data / "events.db") as connection:
        connection.execute("DROP TRIGGER events_no_update")
        connection.execute("UPDATE events SET payload = payload || ' ' WHERE position = 9")
    connection.close()
    assert inside("events", "--verify", "--data", data) == 5
    complaint = capsys.readouterr().err
    assert "trigger events_no_update is missing" in complaint and "position 9" in complaint


def test_a_python_without_the_packages_says_what_to_do() -> None:
    command = [sys.executable, "-S", str(ROOT / "main.py"), "--help"]
    bare = subprocess.run(command, capture_output=True, text=True, check=False, env={})
    assert bare.returncode == 2 and "make setup" in bare.stderr and len(bare.stderr.splitlines()) == 1


def test_check_and_doctor(
    tmp_path: Path, finished: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "fine; the scripted expert lives there" in said(capsys, "check", config(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")
    found = said(capsys, "doctor", "--data", finished)
    assert "…" not in found and max(map(len, found.splitlines())) <= 80
    assert "SQLite" in found and "fdatasync there" in found


@pytest.mark.parametrize(
    "command",
    [
        "",
        "train",
        "all-in-one",
        "serve",
        "replay",
        "events",
        "evaluate",
        "plan",
        "criteria",
        "check",
        "runs",
        "study",
        "doctor",
        "report",
        "compare",
        "lectures",
        "models",
        "transcripts",
        "snapshots",
        "backup",
        "restore",
        "import",
        "export",
        "export episode",
        "export weights",
        "talk",
        "conversations",
        "conversations list",
        "conversations show",
        "conversations forget",
    ],
)
def test_every_command_has_help_with_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, *command.split(), "--help")
    assert "Example" in text if command else all(name in text for name in ENVIRONMENT)
    assert " . " not in text, "rich takes what is in square brackets for markup, and leaves it out"
    if command == "train":
        assert "Data directory (default: HAMLET_DB_PATH, else ./data)." in " ".join(text.replace("│", " ").split())


def test_a_run_is_extended_and_another_begun(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, town = tmp_path / "data", finished.parent / "town.yaml"
    shutil.copytree(finished, data)
    first = events(data)[0].run
    assert inside("train", "--data", data, "--config", town, "--episodes", "80") == 0
    log = [recorded.event for recorded in events(data)]
    assert [event.episode for event in log if isinstance(event, RunFinished)] == [60, 80]
    assert [event.episodes for event in log if isinstance(event, RunExtended)] == [80]
    assert inside("train", "--data", data, "--config", town, "--new-run", "--seed", "3", "--episodes", "20") == 0
    runs = json.loads(said(capsys, "runs", "--data", data, "--json"))
    assert [(run["episode"], run["seed"], run["status"]) for run in runs] == [(20, 3, "finished"), (80, 0, "finished")]
    # The newest is the default; the first is there by its name.
    assert inside("train", "--data", data, "--config", town, "--run", first, "--episodes", "81") == 0
    assert_whole(data, capsys)


def greeted(port: int) -> dict[str, dict[str, object]]:
    """The first message of each kind that a viewer gets."""
    seen: dict[str, dict[str, object]] = {}
    with connect(f"ws://localhost:{port}/ws") as socket:
        while len(seen) < 3:
            message = json.loads(socket.recv(timeout=30))
            seen.setdefault(message["type"], message)
    return seen


def test_serve_shows_a_directory_and_changes_nothing(finished: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(finished, data)
    before = {path: path.read_bytes() for path in data.rglob("*") if path.suffix in (".db", ".safetensors")}
    port = free_port()
    app = App.main(tmp_path, "serve", HAMLET_DB_PATH=str(data / "demo_state.db"), HAMLET_VIZ_PORT=str(port))
    with app:
        assert app.port == port
        seen = greeted(port)
        assert seen["hello"]["run"] == events(data)[0].run and seen["hello"]["cap"] == 50
        assert seen["state_update"]["episode"] == 60
        assert seen["stage_frame"]["policy_episode"] == 60
        with httpx.Client(base_url=f"http://localhost:{port}") as client:
            assert client.get("/healthz").status_code == 200
            page = client.get("/")
            assert page.status_code == 200 and "text/html" in page.headers["content-type"]
            assert client.post("/api/commands", json={"command": "pause"}).status_code == 401
        assert app.stop() == 0, app.err
    assert before == {path: path.read_bytes() for path in before}


def test_all_in_one_takes_commands_from_its_operator(tmp_path: Path) -> None:
    data = tmp_path / "data"
    frontend = tmp_path / "page"
    frontend.mkdir()
    (frontend / "index.html").write_text("<!doctype html><title>Another page</title>")
    app = App.main(
        tmp_path,
        *("all-in-one", "--port", "0", "--pace", "36000"),
        HAMLET_CONFIG=str(config(tmp_path, episodes=100_000)),
        HAMLET_DB_PATH=str(data),
        HAMLET_CHECKPOINT_DIR=str(tmp_path / "kept"),
        HAMLET_FRONTEND_DIR=str(frontend),
        HAMLET_SNAPSHOT_DIR=str(tmp_path / "shown"),
        HAMLET_BROWSER_URL="http://town.example:8765",
    )
    with app:
        port = app.port
        token = app.out.split("token=")[1].split()[0]
        with httpx.Client(base_url=f"http://localhost:{port}") as client:
            assert "Another page" in client.get("/").text

            def health(host: str) -> int:
                return client.get("/healthz", headers={"Host": host}).status_code

            app.wait_for(lambda: health("town.example:8765") == 200, "health")
            assert health("evil.example") == 421
            app.wait_for(lives_beyond(data, 0), "an episode")
            for command in ("pause", "checkpoint_now", "randomize_affordances"):
                headers = {"Authorization": f"Bearer {token}"}
                answer = client.post("/api/commands", json={"command": command}, headers=headers)
                assert answer.status_code == 202, answer.text

            def applied() -> list[str]:
                found = [r.event.command for r in events(data) if isinstance(r.event, CommandApplied)]
                return [type(command).__name__ for command in found]

            wanted = ["SetPace", "Pause", "CheckpointNow", "RandomizeAffordances"]
            app.wait_for(lambda: applied() == wanted, "all commands")
            state = client.get("/api/state").json()["state"]["status"]
            assert state == "paused"
        assert app.stop() == 0, app.err
    run = events(data)[0].run
    assert list((tmp_path / "kept" / run).glob("checkpoint_*_step*.safetensors"))
    assert not (data / "checkpoints").exists()


def test_exports_go_where_the_environment_says(tmp_path: Path) -> None:
    town = config(tmp_path, episodes=9)
    ended = hamlet("train", "--config", town, "--data", tmp_path / "data", HAMLET_SNAPSHOT_DIR=str(tmp_path / "shown"))
    assert ended.returncode == 0, ended.stderr
    assert len((tmp_path / "shown" / "exports" / "final_metrics.csv").read_text().splitlines()) == 10
