"""What several ways to learn are worth beside each other: over seeds, with intervals, on equal terms."""

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np

from hamlet.lab.arms import Arm
from hamlet.lab.exams import best, share
from hamlet.lab.record import Record
from hamlet.lab.robust import (
    Interval,
    Reached,
    bootstrap,
    iqm,
    median_time,
    probability_of_improvement,
    ratio,
)
from hamlet.lab.statistics import Difference, Summary, difference, summary

__all__ = ["THRESHOLDS", "ArmResult", "Comparison", "SampleEfficiency", "compared", "until"]

THRESHOLDS = (0.5, 0.95)
"""Shares of the expert's, or the oracle's, by default."""

Axis = Literal["episodes", "gradient steps"]


class SampleEfficiency(msgspec.Struct, frozen=True):
    """What it took to reach a threshold (a share of the best baseline): ``reached`` of ``seeds`` did; the ``median``
    with seeds that did not as censored; how many ``times_sooner`` than the first arm, where it can be said. ``by_seed``
    holds ``None`` for a seed that did not, within ``ended``. Exams are sat now and then: ``resolution`` is the largest
    distance between two, so much sooner it may have been."""

    threshold: float
    axis: Axis
    seeds: int
    reached: int
    median: Interval
    times_sooner: Interval | None
    resolution: float
    by_seed: dict[int, float | None]
    ended: dict[int, float]


class ArmResult(msgspec.Struct, frozen=True):
    """``final``: share of the best baseline in the last exam up to the common horizon, by seed; ``mean`` with Student's
    interval, ``middle`` the interquartile mean with the bootstrap's; held against the first arm: ``to_first`` paired by
    seed, ``better`` the probability of improvement. ``kinds``: of the dialogue, success by persona, and
    ``violations`` per 100 calls, means over seeds with Student's interval."""

    name: str
    runs: dict[int, str]
    final: dict[int, float]
    mean: Summary
    middle: Interval
    to_first: Difference | None
    to_first_middle: Interval | None
    better: Interval | None
    efforts: list[SampleEfficiency]
    kinds: dict[str, Summary]
    violations: Summary | None


class Comparison(msgspec.Struct, frozen=True):
    """``horizon``: the episode up to which all runs have exams; the finals are read there. ``against``: what scores are
    shares of."""

    world: str
    unit: str
    against: str
    horizon: int
    thresholds: tuple[float, ...]
    arms: list[ArmResult]
    notes: list[str]


def compared(arms: Sequence[Arm], thresholds: Sequence[float], notes: Sequence[str]) -> Comparison:
    """The arms beside the first of them. Deterministic: the bootstrap draws from a fixed seed."""
    runs = [record for arm in arms for record in arm.runs.values()]
    horizon = min(record.exams[-1].episode for record in runs)
    said = list(notes)
    if longer := sorted({record.exams[-1].episode for record in runs} - {horizon}):
        said.append(
            f"Runs are of different length: finals are read at {horizon:,}, where the shortest ends (the longest at"
            f" {longer[-1]:,}); times to a threshold use each run whole."
        )
    silent = [arm.name for arm in arms if len(_axes(arm)) < 2]
    if silent:
        said.append(
            f"{', '.join(silent)}: the log tells no gradient steps (training.progress_every is beyond the run)."
        )
    few = min(len(arm.runs) for arm in arms)
    if few < 5:
        said.append(f"{few} seed{'s' if few > 1 else ''} at least: " + (_ONE if few == 1 else _FEW))
    first = arms[0]
    return Comparison(
        world=runs[0].world,
        unit=runs[0].unit,
        against=best(runs[0].world),
        horizon=horizon,
        thresholds=tuple(thresholds),
        arms=[_result(arm, first, horizon, thresholds) for arm in arms],
        notes=said,
    )


_ONE = "one run is one sample, so nothing can be said of how sure a difference is."
_FEW = "intervals of so few are rough, and the bootstrap's too narrow."


