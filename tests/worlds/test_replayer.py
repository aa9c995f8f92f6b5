"""An episode event is enough to rebuild everything about the episode."""

import msgspec
import numpy as np
import pytest

from hamlet.events.packing import pack, unpack
from hamlet.events.types import EpisodeCompleted, TownEpisode, decode, encode
from hamlet.worlds.random_policy import RandomPolicy
from hamlet.worlds.replayer import NotTheSameEpisode, recorded, replay
from hamlet.worlds.town.kernel import OLDEST, PHYSICS
from hamlet.worlds.town.policies import ExpertPolicy
from hamlet.worlds.town.town import Town, random_layout
from hamlet.worlds.world import Policy
from tests.worlds.towns import settings

TOWN = settings()


def lives(policy: str, count: int = 6) -> list[tuple[EpisodeCompleted, list[np.ndarray], list[float]]]:  # type: ignore[type-arg]
    """Events (through JSON and back) with the meters and rewards that were seen at each step."""
    town = Town(TOWN, 4)
    town.set_stage(3 if policy == "random" else 5)
    step = town.reset(9)
    plans: dict[str, Policy] = {
        "random": RandomPolicy(np.random.default_rng(2)),
        "expert": ExpertPolicy(town),
    }
    seen: list[list[np.ndarray]] = [[row.copy()] for row in step.observation]  # type: ignore[type-arg]
    rewards: list[list[float]] = [[] for _ in range(4)]
    events: list[tuple[EpisodeCompleted, list[np.ndarray], list[float]]] = []  # type: ignore[type-arg]
    while len(events) < count:
        step = town.step(plans[policy].act(step.observation, step.mask))
        for agent in range(4):
            seen[agent].append(step.final_observation[agent].copy())
            rewards[agent].append(float(step.reward[agent]))
            if step.terminated[agent] or step.truncated[agent]:
                events.append((event(town, agent, sum(rewards[agent])), seen[agent], rewards[agent]))
                seen[agent], rewards[agent] = [step.observation[agent].copy()], []
                if policy == "random":
                    town.set_layout(random_layout(TOWN, np.random.default_rng(len(events))))
    return events


def event(town: Town, agent: int, reward: float) -> EpisodeCompleted:
    life = town.episode(agent)
    detail = TownEpisode(
        seed=life.seed,
        physics=PHYSICS,
        layout=dict(life.layout),
        path=pack(life.path),
        actions=pack(life.actions),
        novelty=pack(np.zeros(64, np.uint8)),
        affordances=dict(life.used),
    )
    made = EpisodeCompleted(
        episode=1,
        survival_time=life.survival_time,
        total_reward=reward,
        extrinsic_reward=reward,
        intrinsic_reward=0.0,
        intrinsic_weight=0.0,
        curriculum_stage=life.stage,
        epsilon=0.0,
        cause=life.cause,
        agent=agent,
        vector_step=1,
        detail=detail,
    )
    back = decode(encode(made))
    assert isinstance(back, EpisodeCompleted)
    return back


@pytest.mark.parametrize("policy", ["random", "expert"])
def test_an_event_plays_the_life_again(policy: str) -> None:
    meters = Town(TOWN).spec.where("meters")
    for record, seen, rewards in lives(policy):
        again = list(replay(record, TOWN))
        assert [now.cell for now in again] == unpack(record.detail.path).tolist()
        assert [list(now.meters.values()) for now in again] == [row[meters].tolist() for row in seen]
        assert [now.reward for now in again[1:]] == rewards
        assert again[-1].ended == record.cause and not any(now.ended for now in again[:-1])
        used = [now.used for now in again if now.used]
        assert {name: used.count(name) for name in used} == record.detail.affordances
        assert again[0].action is None and again[1].action in ("up", "down", "left", "right", "interact")


def spoil(record: EpisodeCompleted, fault: str) -> EpisodeCompleted:
    life = recorded(record)
    path, actions = life.path.copy(), life.actions.copy()
    path[20] ^= 1
    actions[:] = 4
    detail = {
        "physics": {"physics": PHYSICS + 1},
        "path": {"path": pack(path)},
        "actions": {"actions": pack(actions)},
        "seed": {"seed": life.seed + 1},
        "used": {"affordances": {"Bed": 99}},
        "places": {"layout": {"Bed": 1}},
        "packing": {"path": "no base64"},
        "short": {"path": pack(life.path[:-1])},
    }
    outer = {"cause": {"cause": "cap"}, "stage": {"curriculum_stage": 1}}
    inner = msgspec.structs.replace(record.detail, **detail.get(fault, {}))
    return msgspec.structs.replace(record, detail=inner, **outer.get(fault, {}))


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("physics", f"recorded under physics {PHYSICS + 1}, this Hamlet computes {OLDEST} … {PHYSICS}"),
        ("path", "step 20: at cell .* recorded"),
        ("actions", "step .*: (at cell|ended|went on)"),
        ("seed", "step 0: at cell"),
        ("used", "ended by .*'Bed': 99"),
        ("places", "affordances Bed, the settings have"),
        ("packing", "not base64"),
        ("short", "found .* cells and .* actions"),
        ("cause", "ended by energy .* recorded cap"),
        ("stage", "went on, recorded|ended"),
    ],
)
def test_a_record_that_is_not_so_is_noticed(fault: str, message: str) -> None:
    record = next(life for life, *_ in lives("random") if life.cause == "energy" and life.survival_time > 25)
    with pytest.raises(NotTheSameEpisode, match=message):
        list(replay(spoil(record, fault), TOWN))
