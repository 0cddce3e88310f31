//! Preferences, both ways.

use std::time::SystemTime;

use crate::domain::error::Error;
use crate::domain::preferences::{Change, Preferences};
use crate::rpc::convert::json;
use crate::rpc::convert::violations::Violations;
use crate::rpc::pb;

/// Longest id of a user, in bytes.
const MAX_USER_BYTES: usize = 256;
/// Longest name of a preference, in bytes.
const MAX_NAME_BYTES: usize = 256;

/// Reads the id of a user; empty is the tenant itself.
///
/// # Errors
/// `InvalidRequest` for what is too long or not visible.
pub(crate) fn end_user(end_user_id: String) -> Result<String, Error> {
    let mut violations = Violations::default();
    check_user(&end_user_id, &mut violations);
    violations.or(end_user_id)
}

/// Reads a change and the user it is for.
///
/// # Errors
/// `InvalidRequest`, naming every bad field.
pub(crate) fn change(request: pb::UpdatePreferencesRequest) -> Result<(String, Change), Error> {
    let pb::UpdatePreferencesRequest {
        end_user_id,
        set,
        remove,
        etag,
    } = request;
    let mut violations = Violations::default();
    check_user(&end_user_id, &mut violations);
    for name in set.keys() {
        let is_fine = (1..=MAX_NAME_BYTES).contains(&name.len());
        let expected = format!(
            "expected names of 1 to {MAX_NAME_BYTES} bytes, found one of {}",
            name.len()
        );
        violations.check(is_fine, "set", expected);
    }
    for (index, name) in remove.iter().enumerate() {
        let description = "expected a name that is not in set too";
        violations.check(!set.contains_key(name), &format!("remove[{index}]"), description);
    }
    let fields = prost_types::Struct { fields: set };
    let change = Change {
        set: json::object(fields, "set", &mut violations),
        remove,
        etag: (!etag.is_empty()).then_some(etag),
    };
    violations.or((end_user_id, change))
}

fn check_user(end_user_id: &str, violations: &mut Violations) {
    let is_fine = end_user_id.len() <= MAX_USER_BYTES && !end_user_id.chars().any(char::is_control);
    let expected = format!("expected at most {MAX_USER_BYTES} bytes without control characters");
    violations.check(is_fine, "end_user_id", expected);
}

/// Writes preferences.
pub(crate) fn preferences_out(preferences: Preferences) -> pb::Preferences {
    let Preferences {
        end_user_id,
        values,
        update_time,
        etag,
    } = preferences;
    let values = values.into_iter();
    pb::Preferences {
        end_user_id,
        values: values
            .map(|(name, value)| (name, json::value_out(value)))
            .collect(),
        update_time: update_time.map(|time| SystemTime::from(time).into()),
        etag,
    }
}
