"""The learner that plans: what it adds, when it believes its model, that it repeats itself, and what it is good for."""

import hashlib
import random
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from hamlet.errors import ConfigError
from hamlet.training.dyna_learner import DynaLearner
from hamlet.training.dyna_settings import DynaSettings, GateSettings
from hamlet.training.learner import make_learner
from hamlet.training.networks import one_thread
from hamlet.training.settings import NoveltySettings, TrainingSettings
from hamlet.training.world_models.model import History, Prediction
from hamlet.training.world_models.neural import NeuralModel
from hamlet.training.world_models.settings import WorldModelSettings
from tests.training.lock import Lock, LockRule

Rows = NDArray[np.int64]
OPEN = GateSettings(enabled=False)
SMALL = WorldModelSettings(kind="ensemble", members=3, hidden=32, batch=64, learning_rate=3e-3)
DYNA = DynaSettings(k=4, model=SMALL, model_updates=10, episodes=200, gate=GateSettings(every=1))
PLAIN = TrainingSettings(
    agents=1,
    hidden=(32,),
    batch=32,
    capacity=5000,
    warm_up=50,
    learning_rate=3e-3,
    gamma=0.95,
    optimism=0.0,
    action_gap=0.0,
    n_step=3,
    tau=0.02,
    averaging=0.02,
    novelty=NoveltySettings(enabled=False),
)


class Session:
    """A learner on locks, one vector step after the other, as the trainer would have it."""

    def __init__(self, dyna: DynaSettings | None, world: Lock | None = None, seed: int = 0, **changes: Any) -> None:
        one_thread()
        self.settings = msgspec.structs.replace(PLAIN, dyna=dyna, **changes)
        self.world = world or Lock(self.settings.agents)
        init, sampling, acting = np.random.default_rng(seed).spawn(3)
        self.learner = make_learner(
            self.world.spec,
            self.settings,
            init=init,
            sampling=sampling,
            acting=acting,
            rule=LockRule(),
            make=Lock,
        )
        self.step = self.world.reset(seed)
        self.episodes = self.steps = self.updates = 0

    def play(self, episodes: int, epsilon: float = 0.3) -> "Session":
        until = self.episodes + episodes
        none = np.zeros(self.world.n, np.float32)
        while self.episodes < until:
            observation, mask = self.step.observation.copy(), self.step.mask
            actions = self.learner.act(observation, mask, epsilon)
            self.step = self.world.step(actions)
            self.learner.observe(observation, actions, none, self.step)
            self.steps += 1
            self.episodes += int((self.step.terminated | self.step.truncated).sum())
            if self.learner.ready:
                self.learner.update(0.0, self.settings.learning_rate)
                self.updates += 1
        return self

    @property
    def dyna(self) -> DynaLearner:
        assert isinstance(self.learner, DynaLearner)
        return self.learner

    def state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        arrays = (
            self.learner.networks() | self.learner.memory() | {f"world.{k}": v for k, v in self.world.state().items()}
        )
        generators = self.learner.generators() | {"world": self.world.rng}
        return (
            {name: array.copy() for name, array in arrays.items()},
            {name: generator.bit_generator.state for name, generator in generators.items()},
        )

    def restore(self, arrays: dict[str, Any], generators: dict[str, Any]) -> None:
        for name, array in self.learner.networks().items():
            array[...] = arrays[name]
        self.learner.restore_memory(arrays)
        self.step = self.world.restore(
            {n.removeprefix("world."): a for n, a in arrays.items() if n.startswith("world.")}
        )
        for name, generator in (self.learner.generators() | {"world": self.world.rng}).items():
            generator.bit_generator.state = generators[name]

    def digest(self) -> str:
        arrays, generators = self.state()
        sha = hashlib.sha256(repr(sorted(generators.items())).encode())
        for name in sorted(arrays):
            sha.update(name.encode() + np.ascontiguousarray(arrays[name]).tobytes())
        return sha.hexdigest()

    def success(self, count: int = 200) -> float:
        """Greedy, by the averaged network."""
        world, policy = Lock(count), self.learner.policy()
        step, won, running = world.reset(99), np.zeros(count, np.bool_), np.ones(count, np.bool_)
        while running.any():
            step = world.step(policy.act(step.observation, step.mask))
            won |= running & (step.reward > 0)
            running &= ~(step.terminated | step.truncated)
        return float(won.mean())


