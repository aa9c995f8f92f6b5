"""Random, stand-still and the expert: where they stand, and that return and survival agree."""

from functools import partial
from itertools import combinations

import msgspec
import numpy as np
import pytest

from hamlet.worlds.random_policy import RandomPolicy
from hamlet.worlds.town.policies import ExpertPolicy, StandStillPolicy
from hamlet.worlds.town.town import Town, random_layout
from hamlet.worlds.world import Actions, Floats, Mask, Policy
from tests.worlds.towns import exam, moved, settings, village

TOWN = settings()


def expert(town: Town) -> Policy:
    return ExpertPolicy(town)


def test_random_dies_early() -> None:
    result = exam(TOWN, lambda _: RandomPolicy(np.random.default_rng(1)), n=1000)
    assert 108 < result.survival.mean() < 118


def test_random_takes_every_allowed_action_evenly() -> None:
    mask = np.tile([True, False, True, True, False], (30_000, 1))
    counts = np.bincount(RandomPolicy(np.random.default_rng(4)).act(np.empty((30_000, 0), np.float32), mask))
    assert counts.tolist() == pytest.approx([10_000, 0, 10_000, 10_000], abs=400)


def test_standing_still_lives_for_as_long_as_the_energy_lasts() -> None:
    result = exam(TOWN, lambda town: StandStillPolicy(town), n=200, jitter=False)
    stood, stepped_aside = 200, 199
    assert set(result.survival) == {stood, stepped_aside} and result.causes == {"energy": 200}


@pytest.mark.parametrize("cap", [500, 2000])
def test_the_expert_lives_on_from_any_start(cap: int) -> None:
    result = exam(TOWN, expert, n=200, cap=cap)
    assert result.survival.min() == cap


def corners(rng: np.random.Generator) -> dict[str, int]:
    """The four places that a life needs, each in a corner of its own: the longest ways."""
    rest = iter(rng.permutation([cell for cell in range(64) if cell not in (0, 7, 56, 63)]))
    needed = dict(zip(("Bed", "Shower", "Fridge", "Job"), rng.permutation([0, 7, 56, 63]), strict=True))
    return {name: int(needed[name] if name in needed else next(rest)) for name in TOWN.affordances}


@pytest.mark.parametrize("seed", range(6))
def test_the_expert_lives_on_in_any_layout(seed: int) -> None:
    rng = np.random.default_rng((7, seed))
    for town in (moved(TOWN, random_layout(TOWN, rng)), moved(TOWN, corners(rng))):
        assert exam(town, expert, n=64, cap=2000, seed=seed).survival.min() == 2000


def test_the_expert_breaks_ties_between_meters_that_run_out_together() -> None:
    # It died walking to and fro here: energy and hygiene drain in proportion, and rounding chose anew each step.
    layout = {"Bed": 56, "Shower": 0, "Fridge": 7, "Job": 63, "FastFood": 4, "Recreation": 17, "Bar": 2, "Gym": 39}
    assert exam(moved(TOWN, layout), expert, n=64, cap=2000, seed=12).survival.min() == 2000


def test_the_expert_knows_the_layout_of_each_agent() -> None:
    drawn = settings({"physics": 2, "layout": "drawn", "sees": ["meters", "mask", "places"]})
    assert exam(drawn, expert, n=200, cap=2000).survival.min() == 2000


def test_the_expert_lives_in_the_village_with_its_hours_and_ticks() -> None:
    result = exam(village(), expert, n=200)
    assert result.survival.mean() > 499 and (result.survival == 500).mean() >= 0.99


class Mixture:
    """The expert, but with probability ``share`` a random allowed action."""

    def __init__(self, town: Town, share: float) -> None:
        self._expert, self._rng, self._share = expert(town), np.random.default_rng(8), share
        self._random = RandomPolicy(self._rng)

    def act(self, observation: Floats, mask: Mask) -> Actions:
        stray = self._rng.random(len(mask)) < self._share
        return np.where(stray, self._random.act(observation, mask), self._expert.act(observation, mask))


@pytest.mark.parametrize("stage", [4, 5])
def test_return_and_survival_rank_policies_alike(stage: int) -> None:
    # A town of one stage, whose dynamics are those of exams: full depletion; 4 and 5 differ in reward.
    town = msgspec.structs.replace(TOWN, stages=TOWN.stages[stage - 1 : stage])
    ladder = [exam(town, partial(Mixture, share=share), n=64) for share in (1.0, 0.9, 0.8, 0.7, 0.6, 0.25, 0.0)]
    survival = [float(result.survival.mean()) for result in ladder]
    returns = [float(result.returns.mean()) for result in ladder]
    for one, other in combinations(range(len(ladder)), 2):
        if survival[one] == survival[other] == 500:  # all live on: how well they live is worth a little
            assert returns[one] == pytest.approx(returns[other], rel=0.1)
        else:
            assert survival[one] < survival[other] and returns[one] < returns[other]
    assert survival[-1] == 500 and survival[0] < 130 and returns[-1] > 3 * returns[0]