def until(record: Record, horizon: int) -> float:
    """The share of the best baseline in the newest exam up to ``horizon``."""
    return share([exam for exam in record.exams if exam.episode <= horizon][-1], record.world)


def _result(arm: Arm, first: Arm, horizon: int, thresholds: Sequence[float]) -> ArmResult:
    rng = np.random.default_rng(0)
    final = {seed: until(record, horizon) for seed, record in arm.runs.items()}
    of_first = {seed: until(record, horizon) for seed, record in first.runs.items()}
    mean = summary(final, more_is_better=True)
    assert mean is not None
    other = arm is not first
    both = [final[seed] - of_first[seed] for seed in final if seed in of_first]
    return ArmResult(
        name=arm.name,
        runs={seed: record.run for seed, record in arm.runs.items()},
        final=final,
        mean=mean,
        middle=bootstrap(list(final.values()), iqm, rng),
        to_first=difference(final, of_first) if other else None,
        to_first_middle=bootstrap(both, iqm, rng) if other and both else None,
        better=probability_of_improvement(list(final.values()), list(of_first.values()), rng) if other else None,
        efforts=[
            _effort(arm, first if other else None, threshold, axis, rng)
            for threshold in thresholds
            for axis in _axes(arm)
        ],
        kinds=_kinds(arm, horizon),
        violations=_violations(arm, horizon),
    )


def _axes(arm: Arm) -> tuple[Axis, ...]:
    """Gradient steps only where every run's log tells them."""
    told = all(record.progress for record in arm.runs.values())
    return ("episodes", "gradient steps") if told else ("episodes",)


def _effort(arm: Arm, first: Arm | None, threshold: float, axis: Axis, rng: np.random.Generator) -> SampleEfficiency:
    times = {seed: _reached(record, threshold, axis) for seed, record in arm.runs.items()}
    sooner = None
    if first is not None and axis in _axes(first):
        sooner = ratio({seed: _reached(record, threshold, axis) for seed, record in first.runs.items()}, times, rng)
    gaps = [
        float(np.diff([_at(record, axis, n) for n in range(len(record.exams))]).max())
        for record in arm.runs.values()
        if len(record.exams) > 1
    ]
    return SampleEfficiency(
        threshold=threshold,
        axis=axis,
        seeds=len(times),
        reached=sum(time.at is not None for time in times.values()),
        median=median_time(list(times.values()), rng),
        times_sooner=sooner,
        resolution=max(gaps, default=0.0),
        by_seed={seed: time.at for seed, time in times.items()},
        ended={seed: time.ended for seed, time in times.items()},
    )


def _reached(record: Record, threshold: float, axis: Axis) -> Reached:
    ended = _at(record, axis, len(record.exams) - 1)
    for number, exam in enumerate(record.exams):
        if share(exam, record.world) >= threshold:
            return Reached(_at(record, axis, number), ended)
    return Reached(None, ended)


def _at(record: Record, axis: Axis, number: int) -> float:
    exam = record.exams[number]
    return float(exam.episode) if axis == "episodes" else record.gradient_steps(exam.vector_step)


def _kinds(arm: Arm, horizon: int) -> dict[str, Summary]:
    found: dict[str, dict[int, float]] = {}
    for seed, record in arm.runs.items():
        calls = [exam for exam in record.exams if exam.episode <= horizon][-1].results["agent"].calls
        for persona, success in (calls.personas if calls else {}).items():
            found.setdefault(persona, {})[seed] = success
    kinds = {persona: summary(values, more_is_better=True) for persona, values in found.items()}
    return {persona: of for persona, of in kinds.items() if of is not None}


def _violations(arm: Arm, horizon: int) -> Summary | None:
    exams = {seed: [exam for exam in record.exams if exam.episode <= horizon][-1] for seed, record in arm.runs.items()}
    return summary(
        {seed: calls.violations for seed, exam in exams.items() if (calls := exam.results["agent"].calls)},
        more_is_better=False,
    )
