"""Random network distillation: novelty is the error in predicting a fixed random network.

Source: Burda et al. 2019. Observations are normalised by running moments and clipped to ± 5;
the error is divided by the running deviation of its discounted sum, so that its scale does not
depend on the networks. Applied once, on the situation a step leads to.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from hamlet.training.device import HOST, Live, host, live
from hamlet.training.networks import Adam, Mlp
from hamlet.worlds.world import Floats

__all__ = ["NoNovelty", "Novelty"]

_CLIP = 5.0


class Novelty:
    """RND over observations of ``size`` numbers, for ``n`` agents."""

    def __init__(
        self,
        size: int,
        n: int,
        rng: np.random.Generator,
        *,
        learning_rate: float,
        gamma: float,
        features: int = 32,
        device: torch.device = HOST,
    ) -> None:
        self._target = Mlp((size, 64, features), rng, device=device)
        self.predictor = Mlp((size, 64, 64, features), rng, device=device)
        self._adam = Adam(self.predictor, learning_rate, max_norm=10.0)
        self._gamma = gamma
        self._input = torch.zeros(n, size, device=device)
        # Running moments: count, mean and sum of squared deviations of observations; the same of
        # the agents' discounted sums of raw novelty.
        self._seen = {
            "count": np.full(1, 1e-4),
            "mean": np.zeros(size),
            "squares": np.full(size, 1e-4),
            "sum_count": np.full(1, 1e-4),
            "sum_mean": np.zeros(1),
            "sum_squares": np.full(1, 1e-4),
            "sums": np.zeros(n),
        }
        self.loss = 0.0

    def observe(self, observation: Floats) -> Floats:
        """Novelty of each row [N, D] → [N], scaled; learns from the rows at once."""
        seen = self._seen
        _merge(seen["count"], seen["mean"], seen["squares"], observation)
        self._input.copy_(torch.from_numpy(self._normalise(observation)))
        error = self.predictor.forward(self._input) - self._target.forward(self._input)
        raw = host(error.square().mean(1)).astype(np.float64)
        self.loss = float(raw.mean())
        self.predictor.backward(error * (2.0 / error.numel()))
        self._adam.step()
        seen["sums"] *= self._gamma
        seen["sums"] += raw
        _merge(seen["sum_count"], seen["sum_mean"], seen["sum_squares"], seen["sums"][:, None])
        scaled: Floats = (raw / self.typical).astype(np.float32)
        return scaled

    def at(self, observation: Floats) -> NDArray[np.float64]:
        """Raw novelty of each row [B, D] → [B], with nothing learned from it."""
        rows = torch.from_numpy(self._normalise(observation)).to(self._input.device, copy=True)
        error = self.predictor.forward(rows) - self._target.forward(rows)
        return host(error.square().mean(1)).astype(np.float64)

    def levels(self, observation: Floats) -> NDArray[np.uint8]:
        """Novelty of each row [B, D] as a byte [B]: 16 · log2(error / its running scale) + 128, clipped."""
        relative = self.at(observation) / max(self.typical, 1e-12)
        levels = 128.0 + 16.0 * np.log2(np.maximum(relative, 1e-12))
        return np.clip(np.rint(levels), 0, 255).astype(np.uint8)

    def _normalise(self, observation: Floats) -> Floats:
        deviation = np.sqrt(self._seen["squares"] / self._seen["count"]) + 1e-8
        scaled = (observation - self._seen["mean"]) / deviation
        clipped: Floats = np.clip(scaled, -_CLIP, _CLIP).astype(np.float32)
        return clipped

    @property
    def typical(self) -> float:
        """The running scale of raw novelty: what the reward is divided by."""
        return float(np.sqrt(self._seen["sum_squares"][0] / self._seen["sum_count"][0]) + 1e-8)

    def state(self) -> dict[str, Live]:
        """Live tensors and arrays by name: filled again, it goes on from there."""
        networks = {"target": self._target.flat, "predictor": self.predictor.flat}
        moments = {f"adam.{name}": tensor for name, tensor in self._adam.state().items()}
        return dict(self._seen) | {name: live(tensor) for name, tensor in (networks | moments).items()}


class NoNovelty:
    """In place of ``Novelty`` where it is off: nothing is new, and nothing is computed."""

    loss = 0.0

    def __init__(self, n: int) -> None:
        self._none = np.zeros(n, np.float32)

    def observe(self, observation: Floats) -> Floats:
        """[N, D] → [N] zeros."""
        return self._none

    def levels(self, observation: Floats) -> NDArray[np.uint8]:
        """[B, D] → [B] zeros: as known as can be."""
        return np.zeros(len(observation), np.uint8)

    def state(self) -> dict[str, Live]:
        return {}


def _merge(count: NDArray[Any], mean: NDArray[Any], squares: NDArray[Any], rows: NDArray[Any]) -> None:
    """Chan et al. 1979: moments of two parts from the moments of each."""
    n = len(rows)
    batch_mean = rows.mean(0, dtype=np.float64)
    batch_squares = np.square(rows - batch_mean).sum(0)
    total = count[0] + n
    delta = batch_mean - mean
    mean += delta * (n / total)
    squares += batch_squares + np.square(delta) * (count[0] * n / total)
    count[0] = total
