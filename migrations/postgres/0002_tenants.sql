-- Tenants and the tokens of their callers. What belongs to a tenant goes with it.
CREATE TABLE tenants (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    display_name TEXT NOT NULL,
    state TEXT NOT NULL,
    allowed_models TEXT NOT NULL,
    denied_models TEXT NOT NULL,
    labels TEXT NOT NULL,
    create_time BIGINT NOT NULL,
    update_time BIGINT NOT NULL,
    etag TEXT NOT NULL
);
-- The tenant of callers that need no token, so that keys and preferences of a server without tenants have one.
INSERT INTO tenants (id, display_name, state, allowed_models, denied_models, labels, create_time, update_time, etag)
VALUES ('local', 'callers of this server', 'active', '[]', '[]', '{}', 0, 0, '1');

CREATE TABLE api_tokens (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tenant_id TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    display_name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    hint TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    create_time BIGINT NOT NULL,
    expire_time BIGINT,
    last_use_time BIGINT,
    revoke_time BIGINT
);
CREATE INDEX api_tokens_by_tenant ON api_tokens (tenant_id, id);
