//! Statements about models.

pub(in crate::store) const LISTED_MODELS: &str = "SELECT provider, model, facts, list_time, gone_time, update_time \
    FROM listed_models ORDER BY provider, model";
pub(in crate::store) const LISTED_MODELS_OF: &str = "SELECT provider, model, facts, list_time, gone_time, update_time \
    FROM listed_models WHERE provider = $1 ORDER BY model";
pub(in crate::store) const PUT_LISTED_MODEL: &str = "INSERT INTO listed_models \
    (provider, model, facts, list_time, gone_time, update_time) VALUES ($1, $2, $3, $4, $5, $6) \
    ON CONFLICT (provider, model) DO UPDATE SET facts = excluded.facts, list_time = excluded.list_time, \
    gone_time = excluded.gone_time, update_time = excluded.update_time";
pub(in crate::store) const TOUCH_LISTED_MODELS: &str = "UPDATE listed_models SET list_time = $2 \
    WHERE provider = $1 AND gone_time IS NULL";
pub(in crate::store) const REFRESHES: &str = "SELECT provider, success_time, error_time, error_reason, error_message \
    FROM model_refreshes ORDER BY provider";
pub(in crate::store) const PUT_REFRESH: &str = "INSERT INTO model_refreshes \
    (provider, success_time, error_time, error_reason, error_message) VALUES ($1, $2, NULL, '', '') \
    ON CONFLICT (provider) DO UPDATE SET success_time = excluded.success_time";
pub(in crate::store) const PUT_REFRESH_FAILURE: &str = "INSERT INTO model_refreshes \
    (provider, success_time, error_time, error_reason, error_message) VALUES ($1, NULL, $2, $3, $4) \
    ON CONFLICT (provider) DO UPDATE SET error_time = excluded.error_time, \
    error_reason = excluded.error_reason, error_message = excluded.error_message";
pub(in crate::store) const MODEL_CHANGES: &str = "SELECT model_id, changes, version, update_time \
    FROM model_changes ORDER BY model_id";
pub(in crate::store) const ADD_MODEL_CHANGE: &str = "INSERT INTO model_changes \
    (model_id, changes, update_time, version) VALUES ($1, $2, $3, 1) ON CONFLICT (model_id) DO NOTHING";
pub(in crate::store) const SET_MODEL_CHANGE: &str = "UPDATE model_changes \
    SET changes = $2, update_time = $3, version = version + 1 WHERE model_id = $1 AND version = $4";
pub(in crate::store) const DROP_MODEL_ALIASES: &str = "DELETE FROM model_aliases WHERE model_id = $1";
pub(in crate::store) const ADD_MODEL_ALIAS: &str =
    "INSERT INTO model_aliases (alias, model_id) VALUES ($1, $2)";
pub(in crate::store) const OBSERVATIONS: &str = "SELECT model_id, feature, is_supported, evidence, observe_time \
    FROM model_observations ORDER BY model_id, feature";
pub(in crate::store) const PUT_OBSERVATION: &str = "INSERT INTO model_observations \
    (model_id, feature, is_supported, evidence, observe_time) VALUES ($1, $2, $3, $4, $5) \
    ON CONFLICT (model_id, feature) DO UPDATE SET is_supported = excluded.is_supported, \
    evidence = excluded.evidence, observe_time = excluded.observe_time \
    WHERE model_observations.observe_time <= excluded.observe_time";
