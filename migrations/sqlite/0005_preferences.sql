-- What applications keep of their users: one JSON object for each user of a tenant.
CREATE TABLE preferences (
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    end_user_id TEXT NOT NULL,
    document TEXT NOT NULL,
    update_time BIGINT NOT NULL,
    etag TEXT NOT NULL,
    PRIMARY KEY (tenant_id, end_user_id)
);
