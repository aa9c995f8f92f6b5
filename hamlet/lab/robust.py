"""Statistics of few runs, as Agarwal et al. 2021 ("Deep Reinforcement Learning at the Edge of the Statistical
Precipice", NeurIPS; their library *rliable*) advise: interquartile means and probabilities of improvement with
bootstrap intervals, never a test on one run. And times to a threshold, where those that were not reached are
censored, not dropped: medians by Kaplan and Meier 1958.

Bootstrap intervals of few values are too narrow (of five normal values the percentile interval of the mean holds the
true one 83 % of the time; ``tests/lab/test_statistics.py``): read them with the number of seeds beside them.
"""

import math
from collections.abc import Callable, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Interval",
    "Reached",
    "bootstrap",
    "improvement",
    "iqm",
    "median_time",
    "probability_of_improvement",
    "ratio",
]

Numbers = NDArray[np.float64]

REPEATS = 2000


class Interval(msgspec.Struct, frozen=True):
    """A figure with its 95 % interval; ``None``: no interval (fewer than two values), or beyond all that was seen."""

    value: float | None
    low: float | None
    high: float | None


class Reached(msgspec.Struct, frozen=True):
    """When a seed first reached a threshold: ``at``, or not by the time it ended, ``None`` and ``ended``."""

    at: float | None
    ended: float


def iqm(values: Sequence[float] | Numbers) -> float:
    """Interquartile mean: the quarter of the values (rounded down) is cut off at each end, as ``scipy``'s
    ``trim_mean(values, .25)`` and so *rliable* do. Raises ``ValueError`` without values."""
    if not len(values):
        raise ValueError("iqm: expected at least one value")
    ordered = np.sort(np.asarray(values, float))
    cut = len(ordered) // 4
    return float(ordered[cut : len(ordered) - cut].mean())


def bootstrap(values: Sequence[float], statistic: Callable[[Numbers], float], rng: np.random.Generator) -> Interval:
    """``statistic`` of the values, with the percentile interval over resamples of them."""
    found = np.asarray(values, float)
    if len(found) < 2:
        return Interval(float(statistic(found)) if len(found) else None, None, None)
    drawn = rng.integers(0, len(found), (REPEATS, len(found)))
    return _interval(float(statistic(found)), [float(statistic(found[row])) for row in drawn])


def improvement(values: Sequence[float] | Numbers, first: Sequence[float] | Numbers) -> float:
    """The probability that a run of the one is better than a run of the other, ties half: Mann and Whitney's U as a
    share of all pairs."""
    one, other = np.asarray(values, float)[:, None], np.asarray(first, float)[None, :]
    return float(((one > other) + 0.5 * (one == other)).mean())


def probability_of_improvement(values: Sequence[float], first: Sequence[float], rng: np.random.Generator) -> Interval:
    """``improvement`` with its interval: both sides are resampled, each by itself."""
    one, other = np.asarray(values, float), np.asarray(first, float)
    value = improvement(one, other)
    if min(len(one), len(other)) < 2:
        return Interval(value, None, None)
    a, b = (rng.integers(0, len(side), (REPEATS, len(side))) for side in (one, other))
    return _interval(value, [improvement(one[x], other[y]) for x, y in zip(a, b, strict=True)])


def median_time(times: Sequence[Reached], rng: np.random.Generator) -> Interval:
    """The median time to a threshold by Kaplan and Meier's estimate, ``None`` where half of the seeds never were seen
    to reach it; the interval over resampled seeds."""
    if not times:
        return Interval(None, None, None)
    value = _kaplan_meier(times)
    if len(times) < 2:
        return Interval(_or_none(value), None, None)
    drawn = rng.integers(0, len(times), (REPEATS, len(times)))
    return _interval(value, [_kaplan_meier([times[n] for n in row]) for row in drawn])


def ratio(first: Mapping[int, Reached], other: Mapping[int, Reached], rng: np.random.Generator) -> Interval | None:
    """How many times sooner ``other`` was: the first one's median over the other's, of the seeds that
    both have, which are resampled together. ``None`` unless half of them were seen to reach it on both sides."""
    pairs = [(first[seed], other[seed]) for seed in first if seed in other]
    a, b = (_kaplan_meier([pair[side] for pair in pairs]) for side in (0, 1))
    if not math.isfinite(a) or not math.isfinite(b) or b <= 0:
        return None
    if len(pairs) < 2:
        return Interval(a / b, None, None)
    draws = []
    for row in rng.integers(0, len(pairs), (REPEATS, len(pairs))):
        one, two = (_kaplan_meier([pairs[n][side] for n in row]) for side in (0, 1))
        if math.isfinite(one) or math.isfinite(two):
            draws.append(one / two if two else math.inf)
    return _interval(a / b, draws)


def _kaplan_meier(times: Sequence[Reached]) -> float:
    """The first time at which the estimated share that has not reached it is a half or less; infinite without one."""
    known = sorted((one.at if one.at is not None else one.ended, one.at is None) for one in times)
    left, at_risk = 1.0, len(known)
    for moment, censored in known:
        if not censored:
            left *= 1 - 1 / at_risk
            if left <= 0.5 + 1e-12:
                return moment
        at_risk -= 1
    return math.inf


def _interval(value: float, draws: Sequence[float]) -> Interval:
    low, high = np.quantile(draws, [0.025, 0.975], method="inverted_cdf") if len(draws) else (math.inf, math.inf)
    return Interval(_or_none(value), _or_none(float(low)), _or_none(float(high)))


def _or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None
