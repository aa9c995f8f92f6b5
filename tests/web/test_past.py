"""What REST answers about the past, and about what a visitor may do."""

import msgspec
import pytest

from hamlet.web.guards import Operator
from hamlet.web.wire import Affordance, StateUpdate
from hamlet.web.wire.past import Controls, Life, Series
from tests.web.support import RUN, TOKEN, Town, client, parse


async def test_the_town_as_of_an_episode() -> None:
    async with client(Town()) as http:
        state = msgspec.json.decode((await http.get(f"/api/runs/{RUN}/at/70")).content, type=StateUpdate)
    assert (state.state.status, state.episode, state.state.episodes) == ("past", 70, 10_000)
    assert [row.episode for row in state.recent] == list(range(21, 71))
    assert state.affordance_graph.nodes == [Affordance(name="Bed", x=0, y=0), Affordance(name="Job", x=2, y=1)]
    assert state.novelty_heatmap == [[0.5, 0.25, 0.0], [1.0, 0.75, 0.125]] and state.affordance_graph.edges


async def test_a_run_in_stretches() -> None:
    async with client(Town()) as http:
        series = msgspec.json.decode((await http.get(f"/api/runs/{RUN}/series?points=2")).content, type=Series)
        assert (await http.get("/api/runs/absent/series")).status_code == 404
        assert (await http.get(f"/api/runs/{RUN}/series?points=1")).status_code == 400
    [stretch] = series.stretches
    assert (series.size, series.checkpoints, stretch.episode, stretch.survival) == (120, [100], 120, 100.12)


async def test_a_run_that_is_watched_has_a_series_before_its_first_event_is_in_the_views() -> None:
    async with client(Town(run="town-2")) as http:
        assert (await http.get("/api/runs/town-2/series")).status_code == 200


async def test_an_episode_lived_again() -> None:
    async with client(Town()) as http:
        life = msgspec.json.decode((await http.get(f"/api/runs/{RUN}/episodes/7/life")).content, type=Life)
    assert (life.episode, life.cause, life.rewards) == (7, "energy", [0.0, 1.0])


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        (f"/api/runs/{RUN}/at/121", 404, "has no episode 121; it has 1 … 120"),
        (f"/api/runs/{RUN}/at/0", 404, "no episode 0"),
        (f"/api/runs/{RUN}/at/now", 404, "Not Found"),
        ("/api/runs/absent/at/1", 404, "run absent has no episode 1"),
        (f"/api/runs/{RUN}/episodes/121/life", 404, "no episode 121"),
        (f"/api/runs/{RUN}/episodes/13/life", 409, "physics 9"),
    ],
)
async def test_a_past_that_cannot_be_had(path: str, status: int, words: str) -> None:
    async with client(Town()) as http:
        answer = await http.get(path)
    assert answer.status_code == status and words in answer.text


async def test_what_a_visitor_may_do() -> None:
    town = Town()
    operator = Operator(TOKEN, town.clock)
    cookie = {"Cookie": f"{operator.cookie_name}={operator.cookie()}"}
    async with client(town) as http:
        for headers, knows in (({}, False), (cookie, True), ({"Authorization": f"Bearer {TOKEN}"}, True)):
            answer = await http.get("/api/controls", headers=headers)
            assert msgspec.json.decode(answer.content, type=Controls) == Controls(operator=knows, training=True)
        assert (await http.post("/api/commands", content='{"command":"pause"}', headers=cookie)).status_code == 401
    town.read_only = True
    async with client(town) as http:
        assert parse((await http.get("/api/controls")).content) == {"operator": False, "training": False}
