"""What was, for the web: the views as of an episode, and any life lived again step by step from its event."""

import numpy as np

from hamlet.app.showing import frame_of
from hamlet.events.reading import read_at
from hamlet.events.types import EpisodeCompleted, TownEpisode
from hamlet.projections.past import Past
from hamlet.projections.views import Views
from hamlet.settings import Paths, from_record
from hamlet.training.exhibition import Scene
from hamlet.web.wire.past import Life
from hamlet.worlds.replayer import Situation, replay
from hamlet.worlds.town.policies import Urgency
from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.town.town import ACTIONS

__all__ = ["Memory"]


class Memory:
    """Of all runs in a data directory. Synchronous, from any thread; both raise ``UsageError`` for an episode
    that is not there."""

    def __init__(self, paths: Paths, views: Views) -> None:
        self._paths = paths
        self._views = views

    def past(self, run: str, episode: int) -> Past:
        """The views as of ``episode``."""
        return Past(self._views.path, self._paths.events, run, episode)

    def life(self, run: str, episode: int) -> Life:
        """``episode`` lived again. Raises ``NotTheSameEpisode`` when it goes another way than its record."""
        past = self.past(run, episode)
        row = self._views.run(run)
        assert row is not None
        world = from_record(row.config, run).world
        [recorded] = read_at(self._paths.events, [past.until_position])
        event = recorded.event
        assert isinstance(world, TownSettings)
        assert isinstance(event, EpisodeCompleted) and isinstance(event.detail, TownEpisode)
        situations = list(replay(event, world))
        scenes = _scenes(event, event.detail.layout, situations, world)
        return Life(
            run=run,
            episode=episode,
            stage=event.curriculum_stage,
            epsilon=event.epsilon,
            cause=event.cause,
            frames=[frame_of(scene, run, world) for scene in scenes],
            rewards=[situation.reward for situation in situations],
        )


def _scenes(
    event: EpisodeCompleted, layout: dict[str, int], situations: list[Situation], town: TownSettings
) -> list[Scene]:
    """As on the stage, but without values: what the policy thought of its actions is not in the log."""
    urgency, scenes = Urgency(town), []
    places = {cell: name for name, cell in layout.items()}
    for now, after in zip(situations, [*situations[1:], None], strict=True):
        meters = [now.meters[name] for name in town.meters]
        hour, closed = town.clock(now.step)
        here = places.get(now.cell)
        scenes.append(
            Scene(
                policy_episode=event.episode,
                life=event.episode,
                step=now.step,
                cell=now.cell,
                meters=meters,
                q_values=[],
                mask=now.mask,
                action=ACTIONS.index(after.action) if after and after.action else -1,
                need=urgency.of(np.array(meters)),
                happened=(now.used or "wait") if now.action == "interact" else "",
                ended=now.ended,
                layout=layout,
                hour=hour,
                closed=closed,
                progress=now.progress,
                ticks=town.affordances[here].ticks if here and now.progress else 0,
            )
        )
    return scenes
