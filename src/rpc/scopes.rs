//! Owns the one table of who may call what: every served RPC has a row. Refuses to know who calls.

use crate::domain::error::{Error, Reason};
use crate::domain::principal::{Principal, Scope};

/// What a caller of an RPC must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Anybody, even without credentials: probes come from a kubelet, which has none.
    Nothing,
    /// Anybody who proved who it is.
    Identity,
    /// Somebody who has one of these.
    AnyOf(&'static [Scope]),
}

const CHAT: Need = Need::AnyOf(&[Scope::Chat]);
const MODELS: Need = Need::AnyOf(&[Scope::Models]);
const TOKENS: Need = Need::AnyOf(&[Scope::Admin, Scope::Tokens]);
const KEYS: Need = Need::AnyOf(&[Scope::Admin, Scope::Keys]);
const PREFERENCES: Need = Need::AnyOf(&[Scope::Preferences]);
const ADMIN: Need = Need::AnyOf(&[Scope::Admin]);

/// An RPC, as `<service>/<method>`; `*` for every method of a service that is not crux's own.
type Row = (&'static str, Need);

const ROWS: &[Row] = &[
    ("crux.v1.ChatService/Chat", CHAT),
    ("crux.v1.ChatService/StreamChat", CHAT),
    ("crux.v1.ChatService/CountTokens", CHAT),
    ("crux.v1.ServerService/GetServerInfo", Need::Identity),
    ("crux.v1.ModelRegistryService/ListModels", MODELS),
    ("crux.v1.ModelRegistryService/GetModel", MODELS),
    ("crux.v1.ModelRegistryService/UpdateModel", ADMIN),
    ("crux.v1.ModelRegistryService/RefreshModels", ADMIN),
    ("crux.v1.ModelRegistryService/ListProviders", MODELS),
    ("crux.v1.AdminService/CreateTenant", ADMIN),
    ("crux.v1.AdminService/GetTenant", ADMIN),
    ("crux.v1.AdminService/ListTenants", ADMIN),
    ("crux.v1.AdminService/UpdateTenant", ADMIN),
    ("crux.v1.AdminService/DeleteTenant", ADMIN),
    ("crux.v1.AdminService/CreateApiToken", TOKENS),
    ("crux.v1.AdminService/ListApiTokens", TOKENS),
    ("crux.v1.AdminService/RevokeApiToken", TOKENS),
    ("crux.v1.AdminService/ListAuditRecords", ADMIN),
    ("crux.v1.KeyVaultService/CreateKey", KEYS),
    ("crux.v1.KeyVaultService/GetKey", KEYS),
    ("crux.v1.KeyVaultService/ListKeys", KEYS),
    ("crux.v1.KeyVaultService/UpdateKey", KEYS),
    ("crux.v1.KeyVaultService/RotateKey", KEYS),
    ("crux.v1.KeyVaultService/SetKeyState", KEYS),
    ("crux.v1.KeyVaultService/VerifyKey", KEYS),
    ("crux.v1.KeyVaultService/DeleteKey", KEYS),
    ("crux.v1.KeyVaultService/RewrapKeys", ADMIN),
    ("crux.v1.PreferencesService/GetPreferences", PREFERENCES),
    ("crux.v1.PreferencesService/UpdatePreferences", PREFERENCES),
    ("crux.v1.PreferencesService/DeletePreferences", PREFERENCES),
    ("grpc.health.v1.Health/*", Need::Nothing),
    ("grpc.reflection.v1.ServerReflection/*", Need::Identity),
    ("grpc.reflection.v1alpha.ServerReflection/*", Need::Identity),
];

/// Services of which every operation is recorded, the refused ones too.
const AUDITED: [&str; 2] = ["crux.v1.AdminService", "crux.v1.KeyVaultService"];

/// What the RPC at `path`, such as `/crux.v1.ChatService/Chat`, needs. One that has no row is served to nobody:
/// who proved who it is hears that it does not exist.
pub(super) fn need(path: &str) -> Need {
    let path = path.strip_prefix('/').unwrap_or(path);
    let is_row = |name: &str| match name.strip_suffix('*') {
        Some(service) => path.starts_with(service),
        None => path == name,
    };
    let row = ROWS.iter().find(|(name, _)| is_row(name));
    row.map_or(Need::Identity, |(_, need)| *need)
}

/// The RPCs of services that are not crux's own.
const OTHERS: [&str; 5] = [
    "grpc.health.v1.Health/Check",
    "grpc.health.v1.Health/List",
    "grpc.health.v1.Health/Watch",
    "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
];

/// Every RPC that may be served, by its full name.
pub(super) fn methods() -> impl Iterator<Item = &'static str> {
    let own = ROWS.iter().map(|(name, _)| *name);
    own.filter(|name| !name.ends_with('*')).chain(OTHERS)
}

