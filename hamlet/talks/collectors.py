"""Who can collect in a talk: the rule, and every policy that a dialogue run has kept."""

from pathlib import Path

import msgspec
import numpy as np

from hamlet.conversation.session import PolicyChooser, ValueChooser
from hamlet.errors import UsageError
from hamlet.projections.rows import RunRow
from hamlet.projections.views import Views
from hamlet.settings import from_record
from hamlet.talks.talk import Seat
from hamlet.training.foresight import Foresight
from hamlet.training.keep import kept_policy
from hamlet.training.learner import policy_from
from hamlet.training.tasks.making import spec_of
from hamlet.worlds.dialogue.physics import PHYSICS
from hamlet.worlds.dialogue.policies import RulePolicy
from hamlet.worlds.dialogue.settings import DialogueSettings

__all__ = ["Candidate", "Collectors"]

RULE = "rule"


class Candidate(msgspec.Struct, frozen=True):
    """A run whose policies can collect; ``episodes``: those after which one was kept, in order."""

    run: str
    config: str
    seed: int
    episodes: list[int]


class Collectors:
    """Asks the views which there are, and loads one from the run's directory under ``checkpoints``. Blocks: for
    worker threads. Errors of the views are passed on."""

    def __init__(self, views: Views, checkpoints: Path) -> None:
        self._views = views
        self._checkpoints = checkpoints

    def candidates(self) -> list[Candidate]:
        """The newest run first; those without a kept policy are left out."""
        found = []
        for row in self._runs():
            episodes = [checkpoint.episode for checkpoint in self._views.checkpoints(row.run)]
            if episodes:
                found.append(Candidate(row.run, row.config_name, row.seed, episodes))
        return found

    def seat(self, run: str | None, episode: int | None = None) -> Seat:
        """The policy of ``run`` kept after ``episode`` (``None``: its newest); ``run`` "rule" is the rule, and ``None``
        the newest run that has kept a policy, else the rule. Raises ``UsageError`` for what is not there."""
        known = {candidate.run: candidate for candidate in self.candidates()}
        chosen = next(iter(known), RULE) if run is None else run
        if chosen == RULE:
            return Seat(PolicyChooser(RulePolicy()), DialogueSettings(physics=PHYSICS))
        if chosen not in known:
            raise UsageError(f"no policy of a run {chosen!r} to talk with; there are: {', '.join([RULE, *known])}")
        episodes = known[chosen].episodes
        if episode is not None and episode not in episodes:
            raise UsageError(f"run {chosen} kept no policy after episode {episode:,}; the newest is {episodes[-1]:,}")
        return self._load(chosen, episodes[-1] if episode is None else episode)

    def _load(self, run: str, episode: int) -> Seat:
        row = self._views.run(run)
        kept = {checkpoint.episode: checkpoint for checkpoint in self._views.checkpoints(run)}.get(episode)
        if row is None or kept is None:  # the views were made anew meanwhile
            raise UsageError(f"the policy of run {run} after episode {episode:,} is not there any more")
        config = from_record(row.config, run)
        world, training = config.world, config.training
        assert isinstance(world, DialogueSettings)  # or it would be no candidate
        directory = self._checkpoints / run
        moment = kept_policy(directory, kept.file, kept.sha256, kept.episode, world, training)
        spec = spec_of(world)
        policy = policy_from(spec, training, moment.weights)
        foresight = Foresight.of(moment, spec, training, policy, np.random.default_rng(episode))
        return Seat(ValueChooser(policy), world, run, episode, foresight)

    def _runs(self) -> list[RunRow]:
        return [row for row in self._views.runs() if row.world == "dialogue" and row.physics == PHYSICS]
