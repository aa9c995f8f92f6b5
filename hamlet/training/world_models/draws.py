"""Batches drawn from whole episodes: windows of moments and what followed each."""

import zlib

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hamlet.training.world_models.heads import Targets
from hamlet.training.world_models.model import Episodes

__all__ = ["Draws", "as_inputs", "shares"]


def as_inputs(observations: NDArray[np.float32], actions: NDArray[np.int64], count: int) -> Tensor:
    """[…, D] and [...] → [..., D + A]: the action one-hot behind the observation, in memory that torch owns
    (results may differ in the last bit between alignments)."""
    d = observations.shape[-1]
    inputs = torch.zeros(*actions.shape, d + count)
    view = inputs.numpy()
    view[..., :d] = observations
    np.put_along_axis(view[..., d:], actions[..., None], 1.0, axis=-1)
    return inputs


def shares(episodes: Episodes, members: int) -> NDArray[np.int64]:
    """[M, E] how often each member holds each episode: a bootstrap by Poisson(1) draws (Oza and Russell 2001).
    They follow from what happened in the episode and the member's number, not from its place: as episodes
    come and go, a member keeps its own view of those that stay. A member that would hold nothing holds all."""
    if members == 1:
        return np.ones((1, len(episodes.lengths)), np.int64)
    happened = [
        zlib.crc32(episodes.actions[row, :length].tobytes(), zlib.crc32(episodes.observations[row, length].tobytes()))
        for row, length in enumerate(episodes.lengths)
    ]
    # A checksum is linear: those of two members would differ by the same bits for every episode. Hence the mixing.
    mixed = np.array(happened, np.uint64) + (np.arange(1, members + 1, dtype=np.uint64) << np.uint64(32))[:, None]
    for factor, shift in ((0x9E3779B97F4A7C15, 30), (0xBF58476D1CE4E5B9, 27), (0x94D049BB133111EB, 31)):
        mixed *= np.uint64(factor)
        mixed ^= mixed >> np.uint64(shift)
    found = np.searchsorted(_POISSON, mixed / 2.0**64)
    found[found.sum(1) == 0] = 1
    return found


_POISSON = np.cumsum(np.exp(-1.0) / np.array([1, 1, 2, 6, 24, 120, 720]))  # chances of at most 0 … 6


class Draws:
    """Moments of ``episodes``, each as likely as any other, drawn ``count`` at a time for every member by its
    ``shares``; a window of up to ``window`` moments ends at or begins before each, as far as the episode reaches."""

    def __init__(self, episodes: Episodes, actions: int, window: int, members: int) -> None:
        self._episodes, self._actions, self._window = episodes, actions, window
        self._ends = np.cumsum(shares(episodes, members) * episodes.lengths, axis=1)  # [M, E]

    def draw(self, count: int, rng: np.random.Generator) -> tuple[Tensor, Targets]:
        """Inputs [M, count, window, D + A] and what followed."""
        episodes, ends = self._episodes, self._ends
        even = (rng.random((len(ends), count)) * ends[:, -1:]).astype(np.int64)
        rows = np.stack([np.searchsorted(end, drawn, side="right") for end, drawn in zip(ends, even, strict=True)])
        lengths = episodes.lengths[rows]
        moment = (np.take_along_axis(ends, rows, 1) - 1 - even) % lengths  # an episode held twice lies there twice
        steps = np.maximum(moment - self._window + 1, 0)[..., None] + np.arange(self._window)
        present = steps < lengths[..., None]
        steps, rows = np.minimum(steps, lengths[..., None] - 1), rows[..., None]
        before, after = episodes.observations[rows, steps], episodes.observations[rows, steps + 1]
        ended = episodes.terminated[rows] & (steps == lengths[..., None] - 1)
        targets = Targets(
            before=torch.from_numpy(before).clone(),
            observation=torch.from_numpy(after).clone(),
            reward=torch.from_numpy(episodes.rewards[rows, steps]).clone(),
            done=torch.from_numpy(ended.astype(np.float32)).clone(),
            mask=torch.from_numpy(episodes.masks[rows, steps + 1].astype(np.float32)).clone(),
            present=torch.from_numpy(present.astype(np.float32)).clone(),
        )
        return as_inputs(before, episodes.actions[rows, steps], self._actions), targets
