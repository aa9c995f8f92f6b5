-- What every full hundred episodes of a run add up to: sums over run_episodes.
CREATE TABLE stretches (
    run TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    survival INTEGER NOT NULL,      -- steps lived, and their squares
    squares INTEGER NOT NULL,
    shortest INTEGER NOT NULL,
    longest INTEGER NOT NULL,
    living REAL NOT NULL,           -- extrinsic reward
    novelty REAL NOT NULL,          -- intrinsic reward by its weight
    stage INTEGER NOT NULL,         -- the highest
    PRIMARY KEY (run, first)
) WITHOUT ROWID;
