"""How far a world model is to be believed: its error on episodes that it has not seen, beside copying the state."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamlet.training.world_models.histories import history_at
from hamlet.training.world_models.model import Episodes, WorldModel

__all__ = ["Errors", "one_step_errors", "openness"]


class Errors(NamedTuple):
    """Mean squared errors of the next observation's numbers: of the model's mean, of what was before, and of
    the average observation (which foretells one-hot numbers better than copying does)."""

    model: float
    copy: float
    mean: float

    @property
    def ratio(self) -> float:
        """The model's to the lesser of the others; 1 where nothing is left to foretell."""
        least = min(self.copy, self.mean)
        return self.model / least if least > 0 else 1.0


def one_step_errors(model: WorldModel, training: Episodes, held_out: Episodes) -> Errors:
    """Over all steps of ``held_out``; the average observation is that of ``training``. Neither is empty."""
    rows, at = _steps(held_out)
    predicted = model.predict(history_at(held_out, rows, at, model.window)).observation
    before, after = held_out.observations[rows, at], held_out.observations[rows, at + 1]
    seen, when = _steps(training)
    mean = training.observations[seen, when + 1].mean(0)
    return Errors(_squared(predicted, after), _squared(before, after), _squared(mean, after))


def openness(errors: Errors, full: float) -> float:
    """0 (nothing is imagined), where the model is no better than the simplest guess, … 1 (as much as may be),
    where its error is ``full`` of that or less."""
    return float(np.clip((1.0 - errors.ratio) / (1.0 - full), 0.0, 1.0))


def _steps(episodes: Episodes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Episode and moment of every step."""
    rows = np.repeat(np.arange(len(episodes.lengths)), episodes.lengths)
    at = np.concatenate([np.arange(length) for length in episodes.lengths])
    return rows, at


def _squared(found: NDArray[np.float32], wanted: NDArray[np.float32]) -> float:
    return float(np.square(found.astype(np.float64) - wanted).mean())
