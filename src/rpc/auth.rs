//! Owns who calls: proves it from the call's credentials, once, at the edge, and hands it to the handlers. What it may
//! call is said in `scopes`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;
use tonic::Request;
use tonic::transport::server::{TcpConnectInfo, TlsConnectInfo};

use crate::domain::error::{Error, Reason};
use crate::domain::principal::{LOCAL_TENANT, Principal, Scope};
use crate::domain::time::Timestamp;
use crate::rpc::peers::Peers;
use crate::rpc::scopes;
use crate::telemetry::metrics::Metrics;
use crate::tenancy::{Directory, Refusal};

/// The header by which an administrator acts for a tenant.
const TENANT: HeaderName = HeaderName::from_static("crux-tenant");

/// Who calls, as the edge found out. A call that did not come through the edge is nobody's, who may do nothing.
pub(super) fn principal<T>(request: &Request<T>) -> Arc<Principal> {
    let found = request.extensions().get::<Arc<Principal>>();
    found.map_or_else(|| Arc::new(Principal::nobody()), Arc::clone)
}

/// Who may call.
#[derive(Debug, Clone)]
pub struct Access {
    /// The operator's token.
    pub token: Option<SecretString>,
    /// A client certificate, which TLS has verified, is as good as a token.
    pub takes_certificates: bool,
    /// Whom certificates stand for, by a subject alternative name; where there is none, each is the operator's.
    pub certificates: BTreeMap<String, Grant>,
    /// The tokens that were given out.
    pub directory: Arc<Directory>,
    /// Only this machine reaches the server: as long as there is nothing to prove, everybody is its owner.
    pub is_loopback: bool,
    /// How many calls of one address may fail to prove who they are in a minute.
    pub failures_per_minute: u32,
}

/// Whom a certificate stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Whose data its bearer sees.
    pub tenant_id: String,
    /// What its bearer may do.
    pub scopes: BTreeSet<Scope>,
}

/// Finds out who calls.
#[derive(Debug)]
pub(super) struct Gate {
    access: Access,
    metrics: Arc<Metrics>,
    peers: Peers,
}

/// Why a caller is not known.
enum Unproven {
    /// It brought nothing to prove who it is.
    Nothing,
    /// The operator's token is another one, and it is not one that was given out.
    Token(Refusal),
    /// No name of its certificate is known here, or its tenant is none that may call.
    Certificate,
}

impl Unproven {
    /// Its name in metrics.
    fn as_str(&self) -> &'static str {
        match self {
            Self::Nothing => "no_credentials",
            Self::Token(_) => "token",
            Self::Certificate => "certificate",
        }
    }
}

impl std::fmt::Display for Unproven {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nothing => f.write_str("no credentials"),
            Self::Token(refusal) => write!(f, "token {refusal}"),
            Self::Certificate => f.write_str("certificate unknown"),
        }
    }
}

impl Gate {
    pub(super) fn new(access: Access, metrics: Arc<Metrics>) -> Self {
        Self {
            peers: Peers::new(access.failures_per_minute),
            access,
            metrics,
        }
    }

