"""World models on the same held-out episodes: how far off, how sure of it, how fast.

Errors of the observation are mean squares over all its numbers (probabilities for one-hot and binary ones), as a
share of what copying the state makes: below 1 the model knows something. What each figure is stands in ``MEASURES``.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from hamlet.clock import Clock
from hamlet.training.columns import Columns
from hamlet.training.world_models.histories import acting, go_on, history_at
from hamlet.training.world_models.levels import levels_of
from hamlet.training.world_models.model import Episodes, Prediction, WorldModel
from hamlet.training.world_models.sampling import assign, drawn
from hamlet.worlds.world import Floats, Mask, Spec

__all__ = ["AHEAD", "MEASURES", "Copying", "Score", "copying", "score"]

AHEAD = 5
"""Steps of the open-loop error: real actions, nothing real seen in between."""
_FUTURES = 8  # drawn for each; their mean is the prediction
_MOST = 6_000  # moments judged
_ROWS = 64  # predictions at a time

MEASURES = {
    "one step": "squared error of the next observation, as a share of copying's",
    f"{AHEAD} steps": f"the same {AHEAD} steps ahead, the mean of the imagined futures under the real actions",
    "reward": "squared error of the reward, as a share of always saying the mean",
    "end F1": "ends of episodes foretold (probability above one half): harmonic mean of precision and recall",
    "end ECE": "how far the probability of an end is from how often it comes, averaged over ten bins",
    "50% 90%": "continuous numbers that lie within the model's intervals of 50 % and 90 %; –: it gives none",
    "ms": f"milliseconds for {_ROWS} predictions at once",
    "s": "seconds of training",
}


class Score(msgspec.Struct, frozen=True):
    """One trained model; see ``MEASURES``. ``by_feature``: the squared error of each feature, one step ahead, as a
    share of copying's (``None`` for a feature that never changed)."""

    one_step: float
    ahead: float
    reward: float
    precision: float
    recall: float
    f1: float
    ece: float
    within_50: float | None
    within_90: float | None
    milliseconds: float
    seconds: float
    by_feature: dict[str, float | None]


class Copying(NamedTuple):
    """What copying the state costs, as mean squares per number: one step and ``AHEAD`` steps ahead; ``reward``: the
    variance of the reward; ``ends``: the share of moments that an end follows."""

    one_step: float
    ahead: float
    reward: float
    ends: float


class _Moments(NamedTuple):
    """Places in episodes: [B] each."""

    rows: NDArray[np.int64]
    steps: NDArray[np.int64]

    def parts(self) -> Iterator["_Moments"]:
        for start in range(0, len(self.rows), _ROWS):
            yield _Moments(self.rows[start : start + _ROWS], self.steps[start : start + _ROWS])


def copying(held_out: Episodes) -> Copying:
    """The baseline on the same moments as every model's. Raises ``ValueError`` when no episode is long enough."""
    now, ahead = _moments(held_out, 1), _moments(held_out, AHEAD)
    one = _after(held_out, now, 1) - _after(held_out, now, 0)
    five = _after(held_out, ahead, AHEAD) - _after(held_out, ahead, 0)
    rewards = held_out.rewards[now.rows, now.steps]
    return Copying(
        float((one**2).mean()), float((five**2).mean()), float(rewards.var()), float(_ends(held_out, now).mean())
    )


def score(
    model: WorldModel,
    spec: Spec,
    training: Episodes,
    held_out: Episodes,
    *,
    updates: int,
    rng: np.random.Generator,
    clock: Clock,
) -> Score:
    """Train ``model`` by ``updates`` on ``training``, and judge it on ``held_out``; ``rng`` draws the futures."""
    began = clock.monotonic()
    model.fit(training, updates)
    trained = clock.monotonic()
    base, now = copying(held_out), _moments(held_out, 1)
    found = _predicted(model, held_out, now)
    asked = history_at(held_out, now.rows[:_ROWS], now.steps[:_ROWS], model.window)
    times = []
    for _ in range(21):
        start = clock.monotonic()
        model.predict(asked)
        times.append(clock.monotonic() - start)
    real = _after(held_out, now, 1)
    squares = (found.observation - real) ** 2
    off = (found.reward - held_out.rewards[now.rows, now.steps]) ** 2
    precision, recall, f1 = _told(found.done > 0.5, _ends(held_out, now))
    return Score(
        one_step=float(squares.mean()) / base.one_step,
        ahead=_ahead(model, spec, held_out, rng) / base.ahead,
        reward=float(off.mean()) / max(base.reward, 1e-12),
        precision=precision,
        recall=recall,
        f1=f1,
        ece=_calibration_error(found.done, _ends(held_out, now)),
        within_50=_within(found, real, spec, 0.6745),
        within_90=_within(found, real, spec, 1.6449),
        milliseconds=1000.0 * float(np.median(times)),
        seconds=trained - began,
        by_feature=_by_feature(squares, (real - _after(held_out, now, 0)) ** 2, spec),
    )


