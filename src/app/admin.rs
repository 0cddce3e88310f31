//! Where the admin port listens.

use std::io::ErrorKind;

use super::StartError;
use crate::config::Config;
use crate::http::AdminPort;

/// Takes the port that the configuration names; where it names none and the usual one is taken, any.
pub(super) async fn bind(config: &Config) -> Result<Option<AdminPort>, StartError> {
    if !config.admin.enabled {
        return Ok(None);
    }
    let mut address = config.admin.listen;
    let is_named = config.origins.contains_key("admin.listen");
    let bound = match AdminPort::bind(address).await {
        // A second server on one machine is no mistake.
        Err(error) if error.kind() == ErrorKind::AddrInUse && !is_named => {
            tracing::warn!(
                taken = %address,
                "the usual admin port is taken, another server's most likely: a free one is used; --admin-listen or \
                 admin.listen names one"
            );
            address.set_port(0);
            AdminPort::bind(address).await
        }
        bound => bound,
    };
    let port = bound.map_err(|source| StartError::Admin { address, source })?;
    Ok(Some(port))
}
