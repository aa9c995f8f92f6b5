"""The kept policies of a run: from a checkpoint's event back to a network that acts."""

from collections.abc import Iterable
from pathlib import Path

from hamlet.errors import UsageError
from hamlet.events.types import CheckpointSaved
from hamlet.training.checkpoint import Rejected, load
from hamlet.training.learner import kept_weights, policy_from
from hamlet.training.live import LivePolicy
from hamlet.training.refill import part
from hamlet.training.settings import TrainingSettings
from hamlet.training.tasks.making import spec_of
from hamlet.worlds.settings import WorldSettings

__all__ = ["kept_policy", "newest_policy"]


def kept_policy(
    directory: Path, file: str, sha256: str, episode: int, world: WorldSettings, training: TrainingSettings
) -> LivePolicy:
    """The averaged network in ``directory / file``, with its layout; raises ``Rejected``."""
    arrays, scalars = load(directory / file, sha256)
    try:
        spec = spec_of(world)
        weights = kept_weights(spec, training, arrays)
        model = part(arrays, "model.")
        policy = LivePolicy(episode=episode, weights=weights, layout=scalars["layout"], model=model)
        policy_from(spec, training, weights)
    except (KeyError, ValueError) as error:
        raise Rejected(f"{directory / file}: not a policy of this run ({error})") from None
    return policy


def newest_policy(
    directory: Path, saved: Iterable[CheckpointSaved], world: WorldSettings, training: TrainingSettings
) -> LivePolicy:
    """The newest kept policy that verifies; raises ``UsageError`` when there is none."""
    reasons = []
    for event in sorted(saved, key=lambda event: event.vector_step, reverse=True):
        try:
            return kept_policy(directory, event.file, event.sha256, event.episode, world, training)
        except Rejected as error:
            reasons.append(str(error))
    none = f"the run has kept none yet (it keeps one every {training.checkpoint_every:,} episodes)"
    raise UsageError(f"{directory}: no checkpoint to load; {'; '.join(reasons[:3]) or none}")
