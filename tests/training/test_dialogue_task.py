"""The dialogue trained by the same machine as the town: events, curriculum, resume, transcripts."""

import msgspec
import numpy as np
import pytest

from hamlet.errors import ConfigError, NotTheSameEpisode
from hamlet.events.types import (
    ConversationEnded,
    ConversationStarted,
    DialogueEpisode,
    EpisodeCompleted,
    EvaluationCompleted,
    StageChanged,
    TurnTaken,
)
from hamlet.runs.relived import fresh_episodes
from hamlet.settings import ROOT, read_config
from hamlet.training.curriculum.settings import AdaptiveSettings, StageRule
from hamlet.training.settings import TrainingSettings
from hamlet.training.trainer import Trainer
from hamlet.worlds.dialogue.acts import ACTS
from hamlet.worlds.dialogue.replaying import hold_again
from tests.training.support import advance, digest

CONFIG = read_config(ROOT / "configs" / "dialogue" / "dqn.yaml")
WORLD = CONFIG.world
EASY = AdaptiveSettings(window=4, stages=(StageRule(5, 0.0),) * 4, retreat=0.0)


def settings(**changes: object) -> TrainingSettings:
    small = {"episodes": 60, "agents": 4, "warm_up": 40, "capacity": 500, "batch": 16, "exam_episodes": 20}
    return msgspec.structs.replace(CONFIG.training, **{**small, "exam_every": 20, **changes})


def test_every_call_is_an_event_that_can_be_had_again() -> None:
    assert WORLD.__struct_config__.tag == "dialogue"
    calls = [event for event in advance(Trainer(WORLD, settings()), 120) if isinstance(event, EpisodeCompleted)]
    assert len(calls) > 20
    for call in calls:
        assert isinstance(call.detail, DialogueEpisode)
        debtor, turns = hold_again(call, WORLD)  # type: ignore[arg-type]
        had = list(turns)
        assert debtor.persona == call.detail.persona and len(had) == call.survival_time
        assert sum(turn.reward for turn in had) == pytest.approx(call.extrinsic_reward, abs=1e-5)
        assert sum(len(turn.violations) for turn in had) == sum(call.detail.violations.values())


def test_a_call_that_went_another_way_is_noticed() -> None:
    call = next(event for event in advance(Trainer(WORLD, settings()), 60) if isinstance(event, EpisodeCompleted))
    assert isinstance(call.detail, DialogueEpisode)
    for changes in ({"success": not call.detail.success}, {"violations": {"threat": 99}}, {"physics": 99}):
        other = msgspec.structs.replace(call, detail=msgspec.structs.replace(call.detail, **changes))
        with pytest.raises(NotTheSameEpisode, match=f"episode {call.episode}"):
            list(hold_again(other, WORLD)[1])  # type: ignore[arg-type]


def test_the_curriculum_brings_persona_after_persona() -> None:
    events = advance(Trainer(WORLD, settings(personas=EASY)), 250)
    stages = [event.new_stage for event in events if isinstance(event, StageChanged)]
    assert stages == [2, 3, 4]
    met: dict[int, set[str]] = {}
    for event in events:
        if isinstance(event, EpisodeCompleted) and isinstance(event.detail, DialogueEpisode):
            met.setdefault(event.curriculum_stage, set()).add(event.detail.persona)
    assert met[1] == {"cooperative"} and met[2] <= {"cooperative", "sad"} and "angry" not in met[3]
    assert met[4] == {"cooperative", "sad", "avoidant", "angry"}


