"""The kernel against the rules, written down a second time, plainly; and what must always hold."""

import numpy as np
import pytest
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
VILLAGE = towns.village({"meters.money.start": 0.2})
BUSY = towns.village(
    {
        "grid": {"width": 3, "height": 3},
        "day": {"hours": 7, "dawn": 3},
        "bonus": 0.4,
        "meters.energy.poorest": 0.2,
        "affordances": {
            "Bed": {"at": [0, 0], "cost": 9, "ticks": 3, "effects": {"energy": 0.6, "mood": -0.3}},
            "Job": {"at": [1, 1], "income": 24, "ticks": 2, "hours": [5, 9], "effects": {"energy": -0.2}},
            "Food": {"at": [2, 2], "cost": 4, "hours": [1, 4], "effects": {"satiation": 0.7, "fitness": 0.5}},
        },
    }
)


def able_to(town: TownSettings, stage: int, meters: dict[str, float], spot: str | None, done: int, hour: int) -> bool:
    """May the agent interact: with nothing, with what it has begun, with what is open and can be paid?"""
    if spot is None or done:
        return True
    offer, pays = town.affordances[spot], town.money.meter in town.stages[stage - 1].meters
    hours = town.day.hours if town.day else 1
    since = (hour - offer.hours[0]) % hours if offer.hours else 0
    is_open = offer.hours is None or since < offer.hours[1] - offer.hours[0]
    return is_open and (not pays or meters[town.money.meter] + 1e-9 >= offer.cost / town.money.dollars)


def lived(
    town: TownSettings, stage: int, meters: dict[str, float], spot: str | None, action: str, able: bool, done: int
) -> int:
    """One step of the rules, ``done`` ticks into an interaction: changes ``meters``, returns the ticks done now."""
    rules = town.stages[stage - 1]
    dollars, purse = town.money.dollars, town.money.meter
    ticks = 0
    if action == "interact" and spot is not None and able:
        offer = town.affordances[spot]
        ticks = done + 1
        changes = dict(offer.effects)
        changes[purse] = changes.get(purse, 0.0) + offer.income / dollars
        for name in changes:
            if offer.ticks > 1:
                part = changes[name] * ((1 - town.bonus) / offer.ticks)
                changes[name] = part + (changes[name] * town.bonus if ticks == offer.ticks else 0.0)
        if ticks == 1:
            changes[purse] -= offer.cost / dollars
        if offer.ticks == 1:
            changes[purse] = offer.effects.get(purse, 0.0) + (offer.income - offer.cost) / dollars
        for name, change in changes.items():
            if name in rules.meters:
                meters[name] = min(max(meters[name] + change, 0.0), 1.0)
        ticks = 0 if ticks == offer.ticks else ticks
    for name in rules.meters:
        loss = rules.depletion * town.meters[name].passive
        if action != "interact":
            loss += rules.depletion * town.meters[name].moving
        meters[name] = min(max(meters[name] - loss, 0.0), 1.0)
    for cascade in town.cascades:
        level = meters[cascade.source]
        if level < cascade.below and cascade.target in rules.meters:
            drain = rules.depletion * cascade.drain
            meters[cascade.target] -= (
                drain * (cascade.below - level) / cascade.below if cascade.shape == "slope" else drain
            )
    for name in meters:
        meters[name] = min(max(meters[name], 0.0), 1.0)
    return ticks


@settings(max_examples=100, deadline=None)
@given(
    which=st.sampled_from([LIVELY, DEMO, VILLAGE, BUSY]),
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
        meter, jitter = world.meters[name], world.start_jitter if exam else 0
        poorest = meter.start if exam or meter.poorest is None else meter.poorest
        assert poorest - jitter - 1e-12 <= value <= meter.start + jitter + 1e-12
    at = {place: name for name, place in layout.items()}
    rules = world.stages[stage - 1]
    done = 0
    for number, action in enumerate(actions, start=1):
        spot = at.get(cell)
        hour = (world.day.dawn + number - 1) % world.day.hours if world.day else 0
        able = able_to(world, stage, meters, spot, done, hour)
        assert step.mask[0].tolist() == [True] * 4 + [able]
        assert step.observation[0, town.spec.where("mask")].tolist() == [1.0] * 4 + [float(able)]
        done = lived(world, stage, meters, spot, town.spec.actions[action], able, done)
        x, y = cell % width, cell // width
        dx, dy = ((0, -1), (0, 1), (-1, 0), (1, 0), (0, 0))[action]
        cell = min(max(x + dx, 0), width - 1) + width * min(max(y + dy, 0), height - 1)
        step = town.step(np.array([action]))
        seen = step.final_observation[0]
        assert seen[town.spec.where("position")].argmax() == cell
        # Parts of an effect may be added in another order here: the last bit of a double is not a rule.
        assert np.allclose(seen[town.spec.where("meters")], list(meters.values()), rtol=0, atol=1e-6)
        vital = [meters[name] for name in rules.meters if world.meters[name].vital]
        dead = min(vital, default=1.0) <= 0
        assert step.terminated[0] == dead and step.truncated[0] == (number == 120 and not dead)
        expected = 0.0 if dead else rules.alive + rules.lowest_vital * min(vital, default=1.0)
        assert step.reward[0] == pytest.approx(expected, abs=1e-6) and step.reward[0] >= 0 and meters["money"] >= 0
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
