"""The learner's health between two ``TrainingProgress`` events, as sums that become means."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from hamlet.events.types import TrainingProgress
from hamlet.training.dqn import Report

__all__ = ["Progress"]

_BINS = 20
# Looking at Q-values costs as much as sampling: once in this many updates is enough.
_LOOK_EVERY = 10
_SMOOTHING = 0.05


class Progress:
    """``entropy``: smoothed entropy of softmax(Q / temperature), as a share of ln(actions)."""

    def __init__(self, actions: int, temperature: float) -> None:
        self._actions = actions
        self._temperature = temperature
        self.entropy = 1.0
        self._count = 0
        self._loss = 0.0
        self._norm = 0.0
        self._q: list[float] = []

    def add(self, report: Report) -> None:
        self._count += 1
        self._loss += report.loss
        self._norm += report.gradient_norm
        if self._count % _LOOK_EVERY == 0:
            logits = torch.log_softmax(report.q / self._temperature, 1)
            entropy = float(-(logits.exp() * logits).sum(1).mean()) / float(np.log(self._actions))
            self.entropy += _SMOOTHING * (entropy - self.entropy)
            self._q += report.q.max(1).values[:64].cpu().tolist()

    def report(self, vector_step: int, updates: int, novelty_loss: float) -> TrainingProgress:
        """The event, and a new beginning."""
        count = max(self._count, 1)
        q = np.array(self._q or [0.0])
        event = TrainingProgress(
            vector_step=vector_step,
            updates=updates,
            loss=self._loss / count,
            gradient_norm=self._norm / count,
            q_mean=float(q.mean()),
            q_min=float(q.min()),
            q_max=float(q.max()),
            q_histogram=np.histogram(q, _BINS)[0].tolist(),
            entropy=self.entropy,
            novelty_loss=novelty_loss,
        )
        self._count, self._loss, self._norm, self._q = 0, 0.0, 0.0, []
        return event

    def state(self) -> dict[str, Any]:
        return {"entropy": self.entropy, "count": self._count, "loss": self._loss, "norm": self._norm, "q": self._q}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.entropy, self._count = state["entropy"], state["count"]
        self._loss, self._norm, self._q = state["loss"], state["norm"], list(state["q"])
