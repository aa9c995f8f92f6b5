"""The table ``system_state``: key → text about the newest town run, derived from the tables of runs.

Keys: current_episode, last_checkpoint (file name), training_status, start_time (UTC seconds) and,
once affordances have moved, affordance_randomization_episode, old_affordance_positions and
new_affordance_positions (JSON: name → [x, y]) of the last time.
"""

from hamlet.projections.projection import Write

__all__ = ["REFRESH"]

_TOWN = "SELECT run, width FROM runs WHERE world = 'town' ORDER BY position DESC LIMIT 1"
_MOVED = "SELECT * FROM marks WHERE run = (SELECT run FROM town) AND kind = 'randomized' ORDER BY position DESC LIMIT 1"
_POSITIONS = (
    "(SELECT json_group_object(key, json_array(value % width, value / width))"
    " FROM town, json_each(moved.detail, '$.{which}') WHERE width > 0)"
)

REFRESH = [
    Write("DELETE FROM system_state"),
    Write(
        f"""INSERT INTO system_state
        WITH town AS ({_TOWN}), moved AS ({_MOVED}), now AS (SELECT * FROM runs WHERE run = (SELECT run FROM town))
        SELECT 'current_episode', CAST(episode AS TEXT) FROM now
        UNION ALL SELECT 'training_status', status FROM now
        UNION ALL SELECT 'start_time', CAST(started_at AS TEXT) FROM now
        UNION ALL SELECT * FROM (
            SELECT 'last_checkpoint', file FROM checkpoints WHERE run = (SELECT run FROM town)
            ORDER BY position DESC LIMIT 1)
        UNION ALL SELECT 'affordance_randomization_episode', CAST(episode AS TEXT) FROM moved
        UNION ALL SELECT 'old_affordance_positions', {_POSITIONS.format(which="old")} FROM moved
        UNION ALL SELECT 'new_affordance_positions', {_POSITIONS.format(which="new")} FROM moved"""
    ),
]
"""Writes that bring the table up to date, after those of a batch."""
