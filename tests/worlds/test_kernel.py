"""The kernel against the rules, written down a second time, plainly; and what must always hold."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.town.town import Town, random_layout
from tests.worlds import towns

LIVELY = towns.settings(
    {
        "grid": {"width": 3, "height": 4},
        "affordances": {
            "Bed": {"at": [0, 0], "cost": 35, "effects": {"energy": 0.6, "mood": -0.3}},
            "Job": {"at": [1, 1], "income": 24, "effects": {"energy": -0.2, "satiation": -0.1}},
            "Food": {"at": [2, 3], "cost": 40, "effects": {"satiation": 0.7, "hygiene": -0.05, "social": 0.2}},
        },
        "meters.mood.vital": True,
        "meters.energy.start": 0.4,
        "meters.satiation.start": 0.3,
        "meters.money.start": 0.2,
        "money": {"meter": "money", "dollars": 200},
        "cascades": [
            {"source": "social", "below": 0.5, "target": "mood", "drain": 0.1},
            {"source": "hygiene", "below": 0.9, "target": "satiation", "drain": 0.02},
        ],
    }
)
DEMO = towns.settings({"meters.money.start": 0.05})


def lived(town: TownSettings, stage: int, meters: dict[str, float], spot: str | None, action: str) -> None:
    """One step of the rules: changes ``meters``."""
    rules = town.stages[stage - 1]
    dollars, purse = town.money.dollars, town.money.meter
    if action == "interact" and spot is not None:
        offer = town.affordances[spot]
        if purse not in rules.meters or meters[purse] + 1e-9 >= offer.cost / dollars:
            changes = dict(offer.effects)
            changes[purse] = changes.get(purse, 0.0) + (offer.income - offer.cost) / dollars
            for name, change in changes.items():
                if name in rules.meters:
                    meters[name] = min(max(meters[name] + change, 0.0), 1.0)
    for name in rules.meters:
        loss = rules.depletion * town.meters[name].passive
        if action != "interact":
            loss += rules.depletion * town.meters[name].moving
        meters[name] = min(max(meters[name] - loss, 0.0), 1.0)
    for cascade in town.cascades:
        level = meters[cascade.source]
        if level < cascade.below and cascade.target in rules.meters:
            drain = rules.depletion * cascade.drain
            meters[cascade.target] -= drain * (cascade.below - level) / cascade.below
    for name in meters:
        meters[name] = min(max(meters[name], 0.0), 1.0)


@settings(max_examples=100, deadline=None)
@given(
    which=st.sampled_from([LIVELY, DEMO]),
    seed=st.integers(0, 2**63 - 1),
    stage=st.integers(1, 5),
    still=st.sampled_from([0.2, 0.6, 0.95]),
    exam=st.booleans(),
)
def test_the_kernel_computes_the_rules(which: TownSettings, seed: int, stage: int, still: float, exam: bool) -> None:
    rng = np.random.default_rng(seed)
    actions = np.where(rng.random(130) < still, 4, rng.integers(0, 4, 130)).tolist()
    world = towns.moved(which, random_layout(which, np.random.default_rng(seed)))
    width, height = world.grid.width, world.grid.height
    town = Town(world, exam=exam, cap=120)
    town.set_stage(stage)
    step = town.reset(seed)
    cell, levels, layout = town.situation(0)
    meters = dict(zip(town.meters, levels.tolist(), strict=True))
    for name, value in meters.items():
        assert abs(value - world.meters[name].start) <= (world.start_jitter if exam else 0) + 1e-12
    at = {place: name for name, place in layout.items()}
    rules = world.stages[stage - 1]
    for number, action in enumerate(actions, start=1):
        spot = at.get(cell)
        pays = world.money.meter in rules.meters
        able = spot is None or not pays or meters["money"] + 1e-9 >= world.affordances[spot].cost / world.money.dollars
        assert step.mask[0].tolist() == [True] * 4 + [able]
        assert step.observation[0, town.spec.where("mask")].tolist() == [1.0] * 4 + [float(able)]
        lived(world, stage, meters, spot, town.spec.actions[action])
        x, y = cell % width, cell // width
        dx, dy = ((0, -1), (0, 1), (-1, 0), (1, 0), (0, 0))[action]
        cell = min(max(x + dx, 0), width - 1) + width * min(max(y + dy, 0), height - 1)
        step = town.step(np.array([action]))
        seen = step.final_observation[0]
        assert seen[town.spec.where("position")].argmax() == cell
        assert seen[town.spec.where("meters")].tolist() == np.array(list(meters.values()), np.float32).tolist()
        vital = [meters[name] for name in rules.meters if world.meters[name].vital]
        dead = min(vital, default=1.0) <= 0
        assert step.terminated[0] == dead and step.truncated[0] == (number == 120 and not dead)
        expected = 0.0 if dead else rules.alive + rules.lowest_vital * min(vital, default=1.0)
        assert step.reward[0] == np.float32(expected) >= 0 and meters["money"] >= 0
        if dead or number == 120:
            assert town.episode(0).cause in ({"cap"} if not dead else {n for n in rules.meters if meters[n] <= 0})
            return


def test_no_agent_is_given_more_than_it_can_pay() -> None:
    town = Town(towns.settings({"meters.money.start": 0.0, "affordances.Job.income": 1}), 64, exam=False)
    step = town.reset(1)
    rng = np.random.default_rng(1)
    meters = town.spec.where("meters")
    for _ in range(300):
        before = step.observation[:, meters].copy()
        step = town.step(np.where(rng.random(64) < 0.5, 4, rng.integers(0, 4, 64)))
        assert (step.final_observation[:, meters] >= 0).all()
        spent = before[:, 3] - step.final_observation[:, meters][:, 3]
        assert (spent <= before[:, 3] + 1e-9).all()
