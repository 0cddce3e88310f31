-- What every other table leans on: how often each topic has changed, and the record of who did what.
CREATE TABLE revisions (
    topic TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO revisions (topic, value) VALUES ('tenants', 0), ('keys', 0), ('models', 0);

CREATE TABLE audit_records (
    id TEXT NOT NULL PRIMARY KEY,
    create_time BIGINT NOT NULL,
    tenant_id TEXT NOT NULL,
    token_id TEXT NOT NULL,
    peer TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    outcome TEXT NOT NULL,
    request_id TEXT NOT NULL
);
CREATE INDEX audit_records_by_time ON audit_records (create_time, id);
CREATE TRIGGER audit_records_stay BEFORE UPDATE ON audit_records
BEGIN SELECT RAISE(ABORT, 'audit records are append-only'); END;
CREATE TRIGGER audit_records_remain BEFORE DELETE ON audit_records
BEGIN SELECT RAISE(ABORT, 'audit records are append-only'); END;