def _moments(episodes: Episodes, ahead: int) -> _Moments:
    """Every moment that ``ahead`` steps follow in its episode; of too many, evenly spaced ones."""
    rows, steps = np.nonzero(np.arange(episodes.actions.shape[1]) + ahead <= episodes.lengths[:, None])
    if not len(rows):
        raise ValueError(f"no held-out episode is {ahead} steps long; collect more episodes")
    chosen = np.linspace(0, len(rows) - 1, min(len(rows), _MOST)).round().astype(np.int64)
    # Neighbours are alike: in another order, the moments of the first predictions are not one episode's.
    chosen = chosen[np.random.default_rng(0).permutation(len(chosen))]
    return _Moments(rows[chosen], steps[chosen])


def _after(episodes: Episodes, moments: _Moments, ahead: int) -> Floats:
    seen: Floats = episodes.observations[moments.rows, moments.steps + ahead]
    return seen


def _ends(episodes: Episodes, moments: _Moments) -> Mask:
    ends: Mask = episodes.terminated[moments.rows] & (moments.steps == episodes.lengths[moments.rows] - 1)
    return ends


def _predicted(model: WorldModel, episodes: Episodes, moments: _Moments) -> Prediction:
    parts = [model.predict(history_at(episodes, *part, model.window)) for part in moments.parts()]
    # What is compared are the means, which scenarios come to.
    names = [name for name in Prediction._fields if name != "scenarios"]
    means: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return Prediction(**means)


def _ahead(model: WorldModel, spec: Spec, episodes: Episodes, rng: np.random.Generator) -> float:
    """The mean square of the mean of all futures ``AHEAD`` steps on, estimated without bias from some."""
    moments, total, count = _moments(episodes, AHEAD), 0.0, 0
    for part in moments.parts():
        many = _Moments(np.repeat(part.rows, _FUTURES), np.repeat(part.steps, _FUTURES))
        history = history_at(episodes, *many, model.window)
        members = assign(model, len(many.rows), rng)
        for step in range(AHEAD):
            history = acting(history, episodes.actions[many.rows, many.steps + step])
            seen = drawn(model, history, members, spec, rng).observation
            history = go_on(history, seen)
        futures = seen.reshape(-1, _FUTURES, seen.shape[1])
        # A mean of few draws is off by a share of their variance: uncorrected, who admits doubt would look worse.
        chance = futures.var(1, ddof=1) / _FUTURES
        found = futures.mean(1)
        total += float(((found - _after(episodes, part, AHEAD)) ** 2 - chance).sum())
        count += found.size
    return total / count


def _told(said: Mask, true: Mask) -> tuple[float, float, float]:
    """Precision, recall and F1; 0 where there is nothing to divide by."""
    right = float((said & true).sum())
    precision, recall = right / max(said.sum(), 1), right / max(true.sum(), 1)
    return float(precision), float(recall), float(2.0 * right / max(said.sum() + true.sum(), 1))


def _calibration_error(chance: Floats, true: Mask) -> float:
    """Expected calibration error over ten bins of equal width (Naeini et al. 2015)."""
    bins = np.minimum((chance * 10).astype(int), 9)
    gaps = [abs(float(chance[bins == b].sum() - true[bins == b].sum())) for b in range(10)]
    return sum(gaps) / len(chance)


def _within(found: Prediction, real: Floats, spec: Spec, width: float) -> float | None:
    """The share of continuous numbers within ``width`` deviations of the mean."""
    units = np.setdiff1d(Columns.of(spec).units, levels_of(spec).columns)
    deviation = found.deviation[:, units]
    if not deviation.any():
        return None
    return float((np.abs(real - found.observation)[:, units] <= width * deviation).mean())


def _by_feature(squares: Floats, copied: Floats, spec: Spec) -> dict[str, float | None]:
    shares: dict[str, float | None] = {}
    for feature in spec.features:
        where = spec.where(feature.name)
        whole = float(copied[:, where].sum())
        shares[feature.name] = float(squares[:, where].sum()) / whole if whole > 0 else None
    return shares
