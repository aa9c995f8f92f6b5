"""The tables about every run: what it is, how far it has come, its episodes, marks, exams,
recoveries and checkpoints; and ``system_state``, which says some of that of the newest town run.

Needs no memory: everything it must know of earlier batches is in its own tables.
"""

from collections.abc import Sequence

import msgspec

from hamlet.commands import Command, Pause, RandomizeAffordances, SetPace, Unpause
from hamlet.events.types import (
    AffordancesRandomized,
    CheckpointSaved,
    CheckpointsPruned,
    CommandApplied,
    EpisodeCompleted,
    EvaluationCompleted,
    HistoryImported,
    Recorded,
    RunDiverged,
    RunExtended,
    RunFinished,
    RunResumed,
    RunStarted,
    StageChanged,
    TrainingFailed,
    TrainingProgress,
)
from hamlet.projections import recovery
from hamlet.projections.configs import grid_of
from hamlet.projections.projection import Folded, Row, Write
from hamlet.projections.system_state import REFRESH

__all__ = ["RunsProjection"]

_RUN = "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, 'training', '', ?, NULL, 0, 0, 0, ?, ?, ?, ?, ?)"
_EPISODES = "INSERT INTO run_episodes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_MARK = "INSERT INTO marks VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_EVALUATION = "INSERT INTO evaluations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_CHECKPOINT = "INSERT INTO checkpoints VALUES (?, ?, ?, ?, ?, ?, ?)"
_PROGRESS = "UPDATE runs SET episode = ?, vector_step = ?, env_steps = env_steps + ? WHERE run = ?"
_STEP = "UPDATE runs SET vector_step = ? WHERE run = ?"
_NOT_LIVED = "DELETE FROM run_episodes WHERE run = ? AND episode >= ?"
_GIVEN_UP = (
    """DELETE FROM marks WHERE run = ?1 AND (episode >= ?2 OR version >= ?3)
        AND kind NOT IN ('resumed', 'diverged')""",
    "DELETE FROM evaluations WHERE run = ?1 AND (episode >= ?2 OR version >= ?3)",
    "DELETE FROM checkpoints WHERE run = ?1 AND (episode >= ?2 OR version >= ?3)",
)
_NEVER = 2**62  # older events name no version
_PRUNED = "DELETE FROM checkpoints WHERE run = ? AND file = ?"
_RETREATED = """UPDATE runs SET episode = min(episode, ?2 - 1), vector_step = ?3, finished_at = NULL,
    env_steps = (SELECT coalesce(sum(survival_time), 0) FROM run_episodes WHERE run = ?1) WHERE run = ?1"""


class RunsProjection:
    """Every run: how it stands, its episodes, marks, exams, recoveries and checkpoints."""

    name = "runs"
    version = 5
    tables = ("runs", "run_episodes", "marks", "evaluations", "recoveries", "checkpoints", "system_state")

    def fold(self, events: Sequence[Recorded], memory: str) -> Folded:
        writes: list[Write] = []
        lived: list[Row] = []
        progress: dict[str, list[int]] = {}

        def flush() -> None:
            if lived:
                writes.append(Write(_EPISODES, lived.copy()))
                lived.clear()
            if progress:
                writes.append(Write(_PROGRESS, [(*figures, run) for run, figures in progress.items()]))
                progress.clear()

        for recorded in events:
            event = recorded.event
            run = recorded.run
            if type(event) is EpisodeCompleted:
                survived = event.survival_time
                lived.append(
                    (
                        run,
                        event.episode,
                        recorded.recorded_at,
                        survived,
                        event.total_reward,
                        event.extrinsic_reward,
                        event.intrinsic_reward,
                        event.intrinsic_weight,
                        event.curriculum_stage,
                        event.epsilon,
                        event.cause,
                        event.vector_step,
                        event.agent,
                        recorded.position,
                    )
                )
                steps = progress[run][2] if run in progress else 0
                progress[run] = [event.episode, event.vector_step, steps + survived]
            elif isinstance(event, TrainingProgress):
                if run in progress:
                    progress[run][1] = event.vector_step
                else:
                    writes.append(Write(_STEP, [(event.vector_step, run)]))
            else:
                if isinstance(event, RunDiverged):
                    flush()
                writes.extend(_rarer(recorded))
        flush()
        return Folded([*writes, *REFRESH], "")


