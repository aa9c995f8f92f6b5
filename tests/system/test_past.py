"""Any episode of a real run can be lived again, and the views be had as of it."""

from pathlib import Path

import pytest

from hamlet.app.remembering import Memory
from hamlet.events.types import EpisodeCompleted
from hamlet.projections.views import Views
from hamlet.settings import Paths
from hamlet.web.state import past_update
from tests.system.support import events


@pytest.mark.parametrize("episode", [1, 17, 60])
def test_an_episode_is_lived_again_moment_by_moment(finished: Path, episode: int) -> None:
    paths = Paths.of(finished, {})
    views = Views(paths.views)
    run = views.newest_run()
    assert run is not None
    memory = Memory(paths, views)
    [lived] = [
        e.event for e in events(finished) if isinstance(e.event, EpisodeCompleted) and e.event.episode == episode
    ]
    life = memory.life(run, episode)
    assert len(life.frames) == len(life.rewards) == lived.survival_time + 1
    assert sum(life.rewards) == pytest.approx(lived.extrinsic_reward, rel=1e-4)
    first, last = life.frames[0], life.frames[-1]
    assert (first.step, first.happened, first.ended, first.life) == (0, "", "", episode)
    assert (last.action, last.ended, any(last.mask)) == (-1, lived.cause, False)
    for before, after in zip(life.frames, life.frames[1:], strict=False):
        assert before.mask[before.action], "only what could be done was done"
        assert abs(before.x - after.x) + abs(before.y - after.y) <= 1
    did = [frame.happened for frame in life.frames if frame.happened not in ("", "wait")]
    assert {name: did.count(name) for name in set(did)} == lived.detail.affordances
    update = past_update(memory.past(run, episode), run, episode)
    assert update.metrics is not None and update.metrics.survival_time == lived.survival_time
    assert sum(map(sum, update.position_heatmap)) == pytest.approx(1.0)
    assert {place.name for place in update.affordance_graph.nodes} == set(lived.detail.layout)
