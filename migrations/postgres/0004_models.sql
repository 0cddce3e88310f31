-- What providers list, what administrators say of models, and what traffic has shown of them.
CREATE TABLE listed_models (
    provider TEXT COLLATE "C" NOT NULL,
    model TEXT COLLATE "C" NOT NULL,
    facts TEXT NOT NULL,
    list_time BIGINT NOT NULL,
    gone_time BIGINT,
    update_time BIGINT NOT NULL,
    PRIMARY KEY (provider, model)
);

CREATE TABLE model_refreshes (
    provider TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    success_time BIGINT,
    error_time BIGINT,
    error_reason TEXT NOT NULL,
    error_message TEXT NOT NULL
);

CREATE TABLE model_changes (
    model_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    changes TEXT NOT NULL,
    version BIGINT NOT NULL,
    update_time BIGINT NOT NULL
);

-- One model for each alias, whichever server was asked to give it.
CREATE TABLE model_aliases (
    alias TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    model_id TEXT COLLATE "C" NOT NULL
);
CREATE INDEX model_aliases_by_model ON model_aliases (model_id);

CREATE TABLE model_observations (
    model_id TEXT COLLATE "C" NOT NULL,
    feature TEXT COLLATE "C" NOT NULL,
    is_supported BOOLEAN NOT NULL,
    evidence TEXT NOT NULL,
    observe_time BIGINT NOT NULL,
    PRIMARY KEY (model_id, feature)
);
