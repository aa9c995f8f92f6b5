"""Histories made, gone on with and cut to what a model looks at."""

import numpy as np
from numpy.typing import NDArray

from hamlet.training.world_models.model import Episodes, History
from hamlet.worlds.world import Actions, Floats

__all__ = ["acting", "go_on", "history_at"]


def history_at(episodes: Episodes, rows: NDArray[np.int64], steps: NDArray[np.int64], window: int) -> History:
    """What was seen and done in episodes ``rows`` [B] up to and with ``steps`` [B] (from 0): the last ``window``
    moments, the action of the last one included."""
    first = np.maximum(steps - window + 1, 0)
    lengths = steps - first + 1
    at = first[:, None] + np.minimum(np.arange(window), lengths[:, None] - 1)
    return History(episodes.observations[rows[:, None], at], episodes.actions[rows[:, None], at], lengths)


def acting(history: History, actions: Actions) -> History:
    """``history`` with ``actions`` [B] done in its last moment."""
    done = history.actions.copy()
    done[np.arange(len(actions)), history.lengths - 1] = actions
    return history._replace(actions=done)


def go_on(history: History, observation: Floats) -> History:
    """``history`` and one moment more, ``observation`` [B, D], in which nothing is done yet (0); where there is no
    room the oldest moment is left out."""
    window = history.actions.shape[1]
    full = history.lengths == window
    moved = np.arange(window) + full[:, None]
    kept = np.minimum(moved, window - 1)
    rows = np.arange(len(full))
    seen, done = history.observations[rows[:, None], kept], history.actions[rows[:, None], kept]
    lengths = history.lengths + ~full
    seen[rows, lengths - 1], done[rows, lengths - 1] = observation, 0
    return History(seen, done, lengths)
