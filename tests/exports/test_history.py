"""History files of both formats are read, a bad one is one clear line, and importing twice changes nothing."""

from pathlib import Path

import msgspec
import pytest

from hamlet.errors import UsageError
from hamlet.events.reading import read_events, verify
from hamlet.events.types import HistoryImported
from hamlet.exports.history import History, file_name, read_history, write_history
from hamlet.projections.replay import verify as verify_views
from hamlet.projections.views import Views
from hamlet.runs.choosing import newest_run, run_settings
from hamlet.runs.importing import import_history
from hamlet.settings import Paths, from_record
from hamlet.web.lab import curve_of

CURVE = {"rewards": [1.0, -2.5, 3.0], "successes": [True, False, True], "lengths": [4, 9, 2], "losses": [0.5]}
OLD = {"episode_rewards": [1.0, -2.5, 3.0], "success_history": [1, 0, 1], "episode_lengths": [4, 9, 2], "loss": [0.5]}
LIST = [
    {"episode": 0, "reward": 1.0, "success": True, "turns": 4},
    {"episode": 1, "reward": -2.5, "success": False, "turns": 9},
    {"episode": 2, "reward": 3.0, "success": True, "turns": 2},
]


def _written(path: Path, content: object) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else msgspec.json.encode(content))
    return path


@pytest.mark.parametrize("content", [{"metadata": {"algorithm": "ddq"}, "history": CURVE}, OLD, LIST])
def test_every_format_says_the_same(content: object, tmp_path: Path) -> None:
    found = read_history(_written(tmp_path / "ddq_3ep_20251201_093000.json", content))
    assert (found.algorithm, found.rewards) == ("ddq", CURVE["rewards"])
    assert (found.successes, found.lengths) == (CURVE["successes"], CURVE["lengths"])


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    name = file_name("ddq", 3, 1764581400.0)
    assert name == "ddq_3ep_20251201_093000.json"
    history = History("ddq", [1.0, -2.5], [True, False], [4, 9], [0.5], {"seed": 7})
    found = read_history(_written(tmp_path / name, write_history(history)))
    assert msgspec.structs.replace(found, metadata={}) == msgspec.structs.replace(history, metadata={})
    assert found.metadata == {"algorithm": "ddq", "episodes": 2, "seed": 7}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x00\xff", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        ({"hello": 1}, "no history file"),
        ([], "no history file"),
        ({"rewards": []}, "found 0 episodes"),
        ({"rewards": ["a"]}, "finite numbers"),
        ({"rewards": [1.0, 2.0], "lengths": [3]}, "2 rewards and 1 lengths"),
    ],
)
def test_what_is_none_is_refused_in_a_line(content: object, said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=said):
        read_history(_written(tmp_path / "it.json", content))


def test_an_imported_run_is_shown_as_one_and_imported_once(tmp_path: Path) -> None:
    file = _written(tmp_path / "ddq_3ep_20251201_093000.json", OLD)
    paths = Paths.of(tmp_path / "data", {})
    run, episodes, new = import_history(paths, file)
    assert (episodes, new) == (3, 6)
    assert import_history(paths, file) == (run, 3, 0)
    views = Views(paths.views)
    row = views.run(run)
    assert row is not None
    assert (row.world, row.device, row.status, row.episode) == ("imported", "imported", "finished", 3)
    assert [(one.extrinsic_reward, one.survival_time) for one in views.episodes(run)] == [(1.0, 4), (-2.5, 9), (3.0, 2)]
    assert [call.success for call in views.calls(run)] == CURVE["successes"]
    assert [mark.kind for mark in views.marks(run)] == ["imported", "finished"]
    assert views.newest_run() is None and views.newest_run("dialogue") is None  # nobody would take it up
    assert newest_run(paths.events, None, None) is None
    [imported] = [
        recorded.event
        for batch in read_events(paths.events)
        for recorded in batch
        if isinstance(recorded.event, HistoryImported)
    ]
    assert (imported.file, imported.algorithm) == (file.name, "ddq")
    assert verify(paths.events).ok
    stored, rebuilt = verify_views(paths.events, paths.views)
    assert stored.overall == rebuilt.overall
    assert run_settings(paths.events) == {}, "no comparison trips over it"
    with pytest.raises(UsageError, match="was lived elsewhere and imported"):
        from_record(row.config, run)
    calls = curve_of(views, run)
    assert calls is not None and (calls.unit, calls.top) == ("success", 1.0)
    lives = {"rewards": [1.0, 2.0, 3.0], "lengths": [40, 90, 200]}
    town, _, _ = import_history(paths, _written(tmp_path / "town_3ep_20251201_093000.json", lives))
    steps = curve_of(views, town)
    assert steps is not None and (steps.unit, steps.top) == ("steps", max(one.high for one in steps.curve))
