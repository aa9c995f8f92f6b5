"""How many real conversations learning takes, with and without planning: ``python -m benchmarks.dyna``.

Arms × seeds on the dialogue world, one call at a time, one update a turn in plain DQN. After 50, 100, 150, 200
and 300 real calls the averaged network answers 500 held-out debtors greedily. The table: mean success with its
95 % interval, violations per 100 calls at the end, gradient steps of the Q-network, CPU seconds of the whole arm.

All arms begin with the same 30 calls by the rule policy, which count.

* ``DQN``: the tuned settings, no planning; ``DQN x5``, ``DQN x10``: as many updates as DDQ(5) and DDQ(10), from
  real data alone; ``DQN, 5 x real``: five real calls for each one that the others have;
* ``DDQ(5)``, ``DDQ(10)``: planning in the model of utterances, four turns from where real calls were; the same with
  the ``ensemble``, from their beginning to their end;
* ``grounded(5)``: the same with the true world in the model's place: what a perfect model would be worth.
"""

import argparse
import math
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import msgspec
import numpy as np

from hamlet.lab.figures.paper import PALETTE, Drawn, legend, panel, save, sheet, stroke, writing
from hamlet.lab.statistics import summary
from hamlet.training.dyna_settings import DynaSettings
from hamlet.training.learner import make_learner
from hamlet.training.networks import one_thread
from hamlet.training.settings import NoveltySettings, TrainingSettings
from hamlet.training.world_models.settings import WorldModelSettings
from hamlet.worlds.dialogue.dialogue import Dialogue
from hamlet.worlds.dialogue.physics import PHYSICS
from hamlet.worlds.dialogue.policies import OraclePolicy, RulePolicy
from hamlet.worlds.dialogue.settings import DialogueSettings
from hamlet.worlds.dialogue.sitting import sit
from hamlet.worlds.random_policy import RandomPolicy
from hamlet.worlds.world import Policy

__all__ = ["ARMS", "TUNED", "Point", "learn", "main"]

WORLD = DialogueSettings(physics=PHYSICS)
CALLS, HELD_OUT = (50, 100, 150, 200, 300), 500
MORE = {"DQN, 5 x real": 5}
DRAWN = ("DDQ(5)", "DDQ(5), ensemble", "DQN x5", "DQN", "grounded(5)")  # in the palette's order
EPSILON, EPSILON_CALLS = (0.3, 0.05), 100  # falls in a straight line of real calls
TUNED = TrainingSettings(
    agents=1,
    hidden=(64,),
    batch=32,
    capacity=10_000,
    warm_up=100,
    learning_rate=1e-3,
    settled=1.0,
    gamma=0.97,
    optimism=0.0,
    action_gap=0.0,
    n_step=1,
    tau=0.01,
    averaging=0.01,
    novelty=NoveltySettings(enabled=False),
)
MODEL = WorldModelSettings(kind="ensemble", members=3, hidden=64, batch=64)
PLANNING = DynaSettings(k=5, warm_start=30, model=MODEL)
UTTERANCES = DynaSettings(
    k=5,
    warm_start=30,
    model=WorldModelSettings(kind="utterances", members=3),
    model_updates=20,
    model_every=2,
    horizon=4,
    max_age=30,
)
ARMS: dict[str, DynaSettings] = {
    "DQN": msgspec.structs.replace(PLANNING, k=1, imagination="none"),
    "DQN x5": msgspec.structs.replace(PLANNING, imagination="none"),
    "DQN x10": msgspec.structs.replace(PLANNING, k=10, imagination="none"),
    "DQN, 5 x real": msgspec.structs.replace(PLANNING, k=1, imagination="none"),
    "DDQ(5)": UTTERANCES,
    "DDQ(10)": msgspec.structs.replace(UTTERANCES, k=10),
    "DDQ(5), ensemble": PLANNING,
    "DDQ(10), ensemble": msgspec.structs.replace(PLANNING, k=10),
    "grounded(5)": msgspec.structs.replace(PLANNING, imagination="real"),
}


class Point(msgspec.Struct, frozen=True):
    """What an arm is worth after so many real calls (``DQN, 5 x real`` had five times as many): success and
    violations per 100 calls on held-out debtors; gradient steps and CPU seconds until then, without the exams."""

    arm: str
    seed: int
    calls: int
    success: float
    violations: float
    updates: float
    seconds: float