def test_planning_adds_updates_and_takes_nothing_from_the_real_ones() -> None:
    plain, planning = Session(None).play(25), Session(msgspec.structs.replace(DYNA, gate=OPEN)).play(25)
    health = planning.learner.health()
    assert health["real_updates"] == planning.updates == planning.steps - plain_warm_up(planning)
    assert health["planning_updates"] > 2 * health["real_updates"], (
        "k − 1 = 3 for each, from the first imagined ones on"
    )
    assert plain.learner.health() == {}


def plain_warm_up(session: Session) -> int:
    """Vector steps before the first update: until ``warm_up`` transitions have left the n-step window."""
    return session.settings.warm_up + session.settings.n_step - 2


def test_the_replay_holds_what_happened_and_nothing_else() -> None:
    session = Session(msgspec.structs.replace(DYNA, gate=OPEN, real_ratio=0.0)).play(40)
    memory = session.learner.memory()
    assert len(memory["replay.reward"]) == session.steps - session.settings.n_step + 1
    assert len(memory["imagined.reward"]) > len(memory["replay.reward"])
    assert memory["episodes.counts"].sum() == 40, "whole real episodes, of which the model learns"


def test_k_of_one_is_the_plain_learner() -> None:
    plain, one = Session(None).play(25), Session(msgspec.structs.replace(DYNA, k=1, gate=OPEN)).play(25)
    assert np.array_equal(plain.learner.weights(), one.learner.weights()) and one.updates == plain.updates
    assert one.learner.health()["planning_updates"] == 0 and not one.learner.health()["imagined"]


class Ignorant(NeuralModel):
    """Learns as any other, and says that nothing will be seen."""

    def predict(self, history: History, members: Rows | None = None) -> Prediction:
        found = super().predict(history, members)
        return found._replace(observation=np.zeros_like(found.observation))


def test_the_gate_stays_shut_while_the_model_is_no_better_than_a_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hamlet.training.world_models.making.NeuralModel", Ignorant)
    shut = Session(msgspec.structs.replace(DYNA, while_shut="rest")).play(25)
    health = shut.learner.health()
    assert health["model_error"] >= health["guess_error"] > 0
    assert health["planned"] == 0 and health["imagined"] == 0 and health["planning_updates"] == 0
    assert health["real_updates"] == shut.updates
    replaying = Session(DYNA).play(25)
    health = replaying.learner.health()
    assert health["planned"] == 0 and health["planning_updates"] == 0
    assert health["real_updates"] == DYNA.k * replaying.updates


def test_the_gate_opens_as_the_model_becomes_better_than_a_guess() -> None:
    session = Session(msgspec.structs.replace(DYNA, gate=GateSettings(every=1, full=0.1)))
    seen = []
    for _ in range(40):
        session.play(1)
        health = session.learner.health()
        seen.append(health["planned"])
        assert bool(health["planned"]) <= (health["model_error"] < health["guess_error"])
    assert seen[:4] == [0.0] * 4, "one in five is held out: before the fifth nothing is known"
    assert seen[-1] > 0 and health["imagined"] > 0


def test_imagined_episodes_end_and_are_cut_off_at_the_cap() -> None:
    session = Session(msgspec.structs.replace(DYNA, gate=OPEN), Lock(1, cap=6), n_step=1).play(30)
    memory = session.learner.memory()
    discounts = memory["imagined.discount"]
    assert 0 < (discounts == 0).sum() < len(discounts), "some are ended by the model, the rest goes on"
    imagined = session.learner.health()["imagined"]
    assert imagined <= 30 * 3 * 6, "none is longer than the cap"


@pytest.mark.parametrize("horizon", [1, 5])
def test_with_a_horizon_rollouts_begin_anywhere_and_are_that_long(horizon: int) -> None:
    session = Session(msgspec.structs.replace(DYNA, gate=OPEN, horizon=horizon), n_step=1).play(30)
    memory = session.learner.memory()
    times = memory["imagined.units"][0, :, 0]
    assert len(np.unique(times.round(2))) > 5, "also from the middle of episodes"
    per_real = session.learner.health()["imagined"] / session.steps
    assert 1.0 < per_real < 3.0, "k − 1 = 3 imagined steps a real one, less what the model ended"


def test_old_imaginings_are_forgotten() -> None:
    aged = msgspec.structs.replace(DYNA, gate=OPEN, max_age=2)
    session = Session(aged).play(30)
    assert 0 < session.learner.health()["imagined"] <= 3 * 3 * 12, "those of the last three real episodes at most"


def test_the_real_world_can_stand_in_for_the_model() -> None:
    session = Session(msgspec.structs.replace(DYNA, imagination="real")).play(30)
    health = session.learner.health()
    assert health["planned"] == 3 and health["imagined"] > 0 and health["model_error"] == 0
    assert not any(name.startswith("model.") for name in session.learner.networks())