def _rarer(recorded: Recorded) -> list[Write]:
    """The writes of an event that comes once in a while; none for one that no table shows."""
    run, at, event = recorded.run, recorded.recorded_at, recorded.event
    match event:
        case RunStarted():
            width, height = grid_of(event.config)
            config = msgspec.json.encode(event.config).decode()
            row = (run, event.world, event.config_name, config, event.seed, event.episodes, at, width, height)
            return [Write(_RUN, [(*row, event.physics, event.device, recorded.position)])]
        case RunResumed():
            text = f"Taken up again at episode {event.episode:,}"
            if event.catch_up_to > event.episode:
                text += f", re-living {event.episode + 1:,}…{event.catch_up_to:,}"
            return [_mark(recorded, event.episode, "resumed", text), _status(run, "training")]
        case HistoryImported():
            return [_mark(recorded, 1, "imported", f"Imported from {event.file}: lived elsewhere")]
        case RunExtended():
            goal = "UPDATE runs SET episodes_goal = ?, finished_at = NULL WHERE run = ?"
            return [Write(goal, [(event.episodes, run)]), _status(run, "training")]
        case RunDiverged():
            text = f"Diverged from episode {event.from_episode:,}: {event.reason}"
            given_up = (run, event.from_episode, event.from_version or _NEVER)
            dropped = [Write(_NOT_LIVED, [given_up[:2]]), *(Write(sql, [given_up]) for sql in _GIVEN_UP)]
            retreated = Write(_RETREATED, [(run, event.from_episode, event.vector_step)])
            mark = _mark(recorded, event.from_episode, "diverged", text)
            return [*dropped, *recovery.diverged(run, event), retreated, mark]
        case StageChanged():
            text = f"Stage {event.old_stage} → {event.new_stage}: {event.reason}"
            detail = msgspec.json.encode({"old": event.old_stage, "new": event.new_stage}).decode()
            return [_mark(recorded, event.episode, "stage", text, detail)]
        case AffordancesRandomized():
            detail = msgspec.json.encode({"old": event.old_positions, "new": event.new_positions}).decode()
            mark = _mark(recorded, event.episode, "randomized", f"Affordances randomized: {event.reason}", detail)
            return [mark, *recovery.moved(run, recorded.position, event)]
        case CommandApplied():
            mark = _mark(recorded, event.episode, "command", _in_words(event.command))
            if isinstance(event.command, Pause):
                return [mark, _status(run, "paused")]
            if isinstance(event.command, Unpause):
                return [mark, _status(run, "training")]
            return [mark]
        case EvaluationCompleted():
            results = Write(_EVALUATION, [_exam(recorded, event, policy) for policy in event.results])
            return [results, *recovery.examined(run, event)]
        case CheckpointSaved():
            checkpoint = (run, recorded.position, event.episode, event.vector_step, event.file, event.sha256)
            return [Write(_CHECKPOINT, [(*checkpoint, recorded.version)])]
        case CheckpointsPruned():
            return [Write(_PRUNED, [(run, file) for file in event.files])]
        case TrainingFailed():
            return [Write("UPDATE runs SET status = 'failed', detail = ? WHERE run = ?", [(event.reason, run)])]
        case RunFinished():
            # Of an extended run that is lived again, an earlier goal is no end.
            finished = """UPDATE runs SET status = 'finished', detail = '', finished_at = ?
                WHERE run = ? AND episodes_goal <= ?"""
            return [Write(finished, [(at, run, event.episode)]), _mark(recorded, event.episode, "finished", "Finished")]
        case _:
            return []


def _status(run: str, status: str) -> Write:
    return Write("UPDATE runs SET status = ?, detail = '' WHERE run = ?", [(status, run)])


def _mark(recorded: Recorded, episode: int, kind: str, text: str, detail: str | None = None) -> Write:
    row = (recorded.run, recorded.position, episode, recorded.recorded_at, kind, text, detail, recorded.version)
    return Write(_MARK, [row])


def _exam(recorded: Recorded, event: EvaluationCompleted, policy: str) -> Row:
    exam = event.results[policy]
    causes, layout = msgspec.json.encode(exam.causes).decode(), msgspec.json.encode(event.layout).decode()
    figures = (exam.mean, exam.worst, exam.share_at_cap)
    calls = msgspec.json.encode(exam.calls).decode() if exam.calls else None
    sat = (recorded.run, recorded.position, policy, event.episode, event.episodes, event.cap)
    return (*sat, *figures, causes, layout, calls, recorded.version)


def _in_words(command: Command) -> str:
    match command:
        case Pause():
            return "Paused"
        case Unpause():
            return "Went on"
        case SetPace(episodes_per_hour=None):
            return "Pace: as fast as it can"
        case SetPace(episodes_per_hour=pace):
            return f"Pace: {pace:,.0f} episodes an hour"
        case RandomizeAffordances():
            return "Asked to randomize the affordances"
        case _:
            return "Asked for a checkpoint"
