"""What the page, the reports and the commands ask of the views. Read-only, from any thread.

Every call reads one consistent moment through a connection of its own, so that a file that was
deleted and rebuilt is simply found again. What the pages ask every second are index look-ups bounded
by their arguments or by the window of 100 episodes, which cost the same at a million episodes;
``series``, ``success``, ``acts_over_time``, ``exams`` and ``checkpoints`` walk through a whole run.
"""

import json
from pathlib import Path
from typing import Any

import msgspec

from hamlet.projections.curves import ExamPoint, SuccessPoint, exams, success
from hamlet.projections.database import read_only
from hamlet.projections.rows import (
    ActsRow,
    CallRow,
    CheckpointRow,
    DeathRow,
    EpisodeRow,
    EvaluationRow,
    MarkRow,
    PersonaRow,
    RecoveryRow,
    RunRow,
    TransitionRow,
)
from hamlet.projections.stretches import Series, series

__all__ = ["Views"]

_NO_END = 2**63 - 1


class Views:
    """Queries on ``demo_state.db`` at ``path``. Errors: those of ``database.read_only``.

    What is asked about one town run's lives, marks, recoveries and newest exam is answered as of its
    ``until_episode``, whose event is at ``until_position``: the newest here, an earlier one in
    ``past.Past``. Calls, checkpoints and curves over a whole run are as of now in either.
    """

    until_episode = _NO_END
    until_position = _NO_END

    def __init__(self, path: Path) -> None:
        self.path = path

    def newest_run(self, world: str = "town") -> str | None:
        rows = self._rows("SELECT run FROM runs WHERE world = ? ORDER BY position DESC LIMIT 1", world)
        return str(rows[0]["run"]) if rows else None

    def runs(self) -> list[RunRow]:
        """Every run, the newest first."""
        return [_run(row) for row in self._rows("SELECT * FROM runs ORDER BY position DESC")]

    def run(self, run: str) -> RunRow | None:
        rows = self._rows("SELECT * FROM runs WHERE run = ?", run)
        return _run(rows[0]) if rows else None

    def latest_episode(self, run: str) -> EpisodeRow | None:
        sql = "SELECT * FROM run_episodes WHERE run = ? AND episode <= ? ORDER BY episode DESC LIMIT 1"
        rows = self._rows(sql, run, self.until_episode)
        return msgspec.convert(rows[0], EpisodeRow) if rows else None

    def episodes(self, run: str, after: int = 0, limit: int = 1000) -> list[EpisodeRow]:
        """Up to ``limit`` episodes numbered above ``after``, in order."""
        sql = "SELECT * FROM run_episodes WHERE run = ? AND episode > ? AND episode <= ? ORDER BY episode LIMIT ?"
        return msgspec.convert(self._rows(sql, run, after, self.until_episode, limit), list[EpisodeRow])

    def series(self, run: str, points: int = 1000) -> Series:
        """The whole run in at most about ``points`` stretches; see ``stretches.series``."""
        return series(self.path, run, points)

    def exams(self, run: str, limit: int = 1000) -> list[ExamPoint]:
        """The newest ``limit`` exams, in order; see ``curves.exams``."""
        return exams(self.path, run, limit)

    def success(self, run: str, points: int = 100) -> list[SuccessPoint]:
        """How calls ended over the whole run; see ``curves.success``."""
        return success(self.path, run, points)

    def mean_survival(self, run: str, last: int = 100) -> float | None:
        """Over the newest ``last`` episodes, in steps; ``None`` before the first."""
        sql = f"SELECT avg(survival_time) AS mean FROM run_episodes {_LAST_OF_RUN}"
        mean = self._rows(sql, run, last, self.until_episode)[0]["mean"]
        return None if mean is None else float(mean)

    def deaths(self, run: str, last: int = 100) -> list[DeathRow]:
        """How the newest ``last`` episodes ended, the most frequent first."""
        sql = f"SELECT cause, count(*) AS count FROM run_episodes {_LAST_OF_RUN} GROUP BY cause ORDER BY 2 DESC, 1"
        return msgspec.convert(self._rows(sql, run, last, self.until_episode), list[DeathRow])

    def marks(self, run: str, limit: int = 1000) -> list[MarkRow]:
        """The newest ``limit`` marks, in order."""
        sql = f"SELECT {_MARK} FROM marks WHERE run = ? AND position <= ? ORDER BY position DESC LIMIT ?"
        return msgspec.convert(self._rows(sql, run, self.until_position, limit)[::-1], list[MarkRow])

    def evaluation(self, run: str) -> EvaluationRow | None:
        """The newest exam."""
        newest = "(SELECT max(position) FROM evaluations WHERE run = ?1 AND position <= ?2)"
        sql = f"SELECT * FROM evaluations WHERE run = ?1 AND position = {newest}"
        rows = self._rows(sql, run, self.until_position)
        if not rows:
            return None
        policies = {
            row["policy"]: row | {"causes": json.loads(row["causes"]), "calls": json.loads(row["calls"] or "null")}
            for row in rows
        }
        exam = rows[0] | {"layout": json.loads(rows[0]["layout"]), "policies": policies}
        return msgspec.convert(exam, EvaluationRow)

    def recoveries(self, run: str, limit: int = 1000) -> list[RecoveryRow]:
        """The newest ``limit`` times that everything moved, in order."""
        rows = self._rows(_RECOVERIES, run, limit, self.until_position)
        return msgspec.convert(rows[::-1], list[RecoveryRow])

    def checkpoint(self, run: str) -> CheckpointRow | None:
        """The newest checkpoint."""
        rows = self._rows("SELECT * FROM checkpoints WHERE run = ? ORDER BY position DESC LIMIT 1", run)
        return msgspec.convert(rows[0], CheckpointRow) if rows else None

    def checkpoints(self, run: str) -> list[CheckpointRow]:
        """All of them, in order."""
        return msgspec.convert(
            self._rows("SELECT * FROM checkpoints WHERE run = ? ORDER BY position", run), list[CheckpointRow]
        )

    def calls(self, run: str, last: int = 100) -> list[CallRow]:
        """The newest ``last`` calls, in order."""
        rows = self._rows(f"SELECT * FROM calls {_LAST_CALLS} ORDER BY episode", run, run, last)
        return msgspec.convert([row | {"success": bool(row["success"])} for row in rows], list[CallRow])

    def acts_over_time(self, run: str, stretches: int = 20) -> list[ActsRow]:
        """What was done with whom, over the whole run in about so many stretches of equal length, in order."""
        newest = self.latest_episode(run)
        if newest is None:
            return []
        length = max(1, -(-newest.episode // stretches))
        counted = (
            "SELECT (episode - 1) / ? AS stretch, persona, count(*) AS calls FROM calls WHERE run = ? GROUP BY 1, 2"
        )
        done = """SELECT (episode - 1) / ? AS stretch, persona, act, sum(count) AS count FROM calls
            JOIN call_acts USING (run, episode) WHERE run = ? GROUP BY 1, 2, 3"""
        acts: dict[tuple[int, str], dict[int, int]] = {}
        for row in self._rows(done, length, run):
            acts.setdefault((row["stretch"], row["persona"]), {})[row["act"]] = row["count"]
        return [
            ActsRow(
                first=row["stretch"] * length + 1,
                last=min(newest.episode, (row["stretch"] + 1) * length),
                persona=row["persona"],
                calls=row["calls"],
                acts=acts.get((row["stretch"], row["persona"]), {}),
            )
            for row in self._rows(f"{counted} ORDER BY 1, 2", length, run)
        ]

    def personas(self, run: str, last: int = 500) -> list[PersonaRow]:
        """The newest ``last`` calls by kind of debtor, in alphabetical order."""
        means = ", ".join(f"avg({name}) AS {name}" for name in ("success", "returns", "turns", "violations"))
        sql = f"SELECT persona, count(*) AS calls, {means} FROM calls {_LAST_CALLS} GROUP BY persona ORDER BY persona"
        acts: dict[str, dict[int, int]] = {}
        done = f"""SELECT persona, act, sum(count) AS count FROM calls JOIN call_acts USING (run, episode)
            {_LAST_CALLS} GROUP BY persona, act"""
        for row in self._rows(done, run, run, last):
            acts.setdefault(row["persona"], {})[row["act"]] = row["count"]
        rows = self._rows(sql, run, run, last)
        return msgspec.convert([row | {"acts": acts.get(row["persona"], {})} for row in rows], list[PersonaRow])

    def heatmap(self) -> list[list[int]]:
        """Visits of each cell over the last 100 episodes of the newest town run: rows from the top,
        cells from the left; empty before the first episode."""
        sql = "SELECT y, sum(visit_count) AS visits FROM position_heatmap GROUP BY y, x ORDER BY y, x"
        grid: dict[int, list[int]] = {}
        for row in self._rows(sql):
            grid.setdefault(row["y"], []).append(row["visits"])
        return list(grid.values())

    def novelty(self) -> list[list[float]]:
        """Mean novelty in [0, 1] of each cell over the last 100 episodes of the newest town run, in the
        form of ``heatmap``."""
        sql = "SELECT y, avg(novelty_value) AS novelty FROM position_heatmap GROUP BY y, x ORDER BY y, x"
        grid: dict[int, list[float]] = {}
        for row in self._rows(sql):
            grid.setdefault(row["y"], []).append(row["novelty"])
        return list(grid.values())

    def transitions(self, last: int = 100) -> list[TransitionRow]:
        """The garden path over the newest ``last`` episodes of the newest town run, widest first."""
        sql = """SELECT from_affordance AS source, to_affordance AS target, sum(visit_count) AS count,
            sum(episode_id * visit_count) * 1.0 / sum(visit_count) AS mean_episode FROM affordance_visits
            WHERE episode_id > (SELECT coalesce(max(episode_id), 0) FROM episodes) - ?
            GROUP BY source, target ORDER BY count DESC, source, target"""
        return msgspec.convert(self._rows(sql, last), list[TransitionRow])

    def _rows(self, sql: str, *values: str | int) -> list[dict[str, Any]]:
        with read_only(self.path) as connection:
            cursor = connection.execute(sql, values)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


_LAST_CALLS = "WHERE run = ? AND episode > (SELECT coalesce(max(episode), 0) FROM calls WHERE run = ?) - ?"
_NEWEST_OF_RUN = "(SELECT coalesce(max(episode), 0) FROM run_episodes WHERE run = ?1 AND episode <= ?3)"
_LAST_OF_RUN = f"WHERE run = ?1 AND episode <= ?3 AND episode > {_NEWEST_OF_RUN} - ?2"

# What an exam that came later has to say was not known yet.
_EXAMINED = "FROM evaluations WHERE run = ?1 AND policy = 'agent' AND position > recoveries.position AND position <= ?3"
_BACK = f"EXISTS (SELECT 1 {_EXAMINED} AND episode = recovered_episode)"
_ONCE_BACK = ", ".join(
    f"CASE WHEN {_BACK} THEN {name} END AS {name}"
    for name in ("recovered_episode", "recovered_vector_step", "episodes", "env_steps")
)
_MARK = """episode, kind, text, timestamp, position,
    CASE kind WHEN 'stage' THEN json_extract(detail, '$.old') END AS old_stage,
    CASE kind WHEN 'stage' THEN json_extract(detail, '$.new') END AS new_stage"""
_RECOVERIES = f"""SELECT episode, vector_step, level_before, share_before,
    CASE WHEN EXISTS (SELECT 1 {_EXAMINED}) THEN level_after END AS level_after, {_ONCE_BACK}
    FROM recoveries WHERE run = ?1 AND position <= ?3 ORDER BY position DESC LIMIT ?2"""


def _run(row: dict[str, Any]) -> RunRow:
    return msgspec.convert(row | {"config": json.loads(row["config"])}, RunRow)
