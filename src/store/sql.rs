//! The statements, the same for both databases: `$1` parameters, `RETURNING`, `ON CONFLICT`.

pub(super) const REVISIONS: &str = "SELECT topic, value FROM revisions";
pub(super) const BUMP: &str = "UPDATE revisions SET value = value + 1 WHERE topic = $1";

pub(super) const ADD_AUDIT_RECORD: &str = "INSERT INTO audit_records \
    (id, create_time, tenant_id, token_id, peer, action, target, outcome, request_id) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
pub(super) const LIST_AUDIT_RECORDS: &str = "SELECT id, create_time, tenant_id, token_id, peer, action, \
    target, outcome, request_id FROM audit_records \
    WHERE ($1 = '' OR tenant_id = $1) AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3";

pub(super) const LISTED_MODELS: &str = "SELECT provider, model, facts, list_time, gone_time, update_time \
    FROM listed_models ORDER BY provider, model";
pub(super) const LISTED_MODELS_OF: &str = "SELECT provider, model, facts, list_time, gone_time, update_time \
    FROM listed_models WHERE provider = $1 ORDER BY model";
pub(super) const PUT_LISTED_MODEL: &str = "INSERT INTO listed_models \
    (provider, model, facts, list_time, gone_time, update_time) VALUES ($1, $2, $3, $4, $5, $6) \
    ON CONFLICT (provider, model) DO UPDATE SET facts = excluded.facts, list_time = excluded.list_time, \
    gone_time = excluded.gone_time, update_time = excluded.update_time";
pub(super) const TOUCH_LISTED_MODELS: &str = "UPDATE listed_models SET list_time = $2 \
    WHERE provider = $1 AND gone_time IS NULL";
pub(super) const REFRESHES: &str = "SELECT provider, success_time, error_time, error_reason, error_message \
    FROM model_refreshes ORDER BY provider";
pub(super) const PUT_REFRESH: &str = "INSERT INTO model_refreshes \
    (provider, success_time, error_time, error_reason, error_message) VALUES ($1, $2, NULL, '', '') \
    ON CONFLICT (provider) DO UPDATE SET success_time = excluded.success_time";
pub(super) const PUT_REFRESH_FAILURE: &str = "INSERT INTO model_refreshes \
    (provider, success_time, error_time, error_reason, error_message) VALUES ($1, NULL, $2, $3, $4) \
    ON CONFLICT (provider) DO UPDATE SET error_time = excluded.error_time, \
    error_reason = excluded.error_reason, error_message = excluded.error_message";
pub(super) const MODEL_CHANGES: &str = "SELECT model_id, changes, version, update_time \
    FROM model_changes ORDER BY model_id";
pub(super) const ADD_MODEL_CHANGE: &str = "INSERT INTO model_changes \
    (model_id, changes, update_time, version) VALUES ($1, $2, $3, 1) ON CONFLICT (model_id) DO NOTHING";
pub(super) const SET_MODEL_CHANGE: &str = "UPDATE model_changes \
    SET changes = $2, update_time = $3, version = version + 1 WHERE model_id = $1 AND version = $4";
pub(super) const DROP_MODEL_ALIASES: &str = "DELETE FROM model_aliases WHERE model_id = $1";
pub(super) const ADD_MODEL_ALIAS: &str = "INSERT INTO model_aliases (alias, model_id) VALUES ($1, $2)";
pub(super) const OBSERVATIONS: &str = "SELECT model_id, feature, is_supported, evidence, observe_time \
    FROM model_observations ORDER BY model_id, feature";
pub(super) const PUT_OBSERVATION: &str = "INSERT INTO model_observations \
    (model_id, feature, is_supported, evidence, observe_time) VALUES ($1, $2, $3, $4, $5) \
    ON CONFLICT (model_id, feature) DO UPDATE SET is_supported = excluded.is_supported, \
    evidence = excluded.evidence, observe_time = excluded.observe_time \
    WHERE model_observations.observe_time <= excluded.observe_time";
