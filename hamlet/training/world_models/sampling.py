"""From a prediction to a next step: drawn from the distribution, or the most likely one."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from hamlet.training.columns import Columns
from hamlet.training.world_models.levels import Levels, levels_of
from hamlet.training.world_models.model import History, Imagines, Outcome, Prediction, Scenarios, WorldModel
from hamlet.worlds.world import Floats, Mask, Spec

__all__ = ["assign", "draw", "drawn", "likeliest"]


def assign(model: WorldModel, count: int, rng: np.random.Generator) -> NDArray[np.int64] | None:
    """[count] the member that each of ``count`` imagined episodes follows; ``None`` for a single model. What
    ``predict`` takes."""
    return rng.integers(0, model.members, count) if model.members > 1 else None


def drawn(
    model: WorldModel, history: History, members: NDArray[np.int64] | None, spec: Spec, rng: np.random.Generator
) -> Outcome:
    """A next step for each row of ``history``, drawn from what ``model`` predicts."""
    if isinstance(model, Imagines):
        return model.imagined(history, members, rng)
    return draw(model.predict(history, members), spec, rng)


def draw(prediction: Prediction, spec: Spec, rng: np.random.Generator) -> Outcome:
    """A next step for each row: one of the scenarios, where there are any, else its numbers drawn independently; the
    reward is the expected one, since noise on it would teach nothing."""
    if prediction.scenarios is not None:
        total = np.cumsum(prediction.scenarios.chances, axis=1)
        which = (total > rng.random((len(total), 1), dtype=np.float32) * total[:, -1:]).argmax(1)
        return _comes(prediction.scenarios, which, rng)
    seen = prediction.observation + prediction.deviation * rng.standard_normal(
        prediction.observation.shape, dtype=np.float32
    )
    even = rng.random(prediction.observation.shape, dtype=np.float32)
    columns, levels = _columns(spec)
    for start, end in columns.hot:
        total = np.cumsum(prediction.observation[:, start:end], axis=1)
        which = (total > even[:, start : start + 1] * total[:, -1:]).argmax(1)
        seen[:, start:end] = np.eye(end - start, dtype=np.float32)[which]
    seen[:, columns.bits] = even[:, columns.bits] < prediction.observation[:, columns.bits]
    if prediction.levels.size:
        total = np.cumsum(prediction.levels, axis=2)
        choices = (total > even[:, levels.columns, None] * total[..., -1:]).argmax(2)
        seen[:, levels.columns] = levels.taken(choices)
    allowed = rng.random(prediction.mask.shape, dtype=np.float32) < prediction.mask
    done = rng.random(prediction.done.shape, dtype=np.float32) < prediction.done
    return _outcome(prediction, seen, done, allowed)


def likeliest(prediction: Prediction, spec: Spec) -> Outcome:
    """The most likely value of each number, the mean of continuous ones; or the most likely scenario that is no end,
    and whether an end is likelier than not."""
    if prediction.scenarios is not None:
        given = prediction.scenarios
        outcome = _comes(given, np.where(given.done, -1.0, given.chances).argmax(1), None)
        return outcome._replace(done=prediction.done > 0.5)
    seen = prediction.observation.copy()
    columns, levels = _columns(spec)
    for start, end in columns.hot:
        which = prediction.observation[:, start:end].argmax(1)
        seen[:, start:end] = np.eye(end - start, dtype=np.float32)[which]
    seen[:, columns.bits] = prediction.observation[:, columns.bits] > 0.5
    if prediction.levels.size:
        seen[:, levels.columns] = levels.taken(prediction.levels.argmax(2))
    return _outcome(prediction, seen, prediction.done > 0.5, prediction.mask > 0.5)


def _comes(given: Scenarios, which: NDArray[np.int64], rng: np.random.Generator | None) -> Outcome:
    rows = np.arange(len(which))
    seen = given.observation[rows, which]
    if rng is not None:
        seen = np.clip(seen + given.deviation * rng.standard_normal(seen.shape, dtype=np.float32), -1.0, 1.0)
    return Outcome(seen, given.reward[rows, which], given.done[rows, which], given.mask[rows, which])


def _outcome(prediction: Prediction, seen: Floats, done: Mask, allowed: Mask) -> Outcome:
    none = ~allowed.any(axis=1)
    allowed[none, prediction.mask[none].argmax(axis=1)] = True
    return Outcome(np.clip(seen, -1.0, 1.0), prediction.reward.copy(), done, allowed)


@cache
def _columns(spec: Spec) -> tuple[Columns, Levels]:
    return Columns.of(spec), levels_of(spec)
