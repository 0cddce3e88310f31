//! What ends a running call before its time: the server, the loss of its caller's right to call, the end of its key.
//! Knows who signals each by the signal alone.

use tokio_util::sync::CancellationToken;

use crate::domain::error::{Error, Reason};
use crate::domain::time::Timestamp;
use crate::engine::Stop;
use crate::vault::Lease;

/// A caller's right to call, for as long as it has it.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// The right was taken away.
    pub lost: CancellationToken,
    /// When it ends by itself.
    pub expire_time: Option<Timestamp>,
}

/// The signals that end a call early, or the attempt that it is in.
#[derive(Debug, Clone)]
pub(super) struct Cut {
    server: CancellationToken,
    caller: CancellationToken,
    key: Option<CancellationToken>,
}

impl Cut {
    pub(super) fn new(stop: &Stop, standing: &Standing) -> Self {
        Self {
            server: stop.cut.clone(),
            caller: standing.lost.clone(),
            key: None,
        }
    }

    /// From now on the end of this key counts, and of no other.
    pub(super) fn use_key(&mut self, lease: Option<&Lease>) {
        self.key = lease.map(|lease| lease.over().clone());
    }

    /// Waits for the first of them. Cancel-safe.
    pub(super) async fn fired(&self) {
        let key = async {
            match &self.key {
                Some(key) => key.cancelled().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.server.cancelled() => {}
            () = self.caller.cancelled() => {}
            () = key => {}
        }
    }

    /// Whether the call is to end, and not merely the attempt.
    pub(super) fn ends_call(&self) -> bool {
        self.server.is_cancelled() || self.caller.is_cancelled()
    }

    /// Whether the key of the attempt may not be used any longer.
    pub(super) fn ends_key(&self) -> bool {
        self.key.as_ref().is_some_and(CancellationToken::is_cancelled)
    }

    /// Why; `None` while nothing has fired.
    pub(super) fn cause(&self) -> Option<Error> {
        if self.server.is_cancelled() {
            let message = "the server is going away; another replica can take the call";
            return Some(Error::new(Reason::ShuttingDown, message));
        }
        if self.caller.is_cancelled() {
            let message = "the caller lost its right to call while the call ran: its token was revoked, or its \
                           tenant suspended or deleted";
            return Some(Error::new(Reason::PermissionDenied, message));
        }
        self.ends_key().then(|| {
            let message = "the provider's key was rotated, and calls may not go on with the old one any longer; ask \
                           again, with the new one";
            Error::new(Reason::ProviderStreamBroken, message)
        })
    }
}
