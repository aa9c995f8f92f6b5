"""What a user can get wrong is one clear line on standard error and an exit code, never a traceback."""

import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hamlet.errors import ConfigError, HamletError
from hamlet.settings import read_config
from tests.system.support import TINY, config, environment, hamlet, inside


class Place(NamedTuple):
    """Where a case happens: an empty directory, and the data directory of a finished run."""

    empty: Path
    finished: Path

    def town(self, change: Callable[[str], str] = lambda text: text) -> Path:
        path = self.empty / "town.yaml"
        path.write_text(change(TINY.read_text()))
        return path

    @property
    def data(self) -> Path:
        return self.empty / "data"


Case = Callable[[Place], list[str | Path]]


def training(change: Callable[[str], str]) -> Case:
    return lambda place: ["train", "--data", place.data, "--config", place.town(change)]


def again(*arguments: str) -> Case:
    """Take up the finished run with other wishes."""

    def case(place: Place) -> list[str | Path]:
        data = place.empty / "copy"
        shutil.copytree(place.finished, data)
        return ["train", "--data", data, "--config", place.finished.parent / "town.yaml", *arguments]

    return case


def changed_config(place: Place) -> list[str | Path]:
    shutil.copytree(place.finished, place.data)
    return training(lambda text: text.replace("batch: 32", "batch: 64"))(place)


def on_a_gpu(text: str) -> str:
    return text.replace("agents: 8", "agents: 8\n  device: cuda")


def taken_up_on_a_gpu(place: Place) -> list[str | Path]:
    shutil.copytree(place.finished, place.data)
    return training(on_a_gpu)(place)


def without_views(place: Place) -> list[str | Path]:
    place.data.mkdir()
    shutil.copy(place.finished / "events.db", place.data)
    return ["criteria", "--data", place.data]


def file_in_the_way(place: Place) -> list[str | Path]:
    (place.empty / "file").write_text("")
    return ["train", "--data", place.empty / "file" / "data", "--config", TINY]


