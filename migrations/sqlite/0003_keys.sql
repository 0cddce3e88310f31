-- Providers' API keys: what is known of each, and the sealed secret of its present version.
-- No tenant_id: it is everybody's.
CREATE TABLE keys (
    id TEXT NOT NULL PRIMARY KEY,
    provider TEXT NOT NULL,
    tenant_id TEXT REFERENCES tenants (id) ON DELETE CASCADE,
    display_name TEXT NOT NULL,
    state TEXT NOT NULL,
    hint TEXT NOT NULL,
    priority BIGINT NOT NULL,
    version BIGINT NOT NULL,
    labels TEXT NOT NULL,
    create_time BIGINT NOT NULL,
    rotate_time BIGINT,
    last_use_time BIGINT,
    expire_time BIGINT,
    verify_time BIGINT,
    reject_time BIGINT,
    etag TEXT NOT NULL
);
CREATE INDEX keys_in_order ON keys (provider, priority, id);
CREATE INDEX keys_of_tenant ON keys (tenant_id);

CREATE TABLE key_secrets (
    key_id TEXT NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    kek_id TEXT NOT NULL,
    wrapped_key BLOB NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (key_id, version)
);
