-- The views: folds of the log. This file may be deleted at any time; it is rebuilt from events.db.

-- How far each projection has read the log, committed together with its rows.
CREATE TABLE projections (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    memory TEXT NOT NULL            -- JSON: what the projection must remember between batches
) WITHOUT ROWID;

-- The newest town run ----------------------------------------------------------------------

CREATE TABLE episodes (
    episode_id INTEGER PRIMARY KEY,
    timestamp REAL NOT NULL,
    survival_time INTEGER NOT NULL,
    total_reward REAL NOT NULL,
    extrinsic_reward REAL NOT NULL,
    intrinsic_reward REAL NOT NULL,
    intrinsic_weight REAL NOT NULL,
    curriculum_stage INTEGER NOT NULL,
    epsilon REAL NOT NULL
);
CREATE INDEX idx_episodes_timestamp ON episodes(timestamp);

CREATE TABLE affordance_visits (
    episode_id INTEGER NOT NULL,
    from_affordance TEXT NOT NULL,
    to_affordance TEXT NOT NULL,
    visit_count INTEGER NOT NULL,
    FOREIGN KEY (episode_id) REFERENCES episodes(episode_id)
);
CREATE INDEX idx_visits_episode ON affordance_visits(episode_id);

-- Every cell of the grid for each of the last 100 episodes; novelty_value in [0, 1].
CREATE TABLE position_heatmap (
    episode_id INTEGER NOT NULL,
    x INTEGER NOT NULL,
    y INTEGER NOT NULL,
    visit_count INTEGER NOT NULL,
    novelty_value REAL,
    FOREIGN KEY (episode_id) REFERENCES episodes(episode_id)
);
CREATE INDEX idx_heatmap_episode ON position_heatmap(episode_id);

CREATE TABLE system_state (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- Every run --------------------------------------------------------------------------------

CREATE TABLE runs (
    run TEXT PRIMARY KEY,
    world TEXT NOT NULL,
    config_name TEXT NOT NULL,
    config TEXT NOT NULL,           -- JSON, resolved
    seed INTEGER NOT NULL,
    episodes_goal INTEGER NOT NULL,
    status TEXT NOT NULL,           -- training · paused · finished · failed
    detail TEXT NOT NULL,           -- why it failed, "" otherwise
    started_at REAL NOT NULL,
    finished_at REAL,
    episode INTEGER NOT NULL,       -- newest completed episode
    vector_step INTEGER NOT NULL,
    env_steps INTEGER NOT NULL,     -- steps lived in completed episodes
    width INTEGER NOT NULL,         -- of the grid; 0 for a world without one
    height INTEGER NOT NULL,
    physics INTEGER NOT NULL,
    device TEXT NOT NULL,
    position INTEGER NOT NULL       -- of its RunStarted
) WITHOUT ROWID;
CREATE INDEX idx_runs_world ON runs(world, position);

CREATE TABLE run_episodes (
    run TEXT NOT NULL,
    episode INTEGER NOT NULL,
    timestamp REAL NOT NULL,
    survival_time INTEGER NOT NULL,
    total_reward REAL NOT NULL,
    extrinsic_reward REAL NOT NULL,
    intrinsic_reward REAL NOT NULL,
    intrinsic_weight REAL NOT NULL,
    curriculum_stage INTEGER NOT NULL,
    epsilon REAL NOT NULL,
    cause TEXT NOT NULL,
    vector_step INTEGER NOT NULL,
    agent INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (run, episode)
) WITHOUT ROWID;

CREATE TABLE marks (
    run TEXT NOT NULL,
    position INTEGER NOT NULL,
    episode INTEGER NOT NULL,
    timestamp REAL NOT NULL,
    kind TEXT NOT NULL,             -- stage · randomized · command · resumed · diverged · finished
    text TEXT NOT NULL,
    detail TEXT,                    -- JSON; randomized: {"old": name → cell, "new": name → cell}
    PRIMARY KEY (run, position)
) WITHOUT ROWID;
CREATE INDEX idx_marks_kind ON marks(run, kind, position);

CREATE TABLE evaluations (
    run TEXT NOT NULL,
    position INTEGER NOT NULL,
    policy TEXT NOT NULL,
    episode INTEGER NOT NULL,
    episodes INTEGER NOT NULL,      -- exam lives per policy
    cap INTEGER NOT NULL,
    mean REAL NOT NULL,
    worst REAL NOT NULL,
    share_at_cap REAL NOT NULL,
    causes TEXT NOT NULL,           -- JSON: cause → count
    layout TEXT NOT NULL,           -- JSON: affordance → cell
    PRIMARY KEY (run, position, policy)
) WITHOUT ROWID;

CREATE TABLE checkpoints (
    run TEXT NOT NULL,
    position INTEGER NOT NULL,
    episode INTEGER NOT NULL,
    vector_step INTEGER NOT NULL,
    file TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (run, position)
) WITHOUT ROWID;
