"""An unlivable town is refused before anything runs, and the error names the number to change."""

import re

import pytest

from hamlet.errors import ConfigError
from hamlet.worlds.town.feasibility import check, require_feasible
from tests.worlds.towns import settings, village


def test_the_demo_town_can_be_lived_in() -> None:
    assert check(settings()) == []
    require_feasible(settings())


def test_what_another_place_can_replace_need_not_be_affordable() -> None:
    assert check(settings({"affordances.Bed.cost": 250})) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"cascades": [{"source": "joy", "below": 0.3, "target": "mood", "drain": 0.1}]},
            r"world\.cascades\[0\]\.source: 'joy' → one of energy, hygiene",
        ),
        ({"affordances.Bed.effects": {"sleep": 0.5}}, r"world\.affordances\.Bed\.effects: 'sleep' → one of"),
        ({"money.meter": "gold"}, r"world\.money\.meter: 'gold' → one of"),
        ({"affordances.Gym.at": [8, 3]}, r"world\.affordances\.Gym\.at: \[8, 3\] → x 0 … 7, y 0 … 7"),
        ({"affordances.Gym.at": [1, 1]}, r"world\.affordances\.Gym\.at: \[1, 1\] → a cell of its own \(Bed is there\)"),
        ({"affordances.Shower.effects": {}}, "none restores hygiene → one whose effects do"),
        ({"affordances.Job.income": 0}, "none has an income → one that does"),
        ({"meters.hygiene.start": 0.05}, r"world\.meters\.hygiene\.start: 0\.05 → more than 0\.1"),
        (
            {"meters.hygiene.moving": 0.1},
            r"world\.meters\.hygiene\.moving: 0\.1 → at most 0\.0788 \(hygiene runs out within the 10 steps",
        ),
        (
            {"physics": 2, "affordances.Job.hours": [8, 18]},
            r"world\.day: \(absent\) → the hours of a day \(world\.affordances\.Job\.hours needs a clock\)",
        ),
        (
            {"physics": 2, "layout": "drawn", "grid": {"width": 2, "height": 3}},
            r"world\.grid: 2 × 3 → at least 8 cells \(every affordance needs a cell of its own\)",
        ),
    ],
)
def test_what_can_be_read_off_is(changes: dict[str, object], message: str) -> None:
    problems = check(settings(changes))
    assert len(problems) == 1 and re.search(message, str(problems[0]))


@pytest.mark.parametrize("hours", [[18, 18], [20, 18], [18, 43], [-2, 4]])
def test_hours_that_are_none_are_refused(hours: list[int]) -> None:
    (problem,) = check(village({"affordances.Bar.hours": hours}))
    found = f"[{hours[0]}, {hours[1]}]"
    assert str(problem) == (
        f"world.affordances.Bar.hours: {found} → from and to, at most a day apart (it could never be begun, or always)"
    )


def test_a_village_in_which_work_pays_too_little_names_the_wage() -> None:
    changes = {"affordances.Job.income": 5, "affordances.Labor.income": 0}
    (problem,) = check(village(changes))
    match = re.fullmatch(r"5 → at least ([\d.]+)", problem.change)
    assert problem.where == "world.affordances.Job.income" and match and "for want of money" in problem.why
    assert check(village(changes | {"affordances.Job.income": float(match[1])})) == []


def test_a_large_map_can_be_lived_in_as_long_as_the_ways_are_short() -> None:
    large = {"grid": {"width": 20, "height": 20}}
    assert check(settings(large)) == []
    apart = {"Bed": [2, 2], "Shower": [17, 3], "Fridge": [4, 16], "Job": [16, 16]}
    (problem,) = check(settings(large | {f"affordances.{name}.at": at for name, at in apart.items()}))
    assert problem.where == "world.affordances.Job.income", "a long way to work costs what work must earn"


def test_all_problems_of_a_kind_are_told_in_one_line() -> None:
    with pytest.raises(ConfigError, match=r"Bar\.at: \[-1, 0\] → .*; 1 more of this kind: .*Gym\.at: \[8, 3\]"):
        require_feasible(settings({"affordances.Gym.at": [8, 3], "affordances.Bar.at": [-1, 0]}))


@pytest.mark.parametrize(
    ("changes", "where", "way"),
    [
        ({"affordances.Job.income": 2}, "affordances.Job.income", "at least"),
        ({"meters.energy.passive": 0.06}, "meters.energy.passive", "at most"),
    ],
)
def test_the_number_that_is_named_decides(changes: dict[str, object], where: str, way: str) -> None:
    found = changes[where]
    (problem,) = check(settings(changes))
    match = re.fullmatch(rf"{found} → {way} ([\d.]+)", problem.change)
    assert problem.where == f"world.{where}" and match, problem
    assert "the scripted expert runs out of energy at step" in problem.why
    assert check(settings(changes | {where: float(match[1])})) == []
