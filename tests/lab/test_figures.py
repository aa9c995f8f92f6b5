"""Every figure, opened: its axes say what they show with its unit, and what is drawn is what the log says."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.image import imread
from matplotlib.text import Text

from hamlet.events.packing import unpack
from hamlet.lab.exams import level
from hamlet.lab.figures.doing import RECENT
from hamlet.lab.figures.learning import SHORT, WINDOW
from hamlet.lab.figures.making import figures_of
from hamlet.lab.figures.paper import DPI, Drawn, moving_mean, save, stretches, writing
from hamlet.lab.record import Record, read_record
from hamlet.lab.report import siblings_of
from hamlet.runs.choosing import newest_run
from hamlet.runs.kept import newest_kept
from hamlet.settings import Paths
from hamlet.worlds.dialogue.acts import ACTS, PERSONAS

TOWN = {
    "survival", "learning", "reward", "curriculum", "endings", "actions", "heatmaps", "garden_path", "q_values",
    "state_action_values",
}  # fmt: skip
DIALOGUE = {
    "personas", "learning", "endings", "violations", "curriculum", "acts_by_persona", "actions", "q_values",
    "state_action_values", "planning",
}  # fmt: skip

Opened = tuple[Record, dict[str, Drawn]]


def opened(data: Path, start: str) -> Opened:
    paths = Paths.of(data, {})
    runs = [run for world in ("town", "dialogue") if (run := newest_run(paths.events, None, world))]
    run = next((path.name for path in (data / "checkpoints").iterdir() if path.name.startswith(start)), runs[0])
    record = read_record(paths.events, run)
    with writing():
        drawn = list(figures_of(record, siblings_of(paths, record), newest_kept(paths, run, record.world)))
    return record, {one.name: one for one in drawn}


@pytest.fixture(scope="module")
def town(studied: Path) -> Opened:
    """The first seed of the variant in which everything moves."""
    return opened(studied, "moved-seed0")


@pytest.fixture(scope="module")
def calls(talked: Path) -> Opened:
    return opened(talked, "dialogue")


def line(axes: Axes, label: str) -> tuple[list[float], list[float]]:
    found = next(one for one in axes.lines if one.get_label() == label)
    return list(map(float, found.get_xdata())), list(map(float, found.get_ydata()))


def panels(drawn: Drawn) -> Iterator[Axes]:
    """But for colour scales and those left empty."""
    yield from (axes for axes in drawn.figure.axes if axes.get_label() != "<colorbar>" and axes.axison)


def test_every_figure_fits_and_says_what_it_shows(town: Opened, calls: Opened, tmp_path: Path) -> None:
    assert (set(town[1]), set(calls[1])) == (TOWN, DIALOGUE)
    for drawn in [*town[1].values(), *calls[1].values()]:
        words = " ".join(text.get_text() for text in drawn.figure.findobj(Text))
        assert drawn.title in words and drawn.note.split(":")[0] in words.replace("\n", " "), drawn.name
        below = [axes.get_xlabel() for axes in panels(drawn)]
        beside = [axes.get_ylabel() for axes in panels(drawn)]
        assert any(below) and any(beside), f"{drawn.name}: x {below}, y {beside}"
    with writing():
        file = save(town[1]["endings"], tmp_path)
    height, width, _ = imread(file).shape
    assert (width, height) == tuple(round(DPI * inches) for inches in town[1]["endings"].figure.get_size_inches())


def test_the_windows_are_means_of_so_many(town: Opened) -> None:
    assert np.isnan(moving_mean(np.arange(4.0), 5)).all()
    assert moving_mean(np.array([1.0, 2, 3, 6]), 3)[2:].tolist() == [2, 11 / 3]
    record, figures = town
    reward, result, loss = panels(figures["learning"])
    for window in (SHORT, WINDOW):
        x, y = line(reward, f"mean of {window}")
        total = [event.total_reward for event in record.episodes]
        assert x[-1] == len(record.episodes) and y[-1] == pytest.approx(np.mean(total[-window:]))
        lived = [event.survival_time for event in record.episodes]
        assert line(result, f"mean of {window}")[1][window - 1] == pytest.approx(np.mean(lived[:window]))
    assert line(loss, "_line")[1] == [event.loss for event in record.progress]
    assert "band" in {one.get_label().lstrip("_") for one in reward.collections}, "a band over both seeds"


def test_exams_stand_between_their_baselines(town: Opened, calls: Opened) -> None:
    record, figures = town
    (axes,) = panels(figures["survival"])
    x, y = line(axes, "exam of the greedy policy")
    assert (x, y) == ([exam.episode for exam in record.exams], [level(exam) for exam in record.exams])
    for policy, name in (("random", "random"), ("stand_still", "standing still"), ("expert", "scripted expert")):
        assert line(axes, f"_{name}")[1] == [level(exam, policy) for exam in record.exams]
    (move,) = record.moves
    assert [one.get_xdata()[0] for one in axes.lines if len(one.get_xdata()) == 2][-1:] == [move.episode]
    assert "Affordances randomized" in [text.get_text() for text in axes.texts]
    record, figures = calls
    whole, each = panels(figures["personas"])
    oracle = record.exams[-1].results["oracle"].calls
    assert oracle and line(whole, "_oracle that sees the debtor")[1] == [100 * oracle.success] * 2
    for persona in PERSONAS:
        won = [100 * exam.results["agent"].calls.personas[persona] for exam in record.exams]  # type: ignore[union-attr]
        assert line(each, persona)[1] == won


def test_bars_are_shares_of_what_the_log_holds(town: Opened, calls: Opened) -> None:
    for record, figures in (town, calls):
        (axes,) = panels(figures["endings"])
        tops = [bar.get_y() + bar.get_height() for bar in axes.patches]
        assert max(tops) == pytest.approx(100)
        names = {"cap": "lived to the cap" if record.world == "town" else "timed out"}
        first, last = stretches(len(record.episodes))[0]
        for bars in axes.containers:
            cause = str(bars.get_label())
            own = [names.get(one, one.replace("_", " ")) for one in record.cause[first:last]]
            assert bars.patches[0].get_height() == pytest.approx(100 * own.count(cause) / (last - first))  # type: ignore[attr-defined]


def test_actions_acts_and_visits_are_counted_right(town: Opened, calls: Opened) -> None:
    record, figures = town
    actions, _ = panels(figures["actions"])
    first, last = stretches(len(record.episodes))[0]
    taken = np.concatenate([unpack(life.actions) for life in record.lives[first:last]])
    assert actions.containers[4].patches[0].get_height() == pytest.approx(100 * np.mean(taken == 4))  # type: ignore[attr-defined]
    record, figures = calls
    table = list(panels(figures["acts_by_persona"]))[1].images[0].get_array()
    assert table is not None and table.shape == (len(ACTS), len(PERSONAS))
    recent = record.calls[-min(RECENT, len(record.calls) // 2) :]
    did = np.concatenate([unpack(call.acts) for call in recent if call.persona == "cooperative"])
    assert table[3, 0] == pytest.approx(100 * np.mean(did == 3))


def test_the_two_rewards_are_stacked(town: Opened) -> None:
    record, figures = town
    stack, weight = panels(figures["reward"])
    tops = [area.get_datalim(stack.transData).y1 for area in stack.collections]
    total = moving_mean(record.extrinsic + record.intrinsic, WINDOW)
    assert max(tops) == pytest.approx(float(np.nanmax(total)))
    assert line(weight, "intrinsic weight")[1] == [event.intrinsic_weight for event in record.episodes]


def test_the_path_is_that_of_the_log(town: Opened) -> None:
    record, figures = town
    left, _ = panels(figures["garden_path"])
    drawn = {str(patch.get_gid()) for patch in left.patches if patch.get_gid()}
    (move,) = record.moves
    found: dict[tuple[str, str], int] = {}
    for life in record.lives[: move.episode]:
        cells, acts = unpack(life.path), unpack(life.actions)
        places = {cell: name for name, cell in life.layout.items()}
        used = [places[cell] for cell, act in zip(cells[:-1].tolist(), acts.tolist(), strict=True) if act == 4 and cell in places]  # fmt: skip  # noqa: E501
        for pair in itertools.pairwise(used):
            found[pair] = found.get(pair, 0) + 1
    assert drawn == {f"{a} → {b}: {count}" for (a, b), count in found.items() if a != b}


def test_planning_shows_what_the_learner_said_of_itself(calls: Opened) -> None:
    record, figures = calls
    error, planned = panels(figures["planning"])
    assert line(error, "model")[1] == [event.learner["model_error"] for event in record.progress]
    assert line(planned, "_line")[1] == [event.learner["planned"] for event in record.progress]
    assert record.gradient_steps(record.progress[-1].vector_step) == sum(
        record.progress[-1].learner[name] for name in ("real_updates", "planning_updates")
    )
