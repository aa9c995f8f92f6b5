"""What REST answers, to good and to bad questions."""

import itertools
import json

import msgspec
import pytest

from hamlet.commands import Command, Pause, RandomizeAffordances, SetPace
from hamlet.errors import LogUnusable
from hamlet.training.live import Live as Lane
from hamlet.training.live import Status
from hamlet.web.sources import Taken
from hamlet.web.wire import Accepted, EpisodePoint, Health, Mark, Recovery, RunSummary, ServiceHealth, StateUpdate
from tests.web.support import RUN, TOKEN, Readings, Town, client, parse

OPERATOR = {"Authorization": f"Bearer {TOKEN}"}


async def test_state_is_what_viewers_get() -> None:
    town = Town()
    async with client(town) as http:
        answer = await http.get("/api/state")
    state = msgspec.json.decode(answer.content, type=StateUpdate)
    assert (state.episode, len(state.recent), state.recent[-1].episode) == (120, 50, 120)
    assert state.recent[0].episode == 71
    assert state.position_heatmap == [[0.1, 0.2, 0.3], [0.0, 0.0, 0.4]]
    assert state.metrics is not None and state.metrics.mean_survival == 103.5
    [edge] = state.affordance_graph.edges
    assert (edge.source, edge.target, edge.count) == ("Bed", "Job", 8) and edge.recency == pytest.approx(59 / 119)
    assert state.exam is not None and state.exam.means == {"expert": 200.0}
    assert not any(name == "MainThread" for name in town.views.asked_by)


async def test_before_the_first_run_there_is_a_state_and_no_question_to_the_views() -> None:
    town = Town(views=Readings(fails_with=LogUnusable("no file")), run="")
    async with client(town) as http:
        state = msgspec.json.decode((await http.get("/api/state")).content, type=StateUpdate)
    assert (state.episode, state.metrics, state.recent, state.marks) == (0, None, [], [])
    assert town.views.look_ups == 0


async def test_before_the_first_episode_of_a_run() -> None:
    async with client(Town(views=Readings(count=0))) as http:
        state = msgspec.json.decode((await http.get("/api/state")).content, type=StateUpdate)
        assert (state.run, state.episode, state.metrics) == (RUN, 0, None)
        assert parse((await http.get(f"/api/runs/{RUN}/episodes?points=9")).content) == []


async def test_runs_episodes_and_marks() -> None:
    async with client(Town()) as http:
        [run] = msgspec.json.decode((await http.get("/api/runs")).content, type=list[RunSummary])
        assert (run.run, run.config, run.episodes) == (RUN, "sparse_adaptive", 10_000)
        answer = await http.get(f"/api/runs/{RUN}/episodes?after=10&limit=3")
        numbers = [row.episode for row in msgspec.json.decode(answer.content, type=list[EpisodePoint])]
        assert numbers == [11, 12, 13]
        marks = msgspec.json.decode((await http.get(f"/api/runs/{RUN}/marks")).content, type=list[Mark])
        assert marks == [Mark(episode=100, kind="stage", text="stage 2", old_stage=1, new_stage=2)]


async def test_a_recovery_is_told_by_its_route_and_by_the_state() -> None:
    moved = Recovery(episode=110, level_before=450.0, share_before=0.9, level_after=60.0, episodes=8, env_steps=51_200)
    async with client(Town()) as http:
        answer = await http.get(f"/api/runs/{RUN}/recoveries")
        assert msgspec.json.decode(answer.content, type=list[Recovery]) == [moved]
        state = msgspec.json.decode((await http.get("/api/state")).content, type=StateUpdate)
        assert state.recovery == moved


@pytest.mark.parametrize(("count", "most"), [(5, 5), (10_000, 3), (1_000_000, 60)])
async def test_points_are_spread_over_the_whole_run_at_a_bounded_cost(count: int, most: int) -> None:
    views = Readings(count=count)
    async with client(Town(views=views)) as http:
        answer = await http.get(f"/api/runs/{RUN}/episodes?points=50")
    numbers = [row.episode for row in msgspec.json.decode(answer.content, type=list[EpisodePoint])]
    assert numbers[0] == 1 and numbers[-1] == count and len(numbers) == min(50, count)
    gaps = {b - a for a, b in itertools.pairwise(numbers)}
    assert max(gaps) - min(gaps) <= 1 and views.look_ups <= most + 3


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/api/runs/absent/episodes", 404, "no run 'absent'"),
        ("/api/runs/absent/marks", 404, "/api/runs lists them"),
        ("/api/runs/absent/recoveries", 404, "/api/runs lists them"),
        (f"/api/runs/{RUN}/episodes?limit=0", 400, "limit"),
        (f"/api/runs/{RUN}/episodes?limit=5001", 400, "limit"),
        (f"/api/runs/{RUN}/episodes?after=-1", 400, "after"),
        (f"/api/runs/{RUN}/episodes?after=x", 400, "after"),
        (f"/api/runs/{RUN}/episodes?points=1", 400, "points"),
        ("/api/absent", 404, "Not Found"),
        ("/api", 404, "Not Found"),
    ],
)
async def test_bad_questions_get_json_with_the_reason(path: str, status: int, words: str) -> None:
    async with client(Town()) as http:
        answer = await http.get(path)
    assert answer.status_code == status and answer.headers["content-type"].startswith("application/json")
    assert words in answer.text and "Traceback" not in answer.text


