"""The table ``recoveries``: each time that everything moved, and how long until the agent lived as
well again. Levels are the agent's mean steps lived in greedy exams on the layout of the moment.

Folded together with the table of exams: the level before a move is that of the newest exam that
still holds, which after a divergence may be one from long ago.
"""

from hamlet.events.types import AffordancesRandomized, EvaluationCompleted, RunDiverged
from hamlet.projections.projection import Write

__all__ = ["BACK", "diverged", "examined", "moved"]

BACK = 0.95
"""Of the level before: the agent is back."""

_MOVED = """INSERT INTO recoveries (run, position, episode, vector_step, level_before, share_before)
    SELECT ?1, ?2, ?3, ?4, agent.mean, agent.mean / expert.mean FROM (SELECT 1)
    LEFT JOIN evaluations AS agent ON agent.run = ?1 AND agent.policy = 'agent' AND agent.position =
        (SELECT max(position) FROM evaluations WHERE run = ?1 AND policy = 'agent')
    LEFT JOIN evaluations AS expert
        ON expert.run = ?1 AND expert.policy = 'expert' AND expert.position = agent.position"""

_NEWEST = "run = ?1 AND position = (SELECT max(position) FROM recoveries WHERE run = ?1)"

_AFTER = f"UPDATE recoveries SET level_after = ?2 WHERE {_NEWEST} AND level_after IS NULL"

_RECOVERED = f"""UPDATE recoveries SET recovered_episode = ?3, recovered_vector_step = ?4, episodes = ?3 - episode,
    env_steps = (?4 - vector_step) * (SELECT json_extract(config, '$.training.agents') FROM runs WHERE run = ?1)
    WHERE {_NEWEST} AND recovered_episode IS NULL AND ?2 >= {BACK} * level_before"""

_GIVEN_UP = """DELETE FROM recoveries WHERE run = ?1 AND (episode >= ?2
    OR position NOT IN (SELECT position FROM marks WHERE run = ?1 AND kind = 'randomized'))"""

_NOT_BACK = """UPDATE recoveries SET recovered_episode = NULL, recovered_vector_step = NULL, episodes = NULL,
    env_steps = NULL WHERE run = ?1 AND (recovered_episode >= ?2 OR recovered_episode NOT IN
    (SELECT episode FROM evaluations WHERE run = ?1 AND position > recoveries.position))"""

_AFTER_AGAIN = f"""UPDATE recoveries SET level_after = (SELECT mean FROM evaluations WHERE run = ?1
    AND policy = 'agent' AND position > recoveries.position ORDER BY position LIMIT 1) WHERE {_NEWEST}"""


def moved(run: str, position: int, event: AffordancesRandomized) -> list[Write]:
    """A new row; the one before it can no longer recover."""
    return [Write(_MOVED, [(run, position, event.episode, event.vector_step)])]


def examined(run: str, event: EvaluationCompleted) -> list[Write]:
    """The level right after the newest move, or the recovery from it."""
    agent = event.results.get("agent")
    if agent is None:
        return []
    return [
        Write(_AFTER, [(run, agent.mean)]),
        Write(_RECOVERED, [(run, agent.mean, event.episode, event.vector_step)]),
    ]


def diverged(run: str, event: RunDiverged) -> list[Write]:
    """Moves and recoveries from ``from_episode`` on did not happen. After the marks and exams were
    dropped: some of the last episode in common may be among them."""
    row = (run, event.from_episode)
    return [Write(_GIVEN_UP, [row]), Write(_NOT_BACK, [row]), Write(_AFTER_AGAIN, [(run,)])]
