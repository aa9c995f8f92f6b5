-- The version of the run's event that a row comes from: a divergence gives up what came after a version. A fact of the
-- last episode in common may be among it.
ALTER TABLE marks ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE evaluations ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE checkpoints ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