async def test_views_that_cannot_be_read_are_503() -> None:
    async with client(Town(views=Readings(fails_with=LogUnusable("demo_state.db: cannot be read")))) as http:
        for path in ("/api/state", "/api/runs", f"/api/runs/{RUN}/episodes"):
            answer = await http.get(path)
            assert (answer.status_code, parse(answer.content)["detail"]) == (503, "demo_state.db: cannot be read")


async def test_an_error_of_ours_is_500_and_tells_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    async with client(Town(views=Readings(fails_with=ZeroDivisionError("secret")))) as http:
        answer = await http.get("/api/runs")
    assert answer.status_code == 500 and "secret" not in answer.text
    assert "request failed" in capsys.readouterr().out


async def test_healthz_is_200_or_503_with_the_reason() -> None:
    town = Town()
    async with client(town) as http:
        answer = await http.get("/healthz")
        assert answer.status_code == 200 and msgspec.json.decode(answer.content, type=Health) == town.health
        bad = ServiceHealth(state="failed", detail="no space")
        town.health = Health(ok=False, reason="the disk is full", services={"log": bad})
        answer = await http.get("/healthz")
    assert answer.status_code == 503 and msgspec.json.decode(answer.content, type=Health) == town.health


@pytest.mark.parametrize(
    ("body", "command"),
    [
        ('{"command":"pause"}', Pause()),
        ('{"command":"set_pace","episodes_per_hour":120}', SetPace(120)),
        ('{"command":"set_pace","episodes_per_hour":null}', SetPace(None)),
        ('{"command":"randomize_affordances"}', RandomizeAffordances()),
    ],
)
async def test_commands_are_handed_on(body: str, command: object) -> None:
    town = Town()
    async with client(town) as http:
        answer = await http.post("/api/commands", content=body, headers=OPERATOR)
    assert answer.status_code == 202 and town.commands == [command]
    accepted = msgspec.json.decode(answer.content, type=Accepted)
    assert accepted == Accepted(
        run=RUN, command=json.loads(body)["command"], episode=120, marks=f"/api/runs/{RUN}/marks"
    )


class Drawn(Town):
    """Commands go into the lane of a run whose every life draws its own layout."""

    async def submit(self, command: Command, run: str | None) -> Taken:
        lane = Lane(movable=False)
        lane.status = Status(run=RUN, status="training")
        lane.command(command)
        return await super().submit(command, run)


async def test_nothing_can_be_moved_where_every_life_draws_its_own_layout() -> None:
    town = Drawn()
    async with client(town) as http:
        answer = await http.post("/api/commands", content='{"command":"randomize_affordances"}', headers=OPERATOR)
        assert answer.status_code == 409
        assert answer.json()["detail"] == (
            "every life of this run draws a layout of its own, or has none: there is nothing to move"
        )
        assert (await http.post("/api/commands", content='{"command":"pause"}', headers=OPERATOR)).status_code == 202
    assert town.commands == [Pause()]


DEEP = 20_000


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"null", 400),
        (b'{"command":"self_destruct"}', 400),
        (b'{"command":"pause","and":"more"}', 400),
        (b'{"command":"set_pace","episodes_per_hour":0}', 400),
        (b'{"command":"set_pace","episodes_per_hour":-3}', 400),
        (b'{"command":"set_pace","episodes_per_hour":"fast"}', 400),
        (b"\xff\xfe\xff", 400),
        (b"[" * DEEP + b"]" * DEEP, 400),
        (b'{"x":' + b"[" * DEEP + b"]" * DEEP + b"}", 400),
        (b" " * 65_537, 413),
        (b'"' + b"x" * (2 * 1024 * 1024) + b'"', 413),
    ],
    ids=range(13),
)
async def test_bad_commands_are_refused(body: bytes, status: int) -> None:
    town = Town()
    async with client(town) as http:
        answer = await http.post("/api/commands", content=body, headers=OPERATOR)
    assert answer.status_code == status and town.commands == []
    assert "detail" in parse(answer.content)


async def test_who_only_looks_on_takes_no_commands() -> None:
    async with client(Town(read_only=True)) as http:
        assert (await http.post("/api/commands", content='{"command":"pause"}')).status_code == 401
        answer = await http.post("/api/commands", content='{"command":"pause"}', headers=OPERATOR)
    assert answer.status_code == 409 and "only looks on" in answer.text


async def test_openapi_describes_every_route() -> None:
    async with client(Town()) as http:
        schema = parse((await http.get("/api/openapi.json")).content)
    paths = schema["paths"]
    assert isinstance(paths, dict)
    assert set(paths) == {
        "/healthz", "/api/state", "/api/runs", "/api/runs/{run}/episodes", "/api/runs/{run}/marks",
        "/api/runs/{run}/recoveries", "/api/runs/{run}/calls", "/api/runs/{run}/acts", "/api/dialogue", "/api/commands",
        "/api/runs/{run}/series", "/api/runs/{run}/at/{episode}", "/api/runs/{run}/episodes/{episode}/life",
        "/api/controls",
        "/api/resources", "/metrics", "/api/lectures", "/api/glossary",

        "/api/lab/runs/{run}", "/api/lab/studies", "/api/lab/reports", "/api/lab/lectures",
    }  # fmt: skip
    for operations in paths.values():
        assert all(operation["summary"] for operation in operations.values())