CASES: dict[str, tuple[Case, int, list[str]]] = {
    "unknown key": (
        training(lambda text: text.replace("batch:", "bach:")),
        2,
        ["town.yaml: training.bach: unknown key; remove it or mend its spelling"],
    ),
    "unknown key at the top": (training(lambda text: text + "\nzoo: 1\n"), 2, ["town.yaml: zoo: unknown key"]),
    "wrong type": (
        training(lambda text: text.replace("cap: 50", "cap: soon")),
        2,
        ["town.yaml: world.cap: expected `int`, got `str`"],
    ),
    "out of range": (
        training(lambda text: text.replace("agents: 8", "agents: 9999")),
        2,
        ["town.yaml: training.agents: expected `int` <= 4096"],
    ),
    "a GPU that is not here": (training(on_a_gpu), 2, ["training.device: cuda, but torch finds no GPU here; write"]),
    "an old run on a GPU that is not here": (taken_up_on_a_gpu, 2, ["training.device: cuda, but torch finds no GPU"]),
    "broken YAML": (training(lambda text: text.replace("{", "[", 1)), 2, ["town.yaml:5:", "not YAML"]),
    "a key that stands twice": (
        training(lambda text: text + "  batch: 9\n"),
        2,
        ["town.yaml:40:3: not YAML: the key 'batch' stands twice"],
    ),
    "not a mapping": (training(lambda _: "- 1\n"), 2, ["expected the sections world and training, found list"]),
    "an unlivable town": (
        training(lambda text: text.replace("satiation: 0.9", "satiation: 0.1")),
        2,
        ["town.yaml: world.", "→", "the scripted expert runs out of"],
    ),
    "a missing file": (
        lambda place: ["train", "--data", place.data, "--config", place.empty / "nowhere.yaml"],
        2,
        [
            "nowhere.yaml: no such file; configs that come with Hamlet:",
            "configs/town/sparse_adaptive.yaml",
        ],
    ),
    "a file in the way of the directory": (file_in_the_way, 2, ["file/data: cannot be made", "--data"]),
    "another config on an old run": (
        changed_config,
        2,
        ["was started with other settings: training.batch: 32 → 64; put them back", "--new-run"],
    ),
    "another seed on an old run": (again("--seed", "9"), 2, ["training.seed: 0 → 9"]),
    "a goal that lies behind": (
        again("--episodes", "30"),
        2,
        ["already aims at 60 episodes", "can only grow"],
    ),
    "an unknown run": (again("--run", "town-x"), 2, ["no run town-x in", "it holds: town-"]),
    "a run and a new one": (again("--run", "town-x", "--new-run"), 2, ["--run and --new-run exclude each other"]),
    "a pace that is none": (again("--pace", "quick"), 2, ["--pace: expected max or episodes per hour", "'quick'"]),
    "a pace of nothing": (again("--pace", "0"), 2, ["--pace", "'0'"]),
    "an option that does not exist": (again("--speed", "9"), 2, ["--speed", "see --help"]),
    "a goal that is no number": (again("--episodes", "many"), 2, ["'--episodes'", "valid integer", "see --help"]),
    "an unknown event": (
        lambda place: ["events", "--data", place.finished, "--type", "episode"],
        2,
        ["--type: no event is called 'episode'; there are affordances_randomized.v1"],
    ),
    "the past without a place for it": (
        lambda place: ["replay", "--data", place.finished, "--until-episode", "3"],
        2,
        ["--until-episode shows the past: say with --out FILE where to write it"],
    ),
    "a past that is in the future": (
        lambda place: ["replay", "--data", place.finished, "--until-episode", "99", "--out", place.empty / "x.db"],
        2,
        ["episode 99 is not in the log", "has episodes 1 … 60"],
    ),
    "no log": (lambda place: ["events", "--data", place.empty], 2, ["events.db: there is no event log here yet"]),
    "no views": (lambda place: ["serve", "--data", place.empty], 2, ["demo_state.db: not there; train first"]),
    "nothing to examine": (lambda place: ["evaluate", "--data", place.empty], 2, ["no run yet; train one with"]),
    "nothing to judge": (lambda place: ["criteria", "--data", place.empty], 2, ["no run of the town yet"]),
    "judging a run that is not there": (
        lambda place: ["criteria", "--data", place.finished, "--run", "town-x"],
        2,
        ["no run town-x in", "it holds: town-"],
    ),
    "judging without views": (without_views, 2, ["demo_state.db: there are no views here yet"]),
    "no runs": (lambda place: ["runs", "--data", place.empty], 2, ["demo_state.db: there are no views here yet"]),
    "checking what is not there": (lambda place: ["check", place.empty / "x.yaml"], 2, ["x.yaml: no such file"]),
    "no such command": (lambda place: ["dance"], 2, ["dance'; see --help"]),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_one_clear_line(
    name: str, tmp_path: Path, finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case, code, said = CASES[name]
    arguments = case(Place(tmp_path, finished))
    assert inside(*arguments) == code
    complaint = capsys.readouterr().err
    assert complaint.startswith("hamlet: ") and complaint.count("\n") == 1
    for part in said:
        assert part in complaint


def test_a_port_in_use_is_one_line_and_exit_2(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ended = hamlet("all-in-one", "--data", tmp_path / "data", "--config", config(tmp_path), "--port", str(port))
    assert ended.returncode == 2
    assert ended.stderr == (
        f"hamlet: port {port} on 127.0.0.1 is in use; stop what uses it, or choose another with --port\n"
    )


def test_a_process_of_its_own_says_the_same(tmp_path: Path) -> None:
    town = config(tmp_path, batch="many")
    ended = hamlet("train", HAMLET_CONFIG=str(town), HAMLET_DB_PATH=str(tmp_path / "data"))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"hamlet: {town}: training.batch: expected `int`, got `str`\n"
    assert "HAMLET_CONFIG" not in environment()


# -- row 20, in short --------------------------------------------------------------------------------

WHOLE: dict[str, Any] = yaml.safe_load(TINY.read_text())


def paths(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """Every place in the config."""
    found = [path] if path else []
    if isinstance(value, dict):
        found += [deeper for key, inner in value.items() for deeper in paths(inner, (*path, key))]
    elif isinstance(value, list):
        found += [deeper for index, inner in enumerate(value) for deeper in paths(inner, (*path, index))]
    return found


JUNK: st.SearchStrategy[object] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.just([]),
    st.just({}),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
)


def changed(place: tuple[object, ...], value: object, how: str) -> object:
    """The config with ``value`` at ``place``, without that place, or with a key beside it."""
    root: Any = {"": yaml.safe_load(TINY.read_text())}
    inner = root[""]
    for step in place[:-1]:
        inner = inner[step]
    if how == "remove":
        del inner[place[-1]]
    elif how == "add" and isinstance(inner, dict):
        inner["novel"] = value
    else:
        inner[place[-1]] = value
    return root[""]


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(paths(WHOLE)), value=JUNK, how=st.sampled_from(["set", "set", "remove", "add"]))
@example(place=("world",), value=None, how="set")
@example(place=("world", "stages", 1, "meters"), value="energy", how="set")
@example(place=("world", "cap"), value=float("nan"), how="set")
def test_a_mutated_config_is_read_or_says_where_it_is_wrong(
    place: tuple[object, ...], value: object, how: str, tmp_path: Path
) -> None:
    path = tmp_path / "mutated.yaml"
    path.write_text(yaml.safe_dump(changed(place, value, how), allow_unicode=True))
    try:
        read_config(path)
    except ConfigError as error:
        said = str(error)
        assert said.startswith(f"{path}: ") and "\n" not in said
        keys = [str(step) for step in place if isinstance(step, str)]
        assert any(key in said for key in [*keys, "novel"]), said


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=60), at=st.integers(0, len(TINY.read_bytes())))
@example(data=b"a: &a [*a]", at=0)
@example(data=b"? [1, 2]\n: 3\n", at=0)
@example(data=b"? {a: b}\n: 3\n", at=0)
@example(data=b"<<: 3\n", at=0)
@example(data=b"x: 2024-13-45\n", at=0)
@example(data=b"x: !!python/object/apply:os.getcwd []\n", at=0)
@example(data=b"[" * 2000, at=0)
@example(data=b"x: !!float a\n", at=0)
@example(data=b"x: 0b\n", at=0)
def test_any_bytes_are_read_or_refused(data: bytes, at: int, tmp_path: Path) -> None:
    path = tmp_path / "mutated.yaml"
    whole = TINY.read_bytes()
    path.write_bytes(whole[:at] + data + whole[at:])
    try:
        read_config(path)
    except HamletError as error:
        assert str(path) in str(error)
