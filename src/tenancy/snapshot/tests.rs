use std::collections::BTreeMap;
use tokio::time::Instant;

use secrecy::ExposeSecret as _;

use super::{Refusal, Snapshot};
use crate::domain::principal::{ModelPolicy, Scope};
use crate::domain::tenant::{Tenant, TenantState};
use crate::domain::time::Timestamp;
use crate::domain::token::Token;
use crate::tenancy::mint::{NewToken, mint};

const NOW: Timestamp = Timestamp(1_795_000_000_000_000);

fn tenant(id: &str) -> Tenant {
    Tenant {
        id: id.to_owned(),
        display_name: "Acme, Inc.".to_owned(),
        state: TenantState::Active,
        models: ModelPolicy::default(),
        labels: BTreeMap::new(),
        create_time: NOW,
        update_time: NOW,
        etag: "1".to_owned(),
    }
}

fn token(tenant_id: &str) -> (Token, String) {
    let new = NewToken {
        tenant_id: tenant_id.to_owned(),
        display_name: "laptop".to_owned(),
        scopes: [Scope::Chat, Scope::Models].into(),
        expire_time: None,
    };
    let minted = mint(new, NOW).unwrap();
    (minted.token, minted.text.expose_secret().to_owned())
}

fn holding(tenants: impl IntoIterator<Item = Tenant>, tokens: impl IntoIterator<Item = Token>) -> Snapshot {
    let mut snapshot = Snapshot::default();
    for tenant in tenants {
        snapshot.insert_tenant(tenant);
    }
    for token in tokens {
        snapshot.insert_token(token);
    }
    snapshot.shrink();
    snapshot
}

#[test]
fn what_cannot_be_read_refuses_its_bearers_and_opens_nothing() {
    let (token, text) = token("acme");
    let mut snapshot = Snapshot::default();
    assert!(!snapshot.has_tokens());

    snapshot.insert_unreadable_token();
    assert!(snapshot.has_tokens(), "the server stays closed");
    assert_eq!(snapshot.admit(&text, NOW).unwrap_err(), Refusal::Unknown);

    snapshot.insert_unreadable_tenant("acme".to_owned());
    snapshot.insert_token(token);
    assert_eq!(snapshot.admit(&text, NOW).unwrap_err(), Refusal::Suspended);
    assert!(snapshot.policy_of("acme").is_none());
}

#[test]
fn a_good_token_is_its_tenants_and_every_other_is_refused_for_its_own_cause() {
    let (good, good_text) = token("acme");
    let (revoked, revoked_text) = token("acme");
    let (expired, expired_text) = token("acme");
    let (suspended, suspended_text) = token("lost");
    let (orphan, orphan_text) = token("deleted");
    let snapshot = holding(
        [
            tenant("acme"),
            Tenant {
                state: TenantState::Suspended,
                ..tenant("lost")
            },
        ],
        [
            good.clone(),
            Token {
                revoke_time: Some(NOW),
                ..revoked
            },
            Token {
                expire_time: Some(NOW),
                ..expired
            },
            suspended,
            orphan,
        ],
    );
    let why = |text: &str| snapshot.admit(text, NOW).unwrap_err();

    let admitted = snapshot.admit(&good_text, NOW).unwrap();
    assert_eq!(admitted.principal.tenant_id, "acme");
    assert_eq!(admitted.principal.token_id, good.id);
    assert_eq!(admitted.principal.scopes, good.scopes);
    assert_eq!(why(&revoked_text), Refusal::Revoked);
    assert_eq!(why(&expired_text), Refusal::Expired);
    assert_eq!(why(&suspended_text), Refusal::Suspended);
    assert_eq!(why(&orphan_text), Refusal::Unknown);
    assert_eq!(why(&good_text.replace("crux_", "crux_0")), Refusal::Unknown);
    assert_eq!(why(&format!("{good_text}0")), Refusal::Wrong);
    assert_eq!(why(good_text.get(..good_text.len() - 1).unwrap()), Refusal::Wrong);
    assert_eq!(why("sk-1234"), Refusal::Malformed);
}

#[test]
fn a_token_expires_at_its_time_and_not_before() {
    let (token, text) = token("acme");
    let token = Token {
        expire_time: Some(NOW),
        ..token
    };
    let snapshot = holding([tenant("acme")], [token]);

    snapshot.admit(&text, Timestamp(NOW.0 - 1)).unwrap();
    assert_eq!(snapshot.admit(&text, NOW).unwrap_err(), Refusal::Expired);
}

#[test]
fn a_use_is_noted_once_a_minute() {
    let (token, text) = token("acme");
    let snapshot = holding([tenant("acme")], [token]);
    let noted = |micros: i64| {
        snapshot
            .admit(&text, Timestamp(NOW.0 + micros))
            .unwrap()
            .is_noteworthy
    };

    assert!(noted(0));
    assert!(!noted(1));
    assert!(!noted(59_999_999));
    assert!(noted(60_000_000));
    assert!(!noted(60_000_001));
}

/// The sizes the issue of memory is judged at. What a token takes is counted from its parts, the allocator's
/// rounding included, as the process as a whole holds the test's own lists too.
#[test]
fn a_hundred_thousand_tokens_of_ten_thousand_tenants_are_few_bytes_and_quickly_found() {
    let tenants: Vec<_> = (0..10_000)
        .map(|number| tenant(&format!("tenant-{number}")))
        .collect();
    let mut texts = Vec::new();
    let mut tokens = Vec::new();
    for number in 0..100_000 {
        let (token, text) = token(&format!("tenant-{}", number % 10_000));
        tokens.push(token);
        if number % 100 == 0 {
            texts.push(text);
        }
    }
    let before = resident_bytes();

    let snapshot = holding(tenants.clone(), tokens.clone());

    let grown = resident_bytes().saturating_sub(before);
    let started = Instant::now();
    for text in &texts {
        snapshot.admit(text, NOW).unwrap();
    }
    let each = started.elapsed() / u32::try_from(texts.len()).unwrap();
    println!("{} KiB for the snapshot, {each:?} for one token", grown / 1024);
    assert!(grown < 100 << 20, "{grown} bytes");
    assert!(each.as_micros() < 200, "{each:?} for one token");
}

#[cfg(target_os = "linux")]
fn resident_bytes() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[cfg(not(target_os = "linux"))]
fn resident_bytes() -> usize {
    0
}
