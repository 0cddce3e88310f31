//! Keys, both ways. A secret is moved out of its message at once, into a type that prints nothing.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use secrecy::SecretString;

use crate::domain::error::Error;
use crate::domain::key::{Key, KeyState, check_secret, is_key_id};
use crate::domain::time::Timestamp;
use crate::rpc::convert::violations::Violations;
use crate::rpc::pb;
use crate::vault::Details;

/// The most labels of a key, and the most characters of a label's name, of its value and of a display name.
const MOST_LABELS: usize = 32;
const LONGEST_LABEL: usize = 64;
const LONGEST_NAME: usize = 128;
/// The longest that calls may be told to go on with a rotated key; none runs for longer.
const LONGEST_GRACE: Duration = Duration::from_secs(24 * 60 * 60);

/// A key and its secret, to be stored.
pub(crate) struct NewKey {
    pub(crate) details: Details,
    pub(crate) secret: SecretString,
    pub(crate) must_verify: bool,
}

/// Reads a request to store a key.
pub(crate) fn new_key(request: pb::CreateKeyRequest, now: Timestamp) -> Result<NewKey, Error> {
    let pb::CreateKeyRequest {
        key,
        secret,
        key_id,
        verify,
    } = request;
    let mut wrong = Violations::default();
    let secret = secret_in(secret, &mut wrong);
    wrong.check(
        key_id.is_empty() || is_key_id(&key_id),
        "key_id",
        "expected 1 to 64 characters of [a-z0-9-]",
    );
    wrong.check(key.is_some(), "key", "expected a key with a provider");
    let pb::Key {
        provider,
        tenant_id,
        display_name,
        priority,
        labels,
        expire_time,
        id: _,
        state: _,
        source: _,
        hint: _,
        version: _,
        create_time: _,
        rotate_time: _,
        last_use_time: _,
        verify_time: _,
        etag: _,
    } = key.unwrap_or_default();
    wrong.check(!provider.is_empty(), "key.provider", "expected a provider's id");
    check_name(&display_name, &mut wrong);
    check_labels(&labels, &mut wrong);
    let expire_time = time_in(expire_time, "key.expire_time", &mut wrong);
    wrong.check(
        expire_time.is_none_or(|expires| expires > now),
        "key.expire_time",
        "expected a time to come, found one that is past",
    );
    wrong.or(NewKey {
        details: Details {
            id: key_id,
            provider,
            tenant_id,
            display_name,
            priority,
            labels,
            expire_time,
            verify_time: None,
        },
        secret,
        must_verify: verify,
    })
}

/// The fields of a key that may be changed, as somebody wants them.
pub(crate) struct Changes {
    pub(crate) display_name: String,
    pub(crate) priority: i32,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) expire_time: Option<Timestamp>,
}

/// Reads the fields that may be changed; of those that are not to be, nothing is wrong.
pub(crate) fn changes(key: pb::Key, is_changed: impl Fn(&str) -> bool) -> Result<Changes, Error> {
    let mut wrong = Violations::default();
    if is_changed("display_name") {
        check_name(&key.display_name, &mut wrong);
    }
    if is_changed("labels") {
        check_labels(&key.labels, &mut wrong);
    }
    let expire_time = key.expire_time.filter(|_| is_changed("expire_time"));
    let expire_time = time_in(expire_time, "key.expire_time", &mut wrong);
    wrong.or(Changes {
        display_name: key.display_name,
        priority: key.priority,
        labels: key.labels,
        expire_time,
    })
}

/// A new secret of a key.
pub(crate) struct NewSecret {
    pub(crate) key_id: String,
    pub(crate) secret: SecretString,
    pub(crate) etag: String,
    pub(crate) grace: Option<Duration>,
    pub(crate) must_verify: bool,
}

/// Reads a request to rotate a key.
pub(crate) fn new_secret(request: pb::RotateKeyRequest) -> Result<NewSecret, Error> {
    let pb::RotateKeyRequest {
        key_id,
        secret,
        etag,
        grace_period,
        verify,
    } = request;
    let mut wrong = Violations::default();
    let secret = secret_in(secret, &mut wrong);
    let grace = wrong.duration(grace_period, Duration::ZERO, LONGEST_GRACE, "grace_period");
    wrong.or(NewSecret {
        key_id,
        secret,
        etag,
        grace,
        must_verify: verify,
    })
}

fn secret_in(secret: String, wrong: &mut Violations) -> SecretString {
    if let Err(description) = check_secret(&secret) {
        wrong.add("secret", description);
    }
    SecretString::from(secret)
}

fn check_name(name: &str, wrong: &mut Violations) {
    wrong.check(
        name.chars().count() <= LONGEST_NAME,
        "key.display_name",
        format_args!("expected at most {LONGEST_NAME} characters"),
    );
}

fn check_labels(labels: &BTreeMap<String, String>, wrong: &mut Violations) {
    wrong.check(
        labels.len() <= MOST_LABELS,
        "key.labels",
        format_args!("expected at most {MOST_LABELS}, found {}", labels.len()),
    );
    let fits = |text: &str| text.chars().count() <= LONGEST_LABEL;
    wrong.check(
        labels.iter().all(|(name, value)| fits(name) && fits(value)),
        "key.labels",
        format_args!("expected at most {LONGEST_LABEL} characters in name and value"),
    );
}

fn time_in(time: Option<prost_types::Timestamp>, field: &str, wrong: &mut Violations) -> Option<Timestamp> {
    let time = SystemTime::try_from(time?);
    wrong.check(time.is_ok(), field, "expected a time that exists");
    Some(Timestamp::from(time.ok()?))
}

/// A key as it is at `now`, outward.
pub(crate) fn key(key: Key, now: Timestamp) -> pb::Key {
    let time = |time: Timestamp| prost_types::Timestamp::from(SystemTime::from(time));
    let state = match key.state {
        KeyState::Active | KeyState::Rejected if key.is_expired(now) => pb::key::State::Expired,
        KeyState::Active => pb::key::State::Active,
        KeyState::Disabled => pb::key::State::Disabled,
        KeyState::Rejected => pb::key::State::Rejected,
    };
    pb::Key {
        id: key.id,
        provider: key.provider,
        tenant_id: key.tenant_id,
        display_name: key.display_name,
        state: state as i32,
        source: pb::key::Source::Vault as i32,
        hint: key.hint,
        priority: key.priority,
        version: key.version,
        labels: key.labels,
        create_time: Some(time(key.create_time)),
        rotate_time: key.rotate_time.map(time),
        last_use_time: key.last_use_time.map(time),
        expire_time: key.expire_time.map(time),
        verify_time: key.verify_time.map(time),
        etag: key.etag,
    }
}
