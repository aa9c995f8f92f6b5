"""What planning lacks: ``python -m benchmarks.dreaming``. A q learned in imagined calls alone, from models of
which one part is well known.

The same learner plays 1,920 imagined calls and makes 9,000 updates, whatever imagines. Where a call goes next is
foretold by one model, how it ends and what that earns by another, and each of the two has learned from few real
calls (those of plain DQN in ``benchmarks.dyna``, as many as stated) or from many (10,000, by policies of all kinds).
Success of the greedy policy on 500 held-out debtors in the true world.
"""

import argparse
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from benchmarks.dyna import ARMS, EPSILON, EPSILON_CALLS, HELD_OUT, MODEL, TUNED, WORLD
from hamlet.training.dqn_learner import DqnLearner
from hamlet.training.imagination import imagine
from hamlet.training.networks import one_thread
from hamlet.training.planners.values import ExploringPolicy, q_of
from hamlet.training.policy import EpsilonGreedy
from hamlet.training.simulators import ModelSimulator, Simulator, WorldSimulator
from hamlet.training.world_models.episodes import collect, join, select
from hamlet.training.world_models.making import make_model
from hamlet.training.world_models.model import Episodes, Fit, History, Prediction, WorldModel
from hamlet.worlds.dialogue.dialogue import Dialogue
from hamlet.worlds.dialogue.policies import MixedPolicy, RulePolicy
from hamlet.worlds.dialogue.sitting import sit
from hamlet.worlds.random_policy import RandomPolicy

__all__ = ["main"]

MANY, UPDATES, ROUNDS, CALLS = 10_000, 9_000, 30, 64
FITS = {100: 1_000, 300: 1_500, MANY: 4_000}  # updates of a model, by the calls it learns from: more overfit


class Parted:
    """Where it goes by ``transitions``, how it ends and what it earns by ``outcomes``."""

    def __init__(self, transitions: WorldModel, outcomes: WorldModel) -> None:
        self.kind, self.window, self.members = transitions.kind, transitions.window, transitions.members
        self.predicts_by = transitions.predicts_by
        self._transitions, self._outcomes = transitions, outcomes

    def predict(self, history: History, members: NDArray[np.int64] | None = None) -> Prediction:
        goes, ends = self._transitions.predict(history, members), self._outcomes.predict(history, members)
        return goes._replace(reward=ends.reward, reward_deviation=ends.reward_deviation, done=ends.done)

    def fit(self, episodes: Episodes, updates: int) -> Fit:
        raise NotImplementedError("both parts have learned already")

    def networks(self) -> dict[str, NDArray[Any]]:
        return self._transitions.networks()

    def generators(self) -> Mapping[str, np.random.Generator]:
        return self._transitions.generators()


def few(seed: int, calls: int) -> tuple[Episodes, DqnLearner]:
    """The first ``calls`` of plain DQN as ``benchmarks.dyna`` plays it, 30 by the rule policy among them; and it."""
    settings = msgspec.structs.replace(TUNED, dyna=None)
    world, init, rule = Dialogue(WORLD, 1), np.random.default_rng(seed), RulePolicy()
    first, sampling, acting = init.spawn(3)
    learner = DqnLearner(world.spec, settings, init=first, sampling=sampling, acting=acting)
    warm, none = ARMS["DQN"].warm_start, np.zeros(1, np.float32)

    class Learning:
        ended = 0

        def act(self, observation: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.int64]:
            share = min(1.0, self.ended / EPSILON_CALLS)
            chosen = learner.act(observation, mask, EPSILON[0] + share * (EPSILON[1] - EPSILON[0]))
            self.seen = observation.copy()
            self.done = chosen if self.ended >= warm else rule.act(observation, mask)
            return self.done

    policy, step = Learning(), world.step

    def stepped(actions: NDArray[np.int64]) -> Any:
        found = step(actions)
        learner.observe(policy.seen, actions, none, found)
        if learner.ready:
            learner.update(0.0, settings.learning_rate)
        policy.ended += int(found.terminated[0] or found.truncated[0])
        return found

    world.step = stepped  # type: ignore[method-assign]
    return collect(world, policy, calls, seed), learner


def many(seed: int, learner: DqnLearner) -> Episodes:
    """``MANY`` calls: by the learner with ε from 0 to a half, and by the script with chance in a third of its turns."""
    rng = np.random.default_rng(seed)
    q = q_of(learner.policy(), len(Dialogue(WORLD, 1).spec.actions))
    script = MixedPolicy(RulePolicy(), RandomPolicy(rng), 0.33, rng)
    each = [collect(Dialogue(WORLD, 64), policy, MANY // 2, seed) for policy in (ExploringPolicy(q, rng), script)]
    return join(each)


def learned(episodes: Episodes, seed: int) -> WorldModel:
    model = make_model(MODEL.kind, Dialogue(WORLD, 1).spec, MODEL, np.random.default_rng(seed))
    model.fit(episodes, FITS[len(episodes.lengths)])
    return model


def success(simulator: Simulator, seed: int) -> float:
    """Of a policy that never met the true world."""
    world = Dialogue(WORLD, HELD_OUT, exam=True)
    first, sampling, acting = np.random.default_rng(seed + 5).spawn(3)
    settings = msgspec.structs.replace(TUNED, dyna=None, batch=64, capacity=40_000)
    learner = DqnLearner(world.spec, settings, init=first, sampling=sampling, acting=acting)
    acts = EpsilonGreedy(learner._online, acting, masked=False)
    for number in range(ROUNDS):
        epsilon = max(0.15, 1.0 - number / 5)
        cap, gamma = world.spec.cap, settings.gamma
        learner._replay.add(
            imagine(simulator, CALLS, acts, epsilon, spec=world.spec, steps=cap, n_step=settings.n_step, gamma=gamma)
        )
        for _ in range(UPDATES // ROUNDS):
            learner.update(0.0, settings.learning_rate)
    return sit(learner.policy(), world).success


def _same(episodes: Episodes) -> Episodes:
    return episodes


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dreaming", description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    one_thread()
    spec = Dialogue(WORLD, 1).spec
    rows: dict[str, list[float]] = {}
    began = time.process_time()
    for seed in range(asked.seeds):
        real, learner = few(seed, 300)
        real_100 = select(real, np.arange(100))
        rng = np.random.default_rng(seed)
        known = {100: learned(real_100, seed), 300: learned(real, seed), MANY: learned(many(seed, learner), seed)}
        rows.setdefault("the true world", []).append(success(WorldSimulator(lambda n: Dialogue(WORLD, n), rng), seed))
        for goes, ends in ((MANY, MANY), (100, MANY), (MANY, 100), (300, MANY), (MANY, 300), (300, 300), (100, 100)):
            model = Parted(known[goes], known[ends])
            name = f"transitions from {goes:,} calls, outcomes from {ends:,}"
            rows.setdefault(name, []).append(success(ModelSimulator(model, partial(_same, real), spec, rng), seed))
            print(name, rows[name][-1], flush=True)
        rows.setdefault("(DQN itself after 300 calls)", []).append(
            sit(learner.policy(), Dialogue(WORLD, HELD_OUT, exam=True)).success
        )
    print("| imagined by | success, mean ± standard deviation |\n|---|--:|")
    for name, found in rows.items():
        print(f"| {name} | {np.mean(found):.2f} ± {np.std(found, ddof=1) if len(found) > 1 else 0:.2f} |")
    print(f"\n{time.process_time() - began:.0f} s of CPU")


if __name__ == "__main__":
    main()