def learn(arm: str, seed: int) -> list[Point]:
    """Learn from ``CALLS[-1]`` real calls, or so many times ``MORE``; the arm's figures at every one of ``CALLS``."""
    settings = msgspec.structs.replace(TUNED, dyna=ARMS[arm])
    one_thread()
    world, held_out = Dialogue(WORLD, settings.agents), Dialogue(WORLD, HELD_OUT, exam=True)
    init, sampling, acting = np.random.default_rng(seed).spawn(3)
    learner = make_learner(
        world.spec,
        settings,
        init=init,
        sampling=sampling,
        acting=acting,
        rule=RulePolicy(),
        make=lambda n: Dialogue(WORLD, n),
    )
    points: list[Point] = []
    none, calls, seconds = np.zeros(world.n, np.float32), 0, 0.0
    step = world.reset(seed)
    begin = time.thread_time()
    while len(points) < len(CALLS):
        observation, mask = step.observation.copy(), step.mask.copy()
        share = min(1.0, calls / EPSILON_CALLS)
        actions = learner.act(observation, mask, EPSILON[0] + share * (EPSILON[1] - EPSILON[0]))
        step = world.step(actions)
        learner.observe(observation, actions, none, step)
        if learner.ready:
            for _ in range(settings.updates_per_step):
                learner.update(0.0, settings.learning_rate)
        calls += int((step.terminated | step.truncated).sum())
        due = CALLS[len(points)]
        if calls >= due * MORE.get(arm, 1):
            seconds += time.thread_time() - begin
            health = learner.health()
            steps = health["real_updates"] + health["planning_updates"]
            exam = sit(learner.policy(), held_out)
            points.append(Point(arm, seed, due, exam.success, exam.violations, steps, seconds))
            begin = time.thread_time()
    return points


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dyna", description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--arm", action="append", choices=list(ARMS), help="may be given several times")
    parser.add_argument("--json", type=Path, metavar="FILE", help="every figure of every seed")
    parser.add_argument("--figure", type=Path, metavar="DIR", help="the learning curves there, as dyna.png")
    asked = parser.parse_args()
    held_out = Dialogue(WORLD, HELD_OUT, exam=True)
    baselines: dict[str, Policy] = {
        "random": RandomPolicy(np.random.default_rng(0)),
        "rule": RulePolicy(),
        "oracle": OraclePolicy(held_out),
    }
    print("; ".join(f"{name} {sit(policy, held_out).success:.2f}" for name, policy in baselines.items()), "\n")
    jobs = [(arm, seed) for seed in range(asked.seeds) for arm in asked.arm or ARMS]
    found: list[Point] = []
    with ProcessPoolExecutor(asked.jobs, mp_context=get_context("spawn")) as pool:
        for points in pool.map(learn, *zip(*jobs, strict=True)):
            found += points
            print(f"{points[-1].arm}, seed {points[-1].seed}: {points[-1].success:.2f}", file=sys.stderr)
    show(found)
    if asked.json:
        asked.json.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
    if asked.figure:
        draw(found, asked.figure)


def draw(found: list[Point], folder: Path) -> None:
    """The curves of up to five arms, with the 95 % intervals of their means."""
    arms = [arm for arm in DRAWN if any(point.arm == arm for point in found)]
    title = "Planning in a model, and what costs the same"
    note = (
        f"Success with {HELD_OUT} held-out debtors after so many real calls: mean of"
        f" {len({point.seed for point in found})} seeds with its 95 % interval. python -m benchmarks.dyna"
    )
    with writing():
        figure, (axes,) = sheet(title, note, size=(8.4, 4.6))
        for color, arm in zip(PALETTE, arms, strict=False):
            means, halves = np.array([_mean(_success(found, arm, calls)) for calls in CALLS]).T
            axes.fill_between(CALLS, means - halves, means + halves, color=color, alpha=0.15, lw=0)
            stroke(axes, np.array(CALLS, np.float64), means, color, arm)
        panel(axes, x="real calls", y="share of calls that end well")
        axes.set_ylim(0, 1)
        legend(axes, 5)
        save(Drawn("dyna", title, note, figure), folder, dpi=150)


def show(found: list[Point]) -> None:
    """Print the table of all arms, and how far each is ahead of DQN, seed by seed."""
    arms = list(dict.fromkeys(point.arm for point in found))
    print("| success after real calls | " + " | ".join(map(str, CALLS)) + " | violations | updates | CPU s |")
    print("|---|" + "--:|" * (len(CALLS) + 3))
    for arm in arms:
        cells = [arm, *(_interval(_success(found, arm, calls)) for calls in CALLS)]
        last = _of(found, arm, CALLS[-1])
        cells.append(f"{np.mean([p.violations for p in last]):.0f}")
        cells += [f"{np.mean([p.updates for p in last]):,.0f}", f"{np.mean([p.seconds for p in last]):.0f}"]
        print("| " + " | ".join(cells) + " |")
    if "DQN" not in arms:
        return
    print("\n| ahead of DQN, seed by seed | " + " | ".join(map(str, CALLS)) + " |")
    print("|---|" + "--:|" * len(CALLS))
    for arm in arms:
        if arm != "DQN":
            ahead = [_ahead(_success(found, arm, calls), _success(found, "DQN", calls)) for calls in CALLS]
            print("| " + " | ".join([arm, *map(_interval, ahead)]) + " |")


def _success(found: list[Point], arm: str, calls: int) -> dict[int, float]:
    return {p.seed: p.success for p in _of(found, arm, calls)}


def _ahead(ours: dict[int, float], theirs: dict[int, float]) -> dict[int, float]:
    return {seed: value - theirs[seed] for seed, value in ours.items()}


def _interval(by_seed: dict[int, float]) -> str:
    mean, half = _mean(by_seed)
    return f"{mean:.2f} ± {half:.2f}"


def _mean(by_seed: dict[int, float]) -> tuple[float, float]:
    """And half of its 95 % interval, which is not a number where there is one seed only."""
    of = summary(by_seed, more_is_better=True)
    assert of is not None and of.mean is not None
    return of.mean, math.nan if of.high is None else of.high - of.mean


def _of(found: list[Point], arm: str, calls: int) -> list[Point]:
    """With one call at a time, calls are counted one by one: every milestone is met exactly."""
    return [point for point in found if point.arm == arm and point.calls == calls]


if __name__ == "__main__":
    main()
