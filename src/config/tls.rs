//! Owns `[tls]`: the server's certificate and whose certificates it asks for. Refuses to parse them.

use std::path::PathBuf;

use super::keys::Keys;
use super::value::FilePath;

/// TLS on the listening socket; without this section the server speaks plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// PEM file with the server's certificate, then its intermediates. A relative path starts at the working
    /// directory. No default.
    pub cert: PathBuf,
    /// PEM file with the private key of `cert`. No default.
    pub key: PathBuf,
    /// PEM file with the authorities whose client certificates are let in (mTLS); a caller without such a
    /// certificate is refused. Default absent: callers need no certificate.
    pub client_ca: Option<PathBuf>,
}

impl Tls {
    /// Lists the keys of a section that is there only if one of them is given.
    pub(super) fn keys(tls: &mut Option<Self>, keys: &mut impl Keys) {
        let (mut cert, mut key, mut client_ca) = match tls.take() {
            Some(tls) => (Some(tls.cert), Some(tls.key), tls.client_ca),
            None => (None, None, None),
        };

        keys.optional("cert", &mut cert, &FilePath);
        keys.optional("key", &mut key, &FilePath);
        keys.optional("client_ca", &mut client_ca, &FilePath);

        let given = cert.is_some() || key.is_some() || client_ca.is_some();
        if given && cert.is_none() {
            keys.missing("cert", "the PEM file of the server's certificate");
        }
        if given && key.is_none() {
            keys.missing("key", "the PEM file of the server's private key");
        }
        if let (Some(cert), Some(key)) = (cert, key) {
            *tls = Some(Self { cert, key, client_ca });
        }
    }
}
