"""``evaluate``: the newest kept policy of a run, examined beside its baselines."""

from typing import Any

import msgspec

from hamlet.errors import UsageError
from hamlet.events.types import CheckpointSaved, ExamResult, RunStarted
from hamlet.runs import newest_run, run_milestones
from hamlet.settings import Paths, from_record
from hamlet.training.evaluate import EXAM_SEED, Examiner
from hamlet.training.keep import newest_policy
from hamlet.training.learner import policy_from
from hamlet.training.networks import one_thread
from hamlet.training.recorder import facts
from hamlet.worlds.town.town import Town

__all__ = ["Examined", "examine"]


class Examined(msgspec.Struct, frozen=True):
    """``results``: random, stand_still, expert, agent."""

    run: str
    episode: int
    episodes: int
    cap: int
    results: dict[str, ExamResult]

    def as_json(self) -> dict[str, Any]:
        """Mean survival by policy, then the whole."""
        means: dict[str, Any] = {name: result.mean for name, result in self.results.items()}
        whole: dict[str, Any] = msgspec.to_builtins(self)
        return means | whole


def examine(paths: Paths, name: str | None, *, episodes: int, cap: int, first_seed: int | None) -> Examined:
    """Raises ``UsageError`` when there is no run or no checkpoint that verifies."""
    run = newest_run(paths.events, name)
    if run is None:
        raise UsageError(f"{paths.data}: no run yet; train one with: python main.py train --data {paths.data}")
    milestones = run_milestones(paths.events, run)
    started = milestones[0].event
    assert isinstance(started, RunStarted)
    config = from_record(started.config, run)
    one_thread()
    saved = [fact.event for fact in facts(milestones) if isinstance(fact.event, CheckpointSaved)]
    policy = newest_policy(paths.checkpoints / run, saved, config.world, config.training)
    agent = policy_from(Town(config.world).spec, config.training, policy.weights)
    examiner = Examiner(config.world, episodes, cap, EXAM_SEED if first_seed is None else first_seed)
    results = examiner.compare(agent, policy.layout)
    return Examined(run=run, episode=policy.episode, episodes=episodes, cap=cap, results=results)