def test_as_many_updates_from_real_data_alone() -> None:
    health = Session(msgspec.structs.replace(DYNA, imagination="none")).play(30).learner.health()
    assert health["imagined"] == 0 and health["planning_updates"] == 0
    session = Session(msgspec.structs.replace(DYNA, imagination="none")).play(30)
    assert session.learner.health()["real_updates"] == 4 * session.updates


def test_the_rule_plays_first() -> None:
    warm = Session(msgspec.structs.replace(DYNA, warm_start=10))
    warm.play(10, epsilon=1.0)
    memory = warm.learner.memory()
    seen, acted = memory["episodes.training.observations"][0], memory["episodes.training.actions"][0]
    assert np.array_equal(LockRule().act(seen[:2], np.ones((2, 4), np.bool_)), acted[:2])
    actions = {warm.learner.act(warm.step.observation, warm.step.mask, 1.0).item() for _ in range(50)}
    assert actions == {0, 1, 2, 3}, "then it is its own"


@pytest.mark.parametrize("kind", ["mlp", "probabilistic", "ensemble", "lstm", "transformer"])
def test_a_run_repeats_itself_and_goes_on_from_its_state(kind: str) -> None:
    model = WorldModelSettings(kind=kind, hidden=16, batch=16, members=2, window=4)
    dyna = msgspec.structs.replace(
        DYNA, model=model, model_updates=2, warm_start=3, gate=GateSettings(every=2, full=0.9)
    )
    one, two = (Session(dyna, agents=3).play(40) for _ in range(2))
    assert one.digest() == two.digest() != Session(dyna, agents=3, seed=1).play(40).digest()
    resumed = Session(dyna, agents=3, seed=5)
    resumed.restore(*one.state())
    assert resumed.play(40).digest() == one.play(40).digest()
    assert resumed.learner.health() == one.learner.health()


@pytest.mark.parametrize("changes", [{"imagination": "real"}, {"imagination": "none"}, {"horizon": 4, "gate": OPEN}])
def test_so_do_the_reference_arms(changes: dict[str, Any]) -> None:
    dyna = msgspec.structs.replace(DYNA, **changes)
    one, resumed = Session(dyna, agents=2).play(30), Session(dyna, agents=2, seed=5)
    resumed.restore(*one.state())
    assert resumed.play(30).digest() == one.play(30).digest()


def test_nothing_touches_a_generator_of_everyones() -> None:
    before = (random.getstate(), np.random.get_state()[1].tolist(), torch.random.get_rng_state().tolist())  # type: ignore[index]
    Session(msgspec.structs.replace(DYNA, gate=OPEN)).play(20)
    assert before == (random.getstate(), np.random.get_state()[1].tolist(), torch.random.get_rng_state().tolist())  # type: ignore[index]


def test_when_it_forgets_it_forgets_what_it_imagined() -> None:
    session = Session(msgspec.structs.replace(DYNA, gate=OPEN)).play(30)
    assert session.learner.health()["imagined"] > 0
    session.learner.forget(5)
    assert session.learner.health()["imagined"] == 0 and not session.learner.ready


def test_settings_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="dyna plans for q_network mlp, found lstm"):
        TrainingSettings(q_network="lstm", dyna=DYNA, novelty=NoveltySettings(enabled=False))
    with pytest.raises(ValueError, match="dyna imagines no novelty"):
        TrainingSettings(dyna=DYNA)
    with pytest.raises(ValueError, match="write horizon: null"):
        DynaSettings(imagination="real", horizon=3)
    generators = dict(zip(("init", "sampling", "acting"), np.random.default_rng(0).spawn(3), strict=True))
    for dyna, complaint in (
        (DynaSettings(warm_start=5), "no rule policy"),
        (DynaSettings(imagination="real"), "no world"),
    ):
        settings = msgspec.structs.replace(PLAIN, dyna=dyna)
        with pytest.raises(ConfigError, match=complaint):
            make_learner(Lock(1).spec, settings, **generators)


def test_planning_learns_from_fewer_real_episodes() -> None:
    """Where single steps are easy to foretell and there are few updates for what happened, planning must win."""
    dyna = msgspec.structs.replace(DYNA, k=8)
    plain, planned = (
        [Session(how, seed=seed, agents=4).play(66).success() for seed in range(3)] for how in (None, dyna)
    )
    assert np.mean(planned) > np.mean(plain) + 0.15
