//! The statements, the same for both databases: `$1` parameters, `RETURNING`, `ON CONFLICT`.

pub(super) mod keys;
pub(super) mod models;

pub(super) const REVISIONS: &str = "SELECT topic, value FROM revisions";
pub(super) const BUMP: &str = "UPDATE revisions SET value = value + 1 WHERE topic = $1";

pub(super) const ADD_AUDIT_RECORD: &str = "INSERT INTO audit_records \
    (id, create_time, tenant_id, token_id, peer, action, target, outcome, request_id) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
pub(super) const LIST_AUDIT_RECORDS: &str = "SELECT id, create_time, tenant_id, token_id, peer, action, \
    target, outcome, request_id FROM audit_records \
    WHERE ($1 = '' OR tenant_id = $1) AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3";

pub(super) const CREATE_TENANT: &str = "INSERT INTO tenants (id, display_name, state, allowed_models, \
    denied_models, labels, create_time, update_time, etag) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
pub(super) const GET_TENANT: &str = "SELECT id, display_name, state, allowed_models, denied_models, labels, \
    create_time, update_time, etag FROM tenants WHERE id = $1";
pub(super) const LIST_TENANTS: &str = "SELECT id, display_name, state, allowed_models, denied_models, labels, \
    create_time, update_time, etag FROM tenants WHERE id > $1 ORDER BY id LIMIT $2";
pub(super) const UPDATE_TENANT: &str = "UPDATE tenants SET display_name = $2, state = $3, allowed_models = $4, \
    denied_models = $5, labels = $6, update_time = $7, etag = $8 WHERE id = $1 AND etag = $9";
pub(super) const DELETE_TENANT: &str = "DELETE FROM tenants WHERE id = $1 AND ($2 = '' OR etag = $2)";

pub(super) const CREATE_TOKEN: &str = "INSERT INTO api_tokens (id, tenant_id, display_name, scopes, hint, \
    secret_hash, create_time, expire_time, last_use_time, revoke_time) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
pub(super) const GET_TOKEN: &str = "SELECT id, tenant_id, display_name, scopes, hint, secret_hash, create_time, \
    expire_time, last_use_time, revoke_time FROM api_tokens WHERE id = $1";
/// `$2` is the time at which a token must be good; 0 for any.
pub(super) const LIST_TOKENS: &str = "SELECT id, tenant_id, display_name, scopes, hint, secret_hash, create_time, \
    expire_time, last_use_time, revoke_time FROM api_tokens WHERE ($1 = '' OR tenant_id = $1) \
    AND ($2 = 0 OR (revoke_time IS NULL AND (expire_time IS NULL OR expire_time > $2))) \
    AND id > $3 ORDER BY id LIMIT $4";
/// `$1` is a pattern of its scope's name, `$2` the time at which it must be good.
pub(super) const FIND_ADMIN_TOKEN: &str = "SELECT id FROM api_tokens WHERE ' ' || scopes || ' ' LIKE $1 \
    AND revoke_time IS NULL AND (expire_time IS NULL OR expire_time > $2) ORDER BY id LIMIT 1";
pub(super) const REVOKE_TOKEN: &str = "UPDATE api_tokens SET revoke_time = COALESCE(revoke_time, $2) WHERE id = $1 \
    RETURNING id, tenant_id, display_name, scopes, hint, secret_hash, create_time, expire_time, last_use_time, \
    revoke_time";
pub(super) const NOTE_TOKEN_USE: &str = "UPDATE api_tokens SET last_use_time = $2 \
    WHERE id = $1 AND (last_use_time IS NULL OR last_use_time < $2)";
pub(super) const PREFERENCES: &str = "SELECT end_user_id, document, update_time, etag FROM preferences \
    WHERE tenant_id = $1 AND end_user_id = $2";
pub(super) const ADD_PREFERENCES: &str = "INSERT INTO preferences \
    (tenant_id, end_user_id, document, update_time, etag) \
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id, end_user_id) DO NOTHING";
pub(super) const REPLACE_PREFERENCES: &str = "UPDATE preferences SET document = $3, update_time = $4, etag = $5 \
    WHERE tenant_id = $1 AND end_user_id = $2 AND etag = $6";
pub(super) const DELETE_PREFERENCES: &str =
    "DELETE FROM preferences WHERE tenant_id = $1 AND end_user_id = $2";
