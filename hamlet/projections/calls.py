"""The tables ``calls`` and ``call_acts``: every conversation of every dialogue run, and what was done in it."""

from collections import Counter
from collections.abc import Sequence

from hamlet.events.packing import unpack
from hamlet.events.types import DialogueEpisode, EpisodeCompleted, Recorded, RunDiverged
from hamlet.projections.projection import Folded, Row, Write

__all__ = ["CallsProjection"]

_CALL = "INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_ACT = "INSERT INTO call_acts VALUES (?, ?, ?, ?)"
_DIVERGED = ("DELETE FROM calls WHERE run = ? AND episode >= ?", "DELETE FROM call_acts WHERE run = ? AND episode >= ?")


class CallsProjection:
    """Needs no memory: an episode says all there is to know of it."""

    name = "calls"
    version = 1
    tables = ("calls", "call_acts")

    def fold(self, events: Sequence[Recorded], memory: str) -> Folded:
        writes: list[Write] = []
        calls: list[Row] = []
        acts: list[Row] = []

        def flush() -> None:
            if calls:
                writes.extend((Write(_CALL, calls.copy()), Write(_ACT, acts.copy())))
                calls.clear()
                acts.clear()

        for recorded in events:
            run, event = recorded.run, recorded.event
            if type(event) is EpisodeCompleted and isinstance(event.detail, DialogueEpisode):
                detail, stage = event.detail, event.curriculum_stage
                outcome = "timed_out" if event.cause == "cap" else event.cause
                violations = sum(detail.violations.values())
                figures = (int(detail.success), event.survival_time, event.extrinsic_reward, violations)
                calls.append((run, event.episode, detail.persona, outcome, *figures, stage))
                counts = Counter(unpack(detail.acts).tolist())
                acts.extend((run, event.episode, int(act), count) for act, count in sorted(counts.items()))
            elif type(event) is RunDiverged:
                flush()
                writes.extend(Write(sql, [(run, event.from_episode)]) for sql in _DIVERGED)
        flush()
        return Folded(writes, "")