/// The full name of the RPC at `path`, if its operations are recorded.
pub(super) fn audited(path: &str) -> Option<&str> {
    let name = path.strip_prefix('/').unwrap_or(path);
    let (service, _) = name.split_once('/')?;
    AUDITED.contains(&service).then_some(name)
}

/// Checks that `principal` may call what needs `need`.
///
/// # Errors
/// `PermissionDenied`, naming the scope that is missing.
pub(super) fn check(principal: &Principal, need: Need) -> Result<(), Error> {
    let scopes = match need {
        Need::Nothing | Need::Identity => return Ok(()),
        Need::AnyOf(scopes) => scopes,
    };
    if scopes.iter().any(|scope| principal.may(*scope)) {
        return Ok(());
    }
    // The least that would do is named last.
    Err(denied(scopes.last().copied().unwrap_or(Scope::Admin)))
}

/// A caller that lacks `scope`.
pub(super) fn denied(scope: Scope) -> Error {
    let message = format!("this needs a token with the scope \"{scope}\"");
    Error::new(Reason::PermissionDenied, message).with("scope", scope.as_str())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use prost::Message as _;

    use super::{AUDITED, Need, ROWS, audited, check, need};
    use crate::domain::error::Reason;
    use crate::domain::principal::{Principal, Scope};
    use crate::rpc::pb;

    fn served() -> BTreeSet<String> {
        let descriptors = prost_types::FileDescriptorSet::decode(pb::DESCRIPTORS).unwrap();
        let mut served = BTreeSet::new();
        for file in &descriptors.file {
            for service in &file.service {
                for method in &service.method {
                    served.insert(format!("{}.{}/{}", file.package(), service.name(), method.name()));
                }
            }
        }
        served
    }

    #[test]
    fn every_rpc_of_the_contract_has_one_row_and_no_row_is_left_over() {
        let rows: Vec<_> = ROWS.iter().map(|(name, _)| *name).collect();
        let unique: BTreeSet<_> = rows.iter().copied().collect();
        assert_eq!(rows.len(), unique.len(), "a row twice");

        let served = served();
        assert!(!served.is_empty());
        for rpc in &served {
            assert!(unique.contains(rpc.as_str()), "{rpc} is served and has no row");
        }
        for row in unique.iter().filter(|row| row.starts_with("crux.")) {
            assert!(served.contains(*row), "{row} is no RPC of the contract");
        }
    }

    #[test]
    fn a_caller_without_the_scope_is_told_which() {
        let mut principal = Principal::local();
        principal.scopes = [Scope::Models].into();

        let refused = check(&principal, need("/crux.v1.ChatService/Chat")).unwrap_err();
        assert_eq!(refused.reason, Reason::PermissionDenied);
        assert_eq!(refused.metadata, [("scope", "chat".to_owned())]);
        let refused = check(&principal, need("/crux.v1.AdminService/ListApiTokens")).unwrap_err();
        assert_eq!(refused.metadata, [("scope", "tokens".to_owned())]);
        check(&principal, need("/crux.v1.ServerService/GetServerInfo")).unwrap();
    }

    #[test]
    fn probes_need_nothing_and_the_unknown_needs_an_identity() {
        assert_eq!(need("/grpc.health.v1.Health/Check"), Need::Nothing);
        assert_eq!(need("/grpc.health.v1.HealthX/Check"), Need::Identity);
        assert_eq!(need("/crux.v1.ChatService/None"), Need::Identity);
    }

    #[test]
    fn operations_of_audited_services_are_known_by_their_name() {
        for service in AUDITED {
            assert_eq!(
                audited(&format!("/{service}/X")),
                Some(format!("{service}/X").as_str())
            );
        }
        assert_eq!(audited("/crux.v1.ChatService/Chat"), None);
    }
}