def test_exams_have_their_baselines_and_keep_conversations() -> None:
    events = advance(Trainer(WORLD, settings(exam_transcripts=2)), 80)
    exam = next(event for event in events if isinstance(event, EvaluationCompleted))
    assert list(exam.results) == ["random", "constant", "rule", "oracle", "agent"]
    found = {name: result.calls.success for name, result in exam.results.items() if result.calls}
    assert found["random"] < found["rule"] < found["oracle"]
    begun = [event for event in events if isinstance(event, ConversationStarted)]
    ended = [event for event in events if isinstance(event, ConversationEnded)]
    assert len(begun) == len(ended) == 2 * sum(isinstance(event, EvaluationCompleted) for event in events)
    for start, end in zip(begun, ended, strict=True):
        turns = [event for event in events if isinstance(event, TurnTaken) and event.conversation == start.conversation]
        assert start.conversation == end.conversation and [turn.turn for turn in turns] == list(range(1, end.turns + 1))
        chosen = [np.argmax(np.where(turn.mask, turn.q_values, -np.inf)) for turn in turns]
        assert [turn.act for turn in turns] == [ACTS[act] for act in chosen], "what was done is what was worth most"


def test_a_restored_trainer_goes_on_as_the_one_it_came_from() -> None:
    one, other = (Trainer(WORLD, settings(personas=EASY)) for _ in range(2))
    advance(one, 90)
    arrays, scalars = one.state()
    kept = {name: array.copy() for name, array in arrays.items()}
    other.restore(kept, msgspec.json.decode(msgspec.json.encode(scalars)))
    assert digest(one) == digest(other)
    assert advance(one, 90) == advance(other, 90) and digest(one) == digest(other)


def test_nothing_can_be_moved() -> None:
    with pytest.raises(ConfigError, match=r"training\.shift_at: .*; write shift_at: 0"):
        Trainer(WORLD, settings(shift_at=7))


@pytest.mark.parametrize("kind", ["dqn", "ddq"])
def test_what_others_lived_is_remembered_before_the_first_step(kind: str) -> None:
    config = read_config(ROOT / "configs" / "dialogue" / f"{kind}.yaml")
    _, told = fresh_episodes(WORLD, 12, seed=9)
    small = {"agents": 4, "warm_up": 40, "capacity": 500, "batch": 16, "exam_episodes": 20}
    training = msgspec.structs.replace(config.training, **small)
    plain, taught = Trainer(WORLD, training), Trainer(WORLD, training, told)
    memory = taught.learner.memory()
    turns = int(told.lengths.sum())
    assert plain.learner.memory()["replay.next"].tolist() == [0, 0]
    assert memory["replay.next"].tolist() == [turns, turns] and taught.learner.ready and not plain.learner.ready
    # All first turns come before all second ones; the rewards of n turns, or of those that are left, add up.
    order = sorted((at, row) for row, length in enumerate(told.lengths) for at in range(length))
    assert memory["replay.action"].tolist() == [told.actions[row, at] for at, row in order]
    earned = np.pad(told.rewards, [(0, 0), (0, training.n_step)])
    discount = training.gamma ** np.arange(training.n_step)
    expected = [discount @ earned[row, at : at + training.n_step] for at, row in order]
    np.testing.assert_allclose(memory["replay.reward"], expected, atol=1e-6)
    if kind == "ddq":
        assert memory["episodes.counts"].sum() == 12, "the world model learns from them, too"
        assert training.dyna is not None
        held_out = np.arange(12) % training.dyna.hold_out == training.dyna.hold_out - 1
        assert memory["episodes.training.lengths"].tolist() == told.lengths[~held_out].tolist()
        assert memory["episodes.held_out.lengths"].tolist() == told.lengths[held_out].tolist()
    first = advance(taught, 1)
    assert [type(event) for event in first][:1] == [EvaluationCompleted] and taught.counters.updates > 0
    assert digest(taught) != digest(plain)


def test_of_more_than_can_be_remembered_the_last_is_kept_and_a_kind_that_cannot_says_so() -> None:
    _, told = fresh_episodes(WORLD, 30, seed=9)
    taught = Trainer(WORLD, settings(capacity=60), told)
    turns = sorted((at, row) for row, length in enumerate(told.lengths) for at in range(length))[-60:]
    assert taught.learner.memory()["replay.action"].tolist() == [told.actions[row, at] for at, row in turns]
    with pytest.raises(ConfigError, match="lstm cannot learn from conversations"):
        Trainer(WORLD, settings(q_network="lstm"), told)
