-- Every time that everything moved, and how long the agent took to live as well again, by its exams.
CREATE TABLE recoveries (
    run TEXT NOT NULL,
    position INTEGER NOT NULL,      -- of its AffordancesRandomized
    episode INTEGER NOT NULL,
    vector_step INTEGER NOT NULL,
    level_before REAL,              -- mean steps lived in the last exam before, NULL without one
    share_before REAL,              -- of the scripted expert's in the same exam
    level_after REAL,               -- the same in the first exam after
    recovered_episode INTEGER,      -- of the first later exam of at least .95 of level_before, NULL while not
    recovered_vector_step INTEGER,
    episodes INTEGER,               -- from the move to that exam
    env_steps INTEGER,              -- of all agents together
    PRIMARY KEY (run, position)
) WITHOUT ROWID;
