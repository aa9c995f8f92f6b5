"""The town keeps the contract of worlds; and the contract notices a world that does not."""

import msgspec
import numpy as np
import pytest

from hamlet.worlds.contract import WorldContract
from hamlet.worlds.town.town import Town, TownLife, random_layout
from hamlet.worlds.world import Actions, Episode, Step, World
from tests.worlds.towns import moved, settings, village

TOWN = settings()
POOR = settings({"meters.money.start": 0.03, "grid": {"width": 9, "height": 8}})


class TestTown(WorldContract):
    town = TOWN

    def make(self, n: int, cap: int | None = None) -> Town:
        return Town(self.town, n, cap=cap)

    def play_again(self, episode: Episode) -> Episode:
        assert isinstance(episode, TownLife)
        town = Town(msgspec.structs.replace(moved(self.town, episode.layout), layout="fixed"))
        town.set_stage(episode.stage)
        town.reset_to([episode.seed])
        for action in episode.actions:
            town.step(np.array([action], np.int64))
        return town.episode(0)

    def test_a_path_has_one_cell_more_than_steps(self) -> None:
        town, seen = self.make(8), 0
        for _, _, step in self.lives(town, self.length):
            for agent in np.flatnonzero(step.terminated | step.truncated):
                life = town.episode(int(agent))
                assert life.path.size == life.survival_time + 1
                seen += 1
        assert seen


class TestPoorTown(TestTown):
    """Not square, and masks forbid much."""

    town = POOR


class TestVillage(TestTown):
    """Hours, ticks, cascades in a step."""

    town = village()


class TestFog(TestTown):
    """A window instead of a position."""

    town = settings({}, "fog")


class TestWanderer(TestTown):
    """A layout of its own for every episode; poor starts; and a larger map."""

    town = settings({"meters.money.poorest": 0.0, "grid": {"width": 16, "height": 11}}, "wanderer")


def test_a_moved_town_forgets_where_things_were() -> None:
    layout = random_layout(TOWN, np.random.default_rng(3))
    town, fresh = Town(TOWN, 64), Town(moved(TOWN, layout), 64)
    town.set_layout(layout)
    one, other = town.reset(1), fresh.reset(1)
    for actions in WorldContract().actions(town, 200):
        one, other = town.step(actions), fresh.step(actions)
        assert np.array_equal(one.observation, other.observation)


def test_layouts_change_at_resets_only() -> None:
    town, same = Town(TOWN, 16), Town(TOWN, 16)
    town.reset(1), same.reset(1)
    town.set_layout(random_layout(TOWN, np.random.default_rng(3)))
    over = np.zeros(16, bool)
    for actions in WorldContract().actions(town, 300):
        one, other = town.step(actions), same.step(actions)
        assert np.array_equal(one.final_observation[~over], other.final_observation[~over])
        over |= one.terminated | one.truncated
    assert over.all()
    assert town.situation(0)[2] == town.layout != TOWN.positions


@pytest.mark.parametrize("cells", [{"Bed": 9}, {"Bed": 64}, {"Bed": -1}])
def test_a_layout_needs_cells_of_its_own(cells: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="distinct cells"):
        Town(TOWN).set_layout(TOWN.positions | {"Shower": 9} | cells)


class Broken(Town):
    """A town with one fault."""

    def __init__(self, fault: str, n: int, cap: int | None) -> None:
        self.fault, self.born = fault, False
        super().__init__(TOWN, n, cap=cap)
        self.born = True

    def reset(self, seed: int) -> Step:
        return super().reset(seed + self.n if self.fault == "depends on n" else 0 if self.fault == "one seed" else seed)

    def step(self, actions: Actions) -> Step:
        if self.fault == "accepts all":
            actions = np.resize(np.clip(actions, 0, 4), self.n)
        step = super().step(actions)
        if self.fault == "nan":
            step.reward[0] = np.nan
        if self.fault == "no final":
            step.final_observation[...] = step.observation
        if self.fault == "both":
            step.truncated[...] |= step.terminated
        if self.fault == "nothing to do":
            step.mask[0] = False
        if self.fault == "outside":
            step.observation[0, 64] = 1.5
        return step

    def set_stage(self, stage: int) -> None:
        super().set_stage(stage)
        if self.fault == "stage at once" and self.born:
            self._state.stage[...] = stage - 1

    def state(self) -> dict[str, np.ndarray]:  # type: ignore[type-arg]
        state = super().state()
        return {**state, "meters": np.ones_like(state["meters"])} if self.fault == "forgets" else state

    def episode(self, agent: int) -> TownLife:
        episode = super().episode(agent)
        return msgspec.structs.replace(episode, cause="cap") if self.fault == "wrong cause" else episode


@pytest.mark.parametrize(
    ("fault", "test", "sentence"),
    [
        ("depends on n", "agents_do_not_depend_on_how_many_they_are", "lives as the only agent"),
        ("one seed", "another_seed_gives_another_beginning", "another seed gives other"),
        ("nan", "observations_are_what_the_features_say", "reward and cost are finite"),
        ("outside", "observations_are_what_the_features_say", "stays within"),
        ("no final", "final_observation_is_where_the_ended_episode_ended", "already the next one's first"),
        ("both", "a_life_ends_or_is_cut_off_and_never_both", "never both true"),
        ("nothing to do", "every_mask_row_leaves_something_to_do", "at least one allowed"),
        ("accepts all", "what_is_out_of_range_is_refused", "step refuses"),
        ("stage at once", "a_stage_takes_effect_at_resets_only", "does not touch that episode"),
        ("forgets", "a_world_goes_on_from_its_state", "restore gives the observation again"),
        ("wrong cause", "an_episode_holds_what_happened", "exactly when the life was cut off"),
    ],
)
def test_the_contract_notices(fault: str, test: str, sentence: str) -> None:
    class Suite(WorldContract):
        def make(self, n: int, cap: int | None = None) -> World:
            return Broken(fault, n, cap)

    with pytest.raises(AssertionError, match=sentence):
        getattr(Suite(), f"test_{test}")()
