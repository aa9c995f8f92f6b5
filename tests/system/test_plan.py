"""``plan``, used as a user would."""

import json
from pathlib import Path

import pytest

from hamlet.training.planners.settings import PRESETS
from tests.system.support import inside

SMALL = ("--episodes", "6", "--cap", "12", "--collect", "6", "--updates", "5")


def planned(capsys: pytest.CaptureFixture[str], code: int, *arguments: str | Path) -> str:
    capsys.readouterr()
    assert inside("plan", *arguments) == code
    captured = capsys.readouterr()
    return captured.err if code else captured.out


def test_plan_compares_planners_with_greedy_q(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(planned(capsys, 0, "--data", finished, *SMALL, "--model", "mlp", "--json"))
    assert [row["name"] for row in found["compared"]] == [
        "greedy",
        *(name for name in PRESETS if name != "uncertainty"),
    ]
    greedy, *others = found["compared"]
    assert (greedy["agreement"], greedy["gain"], greedy["calls"]) == (1.0, 0.0, 0.0)
    for row in others:
        assert 0 <= row["agreement"] <= 1 and 0 < row["steps"] <= 12 and row["calls"] > 1 and row["milliseconds"] > 0
        assert row["gain"] == pytest.approx(row["mean_return"] - greedy["mean_return"])
    assert any(row["agreement"] < 1 for row in others)
    assert (found["policy_episode"], found["asked"]["cap"]) == (60, 12)


def test_an_ensemble_serves_the_uncertainty_planner(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(planned(capsys, 0, "--data", finished, *SMALL, "--planners", "uncertainty", "--json"))
    assert [row["name"] for row in found["compared"]] == ["greedy", "uncertainty"]


def test_a_plan_has_no_luck_in_it(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ("--data", finished, *SMALL, "--planners", "cem, rollout", "--model", "mlp", "--json")
    one, other = (json.loads(planned(capsys, 0, *command))["compared"] for _ in range(2))
    assert [row["name"] for row in one] == ["greedy", "cem", "rollout"]
    for row in (*one, *other):
        del row["milliseconds"], row["milliseconds_batched"]
    assert one == other


def test_plan_prints_a_table(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = planned(capsys, 0, "--data", finished, *SMALL, "--planners", "best_first", "--model", "lstm")
    assert "lstm, 5 updates on 6 episodes" in table and "greedy" in table


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--planners", "rollout,magic"), "found magic"),
        (("--planners", ","), "found none"),
        (("--model", "crystal"), "found 'crystal'"),
        (("--model", "mlp", "--planners", "uncertainty"), "use --model ensemble"),
        (("--world", "moon"), "found 'moon'"),
        (("--world", "dialogue"), "no run of the dialogue yet"),
        (("--run", "town-nowhere"), "no run town-nowhere"),
    ],
)
def test_what_cannot_be_planned_is_said(
    finished: Path, arguments: tuple[str, ...], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert complaint in planned(capsys, 2, "--data", finished, *arguments)
