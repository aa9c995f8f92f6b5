-- Every completed call of every dialogue run, and what the collector did in it.
CREATE TABLE calls (
    run TEXT NOT NULL,
    episode INTEGER NOT NULL,
    persona TEXT NOT NULL,
    outcome TEXT NOT NULL,          -- one of hamlet/worlds/dialogue/acts.py
    success INTEGER NOT NULL,       -- 0 or 1
    turns INTEGER NOT NULL,
    returns REAL NOT NULL,          -- undiscounted sum of rewards
    violations INTEGER NOT NULL,    -- of all rules together
    stage INTEGER NOT NULL,
    PRIMARY KEY (run, episode)
) WITHOUT ROWID;

CREATE TABLE call_acts (
    run TEXT NOT NULL,
    episode INTEGER NOT NULL,
    act INTEGER NOT NULL,           -- its position in the world's list of acts
    count INTEGER NOT NULL,
    PRIMARY KEY (run, episode, act)
) WITHOUT ROWID;

-- What an exam of conversations found, as JSON: success, returns, violations per 100 calls, personas → success.
ALTER TABLE evaluations ADD COLUMN calls TEXT;
