//! The statements, the same for both databases: `$1` parameters, `RETURNING`, `ON CONFLICT`.

pub(super) const REVISIONS: &str = "SELECT topic, value FROM revisions";
pub(super) const BUMP: &str = "UPDATE revisions SET value = value + 1 WHERE topic = $1";

pub(super) const ADD_AUDIT_RECORD: &str = "INSERT INTO audit_records \
    (id, create_time, tenant_id, token_id, peer, action, target, outcome, request_id) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
pub(super) const LIST_AUDIT_RECORDS: &str = "SELECT id, create_time, tenant_id, token_id, peer, action, \
    target, outcome, request_id FROM audit_records \
    WHERE ($1 = '' OR tenant_id = $1) AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3";

pub(super) const PREFERENCES: &str = "SELECT end_user_id, document, update_time, etag FROM preferences \
    WHERE tenant_id = $1 AND end_user_id = $2";
pub(super) const ADD_PREFERENCES: &str = "INSERT INTO preferences \
    (tenant_id, end_user_id, document, update_time, etag) \
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id, end_user_id) DO NOTHING";
pub(super) const REPLACE_PREFERENCES: &str = "UPDATE preferences SET document = $3, update_time = $4, etag = $5 \
    WHERE tenant_id = $1 AND end_user_id = $2 AND etag = $6";
pub(super) const DELETE_PREFERENCES: &str =
    "DELETE FROM preferences WHERE tenant_id = $1 AND end_user_id = $2";
