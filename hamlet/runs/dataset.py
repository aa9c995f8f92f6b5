"""A run as a dataset for offline learning, in Minari's format: https://minari.farama.org/content/dataset_standards

Each episode is lived again from its event, as its agent saw it: observations [T + 1, D], actions [T], rewards [T],
terminations and truncations [T], and as infos the mask of the acts that were allowed [T + 1, A].
"""

import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from hamlet.errors import UsageError
from hamlet.events.types import DialogueEpisode, EpisodeCompleted
from hamlet.runs.relived import lives_again
from hamlet.settings import Paths
from hamlet.training.world_models.model import Episodes

__all__ = ["write_dataset"]

_ROOT = "MINARI_DATASETS_PATH"


def write_dataset(paths: Paths, run: str, world: str, count: int, out: Path) -> tuple[str, int, int]:
    """The newest ``count`` episodes of ``run`` as a dataset below ``out``: its id, how many episodes, how many steps.
    They stand in their order; of each the options hold its number, stage, ε and end, and of a call who was on the line
    and whether it ended well. Raises ``UsageError`` without Minari, or where such a dataset is already."""
    try:
        import minari
        from gymnasium.spaces import Box, Discrete
        from minari.data_collector import EpisodeBuffer
    except ImportError:
        raise UsageError("a Minari dataset needs minari and h5py: pip install -e '.[minari]'") from None
    name = f"hamlet/{world}/{run}-v0"
    if (out / name).exists():
        raise UsageError(f"{out / name}: is there already; delete it, or choose another --out")
    spec, groups = lives_again(paths, run, count)
    found = sorted(
        ((life, episodes, row) for group, episodes in groups for row, life in enumerate(group)),
        key=lambda one: one[0].episode,
    )
    buffers = [
        EpisodeBuffer(seed=life.detail.seed, options=_options(life), **_arrays(episodes, row))
        for life, episodes, row in found
    ]
    out.mkdir(parents=True, exist_ok=True)
    with _environment(_ROOT, str(out.resolve())), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of authors and environments that it would like to be told of
        dataset = minari.create_dataset_from_buffers(
            name,
            buffers,
            observation_space=Box(-np.inf, np.inf, (spec.observation_size,), np.float32),
            action_space=Discrete(len(spec.actions)),
            algorithm_name="Hamlet",
            description=f"Episodes {found[0][0].episode} to {found[-1][0].episode} of {run}, as they were learned from."
            f" Actions: {', '.join(spec.actions)}.",
        )
    return name, int(dataset.total_episodes), int(dataset.total_steps)


def _arrays(episodes: Episodes, row: int) -> dict[str, object]:
    length = int(episodes.lengths[row])
    ends = np.zeros(length, np.bool_)
    ends[-1] = True
    return {
        "observations": episodes.observations[row, : length + 1],
        "actions": episodes.actions[row, :length],
        "rewards": episodes.rewards[row, :length],
        "terminations": ends & episodes.terminated[row],
        "truncations": ends & ~episodes.terminated[row],
        "infos": {"mask": episodes.masks[row, : length + 1]},
    }


def _options(life: EpisodeCompleted) -> Mapping[str, object]:
    told = {"episode": life.episode, "stage": life.curriculum_stage, "epsilon": life.epsilon, "ended": life.cause}
    if isinstance(life.detail, DialogueEpisode):
        return told | {"persona": life.detail.persona, "success": life.detail.success}
    return told


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    """Minari asks the environment where its datasets lie."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        os.environ.pop(name)
        if before is not None:
            os.environ[name] = before