    /// Finds out who makes the call that has these `headers` and came over the connection of these `extensions`.
    ///
    /// # Errors
    /// `Unauthenticated`, whatever the cause, which the log alone hears; `RateLimited` for an address that failed too
    /// often; `PermissionDenied` or `ResourceNotFound` for one that would act for a tenant and cannot.
    pub(super) fn identify(
        &self,
        headers: &HeaderMap,
        extensions: &Extensions,
        now: Timestamp,
        request_id: &str,
    ) -> Result<Principal, Error> {
        let address = peer_address(extensions);
        let ip = address.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.ip());
        let peer = address.map_or_else(String::new, |address| address.to_string());
        let unproven = match self.prove(headers, extensions, now, ip, &peer) {
            Ok(principal) => return self.acting(principal, headers),
            Err(unproven) => unproven,
        };
        self.metrics.auth_failed(unproven.as_str());
        if let Some(wait) = self.peers.failed(ip, now) {
            // One line a call would let a stranger fill the log.
            tracing::debug!(request_id, peer, cause = %unproven, "call refused, again");
            let message =
                "too many calls of this address failed to prove who they are; wait, and mend the credentials";
            return Err(Error {
                retry_after: Some(wait),
                ..Error::new(Reason::RateLimited, message)
            });
        }
        tracing::info!(
            request_id,
            peer,
            cause = %unproven,
            reason = Reason::Unauthenticated.as_str(),
            "call refused"
        );
        let message =
            "expected `authorization: Bearer <token>` with a token that is good, or a client certificate";
        Err(Error::new(Reason::Unauthenticated, message))
    }

    fn prove(
        &self,
        headers: &HeaderMap,
        extensions: &Extensions,
        now: Timestamp,
        ip: IpAddr,
        peer: &str,
    ) -> Result<Principal, Unproven> {
        if self.is_open() {
            return Ok(self.operator(peer));
        }
        // What a caller says of itself counts before what its connection says: a proxy's certificate may carry
        // the calls of many.
        if let Some(given) = bearer(headers) {
            // A token that was given out has too much chance to be guessed; the operator's may be a word, and who
            // failed often does not get to try any further.
            if !self.peers.is_over(ip, now) && self.is_operators(given) {
                return Ok(self.operator(peer));
            }
            let text = std::str::from_utf8(given).map_err(|_| Unproven::Token(Refusal::Malformed))?;
            let found = self.access.directory.authenticate(text, now, peer);
            return found.map_err(Unproven::Token);
        }
        if self.access.takes_certificates
            && let Some(certificate) = certificate(extensions)
        {
            return self.certified(&certificate, peer).ok_or(Unproven::Certificate);
        }
        Err(Unproven::Nothing)
    }

    /// Whether there is nothing that a caller could prove itself by.
    fn is_open(&self) -> bool {
        let access = &self.access;
        access.is_loopback
            && access.token.is_none()
            && !access.takes_certificates
            && !access.directory.has_tokens()
    }

    fn is_operators(&self, given: &[u8]) -> bool {
        let token = self.access.token.as_ref();
        token.is_some_and(|token| bool::from(given.ct_eq(token.expose_secret().as_bytes())))
    }

    /// Whoever owns the server.
    fn operator(&self, peer: &str) -> Principal {
        Principal {
            policy: self.access.directory.policy_of(LOCAL_TENANT).unwrap_or_default(),
            peer: peer.to_owned(),
            ..Principal::local()
        }
    }

    /// Whom a certificate stands for.
    fn certified(&self, certificate: &[u8], peer: &str) -> Option<Principal> {
        let grants = &self.access.certificates;
        if grants.is_empty() {
            return Some(self.operator(peer));
        }
        let certificate = certificate.into();
        let certificate = webpki::EndEntityCert::try_from(&certificate).ok()?;
        let mut names = certificate.valid_uri_names().chain(certificate.valid_dns_names());
        let grant = names.find_map(|name| grants.get(name))?;
        Some(Principal {
            tenant_id: grant.tenant_id.clone(),
            token_id: String::new(),
            scopes: grant.scopes.clone(),
            policy: self.access.directory.policy_of(&grant.tenant_id)?,
            peer: peer.to_owned(),
        })
    }

    /// The caller, or for an administrator who says so the tenant it acts for.
    fn acting(&self, principal: Principal, headers: &HeaderMap) -> Result<Principal, Error> {
        let Some(tenant) = headers.get(TENANT) else {
            return Ok(principal);
        };
        let tenant_id = tenant.to_str().unwrap_or_default();
        if tenant_id == principal.tenant_id {
            return Ok(principal);
        }
        if !principal.may(Scope::Admin) {
            return Err(scopes::denied(Scope::Admin));
        }
        let policy = self.access.directory.policy_of(tenant_id);
        Ok(Principal {
            policy: policy.ok_or_else(|| Error::not_found("crux.v1.Tenant", tenant_id))?,
            tenant_id: tenant_id.to_owned(),
            ..principal
        })
    }
}

fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let given = headers
        .get(http::header::AUTHORIZATION)
        .map(HeaderValue::as_bytes)?;
    let (scheme, given) = given.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then_some(given)
}

fn certificate(extensions: &Extensions) -> Option<Vec<u8>> {
    let info = extensions.get::<TlsConnectInfo<TcpConnectInfo>>()?;
    let certificates = info.peer_certs()?;
    certificates.first().map(|certificate| certificate.to_vec())
}

fn peer_address(extensions: &Extensions) -> Option<SocketAddr> {
    let plain = extensions.get::<TcpConnectInfo>();
    let secure = extensions.get::<TlsConnectInfo<TcpConnectInfo>>();
    plain
        .or_else(|| secure.map(TlsConnectInfo::get_ref))
        .and_then(TcpConnectInfo::remote_addr)
}
