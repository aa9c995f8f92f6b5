"""The newest kept policy of a run in the log, with the config that it was learned under."""

import msgspec

from hamlet.errors import UsageError
from hamlet.events.types import CheckpointSaved, RunStarted
from hamlet.runs.choosing import newest_run, run_milestones
from hamlet.settings import Paths, RunConfig, from_record
from hamlet.training.keep import newest_policy
from hamlet.training.learner import policy_from
from hamlet.training.live import LivePolicy
from hamlet.training.policy import ValuePolicy
from hamlet.training.recorder import facts
from hamlet.training.tasks.making import spec_of

__all__ = ["Kept", "newest_kept"]


class Kept(msgspec.Struct, frozen=True):
    """``config_name``: the file that the run began with."""

    run: str
    config_name: str
    config: RunConfig
    moment: LivePolicy

    def policy(self) -> ValuePolicy:
        """A fresh one, for one life a row."""
        return policy_from(spec_of(self.config.world), self.config.training, self.moment.weights)


def newest_kept(paths: Paths, name: str | None, world: str) -> Kept:
    """Of the run ``name``, else of the newest run of ``world``. Raises ``UsageError`` when there is no such run
    or no checkpoint that verifies."""
    run = newest_run(paths.events, name, world)
    if run is None:
        raise UsageError(
            f"{paths.data}: no run of the {world} yet; train one with: python main.py train --data {paths.data}"
        )
    milestones = run_milestones(paths.events, run)
    started = milestones[0].event
    assert isinstance(started, RunStarted)
    config = from_record(started.config, run)
    saved = [fact.event for fact in facts(milestones) if isinstance(fact.event, CheckpointSaved)]
    moment = newest_policy(paths.checkpoints / run, saved, config.world, config.training)
    return Kept(run=run, config_name=started.config_name, config=config, moment=moment)
