"""A world model around whichever body (all kinds but ``utterances``): draws, loss, Adam, prediction."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hamlet.training.networks import Adam, Parameters
from hamlet.training.world_models.draws import Draws, as_inputs
from hamlet.training.world_models.heads import Heads
from hamlet.training.world_models.model import Episodes, Fit, History, Prediction
from hamlet.training.world_models.settings import WorldModelSettings
from hamlet.worlds.world import Spec

__all__ = ["Body", "NeuralModel"]


class Body(Parameters, Protocol):
    """A network of ``members`` copies that looks at ``window`` moments."""

    window: int
    members: int

    def forward(self, flat: Tensor, inputs: Tensor) -> Tensor:
        """With the parameters ``flat``, [M, B, T, inputs] → [M, B, T, outputs]; T ≤ ``window``, and no moment
        sees a later one."""
        ...


class NeuralModel:
    """See ``model.WorldModel``. It predicts by the average of its last weights (Polyak and Juditsky 1992): batches
    are small, and chances of rare things swing with each. ``rng`` draws the batches; ``body`` has drawn its first
    weights already."""

    predicts_by: tuple[str, ...] = "averaged", "scale", "measured"

    def __init__(
        self, kind: str, spec: Spec, settings: WorldModelSettings, body: Body, heads: Heads, rng: np.random.Generator
    ) -> None:
        self.kind, self.window, self.members = kind, body.window, body.members
        self._settings, self._body, self._heads, self._rng = settings, body, heads, rng
        self._actions = len(spec.actions)
        self._adam = Adam(body, settings.learning_rate, settings.max_gradient_norm)
        self._averaged = body.flat.clone()
        self._taken = self._adam.state()["step"]

    def fit(self, episodes: Episodes, updates: int) -> Fit:
        body, settings = self._body, self._settings
        self._heads.measure(episodes)
        draws = Draws(episodes, self._actions, self.window, self.members)
        count = settings.batch if self.window == 1 else settings.windows
        losses, norms = 0.0, 0.0
        for _ in range(updates):
            inputs, targets = draws.draw(count, self._rng)
            flat = body.flat.detach().requires_grad_()
            loss = self._heads.loss(body.forward(flat, inputs), targets)
            body.gradient.copy_(torch.autograd.grad(loss, flat)[0])
            body.flat.mul_(1.0 - settings.learning_rate * settings.decay)
            norms += self._adam.step()
            # Of the first updates a mean that forgets, later an average over about 1 / averaging of them.
            share = max(settings.averaging, 10.0 / (9.0 + float(self._taken)))
            self._averaged.lerp_(body.flat, share)
            losses += float(loss.detach())
        return Fit(losses / max(updates, 1), norms / max(updates, 1))

    @torch.no_grad()
    def predict(self, history: History, members: NDArray[np.int64] | None = None) -> Prediction:
        rows = np.arange(len(history.lengths))
        first = np.maximum(history.lengths - self.window, 0)
        span = min(self.window, int(history.lengths.max()))
        steps = np.minimum(first[:, None] + np.arange(span), history.lengths[:, None] - 1)
        seen, done = history.observations[rows[:, None], steps], history.actions[rows[:, None], steps]
        inputs, last = as_inputs(seen, done, self._actions), history.lengths - 1 - first
        before = history.observations[rows, history.lengths - 1]
        if members is None:
            outputs = self._body.forward(self._averaged, inputs.expand(self.members, *inputs.shape))
            return self._heads.prediction(outputs[:, rows, last], before)
        # Each member's rows side by side, filled up to the most that one has: nothing is computed that nobody asked.
        places, most = _places(members, self.members)
        shared = torch.zeros(self.members, most, *inputs.shape[1:])
        shared[members, places] = inputs
        outputs = self._body.forward(self._averaged, shared)
        return self._heads.prediction(outputs[members, places, last][None], before)

    def networks(self) -> dict[str, NDArray[Any]]:
        arrays: dict[str, NDArray[Any]] = {"weights": self._body.flat.numpy(), "averaged": self._averaged.numpy()}
        arrays |= {f"adam.{name}": tensor.numpy() for name, tensor in self._adam.state().items()}
        return arrays | {"scale": self._heads.scale, "measured": self._heads.measured}

    def generators(self) -> Mapping[str, np.random.Generator]:
        return {"world_model": self._rng}


def _places(members: NDArray[np.int64], count: int) -> tuple[NDArray[np.int64], int]:
    """[B] how many rows before each have the same member, and the most rows that one of ``count`` members has."""
    held = np.bincount(members, minlength=count)
    order = np.argsort(members, kind="stable")
    places = np.empty_like(order)
    places[order] = np.arange(len(order)) - np.repeat(np.cumsum(held) - held, held)
    return places, int(held.max())
