"""The dialogue: how fast its calls are computed, and what frames its results: ``python -m benchmarks.dialogue``.

Raw turns a second on one core, random acts prepared, resets included: medians of repeats. Then
the baselines on 2,000 held-out debtors with 95 % intervals: success, return, violations in a
hundred calls, success with each persona; and the script and the oracle in the other bands.
"""

import statistics
import time

import msgspec
import numpy as np

from hamlet.settings import ROOT, read_config
from hamlet.worlds.dialogue.acts import ACTS, PERSONAS
from hamlet.worlds.dialogue.dialogue import Dialogue
from hamlet.worlds.dialogue.policies import ConstantPolicy, MixedPolicy, OraclePolicy, RulePolicy
from hamlet.worlds.dialogue.settings import DialogueSettings
from hamlet.worlds.dialogue.sitting import Sitting, sit
from hamlet.worlds.random_policy import RandomPolicy
from hamlet.worlds.world import Policy

__all__ = ["main"]

CONFIG = "configs/dialogue/dqn.yaml"
CALLS, REPEATS = 2000, 7
SIZES = {1: 40_000, 64: 8_000, 1024: 800}  # calls side by side → turns of each per repeat


def main() -> None:
    """Print two tables."""
    settings = read_config(ROOT / CONFIG).world
    assert isinstance(settings, DialogueSettings)
    print("| Calls side by side | Turns/s, one core |\n|--:|--:|")
    for n, steps in SIZES.items():
        print(f"| {n:,} | {_rate(settings, n, steps):,.0f} |")
    print(f"\n| {CALLS:,} held-out debtors | Success | Return | Violations in 100 calls | {' | '.join(PERSONAS)} |")
    print(f"|---|--:|--:|--:|{'--:|' * len(PERSONAS)}")
    for name, sitting in _ladder(settings):
        _print(name, sitting)
    for band in ("easy", "hard"):
        other = Dialogue(msgspec.structs.replace(settings, difficulty=band), CALLS, exam=True)
        _print(f"script, {band}", sit(RulePolicy(), other))
        _print(f"oracle, {band}", sit(OraclePolicy(other), other))


def _rate(settings: DialogueSettings, n: int, steps: int) -> float:
    world, plan = Dialogue(settings, n), np.random.default_rng(1).integers(0, len(ACTS), (64, n))
    world.step(plan[0])
    rates = []
    for _ in range(REPEATS):
        begin = time.thread_time()
        for number in range(steps):
            world.step(plan[number % 64])
        rates.append(steps * n / (time.thread_time() - begin))
    return statistics.median(rates)


def _ladder(settings: DialogueSettings) -> list[tuple[str, Sitting]]:
    world = Dialogue(settings, CALLS, exam=True)
    script, oracle = RulePolicy(), OraclePolicy(world)
    random = RandomPolicy(np.random.default_rng(1))
    constant = {act: sit(ConstantPolicy(act), world) for act in ACTS}
    best = max(constant, key=lambda act: (constant[act].success, constant[act].returns.mean()))
    rungs: list[tuple[str, Policy]] = [
        ("random", random),
        ("script, half of the turns random", MixedPolicy(random, script, 0.5, np.random.default_rng(2))),
        ("script, a tenth random", MixedPolicy(random, script, 0.9, np.random.default_rng(2))),
        ("script", script),
        ("script and oracle by turns", MixedPolicy(script, oracle, 0.5, np.random.default_rng(2))),
        ("oracle, which sees the debtor", oracle),
    ]
    sat = [(name, sit(policy, world)) for name, policy in rungs]
    return [sat[0], (f"best constant act: `{best}`", constant[best]), *sat[1:]]


def _print(name: str, sitting: Sitting) -> None:
    won = np.array([call.success for call in sitting.calls], float)
    spread, width = (1.96 * values.std() / len(values) ** 0.5 for values in (won, sitting.returns))
    personas = " | ".join(f"{share:.2f}" for share in sitting.by_persona().values())
    figures = f"{sitting.success:.3f} ± {spread:.3f} | {sitting.returns.mean():+.2f} ± {width:.2f}"
    print(f"| {name} | {figures} | {sitting.violations:.0f} | {personas} |")


if __name__ == "__main__":
    main()
