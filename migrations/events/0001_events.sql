-- The log. position: global, 1 … n, no gap. version: of one run, 1 … n, no gap. recorded_at: UTC seconds.
-- payload: JSON with its tag; type repeats the tag. checksum: CRC-32 over all other columns.
CREATE TABLE events (
    position    INTEGER PRIMARY KEY,
    event_id    TEXT GENERATED ALWAYS AS (run || ':' || version) VIRTUAL,
    run         TEXT    NOT NULL,
    version     INTEGER NOT NULL,
    type        TEXT    NOT NULL,
    recorded_at REAL    NOT NULL,
    payload     TEXT    NOT NULL,
    checksum    INTEGER NOT NULL,
    UNIQUE (run, version)
);

-- A row may only be the next one. This also refuses INSERT OR REPLACE and UPSERT on any connection: with
-- recursive_triggers off (the default), REPLACE deletes the old row without firing events_no_delete.
CREATE TRIGGER events_insert_next BEFORE INSERT ON events
WHEN NEW.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM events)
  OR NEW.version IS NOT (SELECT coalesce(max(version), 0) + 1 FROM events WHERE run = NEW.run)
BEGIN
    SELECT RAISE(ABORT, 'events is append-only: a row must take the next position and the next version of its run');
END;

CREATE TRIGGER events_no_update BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'events is append-only: UPDATE refused');
END;

CREATE TRIGGER events_no_delete BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'events is append-only: DELETE refused');
END;
