//! The statements about keys and their secrets.

pub(in crate::store) const ADD_KEY: &str = "INSERT INTO keys \
    (id, provider, tenant_id, display_name, state, hint, priority, version, labels, create_time, \
    rotate_time, last_use_time, expire_time, verify_time, reject_time, grace_end_time, etag) \
    VALUES ($1, $2, NULLIF($3, ''), $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
pub(in crate::store) const ADD_KEY_SECRET: &str = "INSERT INTO key_secrets (key_id, version, kek_id, wrapped_key, sealed) \
    VALUES ($1, $2, $3, $4, $5)";
pub(in crate::store) const FIND_KEY: &str = "SELECT id, provider, COALESCE(tenant_id, '') AS tenant_id, display_name, state, hint, priority, version, \
    labels, create_time, rotate_time, last_use_time, expire_time, verify_time, reject_time, grace_end_time, etag \
    FROM keys WHERE id = $1";
pub(in crate::store) const LIST_KEYS: &str = "SELECT id, provider, COALESCE(tenant_id, '') AS tenant_id, display_name, state, hint, priority, version, \
    labels, create_time, rotate_time, last_use_time, expire_time, verify_time, reject_time, grace_end_time, etag \
    FROM keys WHERE ($1 = '' OR provider = $1) AND (NOT $2 OR COALESCE(tenant_id, '') = $3) \
    AND (NOT $4 OR (provider, priority, id) > ($5, $6, $7)) ORDER BY provider, priority, id LIMIT $8";
pub(in crate::store) const LOAD_KEYS: &str = "SELECT k.id, k.provider, COALESCE(k.tenant_id, '') AS tenant_id, \
    k.display_name, k.state, k.hint, k.priority, k.version, k.labels, k.create_time, k.rotate_time, k.last_use_time, k.expire_time, \
    k.verify_time, k.reject_time, k.grace_end_time, k.etag, s.kek_id, s.wrapped_key, s.sealed \
    FROM keys k JOIN key_secrets s ON s.key_id = k.id AND s.version = k.version \
    ORDER BY k.provider, k.priority, k.id";
pub(in crate::store) const LIST_KEY_SECRETS: &str = "SELECT k.id, k.provider, COALESCE(k.tenant_id, '') AS tenant_id, \
    k.display_name, k.state, k.hint, k.priority, k.version, k.labels, k.create_time, k.rotate_time, k.last_use_time, k.expire_time, \
    k.verify_time, k.reject_time, k.grace_end_time, k.etag, s.kek_id, s.wrapped_key, s.sealed \
    FROM keys k JOIN key_secrets s ON s.key_id = k.id AND s.version = k.version \
    WHERE k.id > $1 ORDER BY k.id LIMIT $2";
pub(in crate::store) const REPLACE_KEY: &str = "UPDATE keys SET display_name = $3, state = $4, priority = $5, labels = $6, \
    expire_time = $7, verify_time = $8, reject_time = $9, etag = $10 WHERE id = $1 AND etag = $2";
pub(in crate::store) const ROTATE_KEY: &str = "UPDATE keys SET hint = $3, version = $4, rotate_time = $5, grace_end_time = $6 \
    WHERE id = $1 AND etag = $2";
pub(in crate::store) const DELETE_KEY_SECRETS: &str = "DELETE FROM key_secrets WHERE key_id = $1";
pub(in crate::store) const DELETE_KEY: &str = "DELETE FROM keys WHERE id = $1 AND etag = $2";
pub(in crate::store) const NOTE_KEY_USE: &str = "UPDATE keys SET last_use_time = $2 \
    WHERE id = $1 AND (last_use_time IS NULL OR last_use_time < $2)";
pub(in crate::store) const REWRAP_KEY_SECRET: &str = "UPDATE key_secrets SET kek_id = $4, wrapped_key = $5 \
    WHERE key_id = $1 AND version = $2 AND wrapped_key = $3";
