"""Figures over seeds: mean with its 95 % interval, median, worst; differences paired by seed.

The interval is Student's t, not a bootstrap's: resampling five or ten values percentile by
percentile gives intervals that are too narrow (``tests/lab/test_statistics.py`` counts how often
each holds the true mean: .94 against .83 of five normal values). A value of infinity means
*never reached*: it counts in median and worst, and leaves a mean without meaning.
"""

import math
import statistics
from collections.abc import Mapping

import msgspec

__all__ = ["Difference", "Summary", "difference", "summary", "t_quantile"]


class Summary(msgspec.Struct, frozen=True):
    """Over ``n`` seeds, ``never`` of which did not reach it. ``mean`` is ``None`` where one did
    not; ``low`` and ``high`` (its 95 % interval) also with fewer than two seeds."""

    n: int
    never: int
    mean: float | None
    low: float | None
    high: float | None
    median: float
    worst: float
    worst_seed: int


class Difference(msgspec.Struct, frozen=True):
    """Mean of the differences on the ``n`` seeds that both have, with its 95 % interval."""

    n: int
    mean: float
    low: float | None
    high: float | None


def summary(values: Mapping[int, float], *, more_is_better: bool) -> Summary | None:
    """Of seed → value; ``None`` without any. Of equal worst ones the first seed is named."""
    if not values:
        return None
    worst_seed = (min if more_is_better else max)(values, key=lambda seed: values[seed])
    never = sum(map(math.isinf, values.values()))
    mean, low, high = _mean(list(values.values())) if not never else (None, None, None)
    return Summary(
        n=len(values),
        never=never,
        mean=mean,
        low=low,
        high=high,
        median=statistics.median(values.values()),
        worst=values[worst_seed],
        worst_seed=worst_seed,
    )


def difference(values: Mapping[int, float], first: Mapping[int, float]) -> Difference | None:
    """``values`` − ``first``, seed by seed; ``None`` when no seed has reached both."""
    seeds = [seed for seed in values if seed in first and math.isfinite(values[seed]) and math.isfinite(first[seed])]
    if not seeds:
        return None
    mean, low, high = _mean([values[seed] - first[seed] for seed in seeds])
    return Difference(n=len(seeds), mean=mean, low=low, high=high)


def t_quantile(share: float, freedom: int) -> float:
    """The value below which Student's t with ``freedom`` degrees stays with probability ``share``
    (.5 ≤ share < 1), by bisection."""
    low, high = 0.0, 1.0
    while _t_within(high, freedom) < 2 * share - 1:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if _t_within(middle, freedom) < 2 * share - 1 else (low, middle)
    return high


def _mean(values: list[float]) -> tuple[float, float | None, float | None]:
    mean = statistics.fmean(values)
    if len(values) < 2:
        return mean, None, None
    half = t_quantile(0.975, len(values) - 1) * statistics.stdev(values) / math.sqrt(len(values))
    return mean, mean - half, mean + half


def _t_within(t: float, freedom: int) -> float:
    """P(−t < T < t): the finite series for whole degrees of freedom (Abramowitz & Stegun 26.7.3, 26.7.4)."""
    theta = math.atan(t / math.sqrt(freedom))
    cosine = math.cos(theta)
    odd = freedom % 2
    term = cosine if odd else 1.0
    total = 0.0
    for k in range(1 if odd else 0, freedom - 1, 2):
        total += term
        term *= (k + 1) / (k + 2) * cosine**2
    if odd:
        return 2 / math.pi * (theta + math.sin(theta) * total)
    return math.sin(theta) * total
